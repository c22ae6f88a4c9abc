"""Row 20: a dead place is neither given up without a word nor hammered for ever."""

from datetime import timedelta

import pytest

from connector.errors import AuthError, ParseError, PermanentError, SourceError, TemporaryError
from connector.store import places, sources
from tests.engine import Engine
from tests.fake_place import FakeService, record

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SENTENCE = "The feed is gone (410). Find its new address, or pause the place."
DEATHS: list[SourceError] = [
    PermanentError(SENTENCE), AuthError(SENTENCE), ParseError(SENTENCE), TemporaryError(SENTENCE),
]  # fmt: skip
DAYS = 20


@pytest.fixture
def service(engine: Engine) -> FakeService:
    found = engine.add()
    found.publish(record(1))
    engine.run()
    return found


def live(engine: Engine, days: int) -> list[timedelta]:
    """Run whenever the place is due; return the waits between the attempts."""
    until, waits = engine.clock.now + timedelta(days=days), []
    while (due := engine.source().due) < until:
        waits.append(due - engine.clock.now)
        engine.clock.now = max(due, engine.clock.now)
        with engine.store.read() as conn:
            assert sources.due_sources(conn, engine.clock.now, 1) == [engine.source().id]
        engine.run()
        assert engine.source().due > engine.clock.now
    return waits[1:]


@pytest.mark.parametrize("death", DEATHS, ids=lambda one: type(one).__name__)
def test_a_dead_place_is_tried_about_once_a_day_for_ever(
    engine: Engine, service: FakeService, death: SourceError
) -> None:
    service.fail["place"] = death
    waits = live(engine, DAYS)
    assert DAYS - 5 <= len(waits) <= DAYS + 12
    assert all(wait <= timedelta(hours=27) for wait in waits)
    assert all(wait >= timedelta(hours=21) for wait in waits[-15:])
    assert all(wait >= timedelta(minutes=4) for wait in waits)


@pytest.mark.parametrize("death", DEATHS, ids=lambda one: type(one).__name__)
def test_it_needs_attention_and_says_what_to_do(
    engine: Engine, service: FakeService, death: SourceError
) -> None:
    service.fail["place"] = death
    before = engine.clock.now
    live(engine, 3)
    with engine.store.read() as conn:
        (shown,) = places.places(conn, engine.facilitator())
    assert (shown.state, shown.sentence) == ("attention", SENTENCE)
    assert shown.since is not None
    assert shown.since - before < timedelta(hours=3)
    assert engine.titles() == ["Week 1"]


@pytest.mark.parametrize("death", DEATHS, ids=lambda one: type(one).__name__)
def test_it_recovers_by_itself(engine: Engine, service: FakeService, death: SourceError) -> None:
    service.fail["place"] = death
    live(engine, DAYS)
    service.fail.clear()
    service.publish(record(2))
    live(engine, 2)
    with engine.store.read() as conn:
        (shown,) = places.places(conn, engine.facilitator())
    assert (shown.state, shown.sentence, shown.since) == ("well", "", None)
    assert engine.titles() == ["Week 2", "Week 1"]
