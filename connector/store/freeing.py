"""After deleting: what was deleted leaves the files as well.

SQLite overwrites deleted rows by itself (``secure_delete``), but words stay in the full-text
index until its parts are merged, and in the write-ahead log until that is emptied.
PostgreSQL gives back what dead rows hold when VACUUM has been there.
"""

import logging
from collections.abc import Callable

from sqlalchemy import text

from connector.store.database import Store

log = logging.getLogger("clusterhub.store")

MERGED_PAGES = 64
"""How many pages of the full-text index one slice writes: some milliseconds."""
MOST_MERGES = 100_000
WAL_TRIES = 60
WAL_PAUSE_SECONDS = 0.5
WITH_WORDS = (
    "origin",
    "origin_text",
    "search_entry",
    "revision",
    "identity",
    "outcome",
    "run",
    "mailing",
)
"""The tables of PostgreSQL that are vacuumed; their statistics hold words as well."""

Stop = Callable[[], bool]
Pause = Callable[[float], object]


def free(store: Store, *, stop: Stop, pause: Pause) -> bool:
    """Let nothing that was deleted stay in the files; return whether that was possible.

    On SQLite another program that keeps reading can stand in the way of emptying the log.
    """
    if store.is_sqlite:
        _merge_index(store, stop)
        return _empty_log(store, stop, pause)
    for table in WITH_WORDS:
        if stop():
            return False
        store.run_alone(f'VACUUM (ANALYZE) "{table}"')
    return True


def _merge_index(store: Store, stop: Stop) -> None:
    """Merge the parts of the full-text index, a slice at a time: the same as 'optimize'.

    A negative number begins: all parts become one job. Positive ones go on with it. SQLite
    tells that nothing is left to do by changing fewer than two rows.
    See https://www.sqlite.org/fts5.html#the_merge_command (read for 3.40).
    """
    pages = -MERGED_PAGES
    for _ in range(MOST_MERGES):
        if stop() or _merged(store, pages) < 2:
            return
        pages = MERGED_PAGES


def _merged(store: Store, pages: int) -> int:
    changes = text("SELECT total_changes()")
    with store.write() as conn:
        before = conn.execute(changes).scalar_one()
        conn.execute(
            text("INSERT INTO search_index(search_index, rank) VALUES ('merge', :pages)"),
            {"pages": pages},
        )
        return int(conn.execute(changes).scalar_one()) - int(before)


def _empty_log(store: Store, stop: Stop, pause: Pause) -> bool:
    """Write the log back and cut it to nothing, as soon as no reader needs it."""
    for attempt in range(WAL_TRIES):
        if attempt:
            pause(WAL_PAUSE_SECONDS)
        if stop():
            return False
        ((is_busy, *_),) = store.run_alone("PRAGMA wal_checkpoint(TRUNCATE)")
        if not is_busy:
            return True
    log.warning("The log beside the database is still being read; tomorrow it is tried again.")
    return False
