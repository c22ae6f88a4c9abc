"""Our side of ``feeds``: the whole engine, nothing turned off.

``python -m bench.sides.ours FOLDER PORT`` reads all feeds once with eight threads; the first call
in a folder makes the hub.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.sides.corpus import FEEDS
from bench.sides.measure import PROCESS_START, Figures, measured, tell
from connector.cli.hub import Hub, open_hub
from connector.store import places, sources
from sync_jobs.pull import run_source

THREADS = 8


def write_config(folder: Path, port: int) -> Path:
    """Write a configuration with one place for each feed."""
    path = folder / "config.toml"
    parts = [
        '[network]\nallow = ["127.0.0.0/8"]\nrequests_per_host = 16\n'
        '[clusters.bench]\nname = "Bench"\n'
    ]
    for feed in range(FEEDS):
        parts.append(
            f'[[sources]]\nid = "feed-{feed}"\nkind = "blogs"\n'
            f'address = "http://127.0.0.1:{port}/feed/{feed}"\n'
            'settings = { flavour = "feed", comments = false }\n'
        )
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def read_all(hub: Hub) -> None:
    """Read every place once; a failure is an error."""
    with hub.store.read() as conn:
        ids = [row.id for row in sources.all_sources(conn)]
    with ThreadPoolExecutor(THREADS) as pool:
        for report in pool.map(lambda source_id: run_source(hub.jobs, source_id), ids):
            if report.state != "done":
                raise RuntimeError(report.sentence)


def main() -> None:
    """Read all feeds once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    with open_hub(write_config(folder, port)) as hub:
        figures.setup_seconds = time.perf_counter() - begun
        with measured(figures):
            read_all(hub)
        with hub.store.read() as conn:
            figures.entries = places.count_items(conn)
    tell(figures)


if __name__ == "__main__":
    main()
