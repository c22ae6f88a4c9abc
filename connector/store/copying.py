"""Copying every row from one database to another, of whichever kind.

Both have the same schema. Tables are taken as the databases describe them, so that a schema
which this program only knows from its chain of migrations is copied too.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    Table,
    and_,
    bindparam,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)

BATCH = 1000
_OF_THE_DATABASE = ("sqlite_", "search_index", "alembic_version", "backup_note")


def table_names(conn: Connection) -> list[str]:
    """Return the names of the tables that hold what the hub knows."""
    names = inspect(conn).get_table_names()
    return sorted(name for name in names if not name.startswith(_OF_THE_DATABASE))


def counts(conn: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: conn.execute(select(func.count()).select_from(text(f'"{name}"'))).scalar_one()
        for name in table_names(conn)
    }


def copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    """Fill the empty tables of ``target``; return how many rows each got."""
    names = table_names(source)
    there, here = MetaData(), MetaData()
    there.reflect(source, only=names)
    here.reflect(target, only=names)
    copied = {
        table.name: _copy_table(source, target, there.tables[table.name], table)
        for table in here.sorted_tables
    }
    if target.dialect.name == "postgresql":
        _move_sequences_on(target, here)
    return copied


def empty_postgres(conn: Connection) -> None:
    """Delete every row, quickly, within the transaction."""
    quoted = ", ".join(f'"{name}"' for name in table_names(conn))
    conn.execute(text(f"TRUNCATE {quoted}"))


def _copy_table(source: Connection, target: Connection, there: Table, here: Table) -> int:
    columns = [there.c[column.name] for column in here.c if column.name in there.c]
    later = _pointing_at_own_table(here)
    count = 0
    for rows in _batches(source, select(*columns)):
        target.execute(insert(here), [row | dict.fromkeys(later) for row in rows])
        count += len(rows)
    if later:
        _point(source, target, there, here, later)
    return count


def _pointing_at_own_table(table: Table) -> list[str]:
    """Return the columns that may point at a row which is not there yet."""
    return [
        key.parent.name
        for constraint in table.foreign_key_constraints
        for key in constraint.elements
        if constraint.referred_table is table and key.parent.nullable
    ]


def _point(
    source: Connection, target: Connection, there: Table, here: Table, later: list[str]
) -> None:
    keys = [there.c[column.name] for column in here.primary_key]
    found = select(*keys, *(there.c[name] for name in later)).where(
        and_(*(there.c[name].is_not(None) for name in later))
    )
    change = (
        update(here)
        .where(*(here.c[key.name] == bindparam(f"key_{key.name}") for key in keys))
        .values({name: bindparam(f"new_{name}") for name in later})
    )
    for rows in _batches(source, found):
        changes = [
            {f"key_{key.name}": row[key.name] for key in keys}
            | {f"new_{name}": row[name] for name in later}
            for row in rows
        ]
        target.execute(change, changes)


def _batches(source: Connection, query: Any) -> Iterator[list[dict[str, Any]]]:
    with source.execute(query.execution_options(yield_per=BATCH)) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _move_sequences_on(conn: Connection, tables: MetaData) -> None:
    """Let new rows get numbers after those that were copied."""
    for table in tables.sorted_tables:
        sequence = _sequence(conn, table)
        if sequence is not None:
            conn.execute(
                text("SELECT setval(:sequence, greatest(:largest, 1), :used)"),
                _largest(conn, table) | {"sequence": sequence},
            )


def _sequence(conn: Connection, table: Table) -> str | None:
    if "id" not in table.c:
        return None
    found = text("SELECT pg_get_serial_sequence(quote_ident(:name), 'id')")
    name = conn.execute(found, {"name": table.name}).scalar_one()
    return None if name is None else str(name)


def _largest(conn: Connection, table: Table) -> dict[str, object]:
    largest = conn.execute(select(func.max(table.c.id))).scalar()
    return {"largest": largest or 0, "used": largest is not None}
