"""Our side of ``feeds``: the whole engine, nothing turned off.

``python -m bench.sides.ours FOLDER PORT [big]`` reads all feeds once with eight threads; the first
call in a folder makes the hub. With ``big``, one feed of 50 MB is among them.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from bench.sides.corpus import BIG_FEED, FEEDS
from bench.sides.measure import PROCESS_START, Figures, measured
from connector.cli.hub import Hub, open_hub
from connector.store import places, sources
from sync_jobs.pull import run_source

THREADS = 8


def write_config(folder: Path, port: int, feeds: int) -> Path:
    """Write a configuration with one place for each feed."""
    path = folder / "config.toml"
    parts = [
        '[network]\nallow = ["127.0.0.0/8"]\nrequests_per_host = 16\n'
        '[clusters.bench]\nname = "Bench"\n'
    ]
    for feed in range(feeds):
        parts.append(
            f'[[sources]]\nid = "feed-{feed}"\nkind = "blogs"\n'
            f'address = "http://127.0.0.1:{port}/feed/{feed}"\n'
            'settings = { flavour = "feed", comments = false }\n'
        )
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def read_all(hub: Hub) -> str:
    """Read every place once; return what is said of the feed that is too big.

    Any other failure is an error.
    """
    with hub.store.read() as conn:
        by_id = {row.id: row.key for row in sources.all_sources(conn)}
    refused = ""
    with ThreadPoolExecutor(THREADS) as pool:
        reports = pool.map(lambda source_id: run_source(hub.jobs, source_id), by_id)
        for key, report in zip(by_id.values(), reports, strict=True):
            if key == f"feed-{BIG_FEED}" and report.state == "failed":
                refused = report.sentence
            elif report.state != "done":
                raise RuntimeError(f"{key}: {report.state} {report.sentence}")
    return refused


def main() -> None:
    """Read all feeds once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    feeds = FEEDS + (sys.argv[3:] == ["big"])
    with open_hub(write_config(folder, port, feeds)) as hub:
        figures.setup_seconds = time.perf_counter() - begun
        with measured(figures):
            refused = read_all(hub)
        with hub.store.read() as conn:
            figures.entries = places.count_items(conn)
    print(json.dumps(asdict(figures) | {"refused": refused}))


if __name__ == "__main__":
    main()
