<?php
// What a test can do to the blog: php verbs.php VERB < JSON > JSON. Everything goes through
// WordPress's own functions, except where a test needs what only time or an import brings.
namespace Blog; // WordPress has some thousand functions in the global one

require getenv('BLOG_FOLDER') . '/wp-load.php';
require __DIR__ . '/seed.php';
// Without a user, WordPress strips what an editor may write.
wp_set_current_user(1);
kses_remove_filters();

function shown(int $id): array
{
    $post = get_post($id);
    return [
        'id' => $id,
        'url' => get_permalink($id),
        'title' => $post->post_title,
        'guid' => $post->guid,
        'status' => $post->post_status,
    ];
}

function checked($result): int
{
    if (is_wp_error($result)) {
        throw new \RuntimeException($result->get_error_message());
    }
    if (!$result) {
        throw new \RuntimeException('WordPress did not do it and does not say why.');
    }
    return is_object($result) ? $result->ID : (int) $result;
}

// WordPress expects slashes in what it is given here, as if it came from a form.
function insert(array $fields): int
{
    return checked(wp_insert_post(wp_slash($fields + ['post_author' => 1]), true));
}

function update(int $id, array $fields): int
{
    return checked(wp_update_post(wp_slash(['ID' => $id] + $fields), true));
}

function restore(int $id): int
{
    // Since WordPress 5.6 a restored post is a draft unless this filter is there.
    add_filter('wp_untrash_post_status', 'wp_untrash_post_set_previous_status', 10, 3);
    return checked(wp_untrash_post($id));
}

// What cron does, without the wait: the post was scheduled yesterday for a minute ago.
function publish_scheduled(int $id): int
{
    global $wpdb;
    $minute = gmdate('Y-m-d H:i:s', time() - 60);
    $yesterday = gmdate('Y-m-d H:i:s', time() - 86400);
    $wpdb->update($wpdb->posts, [
        'post_date_gmt' => $minute,
        'post_date' => get_date_from_gmt($minute),
        'post_modified_gmt' => $yesterday,
        'post_modified' => get_date_from_gmt($yesterday),
    ], ['ID' => $id]);
    clean_post_cache($id);
    check_and_publish_future_post($id);
    return $id;
}

// What an import or a change of domain does.
function change_guid(int $id, string $guid): int
{
    global $wpdb;
    $wpdb->update($wpdb->posts, ['guid' => $guid], ['ID' => $id]);
    clean_post_cache($id);
    return $id;
}

function published(): array
{
    global $wpdb;
    $ids = $wpdb->get_col("SELECT ID FROM $wpdb->posts WHERE post_type = 'post'
        AND post_status = 'publish' AND post_password = '' ORDER BY ID");
    return array_map(fn ($id) => shown((int) $id), $ids);
}

$given = json_decode(stream_get_contents(STDIN), true) ?? [];
$id = (int) ($given['id'] ?? 0);
$answer = match ($argv[1]) {
    'flush' => flush_rewrite_rules(),
    'seed' => seed(),
    'insert' => shown(insert($given['fields'])),
    'update' => shown(update($id, $given['fields'])),
    'trash' => shown(checked(wp_trash_post($id))),
    'restore' => shown(restore($id)),
    'delete' => (bool) checked(wp_delete_post($id, true)),
    'publish_scheduled' => shown(publish_scheduled($id)),
    'change_guid' => shown(change_guid($id, $given['guid'])),
    'close_rest' => update_option('rest_is_closed', 1),
    'open_rest' => update_option('rest_is_closed', 0),
    'published' => published(),
    'application_password' => \WP_Application_Passwords::create_new_application_password(
        1, ['name' => 'Hub ' . uniqid()])[0],
};
echo json_encode($answer, JSON_THROW_ON_ERROR);
