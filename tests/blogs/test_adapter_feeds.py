"""Reading a feed: what a cycle costs, when it goes on to older pages, and where that ends."""

import json
from dataclasses import replace

import pytest

from adapters.blogs.feed_walk import is_same_origin
from adapters.feeds.cursors import pack
from connector.errors import PermanentError, TemporaryError
from connector.model import Cursor, Kind, Known, Presence, ProblemKind
from tests.blogs.blog_hub import Reading
from tests.contract.fake_session import Answer
from tests.contract.kits.blog_services import HOME, Blog, PlainFeed, WordPress, rss

FEED = f"feed:{HOME}feed/"
NEWS = f"feed:{HOME}news.xml"


@pytest.fixture
def blog():
    return Blog(posts=35, comments=4)


def paged(blog, **settings):
    """A WordPress of which only the feed is read."""
    return Reading(WordPress(blog).answer, FEED, flavour="feed", **settings)


def numbers(ids):
    return sorted(int(each.rpartition("=")[2]) for each in ids)


def test_first_reading_goes_through_all_pages(blog):
    assert numbers(paged(blog).ids()) == list(range(1, 36))


def test_quiet_cycle_is_one_request_that_is_not_modified(blog):
    reading = paged(blog)
    reading.settle()
    (page,) = reading.cycle()
    assert reading.session.asked == [f"{HOME}feed/"]
    assert reading.session.bytes_read == 0
    assert page.complete


def test_new_post_costs_one_page(blog):
    reading = paged(blog)
    reading.settle()
    blog.write("new")
    assert numbers(reading.ids()) == list(range(27, 37))
    assert len(reading.session.asked) == 1


def test_without_validators_an_unchanged_feed_is_walked_through_once(blog):
    """The first page is asked for again at the end, and is seen to list the same."""
    service = WordPress(blog)

    def without_validators(request):
        return replace(service.answer(request), headers={"Content-Type": "text/xml"})

    reading = Reading(without_validators, FEED, flavour="feed")
    reading.place()
    reading.cursor = Cursor(
        json.dumps({"v": 1, "way": "feed", "url": f"{HOME}feed/", "paged": True, "top": ["old"]})
    )
    assert numbers(reading.ids()) == list(range(1, 36))
    assert reading.session.asked.count(f"{HOME}feed/?paged=2") == 1


def test_more_new_posts_than_the_window_shows_are_all_met(blog):
    reading = paged(blog)
    reading.settle()
    for _ in range(25):
        blog.write("new")
    assert set(range(36, 61)) <= set(numbers(reading.ids()))


def test_posts_behind_a_page_that_is_kept_but_was_not_shown_last_are_met(blog):
    """An old post alone on top is known by its digest; what was written since stands behind."""
    first, second, third, fourth, *_ = blog.posts.values()
    shown = {}

    def feed(request):
        number = int(request.query.get("paged", 1))
        body = rss(shown.get(number, []), "https://wordpress.org/?v=6.1")
        return Answer(body, 200 if number in shown else 404, {"Content-Type": "text/xml"})

    reading, met = Reading(feed, FEED, flavour="feed"), {}

    def kept(stream, digests):
        known = {record.digest: own_id for own_id, record in met.items()}
        return {digest: known[digest] for digest in digests if digest in known}

    cursor = pack({"way": "feed", "url": f"{HOME}feed/", "paged": True})
    for pages in (
        {1: [first]},
        {1: [second, first]},
        {1: [third, second], 2: [first]},
        {1: [first], 2: [fourth, third], 3: [second]},
    ):
        shown.clear()
        shown.update(pages)
        for page in reading.place().read_changes({FEED: cursor}, kept):
            met.update({record.external_id: record for record in page.records})
            cursor = page.cursor or cursor
    assert numbers(met) == [1, 2, 3, 4]


def test_first_page_alone_where_history_is_not_wanted(blog):
    reading = paged(blog, whole_history=False)
    assert numbers(reading.ids()) == list(range(26, 36))
    assert not [url for url in reading.session.asked if "paged" in url]


def test_validators_are_kept_only_when_all_was_handed_on(blog):
    reading = paged(blog)
    pages = reading.cycle()
    kept = [json.loads(page.cursor) for page in pages if page.cursor]
    assert ["etag" in cursor for cursor in kept] == [False] * (len(kept) - 1) + [True]


def test_validators_belong_to_the_first_page(blog):
    """WordPress has one ETag for all of its feeds: a later page asked with it would be 304."""
    reading = paged(blog)
    conditional = []

    def watched(request):
        if "If-None-Match" in request.headers:
            conditional.append(request.url)
        return WordPress(blog).answer(request)

    reading.service = watched
    reading.settle()
    blog.write("new")
    reading.cycle()
    assert set(conditional) == {f"{HOME}feed/"}


def test_server_that_ignores_the_page_number_ends_the_walk(blog):
    def same(request):
        return WordPress(blog).answer(replace(request, url=request.url.partition("?")[0]))

    reading = Reading(same, FEED, flavour="feed")
    assert numbers(reading.ids()) == list(range(26, 36))
    assert len([url for url in reading.session.asked if "paged" in url]) == 1


def test_page_that_cannot_be_read_ends_the_walk_with_a_word(blog):
    def broken(request):
        if request.query.get("paged") == "2":
            return Answer(b"<html>Sorry", headers={"Content-Type": "text/html"})
        return WordPress(blog).answer(request)

    pages = Reading(broken, FEED, flavour="feed").cycle()
    assert [each.kind for each in pages[-1].problems] == [ProblemKind.NOTED]
    assert pages[-1].complete


def test_page_that_fails_for_now_ends_nothing(blog):
    def failing(request):
        if request.query.get("paged") == "3":
            return Answer(status=503)
        return WordPress(blog).answer(request)

    reading = Reading(failing, FEED, flavour="feed")
    with pytest.raises(TemporaryError):
        reading.cycle()
    reading.service = WordPress(blog).answer
    assert 1 in numbers(reading.ids())


def test_window_without_pages_is_read_alone(blog):
    reading = Reading(PlainFeed(blog).answer, NEWS)
    assert len(reading.ids()) == 10
    assert reading.ids() == []


def test_listed_ids_are_the_window(blog):
    (page,) = Reading(PlainFeed(blog).answer, NEWS).cycle()
    assert page.listed == tuple(record.external_id for record in page.records)


def test_large_document_comes_in_slices_and_only_the_last_moves_the_cursor():
    blog = Blog(posts=250, comments=0)
    body = rss(sorted(blog.posts.values(), key=lambda each: -each.id))

    def all_at_once(request):
        if request.path == "/news.xml":
            return Answer(body, headers={"Content-Type": "text/xml"})
        return PlainFeed(blog).answer(request)

    pages = Reading(all_at_once, NEWS).cycle()
    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert [page.complete for page in pages] == [False, False, True]


def chain(*targets):
    """A JSON feed whose pages name the next one."""

    def answer(request):
        page = int(request.query.get("p", 0))
        item = {"id": str(page), "url": f"{HOME}{page}/", "content_text": f"text {page}"}
        found = {"version": "https://jsonfeed.org/version/1.1", "title": "K", "items": [item]}
        if page < len(targets) and targets[page]:
            found["next_url"] = targets[page]
        return Answer(json.dumps(found).encode(), headers={"Content-Type": "application/feed+json"})

    return answer


def chained(*targets):
    reading = Reading(chain(*targets), f"feed:{HOME}feed.json", flavour="feed")
    return [each.rpartition("#")[2] for each in reading.ids()], reading.session.asked


def test_next_links_are_followed():
    assert chained(f"{HOME}feed.json?p=1", f"{HOME}feed.json?p=2")[0] == ["0", "1", "2"]


def test_next_links_in_a_circle_end():
    ids, _ = chained(f"{HOME}feed.json?p=1", f"{HOME}feed.json?p=2", f"{HOME}feed.json?p=1")
    assert ids == ["0", "1", "2"]


def test_next_link_to_another_place_is_not_followed():
    ids, asked = chained("https://elsewhere.example.org/feed.json")
    assert ids == ["0"]
    assert not [url for url in asked if "elsewhere" in url]


def test_next_link_to_another_port_is_not_followed():
    assert chained("https://blog.example.school.nz:8443/feed.json?p=1")[0] == ["0"]


def test_comments_feed_holds_comments(blog):
    key = f"feed:{HOME}comments/feed/"
    pages = Reading(WordPress(blog).answer, key, flavour="feed").cycle()
    assert {record.kind for page in pages for record in page.records} == {Kind.COMMENT}


def test_feed_cannot_be_swept(blog):
    with pytest.raises(PermanentError):
        list(paged(blog).place().sweep(FEED))


def presence(answer, url=f"{HOME}2026/7/"):
    place = Reading(lambda _: answer, FEED).place()
    known = Known(FEED, "x", url)
    return place.lookup([known]).get("x")


def test_only_404_and_410_of_a_page_mean_gone():
    found = {status: presence(Answer(status=status)) for status in (404, 410, 400, 401, 403, 451)}
    gone = {status for status, said in found.items() if said is Presence.GONE}
    assert gone == {404, 410}
    assert {found[status] for status in (400, 401, 403, 451)} == {Presence.UNKNOWN}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_page_that_fails_is_no_answer(status):
    assert presence(Answer(status=status)) is None


def test_page_that_answers_at_its_address_is_present():
    assert presence(Answer(b"ok")) is Presence.PRESENT


@pytest.mark.parametrize(
    "elsewhere",
    [
        HOME,
        f"{HOME}wp-login.php?redirect_to=x",
        "https://login.example.org/2026/7/",
        f"{HOME}2026/8/",
    ],
)
def test_redirect_elsewhere_says_nothing(elsewhere):
    assert presence(Answer(b"ok", url=elsewhere)) is Presence.UNKNOWN


def test_redirect_to_the_same_page_is_present():
    """Another scheme, www and a slash at the end are the same page."""
    answer = Answer(b"ok", url="http://www.blog.example.school.nz/2026/7")
    assert presence(answer) is Presence.PRESENT


@pytest.mark.parametrize("url", [None, HOME, "https://blog.example.school.nz"])
def test_record_without_a_page_of_its_own_is_unknown(url):
    assert presence(Answer(status=404), url) is Presence.UNKNOWN


def test_addresses_that_are_none_have_no_origin_in_common():
    assert not is_same_origin("http://[bad/", "http://[bad/")


PASSWORD_FORM = (
    '<p>Enter your password: <form action="https://blog.example/wp-login.php?action=postpass" '
    'class="post-password-form" method="post"></form></p>'
)


def protected_feed(body: str) -> bytes:
    entry = f"<item><title>Camp</title><link>{HOME}camp/</link><guid>camp</guid>"
    return (
        f"<rss><channel>{entry}<description><![CDATA[{body}]]></description></item></channel></rss>"
    ).encode()


def test_post_that_gets_a_password_is_told_as_gone():
    bodies = ["<p>All of it.</p>", PASSWORD_FORM]
    reading = Reading(lambda _: Answer(protected_feed(bodies[0]), 200, {}), FEED, flavour="feed")
    [camp] = reading.ids()
    bodies.pop(0)
    (page,) = reading.cycle()
    assert page.gone == (camp,)
    assert page.records == ()


def test_page_that_asks_for_a_password_shows_its_post_to_nobody():
    assert presence(Answer(PASSWORD_FORM.encode(), 200, {})) is Presence.GONE
