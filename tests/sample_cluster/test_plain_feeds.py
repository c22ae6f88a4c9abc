"""The stand-ins that are little more than a feed, with their odd habits."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import pytest
from lxml import etree

from sample_cluster.posts import DateLie
from sample_cluster.world import World
from tests.sample_cluster.asking import Asker, header

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearchrss/1.0/}"
BLOGGER = "kotukutuku-room-2"


def _parsed(body: str | bytes) -> etree._Element:
    raw = body.encode() if isinstance(body, str) else body
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "link":
            self.found.append({name: value or "" for name, value in attrs})


@pytest.mark.parametrize(
    "blog", ["lake-tui-news", "lake-tui-room-1", "kotukutuku-sport", "matuku-school"]
)
def test_rss_lists_its_window_newest_first(ask: Asker, world: World, blog: str) -> None:
    site = world.at(0).sites[blog]
    feed = _parsed(ask(blog, site.blog.feed_path).body)
    links = [item.findtext("link") for item in feed.iter("item")]
    assert links == [post.link for post in site.public[: site.blog.window]]


def test_bodies_survive_the_feed(ask: Asker, world: World) -> None:
    site = world.at(0).sites["lake-tui-news"]
    feed = _parsed(ask("lake-tui-news", "/feed.xml").body)
    texts = [item.findtext("description") for item in feed.iter("item")]
    assert texts == [post.html for post in site.public[: site.blog.window]]


def test_the_link_blog_points_elsewhere_under_guids_of_its_own(ask: Asker, world: World) -> None:
    feed = _parsed(ask("northmarsh-links", "/links.xml").body)
    links = [str(item.findtext("link")) for item in feed.iter("item")]
    assert not any(link.startswith("sample://northmarsh-links") for link in links)
    known = {post.link for site in world.at(0).sites.values() for post in site.posts}
    assert any(link in known for link in links)
    guids = [str(item.findtext("guid")) for item in feed.iter("item")]
    assert all(guid.startswith("sample://northmarsh-links/") for guid in guids)


def test_one_guid_serves_for_everything(ask: Asker) -> None:
    feed = _parsed(ask("kotukutuku-sport", "/rss.xml").body)
    guids = [item.findtext("guid") for item in feed.iter("item")]
    assert len(guids) == 20
    assert len(set(guids)) == 1


def _told(ask: Asker, world: World, lie: DateLie) -> tuple[datetime, str | None]:
    site = world.at(0).sites["lake-tui-room-1"]
    post = next(post for post in site.public if post.lie is lie)
    feed = _parsed(ask("lake-tui-room-1", "/index.xml").body)
    item = next(item for item in feed.iter("item") if item.findtext("link") == post.link)
    return post.published, item.findtext("pubDate")


def test_dates_lie_in_four_ways_and_tell_the_truth_in_one(ask: Asker, world: World) -> None:
    published, told = _told(ask, world, DateLie.NONE)
    assert parsedate_to_datetime(str(told)) == published
    published, told = _told(ask, world, DateLie.FUTURE)
    assert parsedate_to_datetime(str(told)) > datetime.now(UTC) + timedelta(days=365)
    assert _told(ask, world, DateLie.MISSING)[1] is None
    published, told = _told(ask, world, DateLie.NAIVE)
    assert timedelta(hours=11) < datetime.fromisoformat(str(told) + "+00:00") - published
    with pytest.raises(ValueError, match="Invalid date"):
        parsedate_to_datetime(str(_told(ask, world, DateLie.WORDS)[1]))


def test_one_feed_leaves_its_charset_unsaid(ask: Asker) -> None:
    assert header(ask("lake-tui-room-1", "/index.xml"), "Content-Type") == "text/xml"


def test_the_hidden_feed_stands_between_links_that_look_like_it(ask: Asker) -> None:
    links = _Links()
    links.feed(str(ask("matuku-school", "/").body))
    alternates = [link for link in links.found if "alternate" in link["rel"]]
    feeds = [link for link in alternates if link.get("type") == "application/rss+xml"]
    assert [link["href"] for link in feeds] == ["news/latest.xml"]
    assert len(alternates) == 4
    assert ask("matuku-school", "/news/latest.xml").status == 200


def test_json_feed_pages_to_the_first_post(ask: Asker, world: World) -> None:
    path, ids = "/feed.json", []
    while path:
        found = json.loads(ask("northmarsh-code-club", path).body)
        ids += [item["id"] for item in found["items"]]
        path = found.get("next_url", "").removeprefix("sample://northmarsh-code-club")
    assert ids == [post.guid for post in world.at(0).sites["northmarsh-code-club"].public]


def test_validators_of_plain_feeds_follow_the_bytes(ask: Asker) -> None:
    etag = header(ask("lake-tui-news", "/feed.xml"), "ETag")
    assert etag
    assert ask("lake-tui-news", "/feed.xml", if_none_match=etag).status == 304
    assert ask("lake-tui-news", "/feed.xml", if_none_match=f"W/{etag}").status == 304
    assert ask("lake-tui-news", "/feed.xml", if_none_match=etag, step=1).status == 200


def test_pictures_and_files_can_be_fetched(ask: Asker, world: World) -> None:
    attached = next(
        post.attachment for post in world.at(0).sites["rimuwai-news"].public if post.attachment
    )
    file = ask("rimuwai-news", attached.url.removeprefix("sample://rimuwai-news"))
    assert (header(file, "Content-Type"), len(file.body)) == (attached.media_type, attached.bytes)
    picture = ask("rimuwai-news", "/pictures/camp-1.png")
    assert isinstance(picture.body, bytes)
    assert picture.body.startswith(b"\x89PNG")


def test_scripts_in_pages_do_not_run(ask: Asker) -> None:
    assert "script-src 'none'" in str(header(ask("matuku-school", "/"), "Content-Security-Policy"))


def test_blogger_pages_by_index_and_says_how_many(ask: Asker, world: World) -> None:
    ids: list[str | None] = []
    path = "/feeds/posts/default?max-results=100"
    while path:
        feed = _parsed(ask(BLOGGER, path).body)
        ids += [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
        assert feed.findtext(f"{SEARCH}totalResults") == str(len(world.at(0).sites[BLOGGER].public))
        following = feed.find(f"{ATOM}link[@rel='next']")
        path = (
            ""
            if following is None
            else following.get("href", "").removeprefix(f"sample://{BLOGGER}")
        )
    assert ids == [post.guid for post in world.at(0).sites[BLOGGER].public]


def test_blogger_gives_at_most_150(ask: Asker) -> None:
    feed = ask.json(BLOGGER, "/feeds/posts/summary?alt=json&max-results=500")
    assert len(feed["feed"]["entry"]) == 150


def test_blogger_heeds_updated_min_only_when_it_orders_by_it(ask: Asker, world: World) -> None:
    floor = f"{world.at(1).now:%Y-%m-%dT%H:%M:%SZ}"
    base = f"/feeds/posts/default?alt=json&updated-min={floor}"
    ordered = ask.json(BLOGGER, f"{base}&orderby=updated", step=1)["feed"]
    assert len(ordered["entry"]) == 1
    assert len(ask.json(BLOGGER, base, step=1)["feed"]["entry"]) == 25


def test_blogger_answers_for_one_post_until_it_is_gone(ask: Asker, world: World) -> None:
    post = world.at(0).sites[BLOGGER].public[4]
    number = re.sub(r".*post-", "", post.guid)
    path = f"/feeds/posts/summary/{number}?alt=json"
    assert ask.json(BLOGGER, path, step=1)["entry"]["title"]["$t"] == post.title
    assert ask(BLOGGER, path, step=2).status == 404


def test_a_blog_without_comments_has_an_empty_comments_feed(ask: Asker) -> None:
    assert "entry" not in ask.json(BLOGGER, "/feeds/comments/default?alt=json")["feed"]
