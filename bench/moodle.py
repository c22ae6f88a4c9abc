"""How many calls and how long reading a big Moodle takes: ours and one call for each object.

200 courses of 5 forums, 20 discussions in each forum, 5 posts in each discussion. Three phases:
the first sync, a quiet cycle, and a cycle after one reply; the naive side takes part in two.
``./run bench moodle [--json] [--courses 200] [--answer-ms 20] [--each-ms 9]``
"""

import argparse
import json
import sys
import tempfile

from bench.sides import moodle_ours
from bench.sides.moodle_server import Serving, serving_moodle
from bench.sides.promises import Promise
from bench.sides.whole import machine, run_whole
from sample_cluster.moodle.big import Size

FIRST, QUIET, ONE_REPLY = "first sync", "quiet cycle", "one reply"
PEAK_MEGABYTES = 200
Figures = dict[str, float]
Table = dict[str, dict[str, Figures]]


def one_side(server: Serving, module: str, *arguments: str) -> Figures:
    """Run one side once; return its figures, with the calls that the server counted."""
    server.calls()
    ended = run_whole([sys.executable, "-m", f"bench.sides.{module}", *arguments])
    figures: Figures = json.loads(ended.output)
    return figures | {"calls": server.calls()}


def measure(server: Serving) -> Table:
    """Run all phases of all sides."""
    port = str(server.port)
    table: Table = {
        FIRST: {"naive": one_side(server, "moodle_naive", port, "first")},
        QUIET: {"naive": one_side(server, "moodle_naive", port, "quiet")},
        ONE_REPLY: {},
    }
    if not moodle_ours.is_there():
        return table
    with tempfile.TemporaryDirectory() as folder:
        for phase in (FIRST, QUIET, ONE_REPLY):
            if phase == ONE_REPLY:
                server.talk()
            table[phase]["ours"] = one_side(server, "moodle_ours", folder, port)
            server.later()
    return table


def check(table: Table, size: Size) -> None:
    """Refuse figures of a side that did not do the work."""
    naive = table[FIRST]["naive"]["entries"]
    if naive != size.all_posts or table[QUIET]["naive"]["entries"]:
        raise SystemExit(f"The naive side read {naive:.0f} posts, not {size.all_posts}.")
    if "ours" not in table[FIRST]:
        return
    kept = [table[phase]["ours"]["entries"] for phase in (FIRST, QUIET, ONE_REPLY)]
    if kept[0] < size.all_posts or kept[1:] != [kept[0], kept[0] + 1]:
        raise SystemExit(f"Ours kept {kept} entries of {size.all_posts} posts and one reply.")


def quiet_calls(courses: int) -> int:
    """Return how many calls a quiet cycle may cost: 5, and 3 more for each started 50 courses."""
    return 5 + 3 * max(0, -(-courses // 50) - 1)


def promises(table: Table, courses: int) -> list[Promise]:
    """Return what is promised, with the numbers of this run."""
    if "ours" not in table[FIRST]:
        return []
    first, naive = table[FIRST]["ours"], table[FIRST]["naive"]
    quiet, reply = table[QUIET]["ours"], table[ONE_REPLY]["ours"]
    calls = naive["calls"] / first["calls"]
    faster = naive["wall_seconds"] / first["wall_seconds"]
    peak = first["peak_megabytes"]
    more = reply["calls"] - quiet["calls"]
    return [
        Promise("first sync: calls, naive / ours", calls, 20, at_least=True),
        Promise("first sync: seconds, naive / ours", faster, 5, at_least=True),
        Promise("first sync: peak memory", peak, PEAK_MEGABYTES, unit="MB"),
        Promise("quiet cycle: calls", quiet["calls"], quiet_calls(courses), unit="calls"),
        Promise("one reply: more calls than quiet", more, 4, unit="calls"),
    ]


def _line(phase: str, side: str, figures: Figures) -> str:
    return (
        f"{phase:12} {side:6} {figures['calls']:7.0f} calls {figures['wall_seconds']:8.2f} s "
        f"{figures['cpu_seconds']:8.2f} s CPU {figures['peak_megabytes']:5.0f} MB"
    )


def main() -> None:
    """Measure, and print a table or JSON."""
    chosen = _parser().parse_args()
    size = Size(courses=chosen.courses)
    if not moodle_ours.is_there():
        print("Without ours: this version has no adapter for Moodle.", file=sys.stderr)
    before = machine()
    with serving_moodle(chosen.courses, chosen.answer_ms, chosen.each_ms) as server:
        table = measure(server)
    check(table, size)
    kept = promises(table, chosen.courses)
    pace = {"answer_ms": chosen.answer_ms, "each_ms": chosen.each_ms}
    if chosen.json:
        told = [one.for_programs() for one in kept]
        common = {"machine": before, "courses": chosen.courses, "pace": pace}
        print(json.dumps(common | {"phases": table, "promises": told}))
        return
    print(f"{chosen.courses} courses, {size.all_posts} posts, {pace}, {before}")
    for phase, sides in table.items():
        for side, figures in sides.items():
            print(_line(phase, side, figures))
    for promise in kept:
        print(promise.line())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench moodle")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--courses", type=int, default=Size().courses, help="how many courses")
    # As measured on a real server of two cores: its shortest answer, and one thread in a batch.
    parser.add_argument("--answer-ms", type=float, default=20, help="what every answer takes")
    parser.add_argument("--each-ms", type=float, default=9, help="more for each call in a batch")
    return parser


if __name__ == "__main__":
    main()
