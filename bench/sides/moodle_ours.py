"""Our side of ``bench moodle``: the whole engine, nothing turned off.

``python -m bench.sides.moodle_ours FOLDER PORT`` reads the site once, in as many slices as it
takes; the first call in a folder makes the hub.
"""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from bench.sides.measure import PROCESS_START, Figures, measured, tell
from connector.cli.hub import Hub, open_hub
from connector.store import places, sources
from sync_jobs.pull import run_source

KIND = "moodle"
_VARIABLE = "CLUSTERHUB_BENCH_MOODLE"
_CATEGORY = 1
"""Of the big site, where all are adults."""
_MOST_SLICES = 500


def is_there() -> bool:
    """Whether this version of the hub reads Moodle at all."""
    return find_spec(f"adapters.{KIND}") is not None


def write_config(folder: Path, port: int) -> Path:
    """Write a configuration with the big site as its one place."""
    path = folder / "config.toml"
    path.write_text(
        '[network]\nallow = ["127.0.0.0/8"]\n[clusters.bench]\nname = "Bench"\n'
        f'[[sources]]\nid = "vln"\nkind = "{KIND}"\naddress = "http://127.0.0.1:{port}"\n'
        f'[sources.settings]\ntoken = "env:{_VARIABLE}"\n'
        f"categories = [{_CATEGORY}]\nadult_categories = [{_CATEGORY}]\n",
        encoding="utf-8",
    )
    return path


def read_whole(hub: Hub) -> None:
    """Read the site to its end; a failure is an error."""
    with hub.store.read() as conn:
        (source,) = sources.all_sources(conn)
    for _ in range(_MOST_SLICES):
        report = run_source(hub.jobs, source.id)
        if report.state == "done":
            return
        if report.state != "partial":
            raise SystemExit(f"{report.state} {report.sentence}")
    raise SystemExit(f"Not read to the end after {_MOST_SLICES} slices.")


def main() -> None:
    """Read the site once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    os.environ[_VARIABLE] = "TOKEN"
    with open_hub(write_config(Path(sys.argv[1]), int(sys.argv[2]))) as hub:
        figures.setup_seconds = time.perf_counter() - begun
        with measured(figures):
            read_whole(hub)
        with hub.store.read() as conn:
            figures.entries = places.count_items(conn)
    tell(figures)


if __name__ == "__main__":
    main()
