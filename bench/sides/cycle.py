"""Quiet cycles: the engine asks what is due, and reads fifty places that have nothing new.

``python -m bench.sides.cycle FOLDER CYCLES``. ``entries`` counts the readings that found
nothing; with 0 cycles the places are read for the first time.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from bench.sides.grown_hub import QUIET
from bench.sides.measure import PROCESS_START, Figures, measured, tell
from connector.cli.hub import Hub, open_hub
from connector.store import sources
from sync_jobs.jobs import utc_now
from sync_jobs.pull import run_source

THREADS = 8
LATER = timedelta(days=3650)
"""So much later the benchmark's places are due; those that were kept before are due in 2090."""


def cycle(hub: Hub, *, is_quiet: bool) -> int:
    """Read what is due once; return how many readings found nothing."""
    with hub.store.read() as conn:
        due = sources.due_sources(conn, utc_now() + LATER, 1_000)
    if len(due) != len(QUIET):
        raise SystemExit(f"{len(due)} places were due, not {len(QUIET)}.")
    found_nothing = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for report in pool.map(lambda source_id: run_source(hub.jobs, source_id), due):
            brought_nothing = not report.counts.keys() - {"unchanged"}
            if report.state != "done" or (is_quiet and not brought_nothing):
                raise SystemExit(f"{report.state} {report.counts} {report.sentence}")
            found_nothing += brought_nothing
    return found_nothing


def main() -> None:
    """Run the cycles and tell what they cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    cycles = int(sys.argv[2])
    with open_hub(Path(sys.argv[1]) / "config.toml") as hub:
        figures.setup_seconds = time.perf_counter() - begun
        with measured(figures):
            if not cycles:
                cycle(hub, is_quiet=False)
            figures.entries = sum(cycle(hub, is_quiet=True) for _ in range(cycles))
    tell(figures)


if __name__ == "__main__":
    main()
