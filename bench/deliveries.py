"""Whether an announcement arrives everywhere exactly once when its sender is killed.

One announcement goes to a destination of every kind, each a stand-in on a socket that the hub's
own adapter posts to; a WordPress stands for places that show late what they have. The sender dies
(SIGKILL) before and after every commit, and before and after everything it changes at a place,
also while it finds out what became of messages that were lost, or of a sender that died. At each
place a message and an answer get lost. Then deaths and losses by dice. Afterwards no place may
have anything twice; where a copy can be looked for nothing may be missing; elsewhere at most one
thing for each death or loss is listed as unknown, and what a person posts waits for one, once.
``./run bench deliveries [--cases 200] [--seed 7] [--only sqlite] [--json]``
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from random import Random

from bench.sides.databases import KINDS, server_address
from bench.sides.mortal_line import AFTER, BEFORE, Chance
from bench.sides.posting import Case, Ended, play, prepare
from bench.sides.posting_places import MAIL
from tests.databases import POSTGRES_VARIABLE, PostgresDatabases, SqliteDatabases

LEAST_BY_DICE = 60
Play = Callable[[Case], Ended]


@dataclass
class Tally:
    """What came of many cases on one kind of database."""

    database: str
    cases: int = 0
    kills: int = 0
    losses: int = 0
    """Messages and answers."""
    unknown: int = 0
    points: int = 0
    """How many points were taken one by one, each as the end of a sender."""
    deaths: Counter[str] = field(default_factory=Counter)
    """How often each point was the last."""
    faults: list[str] = field(default_factory=list)

    def add(self, case: Case, ended: Ended) -> None:
        """Count one case."""
        self.cases += 1
        self.kills += len(ended.deaths)
        self.losses += len(ended.losses)
        self.unknown += ended.unknown
        self.deaths.update(ended.deaths)
        self.faults += [f"{case}: {fault}" for fault in ended.faults]


# --- the cases ------------------------------------------------------------------------------


def stories(points: tuple[str, ...]) -> list[Case]:
    """Return what may go before a death; ``points`` are those of a sender that nothing befalls."""
    return [
        Case(),
        Case(chance=Chance(lost=100, senders=1)),
        Case(chance=Chance(dropped=100, senders=1)),
        Case(chance=Chance(silent=100, senders=1)),
        Case(chance=Chance(lost=50, silent=50, senders=3)),
        *(Case(die_at=(points.index(f"{AFTER}{key}") + 1,)) for key in ("chat", MAIL)),
    ]


def deaths_in(story: Case, told: Ended, seen: set[tuple[int, str]]) -> Iterator[Case]:
    """Yield the story with one more death, at each point that no story before it had.

    ``seen`` are the points that those had, with the sender's turn; this one's are added.
    """
    reached = [
        (turn, number, point)
        for turn, points in enumerate(told.points)
        for number, point in enumerate(points, 1)
        if turn >= len(story.die_at)
    ]
    for turn, number, point in reached:
        if (turn, point) not in seen:
            before = story.die_at + (None,) * (turn - len(story.die_at))
            yield replace(story, die_at=(*before, number))
    seen.update((turn, point) for turn, _, point in reached)


def losses_in(points: tuple[str, ...]) -> Iterator[Case]:
    """Yield a case for each message, and for each answer, that gets lost alone."""
    for number, point in enumerate(points, 1):
        if point.startswith((BEFORE, AFTER)):
            yield Case(lose_at=(number,))


def by_dice(points: int, dice: Random) -> Iterator[Case]:
    """Yield deaths in a row, and losses, without end."""
    while True:
        die_at = tuple(
            dice.choice([None, dice.randrange(1, points + 1)]) for _ in range(dice.randrange(4))
        )
        dropped, lost, silent = (dice.choice([0, 30]) for _ in range(3))
        chance = Chance(seed=dice.randrange(10**6), dropped=dropped, lost=lost, silent=silent)
        yield Case(die_at=die_at, chance=chance)


def run(database: str, player: Play, count: int, seed: int) -> Tally:
    """Play every point and every loss once, then by dice: so many cases at least."""
    tally = Tally(database)
    (first, *_) = player(Case()).points
    seen: set[tuple[int, str]] = set()
    for story in stories(first):
        told = player(story)
        tally.add(story, told)
        for case in deaths_in(story, told, seen):
            ended = player(case)
            tally.add(case, ended)
            tally.points += 1
            if len(ended.deaths) != len(story.die_at) + 1:
                tally.faults.append(f"{case}: nobody died there")
    for case in losses_in(first):
        tally.add(case, player(case))
    more = max(LEAST_BY_DICE, count - tally.cases)
    for case in islice(by_dice(len(first), Random(seed)), more):
        tally.add(case, player(case))
    return tally


# --- playing them ---------------------------------------------------------------------------


@contextmanager
def player_on(database: str, server: str) -> Iterator[Play]:
    """Give what plays a case on a database of its own of this kind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        databases = SqliteDatabases(folder) if database == "sqlite" else PostgresDatabases(server)

        def played(case: Case) -> Ended:
            with tempfile.TemporaryDirectory(dir=folder) as own, databases.make(Path(own)) as url:
                prepare(url, Path(own))
                return play(url, Path(own), case)

        try:
            yield played
        finally:
            databases.close()


def show(tally: Tally) -> None:
    """Print one tally."""
    print(
        f"{tally.database:11} {tally.cases} cases, {tally.points} points one by one, "
        f"{tally.kills} kills, {tally.losses} losses: {len(tally.faults)} faults, "
        f"{tally.unknown} listed as unknown",
        flush=True,
    )
    for point, count in sorted(tally.deaths.items()):
        print(f"    {point:40} {count:4}")
    for fault in tally.faults:
        print(f"    {fault}")


def main() -> None:
    """Play, and print what came of it; exit with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="./run bench deliveries")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=7, help="of the deaths and losses by dice")
    parser.add_argument("--cases", type=int, default=200, help="how many on each, at least")
    parser.add_argument("--only", choices=KINDS, help="one kind of database, not both")
    chosen = parser.parse_args()
    kinds = [chosen.only] if chosen.only else list(KINDS)
    server = server_address()
    if not server and chosen.only == "postgresql":
        raise SystemExit(f"No PostgreSQL server: set {POSTGRES_VARIABLE}.")
    without = not server and "postgresql" in kinds
    done = []
    for kind in kinds[: 1 if without else None]:
        with player_on(kind, server) as player:
            done.append(run(kind, player, chosen.cases, chosen.seed))
        if not chosen.json:
            show(done[-1])
    if chosen.json:
        print(json.dumps({"seed": chosen.seed, "tallies": [asdict(one) for one in done]}))
    if without:
        print(f"Only SQLite was tried: set {POSTGRES_VARIABLE} for PostgreSQL.", file=sys.stderr)
    if any(tally.faults for tally in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
