"""One PostgreSQL database for many tests, emptied before each; much faster than one each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from connector.store.tables import metadata
from tests.databases import PostgresDatabases

_TABLES = [table.name for table in reversed(metadata.sorted_tables)]
_EMPTY = "; ".join(
    [
        *(f'DELETE FROM "{name}"' for name in _TABLES),
        "SELECT setval(pg_get_serial_sequence(quote_ident(table_name), 'id'), 1, false) "
        "FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' "
        # Only of such a column may it be asked, in whatever order the planner asks.
        "AND CASE WHEN column_name = 'id' "
        "THEN pg_get_serial_sequence(quote_ident(table_name), 'id') END IS NOT NULL",
    ]
)


class EmptiedPostgres:
    """A copy of the migrated template, used again and again."""

    def __init__(self, address: str):
        self._address = address
        parts = make_url(address)
        with self._connected() as connection:
            # A test survives no power cut anyway.
            connection.execute(f'ALTER DATABASE "{parts.database}" SET synchronous_commit = off')

    @contextmanager
    def make(self, folder: Path) -> Iterator[str]:
        """Give the address of the database, empty."""
        with self._connected() as connection:
            connection.execute(_EMPTY)
        yield self._address

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._address)


@contextmanager
def one_postgres(databases: PostgresDatabases, folder: Path) -> Iterator[EmptiedPostgres]:
    """Give the one database; it is dropped afterwards."""
    with databases.make(folder) as address:
        yield EmptiedPostgres(address)
