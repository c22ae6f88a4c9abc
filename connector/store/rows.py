"""Small tools for bulk writing that differ between the two databases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
BATCH = 500
"""How many values one statement asks for; both databases limit bound parameters."""


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
        largest = conn.execute(select(func.max(table.c.id))).scalar() or 0
        return list(range(largest + 1, largest + 1 + count))
    rows = conn.execute(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)"),
        {"name": table.name, "n": count},
    )
    return [int(value) for value in rows.scalars()]


def upsert(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Iterable[str]
) -> None:
    """Insert rows; where one with these keys stands, bring its other columns to the new values."""
    if not rows:
        return
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    index = list(keys)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in index}
    conn.execute(statement.on_conflict_do_update(index_elements=index, set_=changed), list(rows))
