<?php
// Installs the blog without a browser. Permalinks need a second process: taxonomies register
// theirs only when a structure is already stored (see "flush" in verbs.php).
define('WP_INSTALLING', true);
require getenv('BLOG_FOLDER') . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Staffroom of Kauri Park School', 'mere', 'mere@example.invalid', true, '', 'invented');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
update_option('timezone_string', 'Pacific/Auckland');
update_option('comment_moderation', 0);
