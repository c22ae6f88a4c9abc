"""What finding a feed has fetched, its first reading does not ask for again."""

from adapters.blogs.adapter import ADAPTER
from adapters.blogs.settings import BlogSettings
from tests.blogs.blog_hub import Reading
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.blog_services import HOME, Blog, PlainFeed, WordPress

NEWS = f"{HOME}news.xml"
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Room 5</title><updated>2026-11-02T00:00:00Z'
    "</updated><entry><id>urn:one</id><title>Kia ora</title><updated>2026-11-02T00:00:00Z"
    "</updated><content>Our garden grows</content></entry></feed>"
)


def opened(service, address, **settings):
    session = FakeSession(service)
    given = BlogSettings(address=address, **settings)
    return ADAPTER.open(given, session, NOW), session


def homeless(request):
    """A feed that names no page of its own."""
    if request.headers.get("If-None-Match") == '"a"':
        return Answer(status=304)
    return Answer(ATOM.encode(), 200, {"Content-Type": "application/atom+xml", "ETag": '"a"'})


def test_new_plain_feed_costs_one_request():
    place, session = opened(homeless, NEWS)
    (page,) = place.read({f"feed:{NEWS}": None})
    assert [record.title for record in page.records] == ["Kia ora"]
    assert page.baseline
    assert session.asked == [NEWS]


def test_validators_of_what_was_found_are_kept():
    place, _ = opened(homeless, NEWS)
    (page,) = place.read({f"feed:{NEWS}": None})
    again, session = opened(homeless, NEWS)
    (quiet,) = again.read({page.stream: page.cursor})
    assert (quiet.records, session.bytes_read) == ((), 0)


def test_feed_that_a_page_names_is_fetched_once():
    service = PlainFeed(Blog(posts=12, comments=0))
    place, session = opened(service.answer, HOME)
    (page,) = place.read({f"feed:{NEWS}": None})
    assert len(page.records) == 10
    assert session.asked == [HOME, NEWS]


def test_posts_and_comments_feeds_are_each_their_own():
    """What was fetched for one stream is not handed to the other."""
    service = WordPress(Blog(posts=3, comments=2))
    service.closed = 401
    place, session = opened(service.answer, HOME)
    pages = list(place.read(dict.fromkeys(s.key for s in place.streams())))
    assert {(page.stream, len(page.records)) for page in pages if page.records} == {
        (f"feed:{HOME}feed/", 3),
        (f"feed:{HOME}comments/feed/", 2),
    }
    # Found; then only whether the first page still stands when its walk is over.
    assert session.asked.count(f"{HOME}feed/") == 2


def test_second_reading_of_one_place_asks_anew():
    """What was fetched to find the feed is used once: later it would be old."""
    blog = Blog(posts=3, comments=0)
    place, _ = opened(PlainFeed(blog).answer, HOME)
    list(place.read({f"feed:{NEWS}": None}))
    blog.write("Something new")
    (page,) = place.read({f"feed:{NEWS}": None})
    assert len(page.records) == 4


def test_known_feed_is_still_asked():
    reading = Reading(PlainFeed(Blog(posts=3, comments=0)).answer, f"feed:{NEWS}")
    reading.settle()
    reading.cycle()
    assert reading.session.asked == [NEWS]
