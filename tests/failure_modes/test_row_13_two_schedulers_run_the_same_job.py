"""Row 13: eight workers send eight mails (flask-apscheduler #230): each job is done once."""

from bench.sides.nights import Nights, Scenario
from tests.nights import nights

__all__ = ["nights"]


def test_three_runners_ask_each_place_as_often_as_one_does(nights: Nights) -> None:
    """Also that each place has one run, that is closed, is what ``faults`` is about."""
    alone = nights.play(Scenario(night=1))
    together = nights.play(Scenario(night=1, runners=3, threads=2))
    assert (alone.faults, together.faults) == ([], [])
    assert together.asked == alone.asked
    assert sum(alone.asked.values()) > 2
