"""Opening the database and its transactions; how SQLite and PostgreSQL differ is known here.

SQLite: WAL, ``BEGIN IMMEDIATE`` for writes, writers of one process queue at one lock since
SQLite's own busy wait is unfair. PostgreSQL: one advisory lock per cluster inside the
transaction, READ COMMITTED.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from connector.errors import ConfigError
from connector.store.database_errors import BUSY_TIMEOUT_MS, as_store_error, store_error
from connector.store.prepared import run_plainly
from connector.turns import giving_way

__all__ = ["Connection", "Store", "open_database", "sqlite_url"]

WAL_WAIT_MS = 50
_ADVISORY_CLASS = 0x436C7562  # "Club", so that other users of the server do not collide


_CHECKPOINT_BYTES = 16 << 20
_LAST_CHECKPOINT_PAGES = 16_000
"""64 MB: where a writer does it itself, since nobody else came to it."""


class _Wal:
    """What SQLite has written beside the database file, and brings into it from time to time.

    That waits for the disk, so a thread of its own does it: no writer waits, and those who
    wait for the writer do not either.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._thread: threading.Thread | None = None
        self._begun_at = 0

    def work_off(self) -> None:
        """Begin, where much has come together; return at once."""
        if self._thread is not None and self._thread.is_alive():
            return  # two writers may pass here at once: then two threads do the same
        try:
            size = os.stat(f"{self._path}-wal").st_size
        except OSError:
            return  # a database in memory, or one that was just closed
        if size < self._begun_at:
            self._begun_at = 0  # a writer has begun the file anew
        if size - self._begun_at > _CHECKPOINT_BYTES:
            self._begun_at = size
            thread = threading.Thread(target=self._checkpoint, name="checkpoint")
            with suppress(RuntimeError):  # no thread to be had: a later writer comes to it
                thread.start()
                self._thread = thread

    def _checkpoint(self) -> None:
        # What fails here fails again where a writer does it, and is told there.
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._path or "")) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def wait(self) -> None:
        """Wait for the thread, if one is at work."""
        if self._thread is not None:
            self._thread.join()


class Store:
    """One database. Thread-safe; connections are pooled."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self._writer = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._wal = _Wal(engine.url.database) if engine.dialect.name == "sqlite" else None
        self._writing: Connection | None = None
        """Kept open between transactions: to take it anew costs more than a small one does."""
        self._idle: list[Connection] = []
        """The same for reading; who reads takes one, or makes another."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state. Raises StoreError."""
        if self.is_sqlite:
            with self._reading() as connection:
                yield connection
            return
        with as_store_error(self.engine), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, cluster_id: int = 0, *, durable: bool = False) -> Iterator[Connection]:
        """Give the only writing transaction of this cluster; all or nothing is kept.

        Args:
            cluster_id: whose writers take turns, on PostgreSQL.
            durable: it is on the disk when this returns; otherwise a power cut may take the
                newest transactions, each of them whole.

        Raises StoreError: nothing was written.
        """
        if self._writer is not None:
            with self._alone(durable) as connection:
                yield connection
            return
        with as_store_error(self.engine), self.engine.begin() as connection:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:family, :cluster)"),
                {"family": _ADVISORY_CLASS, "cluster": cluster_id},
            )
            if durable:
                connection.execute(text("SET LOCAL synchronous_commit = on"))
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a transaction of a file that only reads."""
        connection = None
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self.engine.connect()
            with connection.begin():
                yield connection
        except BaseException as error:
            if connection is not None:
                self._idle.append(connection)
            self._close_idle()
            if isinstance(error, DBAPIError):
                raise store_error(self.engine, error) from error
            raise
        self._idle.append(connection)

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    @contextmanager
    def _alone(self, durable: bool) -> Iterator[Connection]:
        """Give the writing transaction of a file; this process has one at a time."""
        assert self._writer is not None
        assert self._wal is not None
        is_free = self._writer.acquire(blocking=False)
        # Whoever had to wait works beside the others until the end, and so for nobody's turn.
        with nullcontext() if is_free else giving_way():
            if not is_free:
                self._writer.acquire()
            try:
                with self._writing_on(durable) as connection:
                    yield connection
            finally:
                self._writer.release()
        self._wal.work_off()

    @contextmanager
    def _writing_on(self, durable: bool) -> Iterator[Connection]:
        try:
            if self._writing is None:
                self._writing = self.engine.connect().execution_options(clusterhub_write=True)
            if durable:
                _wait_for_disk(self._writing, "FULL")
            with self._writing.begin():
                yield self._writing
            if durable:
                _wait_for_disk(self._writing, "NORMAL")
        except BaseException as error:
            # Whatever went wrong with it, the next transaction begins on another.
            self._leave_off()
            if isinstance(error, DBAPIError):
                self._close_idle()
                raise store_error(self.engine, error) from error
            raise

    def _leave_off(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def run_alone(self, statement: str) -> list[tuple[Any, ...]]:
        """Run what may stand in no transaction, waiting for nobody; return its rows.

        Raises StoreError.
        """
        if self._writer is None:
            with as_store_error(self.engine), self.engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                result = connection.exec_driver_sql(statement)
                return [tuple(row) for row in result] if result.returns_rows else []
        with self._writer, as_store_error(self.engine), self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA busy_timeout=0")
            try:
                return driver.execute(statement).fetchall()
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def close(self) -> None:
        """Give all connections back."""
        if self._wal is not None:
            self._wal.wait()
        if self._writer is not None:
            with self._writer:
                self._leave_off()
        self._close_idle()
        self.engine.dispose()


def _wait_for_disk(connection: Connection, how: str) -> None:
    """Say when a commit of this connection is over; SQLite takes it between transactions only."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(f"PRAGMA synchronous={how}")


def open_database(url: str) -> Store:
    """Return the store behind a database address; raises ConfigError for a wrong one."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "database_url is not a database address: write sqlite:///path/to/hub.db "
            "or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return Store(_sqlite_engine(url))
    if parsed.get_backend_name() == "postgresql":
        return Store(_postgres_engine(url))
    raise ConfigError(
        f"database_url names {parsed.get_backend_name()}: accepted are sqlite and postgresql"
    )


def sqlite_url(path: Path) -> str:
    """Return the address of an SQLite file."""
    return f"sqlite:///{path}"


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url, connect_args={"check_same_thread": False}, pool_size=20, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        try:
            _set_up(connection)
        except sqlite3.Error:
            # Left open it would lend its read-only files to those that come after it.
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("clusterhub_write")
        # By the driver itself: SQLAlchemy would look at it for longer than it takes.
        run_plainly(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _set_up(connection: sqlite3.Connection) -> None:
    # The driver must not open transactions by itself: "begin" does.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what leaves the hub leaves the file
        "temp_store=MEMORY",
        f"wal_autocheckpoint={_LAST_CHECKPOINT_PAGES}",
        "journal_size_limit=1000000",  # begun anew, the file beside becomes small again
    ):
        connection.execute(f"PRAGMA {pragma}")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Let readers and the writer work side by side.

    SQLite does not wait by itself where two programs make the same file anew and both ask.
    """
    for _ in range(BUSY_TIMEOUT_MS // WAL_WAIT_MS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(WAL_WAIT_MS / 1000)
    connection.execute("PRAGMA journal_mode=WAL")


def _postgres_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return create_engine(parsed, pool_size=20, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "database_url names postgresql, but its driver is not installed: "
            "install clusterhub[postgres]"
        ) from error
