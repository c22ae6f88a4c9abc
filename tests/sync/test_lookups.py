"""The nightly look-ups of places that list only their newest posts: plain feeds."""

import pytest

from connector.model import Presence, Stream
from connector.store import removal
from tests.engine import Engine
from tests.fake_place import FakeService, record
from tests.sync.test_sweep import ids, retired, shown

FEED = Stream(key="posts", title="Blog", sloppy_ids=True)


@pytest.fixture
def feed(engine: Engine) -> FakeService:
    """A feed of five posts, all of them there."""
    service = engine.add()
    service.streams = [FEED]
    numbers = range(1, 6)
    service.publish(*map(record, numbers), listed=tuple(ids(*numbers)))
    engine.run()
    service.presence = dict.fromkeys(ids(*numbers), Presence.PRESENT)
    return service


def night(engine: Engine) -> None:
    engine.clock.move(days=1)
    engine.run(sweep=True)


def asked_in(service: FakeService, start: int) -> list[str]:
    """Return the posts looked up since so many questions, without what is asked as a control."""
    found = [one for what, told in service.asked[start:] if what == "lookup" for one in told]
    return [one for one in dict.fromkeys(found) if found.count(one) == 1]


def test_not_found_on_two_nights_retires(engine: Engine, feed: FakeService) -> None:
    feed.presence["post:2"] = Presence.GONE
    night(engine)
    assert len(shown(engine)) == 5
    night(engine)
    assert retired(engine) == {"post:2"}


def test_two_checks_in_one_night_are_one(engine: Engine, feed: FakeService) -> None:
    feed.presence["post:2"] = Presence.GONE
    night(engine)
    engine.clock.move(hours=2)
    engine.run(sweep=True)
    assert len(shown(engine)) == 5


@pytest.mark.parametrize("presence", [Presence.UNKNOWN, Presence.FORBIDDEN, None])
def test_redirects_and_login_pages_never_retire(
    engine: Engine, feed: FakeService, presence: Presence | None
) -> None:
    del feed.presence["post:2"]
    if presence is not None:
        feed.presence["post:2"] = presence
    for _ in range(5):
        night(engine)
    assert len(shown(engine)) == 5


def test_found_in_between_it_counts_from_the_start(engine: Engine, feed: FakeService) -> None:
    for presence in (Presence.GONE, Presence.PRESENT, Presence.GONE):
        feed.presence["post:2"] = presence
        night(engine)
    assert len(shown(engine)) == 5


def test_listed_in_between_it_counts_from_the_start(engine: Engine, feed: FakeService) -> None:
    feed.presence["post:2"] = Presence.GONE
    night(engine)
    feed.publish(record(2), listed=tuple(ids(2, 3)))
    night(engine)
    assert len(shown(engine)) == 5


def test_a_place_that_says_not_found_to_everything_is_not_believed(
    engine: Engine, feed: FakeService
) -> None:
    feed.presence = dict.fromkeys(ids(1, 2, 3, 4, 5), Presence.GONE)
    for _ in range(3):
        night(engine)
    assert len(shown(engine)) == 5


def test_a_shorter_document_retires_nothing(engine: Engine, feed: FakeService) -> None:
    feed.publish(record(5), listed=tuple(ids(5)))
    feed.publish(listed=())
    for _ in range(3):
        night(engine)
    assert len(shown(engine)) == 5


def test_at_most_twenty_are_asked_for_in_a_night_and_all_in_time(
    engine: Engine, feed: FakeService
) -> None:
    """Also where most requests fail: those do not stand in the way of the others."""
    feed.publish(*map(record, range(100, 145)))
    engine.run()
    feed.presence = dict.fromkeys(ids(142, 143, 144), Presence.PRESENT)
    asked: set[str] = set()
    for _ in range(3):
        start = len(feed.asked)
        night(engine)
        tonight = asked_in(feed, start)
        assert len(tonight) <= removal.NIGHTLY_LOOKUPS
        asked |= set(tonight)
    assert len(asked) >= 47  # all but the newest, which each question is checked by


def test_missing_between_two_listed_ones_is_asked_for_first(
    engine: Engine, feed: FakeService
) -> None:
    feed.publish(*map(record, range(100, 145)))
    engine.run()
    for _ in range(3):
        night(engine)
    feed.publish(listed=tuple(ids(*(one for one in range(100, 145) if one != 120))))
    engine.run()
    start = len(feed.asked)
    night(engine)
    assert asked_in(feed, start)[0] == "post:120"


def test_a_post_older_than_the_document_is_not_missing(engine: Engine, feed: FakeService) -> None:
    from sqlalchemy import select

    from connector.store.tables import origin

    feed.publish(listed=tuple(ids(3, 5)))
    engine.run()
    with engine.store.read() as conn:
        suspects = conn.execute(select(origin.c.external_id).where(origin.c.suspect)).scalars()
        assert set(suspects) == {"post:4"}
