"""How long reading 300 feeds takes: ours, reader, newsboat, a bare loop and the floor.

Three phases: the first sync, all unchanged (304), one new entry in each feed; then a first sync
with one feed of 50 MB among the others. The sides take turns, each in a process of its own on a
database of its own, and medians are compared.
``./run bench feeds [--json] [--rounds 5]``
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.sides import newsboat
from bench.sides.corpus import ENTRIES, FEEDS
from bench.sides.promises import Promise
from bench.sides.reader_environment import reader_python
from bench.sides.whole import ask, machine, run_whole, serving

FIRST, UNCHANGED, ONE_NEW, BIG = PHASES = ("first", "unchanged", "one new each", "50 MB too")
ROWS = "its rows"
"""What the rows of a first sync alone cost; compared with nothing."""
PEAK_MEGABYTES = 150
Figures = dict[str, float]
Round = dict[tuple[str, str], Figures]
Table = dict[str, dict[str, Figures]]


def sides_of(phase: str, optional: list[str]) -> list[str]:
    """Return who takes part in a phase."""
    if phase == BIG:
        return ["ours"]
    return ["floor", "ours", *optional, *(["loop"] if phase == UNCHANGED else [])]


def one_side(side: str, folder: Path, port: int, *more: str) -> Figures:
    """Run one side once; return its figures."""
    if side == "newsboat":
        return newsboat.run_newsboat(folder, port)
    python = str(reader_python()) if side == "reader" else sys.executable
    module = "bench.sides.reader_side" if side == "reader" else f"bench.sides.{side}"
    place = folder / "floor.db" if side == "floor" else folder
    return run_module(python, module, str(place), str(port), *more)


def run_module(python: str, module: str, *arguments: str) -> Figures:
    """Run a module as a process; return what it prints of itself, and what the whole cost."""
    ended = run_whole([python, "-m", module, *arguments])
    figures: Figures = json.loads(ended.output)
    figures["process_seconds"] = ended.process_seconds
    figures["process_cpu_seconds"] = ended.process_cpu_seconds
    return figures


def check_requests(phase: str, side: str, asked: int, not_modified: int) -> None:
    """Refuse figures of a side that did not ask for every feed, or not as it should have."""
    # newsboat forgets the validators of a feed that it meets for the first time.
    wanted = {0, FEEDS} if side == "newsboat" else {FEEDS if phase == UNCHANGED else 0}
    if asked < FEEDS or not_modified not in wanted:
        raise SystemExit(f"{side} asked for {asked} feeds, {not_modified} unchanged ({phase}).")


def one_round(number: int, optional: list[str]) -> Round:
    """Run every phase of every side once, the sides in turn, each round another one first."""
    found: Round = {}
    with tempfile.TemporaryDirectory() as name, serving() as port:
        for phase in PHASES[:3]:
            if phase == ONE_NEW:
                ask(port, "advance")
            sides = sides_of(phase, optional)
            for side in sides[number % len(sides) :] + sides[: number % len(sides)]:
                found[phase, side] = one_side(side, Path(name), port)
                check_requests(phase, side, *json.loads(ask(port, "asked")))
            if phase == FIRST:
                found[FIRST, ROWS] = run_module(
                    sys.executable, "bench.sides.rows_alone", name, str(ENTRIES)
                )
        folder = Path(name) / "big"
        folder.mkdir()
        found[BIG, "ours"] = one_side("ours", folder, port, "big")
    check(found)
    return found


def check(found: Round) -> None:
    """Refuse figures of a side that did not do the work."""
    for (phase, side), figures in found.items():
        wanted = FEEDS if side == "loop" else FEEDS * (ENTRIES + (phase == ONE_NEW))
        if figures["entries"] != wanted:
            raise SystemExit(f"{side} kept {figures['entries']} entries, not {wanted} ({phase}).")
        said = str(figures.pop("refused", ""))
        if (phase == BIG) != ("larger than the limit" in said):
            raise SystemExit(f"Of a feed that is too big was said: {said or 'nothing'} ({phase}).")


def medians(rounds: list[Round]) -> Table:
    """Return the median of each figure, by phase and side; of memory the most."""
    table: Table = {phase: {} for phase in PHASES}
    for phase, side in rounds[0]:
        table[phase][side] = {
            name: round(
                (max if name == "peak_megabytes" else median)(
                    one[phase, side][name] for one in rounds
                ),
                3,
            )
            for name in rounds[0][phase, side]
        }
    return table


def promises(table: Table) -> list[Promise]:
    """Return what is promised about speed and memory, with the ratios of this run."""
    found = [
        _ratio(table, ONE_NEW, "ours", "floor", 1.6),
        _ratio(table, FIRST, "ours", "floor", 1.6),
        _ratio(table, UNCHANGED, "ours", "loop", 2),
    ]
    if "reader" in table[FIRST]:
        found += [
            _ratio(table, FIRST, "reader", "ours", 6, at_least=True),
            _ratio(table, ONE_NEW, "reader", "ours", 15, at_least=True),
            _ratio(table, UNCHANGED, "reader", "ours", 1, at_least=True),
        ]
    if "newsboat" in table[FIRST]:
        found.append(_ratio(table, FIRST, "newsboat", "ours", 1, at_least=True, whole=True))
    peak = max(table[phase]["ours"]["peak_megabytes"] for phase in PHASES[:3])
    big = table[BIG]["ours"]["peak_megabytes"]
    found.append(Promise("peak memory", peak, PEAK_MEGABYTES, unit="MB"))
    found.append(Promise("peak memory with a feed of 50 MB", big, PEAK_MEGABYTES, unit="MB"))
    return found


def _ratio(
    table: Table,
    phase: str,
    above: str,
    below: str,
    bound: float,
    *,
    at_least: bool = False,
    whole: bool = False,
) -> Promise:
    """Return how many times as long one side takes as another."""
    prefix = "process_" if whole else ""
    wall, cpu = "process_seconds" if whole else "wall_seconds", f"{prefix}cpu_seconds"
    one, other = table[phase][above], table[phase][below]
    return Promise(
        f"{phase}: {above} / {below}{' (whole processes)' if whole else ''}",
        one[wall] / other[wall],
        bound,
        at_least,
        also=f"{one[cpu] / other[cpu]:.2f} in CPU time",
    )


def _line(phase: str, side: str, figures: Figures) -> str:
    inner = ""
    if "wall_seconds" in figures:
        inner = (
            f"{figures['wall_seconds']:8.2f} s {figures['cpu_seconds']:8.2f} s CPU, "
            f"imports {figures['imports_seconds']:.2f} s, set-up {figures['setup_seconds']:.2f} s"
        )
    whole = f"whole {figures['process_seconds']:8.2f} s {figures['process_cpu_seconds']:8.2f} s CPU"
    peak = f"{figures['peak_megabytes']:5.0f} MB"
    return f"{phase:13} {side:9} {whole} {peak} {inner}"


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="./run bench feeds")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs")
    chosen = parser.parse_args()
    there = {"reader": reader_python() is not None, "newsboat": newsboat.is_there()}
    missing = [side for side, is_there in there.items() if not is_there]
    if "newsboat" in missing:
        print("Without newsboat: it is not on PATH (apt install newsboat).", file=sys.stderr)
    optional = [side for side in there if side not in missing]
    before = machine()
    table = medians([one_round(number, optional) for number in range(chosen.rounds)])
    kept = promises(table)
    if chosen.json:
        told = [one.for_programs() for one in kept]
        common = {"machine": before, "rounds": chosen.rounds, "without": missing}
        print(json.dumps(common | {"phases": table, "promises": told}))
        return
    print(f"{FEEDS} feeds of {ENTRIES} entries, medians of {chosen.rounds} rounds, {before}")
    for phase, sides in table.items():
        for side, figures in sides.items():
            print(_line(phase, side, figures))
    for promise in kept:
        print(promise.line())


if __name__ == "__main__":
    main()
