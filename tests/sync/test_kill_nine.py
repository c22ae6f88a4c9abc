"""``kill -9`` of a real runner, a seeded sample: nothing lost, nothing twice, nothing stuck.

``./run bench kills`` does it at every commit point and at many random moments.
"""

from random import Random

import pytest

from bench.sides.nights import Nights, Scenario
from tests.nights import nights, sqlite_nights

__all__ = ["nights", "sqlite_nights"]

SEED = 7
CHANGED = 1
"""The night on which the feeds have changed."""


@pytest.mark.parametrize("runners", [1, 3])
def test_killed_at_a_commit_point_it_ends_as_if_nobody_had_died(
    nights: Nights, runners: int
) -> None:
    points = nights.play(Scenario(night=CHANGED)).points
    for number in sorted(Random(SEED + runners).sample(range(1, len(points) - 4), 4 - runners)):
        played = nights.play(Scenario(night=CHANGED, runners=runners, die_at=number))
        assert played.died
        assert played.faults == [], played.point


@pytest.mark.parametrize("runners", [1, 3])
def test_killed_at_any_moment_it_ends_as_if_nobody_had_died(nights: Nights, runners: int) -> None:
    moment = nights.seconds[0] * Random(SEED).random()
    played = nights.play(Scenario(night=0, runners=runners, threads=2, moment=moment))
    assert played.died
    assert played.faults == []


@pytest.mark.parametrize(
    ("mistake", "point", "fault"),
    [
        ("validators first", "after _read", "origin, lost"),
        ("commit in the middle", "after _write", "origin_text, lost"),
        ("lease for a year", "after _start", "is stuck"),
        ("forgotten run", "after _start", "runs that are running"),
    ],
)
def test_the_checks_find_a_mistake_that_was_made_on_purpose(
    sqlite_nights: Nights, mistake: str, point: str, fault: str
) -> None:
    scenario = Scenario(night=CHANGED, die_on=point, mistake=mistake, patience=5.0)
    played = sqlite_nights.play(scenario)
    assert played.died
    assert any(fault in one for one in played.faults), played.faults
