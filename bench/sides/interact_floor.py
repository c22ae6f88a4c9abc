"""The floor of ``interact``: PyMySQL alone reads the same rows and inserts them, nothing else.

They go into plain tables of SQLite without any key or index, as they come. With ``searched``
titles and texts also go into a full-text index, which is the least that makes them findable.

``python -m bench.sides.interact_floor FILE PORT PASSWORD [searched]``
"""

import sqlite3
import sys
from pathlib import Path
from typing import Any

import pymysql

from bench.sides.measure import Figures, measured, tell

TABLES = {
    "spaces": "space_key, module_key, name, short_name, access_level_key",
    "modules": "module_key, type_code, status_key, name, description, added_by_key, date_added",
    "module_space_links": "link_key, module_key, space_key, parent_key, group_key, status_key",
    "space_user_links": "space_key, user_key, access_level_key",
    "group_user_links": "group_key, user_key, access_level_key, date_added",
    "users": "user_key, first_name, last_name, prefered_name, level_key",
    "posts": "post_key, module_key, parent_key, thread_key, added_by_key, user_key, subject, body,"
    " extended_body, date_added, date_published, date_modified, status_key, unauth_name",
    "news": "news_key, space_key, heading, body, date_added, user_key",
    "notices": "notice_key, module_key, heading, body, date_added, user_key",
    "calendar_events": "event_key, module_key, user_key, name, description, event_date,"
    " event_date_finish, date_added",
    "statistics": "space_key, user_key, date_accessed, use_type",
}
SEARCHED = {"posts": (6, 7), "news": (2, 3), "notices": (2, 3), "calendar_events": (3, 4)}
"""Where title and text stand in the rows."""


def main() -> None:
    """Read and insert everything once and tell what it cost."""
    figures = Figures()
    path, port, password = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    kept = sqlite3.connect(path)
    kept.execute("PRAGMA journal_mode = WAL")
    searched = SEARCHED if "searched" in sys.argv[4:] else {}
    kept.execute("CREATE VIRTUAL TABLE found USING fts5(title, body, content='')")
    with measured(figures):
        server = pymysql.connect(
            host="127.0.0.1", port=port, user="reader", password=password, database="interact"
        )
        for table, columns in TABLES.items():
            signs = ", ".join("?" * len(columns.split(",")))
            kept.execute(f"CREATE TABLE {table} ({columns})")
            with server.cursor() as cursor:
                cursor.execute(f"SELECT {columns} FROM interact_{table}")  # noqa: S608 - its own words
                while rows := cursor.fetchmany(1000):
                    insert = f"INSERT INTO {table} VALUES ({signs})"  # noqa: S608 - its own words
                    plain = [tuple(map(_plain, row)) for row in rows]
                    kept.executemany(insert, plain)
                    if table in searched:
                        texts = [tuple(row[at] for at in searched[table]) for row in plain]
                        kept.executemany("INSERT INTO found (title, body) VALUES (?, ?)", texts)
                    kept.commit()
                    figures.entries += len(rows)
        server.close()
    kept.close()
    tell(figures)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


if __name__ == "__main__":
    main()
