"""What is found at an address: a home page, a post, a feed, and what is none of these."""

from zoneinfo import ZoneInfo

import pytest

from adapters.blogs.discovery import COMMON_PATHS, discover
from adapters.blogs.page_links import read_page
from connector.errors import AuthError, PermanentError, TemporaryError
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kits.blog_services import (
    HOME,
    HOST,
    HTML,
    Blog,
    Blogger,
    Ghost,
    PlainFeed,
    WordPress,
    as_json,
    rss,
)

ZONE = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def blog():
    return Blog(posts=12, comments=2)


def look(service, address=HOME, **more):
    session = FakeSession(getattr(service, "answer", service))
    return discover(address, session, ZONE, **more), session


def page(html, **headers):
    """A site that shows this page everywhere."""
    return lambda request: Answer(html.encode(), 200, {**HTML, **headers})


def test_a_base_longer_than_any_address_is_none():
    base = f'<base href="/{"a" * 3_000}/">'
    link = '<link rel="alternate" type="application/rss+xml" href="new">'
    found = read_page((base + link).encode(), url=HOME)
    assert [feed.url for feed in found.feeds] == [f"{HOME}new"]


@pytest.mark.parametrize(
    "address", [HOME, f"{HOME}2026/7/", f"{HOME}feed/", HOST, f"{HOST}/2026/7/"]
)
def test_wordpress_is_found_from_any_of_its_addresses(blog, address):
    found, _ = look(WordPress(blog), address)
    assert (found.flavour, found.home) == ("wordpress", HOME)
    assert found.api == f"{HOME}wp-json/wp/v2/"


def test_candidates_show_the_newest_titles_and_which_are_comments(blog):
    found, _ = look(WordPress(blog))
    posts, feed, _ = found.candidates
    assert [each.title for each in posts.newest] == ["Title of 12", "Title of 11", "Title of 10"]
    assert posts.newest == feed.newest
    assert [each.comments for each in found.candidates] == [False, False, True]


def test_api_alone_is_asked_where_feeds_are_not_wanted(blog):
    _, session = look(WordPress(blog), feeds=False)
    assert len(session.asked) <= 3


@pytest.mark.parametrize("status", [401, 403, 404])
def test_closed_api_leaves_the_feed_and_says_why(blog, status):
    service = WordPress(blog)
    service.closed = status
    found, _ = look(service)
    assert found.api is None
    assert found.flavour == "wordpress"
    assert isinstance(found.closed, AuthError if status != 404 else PermanentError)
    assert [each.url for each in found.candidates] == [f"{HOME}feed/", f"{HOME}comments/feed/"]


def test_api_in_trouble_is_not_a_closed_one(blog):
    """A server error must not turn a blog into its feed."""
    service = WordPress(blog)
    service.closed = 503
    with pytest.raises(TemporaryError):
        look(service)


def test_api_that_answers_with_a_page_is_closed(blog):
    def portal(request):
        if "wp-json" in request.url:
            return Answer(b"<html>Please agree to the rules", 200, HTML)
        return WordPress(blog).answer(request)

    assert look(portal)[0].api is None


def test_api_is_found_in_the_link_header(blog):
    def bare(request):
        if request.path == "/":
            link = f'<{HOME}wp-json/>; rel="https://api.w.org/"'
            return Answer(b"", 200, {**HTML, "Link": link})
        return WordPress(blog).answer(request)

    assert look(bare)[0].api == f"{HOME}wp-json/wp/v2/"


def test_blogger_is_known_by_its_generator(blog):
    found, _ = look(Blogger(blog))
    assert (found.flavour, found.api) == ("blogger", f"{HOME}feeds/")


def test_ghost_is_known_by_its_generator(blog):
    found, _ = look(Ghost(blog))
    assert found.flavour == "ghost"
    assert [each.url for each in found.candidates] == [f"{HOME}rss/"]


def test_wordpress_com_is_asked_through_its_public_api(blog):
    service = WordPress(blog)
    service.api = "/wp/v2/sites/kura.wordpress.com/"

    def answer(request):
        if request.host == "public-api.wordpress.com":
            return service.answer(request)
        return Answer(b"<title>Kura</title>", 200, HTML)

    found, session = look(answer, "https://kura.wordpress.com/")
    assert found.flavour == "wordpress_com"
    assert found.api == "https://public-api.wordpress.com/wp/v2/sites/kura.wordpress.com/"
    assert session.asked[1].startswith(found.api)


def test_named_flavour_is_believed(blog):
    """A WordPress.com blog under a name of its own does not say so."""

    def answer(request):
        if request.host == "public-api.wordpress.com":
            return as_json([])
        return Answer(b"<title>Kura</title>", 200, HTML)

    found, _ = look(answer, flavour="wordpress_com")
    assert found.api == f"https://public-api.wordpress.com/wp/v2/sites/{HOST}/"


def test_plain_feed_is_found_in_the_page(blog):
    found, _ = look(PlainFeed(blog))
    assert found.flavour == "feed"
    assert [(each.format, each.url) for each in found.candidates] == [
        ("RSS 2.0", f"{HOME}news.xml")
    ]


def test_usual_addresses_are_tried_last_and_few(blog):
    def silent(request):
        if request.path == "/index.xml":
            return Answer(rss([]), 200, {"Content-Type": "text/xml"})
        return Answer(b"<title>Kura</title>", 200 if request.path == "/" else 404, HTML)

    found, session = look(silent)
    assert [each.url for each in found.candidates] == [f"{HOME}index.xml"]
    assert len(session.asked) <= 1 + len(COMMON_PATHS)


def test_usual_addresses_are_tried_in_the_first_folder_too(blog):
    def folder(request):
        if request.path == "/blog/feed/":
            return Answer(rss([]), 200, {"Content-Type": "text/xml"})
        is_page = request.path.startswith("/blog/2026")
        return Answer(b"<title>Kura</title>", 200 if is_page else 404, HTML)

    found, _ = look(folder, f"{HOME}blog/2026/welcome/")
    assert [each.url for each in found.candidates] == [f"{HOME}blog/feed/"]


def test_site_that_shows_one_page_everywhere_has_no_feed():
    """A captive portal answers every address with 200."""
    found, session = look(page("<title>Welcome to the network</title>"))
    assert found.candidates == ()
    assert "neither a feed nor an API" in found.sentence
    assert len(session.asked) <= 8


def test_log_in_page_is_named():
    found, _ = look(page('<form><input name="u"><input type="PassWord" name="p"></form>'))
    assert "log-in page" in found.sentence


def test_https_is_tried_before_http(blog):
    def plain_only(request):
        if request.url.startswith("https://"):
            return Answer(status=503)
        return PlainFeed(blog).answer(request)

    _, session = look(plain_only, HOST)
    assert session.asked[:2] == [f"https://{HOST}", f"http://{HOST}"]


def test_error_of_https_is_told_where_both_fail():
    with pytest.raises(TemporaryError):
        look(lambda request: Answer(status=503), HOST)


def test_address_that_refuses_is_an_error():
    with pytest.raises(AuthError):
        look(lambda request: Answer(status=401))


HOSTILE = {
    "deep": "<div>" * 200_000,
    "wide": '<link rel="alternate" type="application/rss+xml" href="/a">' * 50_000,
    "bytes": "\x00\xff\udcff".encode("utf-8", "surrogatepass").decode("latin1"),
    "base": '<base href="http://[bad"><link rel="alternate" type="application/rss+xml" href="x">',
    "script": '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
    "unclosed": '<link rel="alternate" href="',
    "entities": "<!DOCTYPE x [<!ENTITY a 'b'>]><title>&a;&a;</title>",
    "empty": "",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_page_gives_nothing_and_no_exception(kind):
    found, session = look(page(HOSTILE[kind]))
    assert found.candidates == ()
    assert len(session.asked) <= 1 + 4 + len(COMMON_PATHS)


@pytest.mark.parametrize("charset", ["klingon", "utf-8; x=1", "ÿ", '"', "rot13", "idna"])
def test_lying_charset_gives_no_exception(charset):
    html = '<title>Kura</title><link rel="alternate" type="application/rss+xml" href="/f">'
    headers = {"Content-Type": f"text/html; charset={charset}"}
    look(lambda request: Answer(html.encode(), 200, headers))


def test_feed_whose_home_page_does_not_answer_is_still_found(blog):
    for status in (403, 404, 418):

        def answer(request, status=status):
            if request.path == "/news.xml":
                return PlainFeed(blog).answer(request)
            return Answer(status=status)

        found, _ = look(answer, f"{HOME}news.xml")
        assert [each.url for each in found.candidates] == [f"{HOME}news.xml"]


def test_feed_whose_home_page_is_in_trouble_is_asked_for_later(blog):
    """Its API may be there; a place must not become a feed by chance."""

    def answer(request):
        if request.path == "/news.xml":
            return PlainFeed(blog).answer(request)
        return Answer(status=503)

    with pytest.raises(TemporaryError):
        look(answer, f"{HOME}news.xml")


def test_home_page_on_another_host_is_not_asked(blog):
    def answer(request):
        return PlainFeed(blog).answer(request)

    _, session = look(answer, "https://feeds.example.org/news.xml")
    assert not [url for url in session.asked if url.startswith(HOME)]


def test_name_of_the_site_comes_from_its_api(blog):
    """The title of a post's page would be that of the post."""

    def answer(request):
        if request.path == "/wp-json/":
            return as_json({"name": "K\u014dwhai &amp; friends"})
        return WordPress(blog).answer(request)

    found, _ = look(answer, f"{HOME}2026/7/")
    assert found.title == "Kōwhai & friends"
    assert found.candidates[0].title == "Kōwhai & friends"


def test_root_of_the_api_that_is_a_page_leaves_the_title(blog):
    def answer(request):
        if request.path == "/wp-json/":
            return Answer(b"<html>", 200, HTML)
        return WordPress(blog).answer(request)

    assert look(answer)[0].title == "Kura blog"


@pytest.mark.parametrize("status", [401, 404])
def test_blogger_without_json_is_read_by_its_feed(status):
    def answer(request):
        if "alt" in request.query:
            return Answer(status=status)
        if request.path == "/feeds/posts/default":
            return Answer(rss([], "Blogger"), 200, {"Content-Type": "text/xml"})
        return Answer(b"<meta name='generator' content='blogger'>", 200, HTML)

    found, _ = look(answer)
    assert (found.flavour, found.api) == ("blogger", None)
    assert [each.url for each in found.candidates] == [f"{HOME}feeds/posts/default"]


def test_blogger_in_trouble_is_asked_for_later():
    def answer(request):
        if "alt" in request.query:
            return Answer(status=503)
        return Answer(b"<meta name='generator' content='blogger'>", 200, HTML)

    with pytest.raises(TemporaryError):
        look(answer)


def test_feed_that_is_named_and_refused_is_left_out(blog):
    html = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="/{path}">'
        for path in ("teapot", "news.xml")
    )

    def answer(request):
        if request.path == "/teapot":
            return Answer(status=418)
        if request.path == "/":
            return Answer(html.encode(), 200, HTML)
        return PlainFeed(blog).answer(request)

    assert [each.url for each in look(answer)[0].candidates] == [f"{HOME}news.xml"]


def test_feed_in_trouble_is_asked_for_later(blog):
    def answer(request):
        if request.path == "/news.xml":
            return Answer(status=500)
        return PlainFeed(blog).answer(request)

    with pytest.raises(TemporaryError):
        look(answer)


def test_json_of_a_single_post_is_no_feed(blog):
    """WordPress names it, and the oEmbed of a page, as alternates with a feed's type."""
    names = ("wp-json/wp/v2/posts/7", "?rest_route=/wp/v2/posts/7", "oembed/1.0/embed?url=x")
    html = "".join(
        f'<link rel="alternate" type="application/json" href="/{name}">' for name in names
    )

    def answer(request):
        if request.path == "/" and "rest_route" not in request.query:
            return Answer(html.encode(), 200, HTML)
        return Answer(status=404)

    _, session = look(answer)
    assert not [url for url in session.asked if "7" in url or "oembed" in url]


@pytest.mark.parametrize(
    "claimed", ["https://victim.example/", "https://blog.example.evil.example/"]
)
def test_feed_that_claims_another_host_is_not_believed(claimed):
    feed = f"<rss><channel><title>B</title><link>{claimed}</link><item><title>x</title></item></channel></rss>"
    found, _ = look(lambda _: Answer(feed.encode(), 200, {}), f"{HOME}feed.xml")
    assert found.home.startswith(HOME)
