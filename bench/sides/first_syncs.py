"""First syncs without end: twenty places at a time are read for the first time.

``python -m bench.sides.first_syncs FOLDER`` says "ready", begins with the first line on its
standard input, and stops when that closes.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.sides.grown_hub import FRESH
from bench.sides.measure import Figures, measured, tell
from connector.cli.hub import Hub, open_hub
from connector.store import sources
from sync_jobs.pull import run_source

AT_ONCE = 20


def read_until(hub: Hub, stop: threading.Event) -> int:
    """Read fresh places until told to stop; return how many. Running out of them is an error."""
    wanted = {f"feed-{feed}" for feed in FRESH}
    with hub.store.read() as conn:
        ids = [row.id for row in sources.all_sources(conn) if row.key in wanted]

    def read(source_id: int) -> int:
        if stop.is_set():
            return 0
        report = run_source(hub.jobs, source_id)
        if report.state != "done" or not report.counts:
            raise SystemExit(f"{report.state} {report.counts} {report.sentence}")
        return 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        count = sum(pool.map(read, ids))
    if not stop.is_set():
        raise SystemExit(f"All {len(ids)} places were read before the pages were measured.")
    return count


def _wait_for_the_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def main() -> None:
    """Read, and tell what it cost."""
    figures, stop = Figures(), threading.Event()
    with open_hub(Path(sys.argv[1]) / "config.toml") as hub:
        print("ready", flush=True)
        sys.stdin.readline()
        threading.Thread(target=_wait_for_the_end, args=(stop,), daemon=True).start()
        with measured(figures):
            figures.entries = read_until(hub, stop)
    tell(figures)


if __name__ == "__main__":
    main()
