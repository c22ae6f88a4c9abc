<?php
// For php -S: real files are served as they are, every other path is a page of the blog.
$path = (string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file($_SERVER['DOCUMENT_ROOT'] . $path)) {
    return false;
}
// PHP's own log leaves out what a router answers. This runs before the first byte of the answer
// leaves, so that a request is on record by the time its sender has the answer.
header_register_callback(function () {
    $line = http_response_code() . " {$_SERVER['REQUEST_METHOD']} {$_SERVER['REQUEST_URI']}\n";
    file_put_contents(getenv('BLOG_REQUESTS'), $line, FILE_APPEND | LOCK_EX);
});
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
