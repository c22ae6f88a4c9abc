"""A stream that the settings of its place leave out is paused, and hinders nobody."""

import pytest

from connector.errors import PermanentError
from connector.model import Presence, Stream
from tests.engine import Engine
from tests.fake_place import FakeService, record

COMMENTS = Stream(key="comments", title="Comments", can_sweep=True)


@pytest.fixture
def service(engine: Engine) -> FakeService:
    service = engine.add()
    service.streams.append(COMMENTS)
    service.publish(record(1))
    service.publish(record(2), stream="comments")
    engine.run()
    service.asked.clear()
    service.streams.remove(COMMENTS)
    service.fail["shape comments"] = PermanentError("There is no such stream.")
    return service


def test_the_others_are_read_and_its_posts_stay(engine: Engine, service: FakeService) -> None:
    service.publish(record(3))
    report = engine.run()
    assert (report.state, report.counts) == ("done", {"new": 1})
    assert sorted(engine.titles()) == ["Week 1", "Week 2", "Week 3"]
    assert engine.source().trouble is None


def test_it_is_not_listed_at_night(engine: Engine, service: FakeService) -> None:
    service.list_all("post:1")
    engine.run(sweep=True)
    assert [what for what in service.asked if what[0] == "sweep"] == [("sweep", "posts")]
    assert sorted(engine.titles()) == ["Week 1", "Week 2"]


def test_place_of_which_nothing_is_left_is_asked_what_there_is(
    engine: Engine, service: FakeService
) -> None:
    service.fail["shape posts"] = PermanentError("There is no such stream.")
    service.streams = [Stream(key="forum", title="Forum")]
    service.publish(record(4), stream="forum")
    assert engine.run().counts == {"new": 1}


def test_it_is_read_on_when_the_settings_name_it_again(
    engine: Engine, service: FakeService
) -> None:
    engine.run()
    del service.fail["shape comments"]
    service.publish(record(5), stream="comments")
    assert engine.run().counts == {"new": 1}


LEFT_OUT = Stream(key="old", title="Left out")
NEWS = Stream(key="news", title="News")


def test_its_posts_are_neither_asked_for_nor_keep_others_from_being_asked(engine: Engine) -> None:
    """What is left out answers nothing any more, so no answer may be checked by it."""
    service = engine.add()
    service.streams = [LEFT_OUT, NEWS]
    service.publish(*map(record, range(30, 60)), stream="old")
    service.publish(record(1), record(2), stream="news")
    engine.run()
    service.streams = [NEWS]
    service.fail["shape old"] = PermanentError("There is no such stream.")
    service.presence = {"post:1": Presence.GONE, "post:2": Presence.PRESENT}
    for _ in range(2):
        engine.clock.move(days=1)
        engine.run(sweep=True)
    asked = {one for what, ids in service.asked if what == "lookup" for one in ids}
    assert asked == {"post:1", "post:2"}
    assert "Week 1" not in engine.titles()
    assert "Week 30" in engine.titles()
