"""How long reading 300 feeds takes: ours against the floor, in one run.

Three phases: the first sync, all unchanged (304), one new entry in each feed. The sides take
turns, each in a process of its own on a database of its own, and medians are compared.
``./run bench feeds [--json] [--rounds 5]``
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import ProxyHandler, build_opener

from bench.sides.corpus import ENTRIES, FEEDS

PHASES = ("first", "unchanged", "one new each")
SIDES = ("floor", "ours")
Round = dict[tuple[str, str], dict[str, float]]


@contextmanager
def serving() -> Iterator[int]:
    """Serve the feeds for one round; give the port."""
    command = [sys.executable, "-m", "bench.sides.server"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.stdin.close()


def one_side(side: str, folder: Path, port: int) -> dict[str, float]:
    """Run one side once; return its figures."""
    place = folder / "floor.db" if side == "floor" else folder
    done = subprocess.run(
        [sys.executable, "-m", f"bench.sides.{side}", str(place), str(port)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def one_round() -> Round:
    """Run every phase of every side once, the sides in turn."""
    found: Round = {}
    with tempfile.TemporaryDirectory() as name, serving() as port:
        for phase in PHASES:
            if phase == PHASES[2]:
                build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/advance").close()
            for side in SIDES:
                found[phase, side] = one_side(side, Path(name), port)
    _check(found)
    return found


def _check(found: Round) -> None:
    """Refuse figures of a side that did not do the work."""
    for (phase, side), figures in found.items():
        wanted = FEEDS * (ENTRIES + (phase == PHASES[2]))
        if figures["entries"] != wanted:
            raise SystemExit(f"{side} kept {figures['entries']} entries, not {wanted} ({phase}).")


def medians(rounds: list[Round]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the median of each figure, by phase and side, with the ratio to the floor."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for phase in PHASES:
        table[phase] = {
            side: {
                name: round(median(one[phase, side][name] for one in rounds), 3)
                for name in rounds[0][phase, side]
            }
            for side in SIDES
        }
        floor = table[phase]["floor"]["wall_seconds"]
        for side in SIDES:
            ratio = table[phase][side]["wall_seconds"] / floor
            table[phase][side]["times_the_floor"] = round(ratio, 2)
    return table


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="./run bench feeds")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs")
    chosen = parser.parse_args()
    table = medians([one_round() for _ in range(chosen.rounds)])
    if chosen.json:
        print(json.dumps(table))
        return
    print(f"{FEEDS} feeds of {ENTRIES} entries, medians of {chosen.rounds} rounds")
    for phase, sides in table.items():
        for side, figures in sides.items():
            print(
                f"{phase:14} {side:6} {figures['wall_seconds']:8.2f} s wall "
                f"{figures['cpu_seconds']:8.2f} s CPU {figures['peak_megabytes']:6.0f} MB "
                f"{figures['times_the_floor']:6.2f} x the floor"
            )


if __name__ == "__main__":
    main()
