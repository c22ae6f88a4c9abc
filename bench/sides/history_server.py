"""The same long history on a PostgreSQL server: built once by COPY, kept, and worked on in copies.

The kept database is named after the schema's revision, the edition of the rows and their count;
whoever wants it gone drops it. Nothing else on the server is touched.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.sides.history_rows import COLUMNS, EDITION, Row, around, batches
from connector.store import migrate as migrating
from connector.store.database import open_database

PREFIX = "clusterhub_growth"
SETTINGS = (
    "server_version",
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "random_page_cost",
    "jit",
    "autovacuum",
)
"""What figures depend on."""

Connection = psycopg.Connection[Row]
_NUMBERS = count()


def kept_name(items: int) -> str:
    """Return the name of the database that is kept."""
    return f"{PREFIX}_{migrating.newest_revision()}_{EDITION}_{items}"


def build_once(server: str, items: int) -> float:
    """Keep a database of so many items; return the seconds that building it took (now or once)."""
    name = kept_name(items)
    with _connected(server) as connection:
        if not _exists(connection, name):
            _build(connection, server, items)
        query = f"SELECT shobj_description(oid, 'pg_database') {_of_database(name)}"
        return float(_value(connection, query).split()[0])


@contextmanager
def server_copy(server: str, items: int) -> Iterator[str]:
    """Give the address of a copy, which is dropped in the end."""
    build_once(server, items)
    name = f"{PREFIX}_copy_{os.getpid()}_{next(_NUMBERS)}"
    try:
        with _connected(server) as connection:
            # By default PostgreSQL 15 and newer write all of a copy into the log as well.
            how = "STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
            _do(connection, f"CREATE DATABASE {name} TEMPLATE {kept_name(items)} {how}")
        yield _address(server, name)
    finally:
        with _connected(server) as connection:
            _do(connection, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def server_facts(server: str, items: int) -> dict[str, object]:
    """Return how the server is set, and how large the kept database is."""
    with _connected(server) as connection:
        told = {name: _value(connection, f"SHOW {name}") for name in SETTINGS}
        size = _value(connection, f"SELECT pg_database_size(oid) {_of_database(kept_name(items))}")
    return told | {"database_gigabytes": round(size / 1e9, 1)}


def _connected(address: str) -> Connection:
    return psycopg.connect(address, autocommit=True)


def _do(connection: Connection, statement: str) -> psycopg.Cursor[Row]:
    # Bytes, since all that is put into statements here are names of our own.
    return connection.execute(statement.encode())


def _value(connection: Connection, query: str) -> Any:
    (found,) = _do(connection, query).fetchall()
    return found[0]


def _of_database(name: str) -> str:
    return f"FROM pg_database WHERE datname = '{name}'"


def _exists(connection: Connection, name: str) -> bool:
    return bool(_value(connection, f"SELECT count(*) {_of_database(name)}"))


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _build(connection: Connection, server: str, items: int) -> None:
    """Build under another name first: what has the name is whole."""
    begun, name = time.perf_counter(), f"{kept_name(items)}_unfinished"
    # Without force: another benchmark that is just building it is not disturbed.
    _do(connection, f"DROP DATABASE IF EXISTS {name}")
    _do(connection, f"CREATE DATABASE {name} TEMPLATE template0")
    store = open_database(_address(server, name))
    migrating.migrate(store, datetime.now(UTC))
    store.close()
    with _connected(_address(server, name)) as inside:
        _do(inside, "SET maintenance_work_mem = '512MB'")
        with inside.transaction(), _constrained_afterwards(inside):
            _fill(inside, items)
        # As autovacuum leaves it: statistics, and pages that need no second look.
        _do(inside, "VACUUM (ANALYZE)")
    seconds = f"{time.perf_counter() - begun:.1f} s to build"
    comment = f"{seconds}; kept by ./run bench growth, which builds it anew when it is gone"
    _do(connection, f"COMMENT ON DATABASE {name} IS '{comment}'")
    _do(connection, f"ALTER DATABASE {name} RENAME TO {kept_name(items)}")


def _fill(connection: Connection, items: int) -> None:
    fixed = around()
    for table, (columns, rows) in fixed.items():
        _copy_in(connection, table, columns, rows)
    for batch in batches(items):
        for table, rows in batch.items():
            _copy_in(connection, table, COLUMNS[table], rows)
    filled = {table: columns for table, (columns, _) in fixed.items()} | COLUMNS
    for table, columns in filled.items():
        if "id" in columns.split():
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            _do(connection, f"SELECT setval({sequence}, max(id)) FROM {table}")  # noqa: S608


def _copy_in(connection: Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    statement = f"COPY {table} ({', '.join(columns.split())}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)


_CONSTRAINTS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'p', 'u')
ORDER BY contype <> 'f', conname
"""
_INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indexrelid
"""


@contextmanager
def _constrained_afterwards(connection: Connection) -> Iterator[None]:
    """Take constraints and indexes away for a while; all rows are checked in the end.

    Foreign keys go first and come back last: they stand on the unique ones.
    """
    made = [*_do(connection, _CONSTRAINTS), *_do(connection, _INDEXES)]
    for drop, _ in made:
        _do(connection, drop)
    yield
    for _, add in reversed(made):
        _do(connection, add)
