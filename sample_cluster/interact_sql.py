"""Writes an invented Interact as SQL: to fill a real MariaDB, or as a dump.

The tables are a subset of Interact 2.4's, written after a description of them, with columns
that nobody may read among them. News and notices are stored as older sites did: UTF-8 bytes in
columns that are called latin1.
"""

from collections.abc import Iterator

from sample_cluster.interact_site import MACRON_CUT, InteractSite, Row

_LATIN1 = ("news", "notices")
_ROWS_AT_ONCE = 200

_KEY, _WHEN = "int NOT NULL DEFAULT 0", "datetime NOT NULL DEFAULT '0000-00-00 00:00:00'"
_NAME, _BODY = "varchar(255) NOT NULL DEFAULT ''", "text"

SCHEMA: dict[str, tuple[tuple[str, str], ...]] = {
    "version": (("version", _KEY), ("release_name", _NAME)),
    "users": (
        ("user_key", "int NOT NULL PRIMARY KEY"),
        ("username", _NAME),
        ("password", _NAME),
        ("first_name", _NAME),
        ("last_name", _NAME),
        ("prefered_name", _NAME),
        ("email", _NAME),
        ("level_key", _KEY),
        ("date_added", _WHEN),
    ),
    "spaces": (
        ("space_key", "int NOT NULL PRIMARY KEY"),
        ("module_key", _KEY),
        ("short_name", _NAME),
        ("name", _NAME),
        ("description", _BODY),
        ("access_code", _NAME),
        ("access_level_key", _KEY),
    ),
    "modules": (
        ("module_key", "int NOT NULL PRIMARY KEY"),
        ("type_code", _NAME),
        ("status_key", _KEY),
        ("name", _NAME),
        ("description", _BODY),
        ("added_by_key", _KEY),
        ("owner_key", _KEY),
        ("date_added", _WHEN),
        ("modified_by_key", _KEY),
        ("date_modified", _WHEN),
    ),
    "module_space_links": (
        ("link_key", "int NOT NULL PRIMARY KEY"),
        ("module_key", _KEY),
        ("space_key", _KEY),
        ("parent_key", _KEY),
        ("group_key", _KEY),
        ("status_key", _KEY),
        ("access_level_key", _KEY),
    ),
    "space_user_links": (
        ("space_key", _KEY),
        ("user_key", _KEY),
        ("access_level_key", _KEY),
        ("date_added", _WHEN),
    ),
    "group_settings": (
        ("module_key", _KEY),
        ("access_key", _KEY),
        ("maximum_users", _KEY),
        ("minimum_users", _KEY),
        ("start_date", _WHEN),
        ("finish_date", _WHEN),
        ("access_code", _NAME),
    ),
    "group_user_links": (
        ("group_key", _KEY),
        ("user_key", _KEY),
        ("access_level_key", _KEY),
        ("date_added", _WHEN),
    ),
    "journal_settings": (("module_key", _KEY), ("options", _KEY)),
    "posts": (
        ("post_key", "int NOT NULL PRIMARY KEY"),
        ("module_key", "int NOT NULL DEFAULT 0, KEY of_module (module_key)"),
        ("parent_key", _KEY),
        ("thread_key", _KEY),
        ("added_by_key", _KEY),
        ("user_key", _KEY),
        ("subject", _NAME),
        ("body", _BODY),
        ("extended_body", _BODY),
        ("date_added", _WHEN),
        ("date_published", _WHEN),
        ("date_modified", _WHEN),
        ("status_key", _KEY),
        ("unauth_name", _NAME),
    ),
    "news": (
        ("news_key", "int NOT NULL PRIMARY KEY"),
        ("space_key", _KEY),
        ("heading", _NAME),
        ("body", _BODY),
        ("date_added", _WHEN),
        ("remove_date", _WHEN),
        ("user_key", _KEY),
    ),
    "notices": (
        ("notice_key", "int NOT NULL PRIMARY KEY"),
        ("module_key", _KEY),
        ("heading", _NAME),
        ("body", _BODY),
        ("date_added", _WHEN),
        ("remove_date", _WHEN),
        ("user_key", _KEY),
    ),
    "calendar_events": (
        ("event_key", "int NOT NULL PRIMARY KEY"),
        ("module_key", _KEY),
        ("user_key", _KEY),
        ("name", _NAME),
        ("description", _BODY),
        ("event_date", _WHEN),
        ("event_date_finish", _WHEN),
        ("date_added", _WHEN),
        ("link", _NAME),
    ),
    "statistics": (
        ("space_key", _KEY),
        ("module_key", _KEY),
        ("user_key", _KEY),
        ("date_accessed", _WHEN),
        ("use_type", _NAME),
        ("location", _NAME),
    ),
    "server_settings": (("secret_hash", _NAME),),
    "sessions": (("session_id", _NAME),),
}
"""Table -> its columns with their types, in the order of the rows."""


def sql(site: InteractSite, prefix: str = "interact_") -> Iterator[bytes]:
    """Yield statements that make the site's tables anew and fill them."""
    yield b"-- An invented community\n/*!40101 SET NAMES utf8mb4 */;\nSET sql_mode = '';\n"
    for table in SCHEMA:
        yield _created(prefix, table)
        if table in _LATIN1:
            yield b"SET NAMES latin1;\n"
        yield from _inserted(prefix, table, site.rows[table])
        if table in _LATIN1:
            yield b"SET NAMES utf8mb4;\n"


def _created(prefix: str, table: str) -> bytes:
    charset = "latin1" if table in _LATIN1 else "utf8mb4"
    columns = ",\n".join(f"  `{name}` {kind}" for name, kind in SCHEMA[table])
    return (
        f"DROP TABLE IF EXISTS `{prefix}{table}`;\nCREATE TABLE `{prefix}{table}` (\n{columns}\n) "
        f"ENGINE=MyISAM DEFAULT CHARSET={charset};\n"
    ).encode()


def _inserted(prefix: str, table: str, rows: list[Row]) -> Iterator[bytes]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        values = b",\n".join(b"(" + b",".join(map(_written, row)) + b")" for row in part)
        yield f"INSERT INTO `{prefix}{table}` VALUES\n".encode() + values + b";\n"


def _written(value: object) -> bytes:
    if value is None:
        return b"NULL"
    if isinstance(value, int):
        return str(value).encode()
    text = str(value).encode()
    if value == MACRON_CUT:
        # The column counted bytes, and of the next letter only the first was left.
        text += "ō".encode()[:1]
    for sign, escaped in ((b"\\", b"\\\\"), (b"'", b"\\'"), (b"\n", b"\\n"), (b"\r", b"\\r")):
        text = text.replace(sign, escaped)
    return b"'" + text + b"'"
