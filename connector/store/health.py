"""What ``doctor`` asks of a database: is it whole, is it alone true, does it stand still?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, text
from sqlalchemy.exc import DatabaseError

from connector.errors import StoreError
from connector.store import visibility
from connector.store.database import Store
from connector.store.database_time import database_clock
from connector.store.rows import batches
from connector.store.tables import cluster, origin, origin_text, run, search_entry, source

OLDEST_SQLITE = (3, 35)
"""The first that answers RETURNING."""
OLDEST_POSTGRES = 12
"""The first with generated columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGap:
    """How the search index differs from the posts."""

    missing: int
    surplus: int
    is_torn: bool
    """SQLite: the full-text index itself does not say what its rows say."""

    @property
    def is_well(self) -> bool:
        """Whether search finds what it should."""
        return not (self.missing or self.surplus or self.is_torn)


@dataclass(frozen=True, slots=True, kw_only=True)
class StalePlace:
    """A place that has not been read for long although it should be."""

    key: str
    last_good: datetime | None
    sentence: str | None


def version(conn: Connection) -> tuple[int, ...]:
    """Return the version of the database program."""
    if conn.dialect.name == "sqlite":
        told = conn.execute(text("SELECT sqlite_version()")).scalar_one()
        return tuple(int(part) for part in str(told).split("."))
    told = conn.execute(text("SHOW server_version_num")).scalar_one()
    return divmod(int(told), 10_000)


def encoding(conn: Connection) -> str:
    """Return how the database keeps letters."""
    question = "PRAGMA encoding" if conn.dialect.name == "sqlite" else "SHOW server_encoding"
    return str(conn.execute(text(question)).scalar_one())


def damage(store: Store) -> str | None:
    """Return the first thing that is wrong with the file, None when it is whole.

    PostgreSQL looks after its own files. Raises StoreError for what is no damage, such as
    missing rights.
    """
    if not store.is_sqlite:
        return None
    path = store.engine.url.database or ""
    try:
        with closing(_opened_to_read(path)) as conn:
            (told,) = conn.execute("PRAGMA quick_check(1)").fetchone()
            if told != "ok":
                return str(told)
            lost = conn.execute("PRAGMA foreign_key_check").fetchall()
            return f"{len(lost)} rows point nowhere" if lost else None
    except sqlite3.Error as error:
        if _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return str(error)
        raise StoreError(
            f"{path} cannot be read ({error}): check the owner and the rights of the file and "
            "of its folder."
        ) from error


def _opened_to_read(path: str) -> sqlite3.Connection:
    """Open a file that may be neither writable nor in a writable folder."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    conn = sqlite3.connect(address, uri=True)
    try:
        conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return conn
    except sqlite3.Error as error:
        conn.close()
        wal = Path(f"{path}-wal")
        # SQLite wants to make files beside it; where there are none, nobody writes either.
        if _code(error) not in _MAKES_NO_FILES or (wal.exists() and wal.stat().st_size):
            raise
    return sqlite3.connect(f"{address}&immutable=1", uri=True)


_MAKES_NO_FILES = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's own number of an error, without its finer half."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def search_gap(store: Store) -> SearchGap:
    """Compare the search rows with the posts that are listed."""
    with store.read() as conn:
        missing = _counted(conn, _missing())
        surplus = _counted(conn, _surplus())
    return SearchGap(missing=missing, surplus=surplus, is_torn=_is_torn(store))


def _counted(conn: Connection, query: Select[Any]) -> int:
    return conn.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def _missing() -> Select[Any]:
    return (
        select(origin.c.id, origin.c.cluster_id)
        .join(origin_text, origin_text.c.origin_id == origin.c.id)
        .outerjoin(search_entry, search_entry.c.origin_id == origin.c.id)
        .where(
            origin.c.is_listed,
            or_(search_entry.c.origin_id.is_(None), search_entry.c.sort_key != origin.c.sort_key),
        )
    )


def _surplus() -> Select[Any]:
    return (
        select(search_entry.c.origin_id)
        .join(origin, origin.c.id == search_entry.c.origin_id)
        .where(~origin.c.is_listed)
    )


def _is_torn(store: Store) -> bool:
    if not store.is_sqlite:
        return False
    try:
        with store.engine.connect() as conn, _own_transaction(conn):
            conn.execute(
                text("INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")
            )
    except DatabaseError:
        return True
    return False


@contextmanager
def _own_transaction(conn: Connection) -> Iterator[None]:
    conn.execution_options(clusterhub_write=True)
    with conn.begin():
        yield


def rebuild_search(store: Store) -> None:
    """Write every search row afresh from what is kept."""
    with store.read() as conn:
        cluster_ids = list(conn.execute(select(cluster.c.id)).scalars())
    if store.is_sqlite:
        _rebuild_index(store)  # first: a torn index refuses that rows leave it
    for cluster_id in cluster_ids:
        with store.write(cluster_id) as conn:
            mine = select(origin.c.id).where(origin.c.cluster_id == cluster_id)
            conn.execute(delete(search_entry).where(search_entry.c.origin_id.in_(mine)))
            listed = list(conn.execute(mine.where(origin.c.is_listed)).scalars())
            for ids in batches(listed):
                visibility.reindex(conn, cluster_id, ids)


def _rebuild_index(store: Store) -> None:
    with store.write() as conn:
        conn.execute(text("INSERT INTO search_index(search_index) VALUES ('rebuild')"))


def clock_difference(store: Store, now: datetime) -> timedelta:
    """Return how far the database's clock is ahead of ``now``."""
    with store.read() as conn:
        return database_clock(conn) - now


def newest_moment(conn: Connection) -> datetime | None:
    """Return the latest moment that this hub has noted down itself."""
    return conn.execute(select(func.max(run.c.started))).scalar()


def cut_off(conn: Connection, before: datetime) -> list[str]:
    """Return the ids of places whose lease ended before then without being given back."""
    query = select(source.c.key).where(source.c.lease_end < before).order_by(source.c.key)
    return list(conn.execute(query).scalars())


def stale(conn: Connection, before: datetime) -> list[StalePlace]:
    """Return the places that are read and had no good reading since then, oldest first."""
    rows = conn.execute(
        select(source.c.key, source.c.last_good, source.c.trouble_sentence)
        .where(
            ~source.c.paused,
            source.c.created < before,
            or_(source.c.last_good.is_(None), source.c.last_good < before),
        )
        .order_by(source.c.last_good.nulls_first(), source.c.key)
    )
    return [
        StalePlace(key=row.key, last_good=row.last_good, sentence=row.trouble_sentence)
        for row in rows
    ]
