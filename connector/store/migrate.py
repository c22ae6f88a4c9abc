"""Bringing a database to this program's schema, with a copy put aside first.

The chain of Alembic revisions is the only thing that creates or changes tables. Whether one
is due is seen without Alembic, which would take longer to load than all else that a start does.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from connector.errors import StoreError
from connector.store.database import Store
from connector.store.database_errors import as_store_error

_LOCK = 0x4D696772  # "Migr": one migrator at a time on a PostgreSQL server


_CHAIN = Path(__file__).parent / "migrations"


def revisions() -> list[str]:
    """Return the revisions that this program knows, in their order: each file is named by its own.

    ``v0005_announcements.py`` is 0005 and follows 0004.
    """
    return sorted(path.name[1:5] for path in (_CHAIN / "versions").glob("v[0-9]*.py"))


def newest_revision() -> str:
    """Return the revision that this program expects."""
    return revisions()[-1]


def current_revision(store: Store) -> str | None:
    """Return the revision of a database; None when it is empty."""
    with as_store_error(store.engine), store.engine.connect() as connection:
        return _revision_of(connection)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate(store: Store, now: datetime, *, keeps_copy: bool = True) -> None:
    """Bring the database to the newest revision. Raises StoreError and changes nothing.

    An SQLite file that holds data is copied beside itself first (``hub.db.before-0002``);
    on PostgreSQL the copy is the operator's, as ``docs/reference/store.md`` says.
    """
    current = current_revision(store)
    if current == newest_revision():
        return
    refuse_newer(current)
    with as_store_error(store.engine), store.engine.connect() as connection:
        if store.is_sqlite:
            _migrate_sqlite(connection, keeps_copy)
        else:
            _migrate_postgres(connection)


def make_schema(store: Store, revision: str) -> None:
    """Make the tables of a revision in an empty database."""
    with as_store_error(store.engine), store.engine.connect() as connection:
        connection = connection.execution_options(clusterhub_write=True)
        with connection.begin():
            _run_chain(connection, revision)


def refuse_newer(current: str | None) -> None:
    """Raise StoreError for a revision that this program does not know."""
    if current is not None and current not in revisions():
        raise StoreError(
            f"The database was made by a newer Cluster Hub (schema {current}): "
            "install that version, or restore a backup made by this one."
        )


def _migrate_sqlite(connection: Connection, keeps_copy: bool) -> None:
    with _without_foreign_keys(connection):
        connection = connection.execution_options(clusterhub_write=True)
        with connection.begin():
            if keeps_copy:
                _copy_aside(connection)
            _run_chain(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreError(
                    f"The update would leave {len(broken)} rows that point nowhere, "
                    "so nothing was changed: please report this."
                )


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Let tables be rebuilt: SQLite would otherwise delete what points at the former one.

    Inside a transaction SQLite ignores this setting, so the driver is spoken to directly.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _migrate_postgres(connection: Connection) -> None:
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _run_chain(connection)


def _run_chain(connection: Connection, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_CHAIN))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _copy_aside(connection: Connection) -> None:
    """Copy the file as it is before the update.

    Called with the right to write already held: another program that updates the same file
    has either not begun or is through, and then there is nothing left to copy.
    """
    current, newest = _revision_of(connection), newest_revision()
    path = connection.engine.url.database
    if current in (None, newest) or not path or path == ":memory:":
        return
    unfinished = f"{path}.copying"
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(unfinished)) as copy:
        live.backup(copy)
    os.replace(unfinished, f"{path}.before-{newest}")
