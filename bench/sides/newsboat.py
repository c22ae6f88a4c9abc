"""newsboat from Debian: ``newsboat -x reload`` as a whole process, in a folder of its own."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bench.sides.corpus import FEEDS
from bench.sides.whole import run_whole

THREADS = 8


def is_there() -> bool:
    """Whether newsboat is on PATH."""
    return shutil.which("newsboat") is not None


def run_newsboat(folder: Path, port: int) -> dict[str, float]:
    """Reload all feeds once; return its figures."""
    home = folder / "newsboat"
    home.mkdir(exist_ok=True)
    urls, config, cache = home / "urls", home / "config", home / "cache.db"
    urls.write_text("".join(f"http://127.0.0.1:{port}/feed/{n}\n" for n in range(FEEDS)))
    config.write_text(f"reload-threads {THREADS}\n")
    files = ["-u", str(urls), "-C", str(config), "-c", str(cache)]
    # A proxy of the environment would stand between it and loopback.
    environment = {"HOME": str(home), "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    ended = run_whole(["newsboat", "-q", *files, "-x", "reload"], environment)
    with closing(sqlite3.connect(cache)) as connection:
        (entries,) = connection.execute("SELECT count(*) FROM rss_item").fetchone()
    return {
        "entries": entries,
        "process_seconds": ended.process_seconds,
        "process_cpu_seconds": ended.process_cpu_seconds,
        "peak_megabytes": ended.peak_megabytes,
    }
