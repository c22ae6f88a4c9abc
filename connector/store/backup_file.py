"""Reading a backup: whether it is one, whether it is whole, and what it holds."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.errors import StoreError
from connector.store.migrate import refuse_newer

_BEGIN = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupNote:
    """What a backup says of itself."""

    hub: str
    key_fingerprint: str
    revision: str
    made: datetime | None
    """None: a copy that was not made by 'backup', such as the one before an update."""
    written_from: str
    rows: dict[str, int]
    """How many rows each table has."""


def examine(path: Path) -> BackupNote:
    """Return what a backup holds, having read all of it. Raises StoreError.

    The file is opened by SQLite: hand over a copy of what lies on a medium that cannot be
    written.
    """
    refuse_other_files(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
            _refuse_damage(conn, path)
            note = _note(conn, path)
            refuse_newer(note.revision)
            _refuse_missing_rows(conn, note, path)
            return note
    except sqlite3.DatabaseError as error:
        raise StoreError(_damaged(path, str(error))) from error


def examine_note(path: Path) -> BackupNote:
    """Return what a backup says of itself, without looking at the rest. Raises StoreError."""
    refuse_other_files(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
            return _note(conn, path)
    except sqlite3.DatabaseError as error:
        raise StoreError(_damaged(path, str(error))) from error


def refuse_other_files(path: Path) -> None:
    """Raise StoreError for what is plainly no backup."""
    try:
        with path.open("rb") as file:
            begin = file.read(len(_BEGIN))
        beside = path.with_name(path.name + "-wal")
        in_use = beside.exists() and beside.stat().st_size > 0
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}).") from error
    if begin != _BEGIN:
        raise StoreError(f"{path} is not a backup of Cluster Hub: nothing was changed.")
    if in_use:
        raise StoreError(
            f"{path} belongs to a hub that runs or was cut off: make a backup of it with "
            "'clusterhub backup', and restore that."
        )


def _refuse_damage(conn: sqlite3.Connection, path: Path) -> None:
    told = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise StoreError(_damaged(path, told))
    if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreError(_damaged(path, "rows point nowhere"))


def _note(conn: sqlite3.Connection, path: Path) -> BackupNote:
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
    if not {"instance", "alembic_version"} <= tables:
        raise StoreError(f"{path} is not a backup of Cluster Hub: nothing was changed.")
    hub = conn.execute("SELECT uid, key_fingerprint FROM instance").fetchone()
    revision = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    if hub is None or revision is None:
        raise StoreError(f"{path} holds a hub that was never opened: nothing was changed.")
    made, kind, rows = None, "sqlite", "{}"
    if "backup_note" in tables:
        made, kind, rows = conn.execute(
            "SELECT made, written_from, rows FROM backup_note"
        ).fetchone()
    return BackupNote(
        hub=hub[0],
        key_fingerprint=hub[1],
        revision=revision[0],
        made=None if made is None else datetime.fromisoformat(made),
        written_from=kind,
        rows=json.loads(rows),
    )


def _refuse_missing_rows(conn: sqlite3.Connection, note: BackupNote, path: Path) -> None:
    for name, count in note.rows.items():
        quoted = name.replace('"', '""')
        (found,) = conn.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608  # a table's name
        if found != count:
            raise StoreError(_damaged(path, f"{name} has {found} rows instead of {count}"))


def _damaged(path: Path, what: str) -> str:
    return f"{path} is damaged ({what}): nothing was changed. Take another backup."
