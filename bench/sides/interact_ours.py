"""Our side of ``interact``: the whole engine reads an Interact, nothing turned off.

``python -m bench.sides.interact_ours FOLDER`` reads the place of the folder's config.toml to
its end; the first call in a folder makes the hub, a second one is a quiet cycle.
"""

import sys
import time
from pathlib import Path

from bench.sides.measure import PROCESS_START, Figures, measured, tell
from connector.cli.hub import open_hub
from connector.store import places, sources
from sync_jobs.pull import run_source

MOST_SLICES = 200


def main() -> None:
    """Read to the end once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    with open_hub(Path(sys.argv[1]) / "config.toml") as hub:
        with hub.store.read() as conn:
            (source,) = sources.all_sources(conn)
        with measured(figures):
            for _ in range(MOST_SLICES):
                report = run_source(hub.jobs, source.id)
                if report.state != "partial":
                    break
        if report.state != "done":
            raise SystemExit(f"{report.state}: {report.sentence}")
        with hub.store.read() as conn:
            figures.entries = places.count_items(conn)
    tell(figures)


if __name__ == "__main__":
    main()
