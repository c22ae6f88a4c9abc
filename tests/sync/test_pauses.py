"""A place that only wants to be left alone for a while has not failed."""

from datetime import timedelta

import pytest

from connector.errors import TemporaryError
from connector.model import Stream
from connector.store import sources
from tests.engine import Engine
from tests.fake_place import FakeService, record


@pytest.fixture
def service(engine: Engine) -> FakeService:
    """A place with two parts that asks for a minute's rest after the first."""
    service = engine.add()
    service.streams = [Stream(key="posts", title="Blog"), Stream(key="more", title="More")]
    service.publish(record(1))
    service.publish(record(2, external_id="post:2"), stream="more")
    later = engine.clock.now + timedelta(seconds=61)
    service.fail["after posts"] = TemporaryError("Too many requests.", not_before=later)
    return service


def test_run_that_is_asked_to_pause_goes_on_when_it_may(engine, service):
    report = engine.run()
    source = engine.source()
    assert report.state == "partial"
    assert (source.failures, source.trouble) == (0, None)
    assert source.due == engine.clock.now + timedelta(seconds=61)
    service.fail.clear()
    engine.clock.now = source.due
    assert engine.run().state == "done"
    assert set(engine.titles()) == {"Week 1", "Week 2"}


def test_many_pauses_in_a_row_put_nothing_off(engine, service):
    """As failures they would double the wait each time, up to a day."""
    for _ in range(8):
        later = engine.clock.now + timedelta(seconds=61)
        service.fail["after posts"] = TemporaryError("Too many requests.", not_before=later)
        service.publish(record(1))
        engine.run()
        assert engine.source().failures == 0
        engine.clock.now = engine.source().due


def test_pause_is_kept_also_where_the_nightly_check_is_due(engine, service):
    engine.clock.now = engine.source().sweep_due
    later = engine.clock.now + timedelta(seconds=61)
    service.fail["after posts"] = TemporaryError("Too many requests.", not_before=later)
    assert engine.run().state == "partial"
    with engine.store.read() as conn:
        assert sources.due_sources(conn, engine.clock.now, 10) == []
        assert sources.due_sources(conn, later, 10) == [engine.source().id]
    service.fail.clear()
    engine.clock.now = later
    assert engine.run().state == "done"
    assert engine.source().sweep_due > later, "the check was made after the pause"


def test_place_that_gives_nothing_before_it_refuses_has_failed(engine, service):
    service.fail["place"] = service.fail["after posts"]
    assert engine.run().state == "failed"
    assert engine.source().failures == 1


def test_error_that_names_no_time_is_a_failure(engine, service):
    service.fail["after posts"] = TemporaryError("No answer.")
    assert engine.run().state == "failed"
