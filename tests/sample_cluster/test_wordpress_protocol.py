"""The WordPress stand-in answers as WordPress 6.1 was recorded to answer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sample_cluster import blogs
from sample_cluster.answers import Answer, Request
from sample_cluster.archive import ZONE
from sample_cluster.posts import Status
from sample_cluster.world import World
from tests.sample_cluster.asking import Asker, differences, header, recorded

BLOG = "rimuwai-room-5"
SAME_PATH = (
    "rest-posts-page2",
    "rest-posts-embed",
    "rest-posts-ctx-embed",
    "rest-posts-fields-100",
    "rest-posts-orderby-modified",
    "rest-posts-beyond",
    "rest-posts-perpage0",
    "rest-posts-perpage101",
    "rest-posts-bad-date",
    "rest-posts-status-draft-anon",
    "rest-posts-ctx-edit-anon",
    "rest-comments-page",
    "rest-comments-type",
    "rest-categories",
    "rest-tags",
    "rest-users",
    "rest-nope",
)
NOT_COMPARED = {"content-length", "vary"}


def _names(headers: dict[str, str]) -> set[str]:
    return {name.lower() for name in headers} - NOT_COMPARED


def _is_like(case: dict[str, Any], ours: Answer) -> None:
    """The status, the names of the headers, and the keys and types of the body are the same."""
    assert ours.status == case["status"]
    assert _names(dict(ours.headers)) == _names(case["headers"])
    assert header(ours, "Content-Type") == case["headers"]["Content-Type"]
    assert differences(case["body"], json.loads(ours.body)) == []


@pytest.mark.parametrize("name", SAME_PATH)
def test_answers_have_the_recorded_shape(ask: Asker, name: str) -> None:
    case = recorded(f"wordpress-6.1/{name}")
    # The recorded embedding has no comments; neither has this blog.
    blog = "northmarsh-science" if name == "rest-posts-embed" else BLOG
    _is_like(case, ask(blog, case["request"]["path"]))


@pytest.mark.parametrize(
    "name", [name for name in SAME_PATH if recorded(f"wordpress-6.1/{name}")["status"] >= 400]
)
def test_refusals_have_the_recorded_words(ask: Asker, name: str) -> None:
    case = recorded(f"wordpress-6.1/{name}")
    assert ask.json(BLOG, case["request"]["path"]) == case["body"]


def test_the_root_has_the_recorded_shape(ask: Asker) -> None:
    """Apart from application passwords, which plain http does not offer."""
    case = recorded("wordpress-6.1/rest-root")
    ours = ask.json(BLOG, case["request"]["path"])
    assert differences(case["body"], {**ours, "authentication": {}}) == [
        ".authentication.application-passwords"
    ]


@pytest.mark.parametrize(
    ("name", "step", "pick"),
    [
        ("rest-post-draft", 0, Status.DRAFT),
        ("rest-post-private", 2, Status.PRIVATE),
        ("rest-post-deleted", 2, Status.DELETED),
        ("rest-post-trash", 2, Status.TRASH),
    ],
)
def test_a_post_that_is_not_public_is_refused_as_recorded(
    ask: Asker, world: World, name: str, step: int, pick: Status
) -> None:
    case = recorded(f"wordpress-6.1/{name}")
    blog, number = next(
        (slug, post.number)
        for slug, site in world.at(step).sites.items()
        for post in site.posts
        if post.status is pick and site.blog.slug in ("waikotare-kura", BLOG, "rimuwai-news")
    )
    ours = ask(blog, f"/wp-json/wp/v2/posts/{number}", step=step)
    assert (ours.status, json.loads(ours.body)) == (case["status"], case["body"])


@pytest.mark.parametrize("name", ["rest-post-password", "rest-post-password-wrong"])
def test_a_protected_post_shows_its_title_alone(ask: Asker, world: World, name: str) -> None:
    case = recorded(f"wordpress-6.1/{name}")
    post = next(post for post in world.at(0).sites[BLOG].public if post.protected)
    query = case["request"]["path"].partition("?")
    ours = ask(BLOG, f"/wp-json/wp/v2/posts/{post.number}{query[1]}{query[2]}")
    _is_like(case, ours)
    assert case["body"].get("content") == json.loads(ours.body).get("content")


def test_an_author_is_shown_and_a_stranger_refused(ask: Asker) -> None:
    _is_like(recorded("wordpress-6.1/rest-user-1"), ask(BLOG, "/wp-json/wp/v2/users/2"))
    case = recorded("wordpress-6.1/rest-user-noposts")
    assert ask.json(BLOG, "/wp-json/wp/v2/users/99") == case["body"]


def test_writing_is_refused_as_recorded(ask: Asker) -> None:
    case = recorded("wordpress-6.1/write-create-anon")
    ours = ask(BLOG, case["request"]["path"], method="POST")
    assert (ours.status, json.loads(ours.body)) == (case["status"], case["body"])


def test_include_gives_only_those_that_are_public(ask: Asker, world: World) -> None:
    case = recorded("wordpress-6.1/rest-posts-include")
    site = world.at(2).sites[BLOG]
    gone = next(post.number for post in site.posts if post.status is Status.DELETED)
    shown = site.public[5].number
    path = f"/wp-json/wp/v2/posts?include={gone},{shown}&_fields=id,status"
    ours = ask(BLOG, path, step=2)
    _is_like(case, ours)
    assert json.loads(ours.body) == [{"id": shown, "status": "publish"}]


def test_pages_together_are_all_posts_once(ask: Asker, world: World) -> None:
    numbers: list[int] = []
    for page in range(1, 5):
        path = f"/wp-json/wp/v2/posts?per_page=100&page={page}&_fields=id"
        numbers += [post["id"] for post in ask.json(BLOG, path)]
    assert sorted(numbers) == sorted(post.number for post in world.at(0).sites[BLOG].public)
    assert numbers == [post.number for post in world.at(0).sites[BLOG].public]


def test_totals_and_links_tell_the_way(ask: Asker) -> None:
    ours = ask(BLOG, "/wp-json/wp/v2/posts?per_page=100&page=2&_fields=id,slug")
    base = f"sample://{BLOG}/wp-json/wp/v2/posts?per_page=100&_fields=id%2Cslug"
    assert (header(ours, "X-WP-Total"), header(ours, "X-WP-TotalPages")) == ("360", "4")
    assert header(ours, "Link") == f'<{base}&page=1>; rel="prev", <{base}&page=3>; rel="next"'


def test_offset_begins_anywhere_and_page_is_ignored_beside_it(ask: Asker, world: World) -> None:
    expected = [post.number for post in world.at(0).sites[BLOG].public[357:360]]
    path = "/wp-json/wp/v2/posts?offset=357&per_page=10&page=50&_fields=id"
    assert [post["id"] for post in ask.json(BLOG, path)] == expected


@pytest.mark.parametrize(
    ("written", "is_seen"),
    [
        ("{utc}Z", False),
        ("{earlier}Z", True),
        ("{local}%2B13:00", False),
        ("{utc}", True),
    ],
)
def test_modified_after_is_exclusive_and_naive_times_are_local(
    ask: Asker, world: World, written: str, is_seen: bool
) -> None:
    """A naive UTC time is read as New Zealand's, thirteen hours too early: the trap."""
    now = world.at(1).now
    times = {
        "utc": f"{now:%Y-%m-%dT%H:%M:%S}",
        "earlier": f"{now.replace(minute=now.minute - 1):%Y-%m-%dT%H:%M:%S}",
        "local": f"{now.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}",
    }
    path = f"/wp-json/wp/v2/posts?modified_after={written.format(**times)}&_fields=id,modified_gmt"
    found = ask.json(BLOG, path, step=1)
    assert any(post["modified_gmt"] == times["utc"] for post in found) is is_seen


def test_modified_after_misses_what_fell_due_and_what_was_backdated(
    ask: Asker, world: World
) -> None:
    """Both appear in step 3 with a time of change that lies before it."""
    before = f"{world.at(2).now:%Y-%m-%dT%H:%M:%S}Z"
    for blog in ("rimuwai-news", "cluster-facilitator"):
        new = {p.number for p in world.at(3).sites[blog].public}
        new -= {p.number for p in world.at(2).sites[blog].posts if p.status is not Status.FUTURE}
        path = f"/wp-json/wp/v2/posts?modified_after={before}&_fields=id"
        assert new
        assert new.isdisjoint(post["id"] for post in ask.json(blog, path, step=3))


def test_dotted_fields_keep_one_branch(ask: Asker) -> None:
    path = "/wp-json/wp/v2/posts?per_page=1&_fields=id,content.protected"
    assert list(ask.json(BLOG, path)[0]["content"]) == ["protected"]


def test_embed_can_name_its_parts(ask: Asker) -> None:
    path = "/wp-json/wp/v2/posts?per_page=1&_embed=author,wp:term"
    embedded = ask.json(BLOG, path)[0]["_embedded"]
    assert set(embedded) == {"author", "wp:term"}


def test_the_query_form_of_rest_answers_too(ask: Asker) -> None:
    ours = ask.json(BLOG, "/?rest_route=/wp/v2/posts&per_page=1")
    assert ours == ask.json(BLOG, "/wp-json/wp/v2/posts?per_page=1")


def test_comments_of_closed_posts_are_counted_and_not_shown(world: World) -> None:
    site = world.at(0).sites["halvorsen-young-writers"]
    closed = site.by_number[site.public_comments[0].post]
    posts = tuple(replace(p, protected=p is closed) for p in site.posts)
    path = f"/wp-json/wp/v2/comments?post={closed.number}"
    ours = blogs.answer(replace(site, posts=posts), Request("GET", path))
    assert int(header(ours, "X-WP-Total") or 0) > 0
    assert json.loads(ours.body) == []


def test_a_closed_rest_refuses_everything_and_its_feed_stays_open(ask: Asker) -> None:
    for path in ("/wp-json/", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/comments"):
        ours = ask("halvorsen-room-12", path)
        assert (ours.status, json.loads(ours.body)["code"]) == (401, "rest_not_logged_in")
    assert ask("halvorsen-room-12", "/feed/").status == 200


def test_pages_lead_a_person_to_the_posts(ask: Asker, world: World) -> None:
    site = world.at(3).sites[BLOG]
    post = site.public[3]
    assert post.link in str(ask(BLOG, "/", step=3).body)
    page = ask(BLOG, post.link.removeprefix(site.blog.base), step=3)
    assert page.status == 200
    assert post.html in str(page.body)


def test_removed_posts_answer_404(ask: Asker, world: World) -> None:
    case = recorded("wordpress-6.1/deleted-html")
    site = world.at(2).sites[BLOG]
    gone = next(post for post in site.posts if post.status is Status.DELETED)
    for path in (gone.link.removeprefix(site.blog.base), f"/?p={gone.number}"):
        assert ask(BLOG, path, step=1).status in (200, 301)
        assert ask(BLOG, path, step=2).status == case["status"]


def test_an_old_address_redirects_as_recorded(ask: Asker, world: World) -> None:
    case = recorded("wordpress-6.1/html-old-slug-redirect")
    old, new = world.at(3).sites[BLOG].redirects[0]
    ours = ask(BLOG, old, step=3)
    assert (ours.status, header(ours, "X-Redirect-By")) == (case["status"], "WordPress")
    assert header(ours, "Location") == new
    assert ask(BLOG, new.removeprefix(f"sample://{BLOG}"), step=3).status == 200
