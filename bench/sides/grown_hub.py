"""A hub over a copy of a long history, with a few places of the benchmark's own to read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.sides.history import copy_of
from bench.sides.history_server import server_copy

QUIET, FRESH = range(50), range(1_000, 5_000)
"""Feeds of places that have nothing new, and of places that were never read."""


@dataclass(frozen=True, slots=True)
class GrownHub:
    """Where a hub lies, and where its feeds are served."""

    folder: Path
    port: int
    database_url: str
    """Empty: SQLite in the folder."""

    def write_config(self, feeds: Iterable[int]) -> None:
        """Write a configuration with these feeds, one place each."""
        parts = [
            f'[hub]\ndata_dir = "data"\ndatabase_url = "{self.database_url}"\n'
            '[network]\nallow = ["127.0.0.0/8"]\nrequests_per_host = 16\n'
            '[clusters.bench]\nname = "Bench"\n'
        ]
        parts += [
            f'[[sources]]\nid = "feed-{feed}"\nkind = "blogs"\n'
            f'address = "http://127.0.0.1:{self.port}/feed/{feed}"\n'
            'settings = { flavour = "feed", comments = false }\n'
            for feed in feeds
        ]
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")


@contextmanager
def grown_hub(items: int, folder: Path, port: int, server: str = "") -> Iterator[GrownHub]:
    """Give a hub of so many items in a folder, with its quiet places.

    Args:
        items: how many.
        folder: where it is made; whoever made the folder clears it away.
        port: of the feeds.
        server: the address of a PostgreSQL server; empty: SQLite.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    # The key of a kept database: a hub refuses a database without one.
    (data / "hub.key").write_text("00" * 32 + "\n")
    with _copy(items, data, server) as database_url:
        hub = GrownHub(folder, port, database_url)
        hub.write_config(QUIET)
        yield hub


@contextmanager
def _copy(items: int, data: Path, server: str) -> Iterator[str]:
    if server:
        with server_copy(server, items) as address:
            yield address
        return
    copy_of(items, data)
    yield ""
