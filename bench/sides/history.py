"""Databases with a long history, built once by bulk SQL into the real schema and kept.

They lie in .bench-cache, named after the schema's revision and the edition of the rows; a
benchmark works on a copy.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.sides.history_rows import COLUMNS, EDITION, Row, around, batches
from bench.sides.whole import ROOT
from connector.store import migrate as migrating
from connector.store.database import open_database, sqlite_url

CACHE = ROOT / ".bench-cache"


def database_of(items: int) -> tuple[Path, float]:
    """Return a database of so many items, and the seconds that building it took (now or once)."""
    name = f"{migrating.newest_revision()}-{EDITION}-{items}"
    path, told = CACHE / f"{name}.db", CACHE / f"{name}.seconds"
    if not told.exists():
        CACHE.mkdir(exist_ok=True)
        begun = time.perf_counter()
        _build(path, items)
        told.write_text(f"{time.perf_counter() - begun:.1f}")
    return path, float(told.read_text())


def copy_of(items: int, folder: Path) -> Path:
    """Put a copy into a folder where a hub's database is looked for."""
    source, _ = database_of(items)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source, folder / "hub.db"))


def _build(path: Path, items: int) -> None:
    path.unlink(missing_ok=True)
    store = open_database(sqlite_url(path))
    migrating.migrate(store, datetime.now(UTC))
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nothing is lost with a half-built file: it is built anew.
        for pragma in ("synchronous=OFF", "journal_mode=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        for table, (columns, rows) in around().items():
            connection.executemany(_insert(table, columns), rows)
        with _indexed_afterwards(connection):
            for batch in batches(items):
                connection.execute("BEGIN")
                for table, rows in batch.items():
                    connection.executemany(_insert(table, COLUMNS[table]), rows)
                connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")


def _insert(table: str, columns: str) -> str:
    names = columns.split()
    places = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608  # our names


@contextmanager
def _indexed_afterwards(connection: sqlite3.Connection) -> Iterator[None]:
    """Take indexes and triggers away for a while; the full-text index is built at the end."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN (?, ?)"
    made = connection.execute(query, ("index", "trigger")).fetchall()
    for kind, name, _ in made:
        connection.execute(f"DROP {kind} {name}")
    yield
    for _, _, statement in made:
        connection.execute(statement)
    connection.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")


def quick_counts(path: Path) -> Sequence[Row]:
    """Return how many items and search rows a database holds."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM search_entry)"
        return list(connection.execute(query))
