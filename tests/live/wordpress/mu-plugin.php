<?php
// Loaded by every request: no mail leaves, and the REST API can be closed to visitors,
// which is what several security plugins do.
add_filter('pre_wp_mail', '__return_true');
add_filter('rest_authentication_errors', function ($result) {
    if (get_option('rest_is_closed') && !is_user_logged_in()) {
        return new WP_Error('rest_login_required', 'Only members may use the API.', ['status' => 401]);
    }
    return $result;
});
