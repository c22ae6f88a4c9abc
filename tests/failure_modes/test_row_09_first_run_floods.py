"""Row 9: a first reading, a changed feed or old posts that slide in tell nobody anything."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.rules import Rules
from connector.store import holding
from connector.store.tables import origin
from tests.engine import Engine
from tests.fake_place import NOON, FakeService, record

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def fresh(*numbers: int) -> list[object]:
    """Posts of the last days."""
    return [record(n, published=NOON - timedelta(hours=n % 48)) for n in numbers]


def news(engine: Engine) -> set[str]:
    """Return the posts that people may be told about."""
    with engine.store.read() as conn:
        rows = conn.execute(
            select(origin.c.external_id).where(origin.c.is_news, origin.c.held.is_(None))
        )
        return set(rows.scalars())


@pytest.fixture
def service(engine: Engine) -> FakeService:
    """A place that was read once, with many posts of the last days."""
    found = engine.add()
    found.publish(*fresh(*range(120)))  # type: ignore[arg-type]
    engine.run()
    return found


def test_a_first_reading_is_silent_and_holds_nothing(engine: Engine, service: FakeService) -> None:
    assert news(engine) == set()
    assert len(engine.news(limit=200)) == 120


def test_a_first_reading_in_parts_is_silent_to_its_end(engine: Engine) -> None:
    engine.slice_requests = 1
    service = engine.add()
    for start in (0, 20, 40):
        service.publish(*fresh(*range(start, start + 20)))  # type: ignore[arg-type]
    while engine.run().state == "partial":
        pass
    assert news(engine) == set()


def test_what_is_new_after_it_is_news(engine: Engine, service: FakeService) -> None:
    """Otherwise a hub that never tells anything would pass."""
    service.publish(*fresh(500))  # type: ignore[arg-type]
    engine.run()
    assert news(engine) == {"post:500"}


@pytest.mark.parametrize("change", ["the parser is newer", "a rule changed"])
def test_a_feed_read_afresh_is_silent(engine: Engine, service: FakeService, change: str) -> None:
    if change == "a rule changed":
        engine.add(rules=Rules(reflection_tags=("inquiry",)))
    else:
        service.parser = 2
    service.publish(*fresh(*range(200, 300)))  # type: ignore[arg-type]
    for _ in range(8):  # an upgrade is spread over a week
        engine.clock.move(days=1)
        engine.run()
    assert engine.news(limit=300)[0].held is None
    assert news(engine) == set()


def test_old_posts_that_slide_into_a_feed_are_no_news(engine: Engine, service: FakeService) -> None:
    old = NOON - timedelta(days=8)
    service.publish(*(record(n, published=old) for n in range(600, 640)))
    engine.run()
    assert news(engine) == set()


def test_above_the_brake_the_rest_waits(engine: Engine, service: FakeService) -> None:
    service.publish(*fresh(*range(700, 760)))  # type: ignore[arg-type]
    assert engine.run().counts == {"new": 50, "held": 10}
    assert len(news(engine)) == 50
    assert len(engine.news(limit=300)) == 170
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.release(conn, engine.cluster_id, "room5", NOON) == 10
    assert len(engine.news(limit=300)) == 180
