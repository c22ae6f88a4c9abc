"""Whether anything is lost or kept twice when the program is killed: ``kill -9``, many times.

A runner dies at every commit point of reading two feeds, for the first time and after they
changed, and at random moments of a sync of twenty; on SQLite and on PostgreSQL, alone and beside
two others. Afterwards the hub has to hold exactly what it holds when nobody dies.
``./run bench kills [--seed 7] [--moments 50] [--only sqlite] [--when points] [--json]``
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from random import Random

from bench.sides.changing_feeds import NIGHTS, serving
from bench.sides.databases import KINDS, server_address
from bench.sides.night_hubs import night_hub
from bench.sides.nights import Nights, Played, Scenario
from tests.databases import POSTGRES_VARIABLE

FEW, MANY = 2, 20
"""Feeds: a paged one and a long one for the commit points, twenty for random moments."""
RUNNERS = (1, 3)
THREADS = 4
_POINT_NIGHTS = (0, 1)
"""The second night commits where the first one did."""


@dataclass
class Tally:
    """What came of many kills of one sort."""

    database: str
    runners: int
    what: str
    kills: int = 0
    with_a_place_in_hand: int = 0
    """How many of the dead left a place behind a lease."""
    points: Counter[str] = field(default_factory=Counter)
    """How often each commit point was the last."""
    faults: list[str] = field(default_factory=list)

    def add(self, scenario: Scenario, played: Played) -> None:
        """Count one kill."""
        self.kills += played.died
        self.with_a_place_in_hand += bool(played.held)
        if played.point:
            self.points[played.point] += 1
        self.faults += [f"{scenario}: {fault}" for fault in played.faults]


@contextmanager
def nights_of(
    kind: str, server: str, *, first_feed: int, feeds: int, count: int = len(NIGHTS)
) -> Iterator[Nights]:
    """Give the nights of a new hub that reads so many feeds, each played once undisturbed."""
    with tempfile.TemporaryDirectory() as folder, serving() as service:
        numbers = range(first_feed, first_feed + feeds)
        with night_hub(kind, Path(folder) / "hub", server, service, numbers) as hub:
            nights = Nights(hub, service)
            nights.prepare(count)
            yield nights


def at_commit_points(nights: Nights, night: int, runners: int) -> Iterator[tuple[Scenario, Played]]:
    """Kill at each commit point of a night, until there is none left."""
    number = 1
    while True:
        scenario = Scenario(night=night, runners=runners, die_at=number)
        played = nights.play(scenario)
        if not played.died:
            return
        yield scenario, played
        number += 1


def at_moments(
    nights: Nights, dice: Random, runners: int, count: int
) -> Iterator[tuple[Scenario, Played]]:
    """Kill at random moments of random nights."""
    whole = {
        night: nights.play(Scenario(night=night, runners=runners, threads=THREADS)).seconds
        for night in range(len(NIGHTS))
    }
    for _ in range(count):
        night = dice.randrange(len(NIGHTS))
        scenario = Scenario(
            night=night,
            runners=runners,
            threads=THREADS,
            moment=whole[night] * dice.random(),
            victim=dice.randrange(runners),
        )
        yield scenario, nights.play(scenario)


def points_tallies(kind: str, server: str) -> Iterator[Tally]:
    """Kill at every commit point on one kind of database; give each tally when it is complete."""
    count = len(_POINT_NIGHTS)
    with nights_of(kind, server, first_feed=2, feeds=FEW, count=count) as nights:
        for runners in RUNNERS:
            tally = Tally(kind, runners, f"every commit point, {FEW} feeds")
            for night in _POINT_NIGHTS:
                for scenario, played in at_commit_points(nights, night, runners):
                    tally.add(scenario, played)
            yield tally


def moments_tallies(kind: str, server: str, seed: int, moments: int) -> Iterator[Tally]:
    """Kill at random moments on one kind of database; give each tally when it is complete."""
    with nights_of(kind, server, first_feed=0, feeds=MANY) as nights:
        for runners in RUNNERS:
            tally = Tally(kind, runners, f"random moments, {MANY} feeds")
            for scenario, played in at_moments(nights, Random(seed), runners, moments):
                tally.add(scenario, played)
            yield tally


def show(tally: Tally) -> None:
    """Print one tally."""
    print(
        f"{tally.database:11} {tally.runners} runner(s)  {tally.what:30} {tally.kills:4} kills, "
        f"{tally.with_a_place_in_hand:4} with a place in hand, {len(tally.faults)} faults",
        flush=True,
    )
    for point, count in sorted(tally.points.items()):
        print(f"    {point:40} {count:4}")
    for fault in tally.faults:
        print(f"    {fault}")


def main() -> None:
    """Kill, and print what came of it; exit with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="./run bench kills")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=7, help="of the random moments")
    parser.add_argument("--moments", type=int, default=50, help="how many, for each line")
    parser.add_argument("--only", choices=KINDS, help="one kind of database, not both")
    parser.add_argument("--when", choices=("points", "moments"), help="one sort of kills, not both")
    chosen = parser.parse_args()
    kinds = [chosen.only] if chosen.only else KINDS
    server = server_address()
    if not server and "postgresql" in kinds:
        raise SystemExit(f"No PostgreSQL server: set {POSTGRES_VARIABLE}, or --only sqlite.")
    done = []
    for kind in kinds:
        points = points_tallies(kind, server)
        moments = moments_tallies(kind, server, chosen.seed, chosen.moments)
        for tally in chain(
            points if chosen.when != "moments" else (), moments if chosen.when != "points" else ()
        ):
            done.append(tally)
            if not chosen.json:
                show(tally)
    if chosen.json:
        print(json.dumps({"seed": chosen.seed, "tallies": [asdict(one) for one in done]}))
    if any(tally.faults for tally in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
