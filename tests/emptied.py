"""One PostgreSQL database for many tests, emptied before each; much faster than one each."""

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from connector.store.database import Store, open_database
from connector.store.tables import metadata
from tests.databases import PostgresDatabases

_TABLES = [table.name for table in reversed(metadata.sorted_tables)]

_TRUNCATE = "TRUNCATE " + ", ".join(f'"{name}"' for name in _TABLES)


class EmptiedPostgres:
    """A copy of the migrated template, used again and again.

    Args:
        stays_connected: keep connections from test to test; a restore wants to be alone.
    """

    def __init__(self, address: str, *, stays_connected: bool = True):
        self._address = address
        self._connection: psycopg.Connection | None = None
        self._engine: Engine | None = None
        self._numbers = itertools.count(1)
        with closing(self._connected()) as connection:
            # A test survives no power cut anyway.
            name = make_url(address).database
            connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
            sequences = connection.execute("SELECT sequencename FROM pg_sequences").fetchall()
        if stays_connected:
            self._connection = self._connected()
            self._engine = open_database(address).engine
            self._engine.pool._pre_ping = False  # this server stays where it is
        self._empty = "; ".join(
            [
                # What a test left open may hold a row: it is to blame, and nobody waits for it.
                "SET lock_timeout = '10s'",
                *(f'DELETE FROM "{name}"' for name in _TABLES),
                *(f"SELECT setval('\"{name}\"', 1, false)" for (name,) in sequences),
            ]
        )

    @contextmanager
    def make(self, folder: Path) -> Iterator[str]:
        """Give the address of the database, empty."""
        if self._connection is None:
            with closing(self._connected()) as connection:
                connection.execute(self._empty)
        else:
            self._connection.execute(self._empty)
            if next(self._numbers) % 50 == 0:
                # Deleted rows stay in the files, where no autovacuum comes by.
                self._connection.execute(_TRUNCATE)
        yield self._address

    @contextmanager
    def opened(self, url: str) -> Iterator[Store]:
        """Give a store; that of this database has connections that earlier tests have used.

        To connect, and to write every statement as SQL anew, takes longer than most tests.
        """
        if url != self._address or self._engine is None:
            with closing(open_database(url)) as store:
                yield store
            return
        # An engine of its own over the same connections: who listens to it hears this test alone.
        store = Store(self._engine.execution_options())
        yield store
        if store.engine.pool.checkedout():  # type: ignore[attr-defined]  # a pool that counts
            store.close()

    def close(self) -> None:
        """Leave the database."""
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._address, autocommit=True)


@contextmanager
def one_postgres(
    databases: PostgresDatabases, folder: Path, *, stays_connected: bool = True
) -> Iterator[EmptiedPostgres]:
    """Give the one database; it is dropped afterwards."""
    with (
        databases.make(folder) as address,
        closing(EmptiedPostgres(address, stays_connected=stays_connected)) as emptied,
    ):
        yield emptied
