"""What the hub's tables alone cost: the rows of a finished hub, inserted once more.

Nothing is asked, parsed, cleaned, compared or decided; the rows go in as the engine writes
them. A first sync costs at least this, beside whatever the reading itself costs.

``python -m bench.sides.rows_alone FOLDER ITEMS``: a folder with a finished hub, and how many
items one transaction holds.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.sides.measure import Figures, measured, tell
from connector.store.database import open_database, sqlite_url
from connector.store.migrate import migrate
from connector.store.rows import insert_rows
from connector.store.schema import metadata
from connector.store.tables import item, origin, origin_text, search_entry

MEASURED = (item, origin, origin_text, search_entry)
Rows = Sequence[Mapping[str, Any]]


def rows_of(hub: sqlite3.Connection, table: str) -> Rows:
    """Return all rows as the database keeps them."""
    found = hub.execute(f'SELECT * FROM "{table}" ORDER BY rowid')  # noqa: S608 - our own names
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def main() -> None:
    """Insert everything again and tell what it cost."""
    (path,), items = Path(sys.argv[1]).rglob("hub.db"), int(sys.argv[2])
    with closing(sqlite3.connect(path)) as hub:
        others = [table for table in metadata.sorted_tables if table not in MEASURED]
        before = {table: rows_of(hub, table.name) for table in others}
        pages = {table: rows_of(hub, table.name) for table in MEASURED[:3]}
        by_origin = {row["origin_id"]: row for row in rows_of(hub, "search_entry")}
    figures = Figures()
    with tempfile.TemporaryDirectory() as empty:
        store = open_database(sqlite_url(Path(empty) / "hub.db"))
        migrate(store, datetime.now(UTC))
        with store.write() as conn:
            for table, rows in before.items():
                insert_rows(conn, table, rows)
        with measured(figures):
            for start in range(0, len(pages[origin]), items):
                part = {table: rows[start : start + items] for table, rows in pages.items()}
                found = [by_origin[row["id"]] for row in part[origin] if row["id"] in by_origin]
                with store.write() as conn:
                    for table, rows in part.items():
                        insert_rows(conn, table, rows)
                    # By rising keys, as the engine gives them to the index.
                    insert_rows(conn, search_entry, sorted(found, key=lambda row: row["sort_key"]))
                figures.entries += len(part[item])
        store.close()
    tell(figures)


if __name__ == "__main__":
    main()
