"""Writing a backup: one SQLite file, from either kind of database, while others write.

A backup is an ordinary database of the hub with one more table, ``backup_note``. From SQLite
it is a copy of the file's pages in one step; from PostgreSQL every row, read in one snapshot.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import StoreError
from connector.store import copying
from connector.store.backup_file import BackupNote, examine
from connector.store.database import Store, open_database, sqlite_url
from connector.store.migrate import current_revision, make_schema, newest_revision, refuse_newer

UNFINISHED = ".part"
_NOTE = "CREATE TABLE backup_note (hub TEXT, made TEXT, written_from TEXT, rows TEXT)"


def write_backup(store: Store, path: Path, now: datetime) -> BackupNote:
    """Write a checked backup to ``path``, readable by its owner only.

    The file appears whole or not at all, and none is overwritten. Raises StoreError.
    """
    if path.exists():
        raise StoreError(f"{path} is there already: choose another name, nothing was written.")
    revision = current_revision(store)
    refuse_newer(revision)
    if revision is None:
        raise StoreError("There is nothing to back up: the database is empty.")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    with _as_sentences(path):
        try:
            _make_private(unfinished)
            _fill(store, unfinished, revision, now)
            note = examine(unfinished)
            _publish(unfinished, path)
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    return note


def copy_before_update(store: Store, folder: Path, now: datetime) -> Path | None:
    """Put a copy aside before a PostgreSQL database gets a newer schema; return where.

    An SQLite file is copied by ``migrate`` itself. None: there is nothing to copy, or another
    program has made the copy already.
    """
    current, newest = current_revision(store), newest_revision()
    path = folder / f"hub.db.before-{newest}"
    if store.is_sqlite or current in (None, newest) or path.exists():
        return None
    write_backup(store, path, now)
    return path


def _fill(store: Store, path: Path, revision: str, now: datetime) -> None:
    if store.is_sqlite:
        _copy_pages(store, path)
        kind = "sqlite"
    else:
        _copy_rows(store, path, revision)
        kind = "postgresql"
    _write_note(path, kind, now)


def _make_private(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy_pages(store: Store, path: Path) -> None:
    live_path = store.engine.url.database
    assert live_path
    with closing(sqlite3.connect(live_path)) as live, closing(sqlite3.connect(path)) as copy:
        # In one step, so that it is one state: writers go on in the write-ahead log meanwhile.
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy_rows(store: Store, path: Path, revision: str) -> None:
    copy = open_database(sqlite_url(path))
    try:
        make_schema(copy, revision)
        with store.read() as source, copy.write() as target:
            # Checked as a whole afterwards: what points at each other comes in any order.
            target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            copying.copy_rows(source, target)
    finally:
        copy.close()


def _write_note(path: Path, kind: str, now: datetime) -> None:
    store = open_database(sqlite_url(path))
    try:
        with store.read() as conn:
            rows = copying.counts(conn)
    finally:
        store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
        (hub,) = copy.execute("SELECT uid FROM instance").fetchone()
        with suppress(sqlite3.OperationalError):  # a restored file may hold one of before
            copy.execute("DROP TABLE backup_note")
        copy.execute(_NOTE)
        copy.execute(
            "INSERT INTO backup_note VALUES (?, ?, ?, ?)",
            (hub, now.astimezone(UTC).isoformat(), kind, json.dumps(rows)),
        )


def _publish(unfinished: Path, path: Path) -> None:
    handle = os.open(unfinished, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    publish(unfinished, path)


def publish(unfinished: Path, path: Path) -> None:
    """Give a finished file its name. Raises FileExistsError where the name is taken."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:
        # A memory stick knows no second name for a file.
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(unfinished, path)


@contextmanager
def _as_sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise StoreError(f"{path} is there already: nothing was written.") from error
    except sqlite3.Error as error:
        raise StoreError(
            f"The backup could not be written to {path} ({error}): check that there is room."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The backup could not be written to {path} ({error.strerror}): "
            "check the folder and its rights."
        ) from error
