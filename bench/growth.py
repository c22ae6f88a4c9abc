"""What a long history costs: quiet cycles and pages at a million kept items.

Fifty places without news are read by turns on a database of 1,000 items and one of 1,000,000;
then pages are asked for on the bigger one while twenty places are read for the first time by
another process. The first call builds the databases and keeps them: in .bench-cache, or on a
PostgreSQL server, whose pages are stated and not judged.
``./run bench growth [--database postgresql] [--json] [--rounds 5] [--times 40]``
"""

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from bench.sides.asked_pages import ASKED
from bench.sides.databases import KINDS as DATABASES
from bench.sides.databases import server_address
from bench.sides.grown_hub import FRESH, QUIET, GrownHub, grown_hub
from bench.sides.history import CACHE, database_of
from bench.sides.history_server import PREFIX, build_once, server_facts
from bench.sides.promises import Promise
from bench.sides.whole import ROOT, ask, machine, run_whole, serving
from tests.databases import POSTGRES_VARIABLE
from tests.find_postgres import can_create_databases

SMALL, LARGE = 1_000, 1_000_000
CYCLES = 3
KINDS = ("304", "200, same bytes")
P95_MS = {"what's new": 200, "search": 100}
PEAK_MEGABYTES = 150
Cycles = dict[str, dict[int, dict[str, float]]]
Spread = dict[str, float]


def one_cycle(folder: Path, cycles: int) -> dict[str, float]:
    """Run quiet cycles in a process of their own; return their figures."""
    module = [sys.executable, "-m", "bench.sides.cycle"]
    figures: dict[str, float] = json.loads(run_whole([*module, str(folder), str(cycles)]).output)
    if figures["entries"] != cycles * len(QUIET):
        raise SystemExit(f"{figures['entries']} readings found nothing, not {cycles * len(QUIET)}.")
    return figures


def measure_cycles(hubs: dict[int, GrownHub], port: int, rounds: int) -> Cycles:
    """Return the medians of quiet cycles by kind and size; the sizes take turns."""
    for hub in hubs.values():
        one_cycle(hub.folder, 0)
    found: Cycles = {}
    for kind in KINDS:
        if kind == KINDS[1]:
            ask(port, "forget")
        ran: dict[int, list[dict[str, float]]] = {size: [] for size in hubs}
        for number in range(rounds):
            for size in list(hubs)[:: -1 if number % 2 else 1]:
                ask(port, "asked")
                ran[size].append(one_cycle(hubs[size].folder, CYCLES))
                _check_requests(kind, *json.loads(ask(port, "asked")))
        found[kind] = {size: _medians(figures) for size, figures in ran.items()}
    return found


def _check_requests(kind: str, asked: int, not_modified: int) -> None:
    wanted = CYCLES * len(QUIET)
    if (asked, not_modified) != (wanted, wanted if kind == KINDS[0] else 0):
        raise SystemExit(f"{asked} feeds were asked for, {not_modified} unchanged ({kind}).")


def _medians(ran: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(median(one[name] for one in ran), 3) for name in ran[0]}


def measure_pages(hub: GrownHub, times: int) -> dict[str, Any]:
    """Return how long pages take while twenty places are read for the first time."""
    hub.write_config([*QUIET, *FRESH])
    folder = str(hub.folder)
    command = [sys.executable, "-m", "bench.sides.first_syncs", folder]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reading:
        assert reading.stdin is not None
        assert reading.stdout is not None
        reading.stdout.readline()
        reading.stdin.write("\n")
        reading.stdin.flush()
        ended = run_whole([sys.executable, "-m", "bench.sides.pages", folder, str(times)])
        told, _ = reading.communicate()
    if reading.returncode:
        raise SystemExit("The first syncs beside the pages failed.")
    found: dict[str, Any] = json.loads(ended.output)
    return found | {"beside": json.loads(told)}


def spread(times: list[tuple[float, float]]) -> Spread:
    """Return the middle, the 95th percentile and the worst of some milliseconds.

    ``cpu_p95`` is of the processor's time: what the page costs where nothing else runs.
    """
    ordered, worked = sorted(one for one, _ in times), sorted(cpu for _, cpu in times)
    at = ceil(0.95 * len(ordered)) - 1
    found = {"p50": median(ordered), "p95": ordered[at], "max": ordered[-1], "cpu_p95": worked[at]}
    return {name: round(value, 2) for name, value in found.items()}


def page_table(found: dict[str, Any]) -> dict[str, dict[str, Spread]]:
    """Return the spread by viewer and question."""
    return {
        viewer: {name: spread(times) for name, times in asked.items()}
        for viewer, asked in found["times"].items()
    }


def promises(cycles: Cycles, pages: dict[str, Any], database: str = "sqlite") -> list[Promise]:
    """Return what is promised, with the figures of this run; pages only on SQLite."""
    kept = []
    for kind, sizes in cycles.items():
        small, large = sizes[min(sizes)], sizes[max(sizes)]
        also = f"{large['cpu_seconds'] / small['cpu_seconds']:.2f} in CPU time"
        ratio = large["wall_seconds"] / small["wall_seconds"]
        kept.append(Promise(f"quiet cycle ({kind}), large / small", ratio, 1.2, also=also))
    table = page_table(pages)
    for group, bound in P95_MS.items():
        names = [asked.name for asked in ASKED if asked.group == group]
        for viewer, by_name in table.items():
            worst = max(names, key=lambda name: by_name[name]["p95"])
            sentence = f"{group}, {viewer}: worst p95 of {len(names)} questions"
            cpu = max(by_name[name]["cpu_p95"] for name in names)
            also = f"{worst}; {cpu:.1f} ms in CPU time"
            judged_by = bound if database == "sqlite" else None
            kept.append(Promise(sentence, by_name[worst]["p95"], judged_by, unit="ms", also=also))
    peak = max(
        pages["peak_megabytes"],
        pages["beside"]["peak_megabytes"],
        *(one["peak_megabytes"] for sizes in cycles.values() for one in sizes.values()),
    )
    kept.append(Promise("peak memory of each process", peak, PEAK_MEGABYTES, unit="MB"))
    return kept


def _report(told: dict[str, Any], kept: list[Promise]) -> None:
    print(f"{told['machine']}; {told['large']:,} items built in {told['build_seconds']:.0f} s")
    if told["server"]:
        print(f"{told['server']}; CPU and memory are the hub's own, without the server's")
    for kind, sizes in told["cycles"].items():
        for size, figures in sizes.items():
            print(
                f"{CYCLES} quiet cycles ({kind}), {size:>9,} items: "
                f"{figures['wall_seconds']:7.2f} s {figures['cpu_seconds']:7.2f} s CPU "
                f"{figures['peak_megabytes']:4.0f} MB"
            )
    for viewer, by_name in told["pages"].items():
        for name, one in by_name.items():
            told_ms = "  ".join(f"{key} {value:7.1f}" for key, value in one.items())
            print(f"{viewer:12} {name:32} {told_ms} ms")
    print(
        f"beside: {told['first_syncs']} first syncs; pages {told['peak_megabytes']:.0f} MB, "
        f"with all threads at once {told['peak_many_megabytes']:.0f} MB"
    )
    for promise in kept:
        print(promise.line())


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        prog="./run bench growth",
        epilog=f"The databases that are kept: .bench-cache may be deleted; on a server, "
        f"DROP DATABASE removes those whose names begin with {PREFIX}_.",
    )
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--rounds", type=int, default=5, help="how often each size runs")
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--large", type=int, default=LARGE, help="items of the large database")
    chosen = parser.parse_args()
    server = "" if chosen.database == "sqlite" else server_address()
    if chosen.database != "sqlite" and not (server and can_create_databases(server)):
        parser.error(f"No PostgreSQL server answers: set {POSTGRES_VARIABLE}, or use SQLite.")
    told, kept = measure(chosen, server)
    if chosen.json:
        print(json.dumps(told | {"promises": [one.for_programs() for one in kept]}))
        return
    _report(told, kept)


def measure(chosen: argparse.Namespace, server: str) -> tuple[dict[str, Any], list[Promise]]:
    """Return all figures, and what is promised of them."""
    before, large = machine(), chosen.large
    build_seconds = build_once(server, large) if server else database_of(large)[1]
    CACHE.mkdir(exist_ok=True)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(dir=CACHE))
        port = stack.enter_context(serving())
        hubs = {
            size: stack.enter_context(grown_hub(size, Path(name) / str(size), port, server))
            for size in (SMALL, large)
        }
        cycles = measure_cycles(hubs, port, chosen.rounds)
        pages = measure_pages(hubs[large], chosen.times)
    told = {
        "machine": before,
        "database": chosen.database,
        "server": server_facts(server, large) if server else None,
        "large": large,
        "build_seconds": build_seconds,
        "cycles": cycles,
        "pages": page_table(pages),
        "first_syncs": pages["beside"]["entries"],
        "peak_megabytes": pages["peak_megabytes"],
        "peak_many_megabytes": pages["peak_many_megabytes"],
    }
    return told, promises(cycles, pages, chosen.database)


if __name__ == "__main__":
    main()
