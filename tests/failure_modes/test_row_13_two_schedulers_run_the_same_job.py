"""Row 13: eight workers send eight mails (flask-apscheduler #230): each job is done once."""

from bench.sides.nights import Nights, Scenario
from sync_jobs.pull import run_source
from tests.engine import Engine
from tests.fake_place import record
from tests.nights import nights

__all__ = ["nights"]


def test_what_another_runner_has_just_read_is_not_read_again(engine: Engine) -> None:
    """Both saw that the place was due, one after the other took it."""
    service = engine.add()
    service.publish(record(1))
    source_id = engine.source().id
    states = [run_source(engine.jobs, source_id, only_if_due=True).state for _ in range(2)]
    assert states == ["done", "busy"]
    asked = list(service.asked)
    engine.clock.now = engine.source().due
    assert run_source(engine.jobs, source_id, only_if_due=True).state == "done"
    assert len(service.asked) > len(asked)


def test_three_runners_ask_each_place_as_often_as_one_does(nights: Nights) -> None:
    """Also that each place has one run, that is closed, is what ``faults`` is about."""
    alone = nights.play(Scenario(night=1))
    together = nights.play(Scenario(night=1, runners=3, threads=2))
    assert (alone.faults, together.faults) == ([], [])
    assert together.asked == alone.asked
    assert sum(alone.asked.values()) > 2
