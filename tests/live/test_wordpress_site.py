"""The WordPress that the other live tests rely on does what it promises."""

from collections.abc import Iterator

import pytest
import requests

from tests.live.wordpress_site import WordPressSite

POSTS = "wp-json/wp/v2/posts"


@pytest.fixture
def web() -> Iterator[requests.Session]:
    """A visitor who is not logged in and heeds no proxy of this machine."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def listed_ids(web: requests.Session, site: WordPressSite) -> set[int]:
    ids: set[int] = set()
    for page in range(1, 10):
        answer = web.get(f"{site.url}{POSTS}?per_page=100&page={page}")
        if answer.status_code == 400:  # a page beyond the last
            return ids
        ids |= {post["id"] for post in answer.json() if not post["content"]["protected"]}
    raise AssertionError("the listing has no end")


def test_rest_lists_exactly_what_the_database_calls_published(
    site: WordPressSite, web: requests.Session
) -> None:
    assert listed_ids(web, site) == {post.id for post in site.published()}
    assert len(site.published()) >= 120


def test_feed_holds_ten_items_and_answers_304_to_its_own_etag(
    site: WordPressSite, web: requests.Session
) -> None:
    first = web.get(f"{site.url}feed/")
    again = web.get(f"{site.url}feed/", headers={"If-None-Match": first.headers["ETag"]})
    assert first.content.count(b"<item>") == 10
    assert again.status_code == 304


def test_category_feeds_are_not_empty(site: WordPressSite, web: requests.Session) -> None:
    """They are when the permalinks of taxonomies were not stored."""
    assert b"<item>" in web.get(f"{site.url}category/reading/feed/").content


def test_home_page_announces_its_feed_and_api(site: WordPressSite, web: requests.Session) -> None:
    home = web.get(site.url)
    assert "application/rss+xml" in home.text
    assert "https://api.w.org/" in home.headers["Link"]


def test_a_post_goes_through_all_its_states(site: WordPressSite, web: requests.Session) -> None:
    post = site.schedule("A day out", "To the river")
    assert post.status == "future"
    assert web.get(f"{site.url}{POSTS}/{post.id}").status_code == 401
    post = site.publish_scheduled(post)
    assert post.status == "publish"
    assert site.edit(post, title="A day in").title == "A day in"
    assert site.change_slug(post, "indoors").url.endswith("/indoors/")
    assert site.change_guid(post, "urn:day").guid == "urn:day"
    assert site.trash(post).status == "trash"
    assert site.restore(post).status == "publish"
    assert site.make_private(post).status == "private"
    site.delete(post)
    assert web.get(f"{site.url}{POSTS}/{post.id}").status_code == 404


def test_a_scheduled_post_seems_unmodified_when_it_appears(
    site: WordPressSite, web: requests.Session
) -> None:
    """So a reader that asks for what was modified since then never sees it."""
    post = site.publish_scheduled(site.schedule("Assembly", "On Friday"))
    answer = web.get(f"{site.url}{POSTS}/{post.id}").json()
    assert answer["modified_gmt"] < answer["date_gmt"]


def test_closing_the_api_answers_401_to_everything(
    site: WordPressSite, web: requests.Session
) -> None:
    with site.rest_closed(), site.recorded() as seen:
        for path in ("", "wp/v2/posts", "wp/v2/comments", "wp/v2/posts/1"):
            assert web.get(f"{site.url}wp-json/{path}").status_code == 401
    assert [request.status for request in seen] == [401] * 4
    assert web.get(f"{site.url}{POSTS}").status_code == 200
