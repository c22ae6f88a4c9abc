"""The feeds of the WordPress stand-in are as those of WordPress 6.1 were recorded."""

import pytest
from lxml import etree

from sample_cluster.posts import Post
from sample_cluster.world import World
from tests.sample_cluster.asking import Asker, header, recorded

BLOG = "rimuwai-room-5"
SOMETIMES = {"enclosure", "comments", "creator", "{http://www.w3.org/2005/Atom}link"}


def _parsed(body: str | bytes) -> etree._Element:
    raw = body.encode() if isinstance(body, str) else body
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))


def _tags(element: etree._Element) -> set[str]:
    return {str(child.tag) for child in element} - SOMETIMES


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("feed-rss2-paged2", ".//item"),
        ("feed-atom-paged2", "{http://www.w3.org/2005/Atom}entry"),
        ("feed-comments-rss2", ".//item"),
    ],
)
def test_feeds_have_the_recorded_elements(ask: Asker, name: str, entry: str) -> None:
    case = recorded(f"wordpress-6.1/{name}")
    ours = ask(BLOG, case["request"]["path"])
    assert ours.status == case["status"]
    assert {n.lower() for n, _ in ours.headers} == {n.lower() for n in case["headers"]}
    assert header(ours, "Content-Type") == case["headers"]["Content-Type"]
    theirs, mine = _parsed(case["body"]).find(entry), _parsed(ours.body).find(entry)
    assert theirs is not None
    assert mine is not None
    assert _tags(mine) == _tags(theirs) - {"{http://purl.org/syndication/thread/1.0}total"}


def test_beyond_the_end_is_404_with_an_empty_channel(ask: Asker) -> None:
    case = recorded("wordpress-6.1/feed-rss2-beyond")
    ours = ask(BLOG, case["request"]["path"])
    assert ours.status == case["status"]
    assert _parsed(ours.body).findall(".//item") == _parsed(case["body"]).findall(".//item") == []


@pytest.mark.parametrize("name", ["inm", "weak", "ims", "both", "mismatch"])
def test_validators_are_judged_as_recorded(ask: Asker, name: str) -> None:
    """A weak mark never matches; where both are sent both have to."""
    case = recorded(f"wordpress-6.1/feed-conditional-{name}")
    first = ask(BLOG, "/feed/")
    etag, modified = header(first, "ETag"), header(first, "Last-Modified")
    assert etag
    assert modified
    sent = {n.lower(): v for n, v in case["request"]["headers"].items() if n.startswith("If-")}
    if "if-none-match" in sent and "other" not in sent["if-none-match"]:
        weak = "W/" if sent["if-none-match"].startswith("W/") else ""
        sent["if-none-match"] = f"{weak}{etag}"
    if "if-modified-since" in sent:
        sent["if-modified-since"] = modified
    assert ask(BLOG, "/feed/", **sent).status == case["status"]


def test_one_etag_serves_the_whole_site(ask: Asker) -> None:
    paths = (
        "/feed/",
        "/feed/?paged=2",
        "/feed/atom/",
        "/category/science/feed/",
        "/feed/?paged=999",
    )
    assert len({header(ask(BLOG, path), "ETag") for path in paths}) == 1


def test_trashing_the_newest_moves_the_site_back(ask: Asker) -> None:
    """If-Modified-Since alone then hides the removal, If-None-Match shows it."""
    before = ask("halvorsen-news", "/feed/", step=1)
    since, etag = header(before, "Last-Modified"), header(before, "ETag")
    assert since
    assert etag
    assert ask("halvorsen-news", "/feed/", step=2, if_modified_since=since).status == 304
    assert ask("halvorsen-news", "/feed/", step=2, if_none_match=etag).status == 200


def test_pages_of_ten_together_are_all_posts(ask: Asker, world: World) -> None:
    links = []
    for page in range(1, 37):
        items = _parsed(ask(BLOG, f"/feed/?paged={page}").body).findall(".//item")
        assert len(items) == 10
        links += [item.findtext("link") for item in items]
    assert links == [post.link for post in world.at(0).sites[BLOG].public]


def test_a_protected_post_shows_a_form_in_place_of_its_text(ask: Asker, world: World) -> None:
    post = next(post for post in world.at(0).sites[BLOG].public if post.protected)
    item = _item(ask, post)
    assert str(item.findtext("title")).startswith("Protected: ")
    encoded = str(item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded"))
    assert "post-password-form" in encoded
    assert post.html.split("</p>")[0] not in encoded


def _item(ask: Asker, post: Post) -> etree._Element:
    items = _parsed(ask(BLOG, "/feed/").body).findall(".//item")
    return next(item for item in items if item.findtext("link") == post.link)


def test_emoji_become_pictures_in_the_feed_alone(ask: Asker, world: World) -> None:
    feeds = "".join(str(ask(BLOG, f"/feed/?paged={page}").body) for page in range(1, 20))
    assert 'class="wp-smiley"' in feeds
    assert "wp-smiley" not in str(ask(BLOG, "/wp-json/wp/v2/posts?per_page=100").body)


def test_ordering_by_change_shows_edits_first(ask: Asker, world: World) -> None:
    edited = world.at(0).sites["rimuwai-news"].public[4].link
    feed = _parsed(ask("rimuwai-news", "/feed/?orderby=modified", step=1).body)
    assert feed.findtext(".//item/link") == edited


def test_a_category_that_does_not_exist_is_an_empty_feed(ask: Asker) -> None:
    ours = ask(BLOG, "/category/nope/feed/")
    assert (ours.status, _parsed(ours.body).findall(".//item")) == (200, [])


def test_category_and_author_feeds_hold_only_theirs(ask: Asker, world: World) -> None:
    feed = _parsed(ask(BLOG, "/author/hinemoa-paretai/feed/").body)
    creators = {e.text for e in feed.iter("{http://purl.org/dc/elements/1.1/}creator")}
    assert creators == {"Hinemoa Paretai"}
    feed = _parsed(ask(BLOG, "/category/science/feed/").body)
    assert all("Science" in [c.text for c in i.findall("category")] for i in feed.iter("item"))


def test_a_missing_slash_redirects(ask: Asker) -> None:
    ours = ask(BLOG, "/feed")
    assert (ours.status, header(ours, "Location")) == (301, f"sample://{BLOG}/feed/")
