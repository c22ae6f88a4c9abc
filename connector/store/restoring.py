"""Putting a backup in place of a database: all of it in one step, or nothing."""

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, text, update

from connector.errors import StoreError
from connector.hub_files import Withdrawal
from connector.privacy import Privacy
from connector.store import copying, destinations, instance, withdrawals
from connector.store.backup_file import BackupNote, examine, refuse_other_files
from connector.store.database import Store, open_database, sqlite_url
from connector.store.database_errors import as_store_error
from connector.store.migrate import migrate
from connector.store.outbox_tables import announcement
from connector.store.tables import origin, run, source, tombstone

_WAITS, _WAIT_SECONDS = 20, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A backup, brought to this program's schema in a file of its own."""

    path: Path
    note: BackupNote


def prepare(backup: Path, folder: Path, now: datetime) -> Prepared:
    """Copy a backup into ``folder``, check it, and bring it to the newest schema.

    The backup itself is only read. Raises StoreError.
    """
    refuse_other_files(backup)
    path = folder / "hub.db"
    try:
        path.touch(mode=0o600)
        shutil.copyfile(backup, path)
    except OSError as error:
        raise StoreError(
            f"{backup} cannot be copied to {folder} ({error.strerror}): nothing was changed."
        ) from error
    try:
        note = examine(path)
    except StoreError as error:
        raise StoreError(str(error).replace(str(path), str(backup))) from error
    store = open_database(sqlite_url(path))
    try:
        migrate(store, now, keeps_copy=False)
        with store.write() as conn:
            conn.execute(text("DROP TABLE IF EXISTS backup_note"))
    finally:
        store.close()
    return Prepared(path=path, note=note)


def settle_in(
    prepared: Prepared,
    *,
    above_epoch: int,
    privacy: Privacy | None,
    withdrawn: Sequence[Withdrawal],
    now: datetime,
) -> int:
    """Make a prepared backup fit to go on; return how many posts were withdrawn since.

    Its epoch is higher than that of any database before, no runner holds a place, and what
    was withdrawn after the backup is gone from it.
    """
    store = open_database(sqlite_url(prepared.path))
    try:
        with store.write() as conn:
            instance.raise_epoch(conn, above=above_epoch)
            instance.note_files_made(conn)
            instance.note_backup(conn, prepared.note.made)
            _let_go(conn, now)
            taken = 0 if privacy is None else withdrawals.replay(conn, privacy, withdrawn, now)
            if taken:
                # Pieces of a deleted text stay in the index until it is written together.
                conn.execute(text("INSERT INTO search_index(search_index) VALUES ('optimize')"))
    finally:
        store.close()
    with closing(sqlite3.connect(prepared.path)) as conn:
        conn.execute("PRAGMA journal_mode=DELETE")
    return taken


def withdrawn_in(prepared: Prepared) -> list[Withdrawal]:
    """Return what a prepared backup itself knows of withdrawals."""
    store = open_database(sqlite_url(prepared.path))
    try:
        return withdrawals.withdrawals_of(store)
    finally:
        store.close()


def _let_go(conn: Connection, now: datetime) -> None:
    """End the leases and runs that were under way when the backup was made.

    What was being sent stays as it was: before anything is sent again, the hub asks.
    """
    destinations.let_go_of_all(conn)
    conn.execute(update(source).values(fence=source.c.fence + 1, lease_start=None, lease_end=None))
    conn.execute(update(run).where(run.c.state == "running").values(state="stalled", ended=now))


def is_empty(store: Store) -> bool:
    """Whether nothing would be lost: no post, no announcement, no place but those of the file."""
    with as_store_error(store.engine), store.engine.connect() as conn:
        tables = copying.table_names(conn)
        if source.name not in tables:
            return True
        kept = (
            select(origin.c.id),
            select(tombstone.c.id),
            select(source.c.id).where(~source.c.in_file),
            *([select(announcement.c.id)] if announcement.name in tables else []),
        )
        return all(conn.execute(one.limit(1)).first() is None for one in kept)


def refuse_while_in_use(store: Store) -> None:
    """Raise StoreError while another program has the database open."""
    if store.is_sqlite:
        try:
            _held_alone(store).close()
        except sqlite3.DatabaseError as error:
            if _is_locked(error):
                raise StoreError(_in_use(store)) from error
        return
    others = _others(store)
    for _ in range(_WAITS):
        if not others:
            return
        time.sleep(_WAIT_SECONDS)  # what was killed a moment ago is still being taken down
        others = _others(store)
    if others:
        raise StoreError(
            f"{others} other connections use this database: stop the hub first. "
            "Nothing was changed."
        )


def _others(store: Store) -> int:
    """Return how many other programs use this PostgreSQL database."""
    with as_store_error(store.engine), store.engine.connect() as conn:
        return int(
            conn.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            ).scalar_one()
        )


def put_in_place(prepared: Prepared, store: Store, now: datetime) -> None:
    """Let the prepared database be the content of ``store``, in one step. Raises StoreError."""
    if store.is_sqlite:
        _put_sqlite(prepared, store)
    else:
        _put_postgres(prepared, store, now)


def _put_sqlite(prepared: Prepared, store: Store) -> None:
    """A killed program leaves the former content: SQLite takes back what is unfinished."""
    path = store.engine.url.database
    assert path
    if not Path(path).exists():
        _put_file(prepared.path, Path(path))
        return
    try:
        with closing(_held_alone(store)) as target, closing(sqlite3.connect(prepared.path)) as new:
            new.backup(target)
    except sqlite3.Error as error:
        if _is_locked(error):
            raise StoreError(_in_use(store)) from error
        raise StoreError(
            f"{path} cannot be written ({error}): its content stays as it was."
        ) from error


def _put_file(prepared: Path, path: Path) -> None:
    """Put a file where none is, also on another disk; half of it never has the name."""
    unfinished = path.with_name(f"{path.name}.restoring")
    try:
        shutil.move(prepared, unfinished)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StoreError(
            f"The backup cannot be copied to {path} ({error.strerror}): nothing was changed."
        ) from error


def put_aside(store: Store, suffix: str) -> Path:
    """Give a damaged SQLite file another name; return which."""
    path = Path(store.engine.url.database or "")
    store.close()
    for end in ("-wal", "-shm", ""):
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(path.with_name(path.name + suffix + end))
    return path.with_name(path.name + suffix)


def _held_alone(store: Store) -> sqlite3.Connection:
    path = store.engine.url.database
    assert path
    store.close()
    conn = sqlite3.connect(path, timeout=1, isolation_level=None)
    try:
        conn.execute("PRAGMA secure_delete=ON")
        conn.execute("PRAGMA locking_mode=EXCLUSIVE")
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("COMMIT")
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def _is_locked(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _in_use(store: Store) -> str:
    return (
        f"Another program uses {store.engine.url.database}: stop the hub first. "
        "Nothing was changed."
    )


def _put_postgres(prepared: Prepared, store: Store, now: datetime) -> None:
    migrate(store, now)
    new = open_database(sqlite_url(prepared.path))
    try:
        with new.read() as source_conn, store.write() as target:
            copying.empty_postgres(target)
            copying.copy_rows(source_conn, target)
    finally:
        new.close()
