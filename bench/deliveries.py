"""Whether an announcement arrives everywhere exactly once when its sender is killed.

A sender dies (SIGKILL) before and after every commit, and before and after every storing at a
place, of sending one announcement to seven places: one that can be looked into at once, one that
shows posts late, one that cannot be looked into, letters to four people, a Discourse board, and
the forum and the calendar of a Moodle; board and Moodle are stand-ins, posted to by the real
adapters. Then two deaths in a row, and lost answers, by dice. Afterwards no place may have
anything twice; where a copy can be looked for nothing may be missing; elsewhere at most one thing
for each death is listed as unknown. ``./run bench deliveries [--cases 200] [--seed 7] [--json]``
"""

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.sides.posting import Chance
from bench.sides.posting_cases import NOW, Case, faults, play, sqlite_case
from connector.store.database import open_database, sqlite_url
from connector.store.migrate import migrate


@dataclass
class Tally:
    """What came of many cases."""

    cases: int = 0
    kills: int = 0
    unknown: int = 0
    points: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def cases_of(points: int, count: int, dice: Random) -> list[Case]:
    """Return every point once, then deaths and losses by dice."""
    found = [Case(die_at=(number,)) for number in range(1, points + 1)]
    while len(found) < count:
        die_at = tuple(
            dice.choice([None, dice.randrange(1, points + 1)]) for _ in range(dice.randrange(4))
        )
        chance = Chance(
            seed=dice.randrange(10**6), lost=dice.choice([0, 30]), dropped=dice.choice([0, 30])
        )
        found.append(Case(die_at=die_at, chance=chance))
    return found[: max(count, points)]


def run(count: int, seed: int) -> Tally:
    """Play so many cases, at least every point once."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "template.db"
        store = open_database(sqlite_url(template))
        migrate(store, NOW)
        store.close()
        with sqlite_case(folder, template, 0) as (url, own):
            points = play(url, own, Case()).points
        tally.points.update(points)
        for number, case in enumerate(cases_of(len(points), count, Random(seed)), 1):
            with sqlite_case(folder, template, number) as (url, own):
                ended = play(url, own, case)
            tally.cases += 1
            tally.kills += ended.kills
            tally.unknown += ended.outcome.unknown
            tally.faults += [f"{case}: {fault}" for fault in faults(ended, case)]
    return tally


def main() -> None:
    """Play, and print what came of it; exit with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="./run bench deliveries")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=7, help="of the deaths and losses by dice")
    parser.add_argument("--cases", type=int, default=200, help="how many, at least")
    chosen = parser.parse_args()
    tally = run(chosen.cases, chosen.seed)
    if chosen.json:
        print(json.dumps({"seed": chosen.seed, **vars(tally)}))
    else:
        print(
            f"{tally.cases} cases, {tally.kills} kills at {sum(tally.points.values())} points: "
            f"{len(tally.faults)} faults, {tally.unknown} listed as unknown"
        )
        for fault in tally.faults:
            print(f"    {fault}")
    if tally.faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
