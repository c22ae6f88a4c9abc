<?php
// The blog as a school leaves it after three years: 150 posts in all states. Texts that are
// not for everyone hold a phrase "canary-..." of their own, so that a test can look for it.
namespace Blog;

const AUTHORS = ['hēmi' => 'Hēmi Tūpou', 'sarah' => 'Sarah Wilkinson', 'anaru' => 'Anaru Māhia'];
const CATEGORIES = ['Reo Māori', 'Science & maths', 'Reading'];
const TOPICS = ['Matariki breakfast', 'Fractions with pīpī shells', 'Kapa haka 🎉', 'Inquiry week',
    'What I learnt about pūrākau', 'Quiet readers “at last”', 'Gardens & worms'];
const HIDDEN = ['private', 'draft', 'pending', 'future', 'trash', 'protected'];

function seed_people(): array
{
    $ids = [];
    foreach (AUTHORS as $login => $name) {
        $ids[] = wp_insert_user(['user_login' => $login, 'user_pass' => 'invented',
            'display_name' => $name, 'role' => 'editor']);
    }
    return $ids;
}

function seed_text(int $number): string
{
    $topic = TOPICS[$number % count(TOPICS)];
    return "<!-- wp:paragraph -->\n<p>$topic, week $number: we counted " . ($number * 37 % 101)
        . ' things & wrote ' . ($number * 53 % 97) . " lines about kākāpō number $number.</p>\n"
        . "<!-- /wp:paragraph -->\n<p>Ngā mihi 🌿 <a href=\"/about/\">about us</a></p>"
        . ($number % 10 ? '' : '<script>steal()</script><p onclick="x()">A worm</p>');
}

function seed_fields(int $number, array $authors, array $categories): array
{
    $when = gmdate('Y-m-d H:i:s', strtotime('2023-02-01') + $number * 7 * 86400 + $number * 61);
    return [
        'post_title' => TOPICS[$number % count(TOPICS)] . " ($number)",
        'post_content' => seed_text($number),
        'post_date_gmt' => $when,
        'post_date' => get_date_from_gmt($when),
        'post_author' => $authors[$number % count($authors)],
        'post_category' => [$categories[$number % count($categories)]],
        'tags_input' => ['term ' . ($number % 4 + 1), 'whānau'],
        'post_status' => 'publish',
    ];
}

// Title, text, excerpt and slug of a hidden post are all secret; of a protected one WordPress
// itself shows the title.
function seed_hidden(string $state, int $number, array $fields): string
{
    $canary = "canary-$state-$number";
    $fields['post_content'] = "<p>$canary is for nobody else.</p>";
    $fields['post_excerpt'] = $canary;
    if ($state === 'protected') {
        $fields['post_password'] = 'canary-password';
    } else {
        $fields['post_title'] = "Secret $canary";
        $fields['post_status'] = $state === 'trash' ? 'publish' : $state;
    }
    if ($state === 'future') {
        $fields['post_date_gmt'] = gmdate('Y-m-d H:i:s', time() + 86400 * (30 + $number));
        $fields['post_date'] = get_date_from_gmt($fields['post_date_gmt']);
    }
    $id = insert($fields);
    seed_comment($id, 'comment', 'Sina', "canary-comment-on-$state-$number");
    if ($state === 'trash') {
        checked(wp_trash_post($id));
    }
    return $canary;
}

function seed_comment(int $post, string $type, string $name, string $text, int $approved = 1): int
{
    return checked(wp_insert_comment(wp_slash([
        'comment_post_ID' => $post,
        'comment_author' => $name,
        'comment_author_email' => 'canary-address@example.invalid',
        'comment_content' => $text,
        'comment_type' => $type,
        'comment_approved' => $approved,
        'comment_date_gmt' => gmdate('Y-m-d H:i:s', time() - 86400),
        'comment_date' => get_date_from_gmt(gmdate('Y-m-d H:i:s', time() - 86400)),
    ])));
}

function seed_comments(array $posts): void
{
    foreach (array_slice($posts, 0, 40) as $number => $id) {
        seed_comment($id, 'comment', 'Tāne Moana', "Ka pai, number $number 👏");
    }
    seed_comment($posts[0], 'pingback', 'Another blog', '[&#8230;] canary-pingback [&#8230;]');
    seed_comment($posts[0], 'comment', 'Spam', 'canary-unapproved', 0);
}

function seed(): array
{
    wp_delete_post(1, true);
    $authors = seed_people();
    $categories = array_map(fn ($name) => wp_insert_term($name, 'category')['term_id'], CATEGORIES);
    $posts = $canaries = [];
    for ($number = 0; $number < 120; $number++) {
        $posts[] = insert(seed_fields($number, $authors, $categories));
    }
    for ($number = 120; $number < 150; $number++) {
        $state = HIDDEN[$number % count(HIDDEN)];
        $canaries[] = seed_hidden($state, $number, seed_fields($number, $authors, $categories));
    }
    seed_comments($posts);
    return $canaries;
}
