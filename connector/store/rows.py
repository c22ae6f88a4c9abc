"""Small tools for writing fast, and where the two databases differ.

Building a statement costs more than running it, so what every run needs is built once. Rows
that come by the dozen go to the driver as tuples, without a look at each value's type.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.store.columns import microseconds
from connector.store.prepared import Prepared

T = TypeVar("T")
BATCH = 500
"""How many values one statement asks for; both databases limit bound parameters."""


_MOST_ROWS = 64
_MOST_VALUES = 30_000
"""Both databases take a few more values in one statement."""


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the values in runs of at most BATCH."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def allocate_ids(conn: Connection, table: Table, count: int) -> list[int]:
    """Return ids for new rows, so that rows which point at each other go in together.

    SQLite has one writer, so the next numbers after the largest are free; PostgreSQL's
    sequence is asked.
    """
    if not count:
        return []
    if conn.dialect.name == "sqlite":
        largest = _largest_id(table).value(conn) or 0
        return list(range(largest + 1, largest + 1 + count))
    rows = conn.execute(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)"),
        {"name": table.name, "n": count},
    )
    return [int(value) for value in rows.scalars()]


@lru_cache
def _largest_id(table: Table) -> Prepared:
    return Prepared(select(func.max(table.c.id)))


def kept_time(moment: datetime | None) -> int | None:
    """Return a moment as a row keeps it: ``UtcTime`` for rows that go to the driver."""
    return None if moment is None else microseconds(moment)


def kept_list(values: Sequence[Any]) -> str:
    """Return a list as a JSON column keeps it."""
    return json.dumps(values) if values else "[]"


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with the same columns, their values already as the database keeps them.

    Many in one statement: SQLite's driver gives the interpreter away and waits for it again at
    each step, so that with a step for each row the writer would wait for the other threads.
    """
    done = 0
    while done < len(rows):
        size = _statement_rows(len(rows) - done, len(rows[0]))
        values = [value for row in rows[done : done + size] for value in row.values()]
        statement = _insert(table, tuple(rows[0]), size, conn.dialect.name)
        conn.exec_driver_sql(statement, tuple(values))
        done += size


def _statement_rows(rows: int, columns: int) -> int:
    """Return how many rows the next statement takes: a power of two, so that few are made."""
    most = min(rows, _MOST_VALUES // columns, _MOST_ROWS)
    return 1 << (most.bit_length() - 1)


@lru_cache(maxsize=64)
def _insert(table: Table, names: tuple[str, ...], rows: int, dialect: str) -> str:
    mark = "?" if dialect == "sqlite" else "%s"
    columns = ", ".join(f'"{table.c[name].name}"' for name in names)
    values = ", ".join([f"({', '.join([mark] * len(names))})"] * rows)
    return f'INSERT INTO "{table.name}" ({columns}) VALUES {values}'  # noqa: S608 - our own names


def update_row(conn: Connection, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    """Give one row these values."""
    _update(table, tuple(values)).run(conn, row_id=row_id, **values)


@lru_cache(maxsize=64)
def _update(table: Table, names: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return Prepared(update(table).where(table.c.id == bindparam("row_id")).values(values))


def upsert(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Iterable[str]
) -> None:
    """Insert rows; where one with these keys stands, bring its other columns to the new values."""
    if not rows:
        return
    conn.execute(_upsert(table, tuple(rows[0]), tuple(keys), conn.dialect.name), list(rows))


@lru_cache
def _upsert(
    table: Table, names: tuple[str, ...], keys: tuple[str, ...], dialect: str
) -> postgresql.Insert | sqlite.Insert:
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)
