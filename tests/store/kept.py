"""Everything that matters in a database, in an order and with names that runs have in common.

Numbers of rows are replaced by what they stand for, so that two databases with the same
content give the same dump whatever order it came in.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row, Table, select, text

from connector.store import tables as t
from connector.store.database import Store

Dump = dict[str, list[tuple[Any, ...]]]

COLUMNS_BEFORE = 8
"""What an origin's row holds before these."""
OF_AN_ORIGIN = (
    "is_live is_listed on_front owns_link is_news held kind link_key reply_key text_hash "
    "meta_hash published updated first_seen retired retired_reason absences suspect url title "
    "excerpt tags enclosures in_reply_to start end location object"
).split()


class _Names:
    """What the numbers stand for."""

    def __init__(self, conn: Connection):
        self.source = {row.id: row.key for row in conn.execute(select(t.source))}
        self.stream = {row.id: row.key for row in conn.execute(select(t.stream))}
        self.school = {row.id: row.name for row in conn.execute(select(t.school))} | {None: None}
        self.identity = {
            row.id: (self.source[row.source_id], row.external_id)
            for row in conn.execute(select(t.identity))
        } | {None: None}
        self.audience = {row.id: self._audience(row) for row in conn.execute(select(t.audience))}
        self.audience[None] = None
        self.origin: dict[Any, Any] = {}
        items: dict[Any, list[Any]] = defaultdict(list)
        for row in conn.execute(select(t.origin)):
            self.origin[row.id] = (self.source[row.source_id], row.external_id, row.generation)
            items[row.item_id].append(self.origin[row.id])
        self.item: dict[Any, Any] = {key: tuple(sorted(names)) for key, names in items.items()}
        self.item[None] = None

    def _audience(self, row: Row[Any]) -> tuple[Any, ...]:
        if row.kind == "stream":
            return (row.kind, self.stream[int(row.key)])
        if row.kind == "person" and not row.key.startswith("gone:"):
            return (row.kind, self.identity[int(row.key)])
        return (row.kind, row.key)

    def tokens(self, words: str) -> tuple[Any, ...]:
        return tuple(
            str(self.audience[int(one[1:])]) if one[0] == "a" else one for one in words.split()
        )


def _all(conn: Connection, table: Table) -> list[Row[Any]]:
    return list(conn.execute(select(table)).all())


def dump(store: Store) -> Dump:
    """Return all that people or later runs could notice, without the bookkeeping of runs."""
    with store.read() as conn:
        names = _Names(conn)
        found = {
            "item": [
                (names.item[row.id], row.first_seen, names.item[row.parent_id])
                for row in _all(conn, t.item)
            ],
            "origin": [_origin(names, row) for row in _all(conn, t.origin)],
            "origin_text": [
                (names.origin[row.origin_id], row.html) for row in _all(conn, t.origin_text)
            ],
            "revision": [
                (names.origin[row.origin_id], row.replaced, row.title, row.html)
                for row in _all(conn, t.revision)
            ],
            "search_entry": [
                (names.origin[row.origin_id], names.tokens(row.tokens), row.folded)
                for row in _all(conn, t.search_entry)
            ],
        } | _around(conn, names)
        _check_index(conn)
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def _origin(names: _Names, row: Row[Any]) -> tuple[Any, ...]:
    return (
        names.origin[row.id],
        names.item[row.item_id],
        names.stream[row.stream_id],
        names.audience[row.audience_id],
        names.audience[row.platform_audience_id],
        names.identity[row.identity_id],
        names.school[row.school_id],
        row.sort_key >> 20,
        *(str(getattr(row, name)) for name in OF_AN_ORIGIN),
    )


def _around(conn: Connection, names: _Names) -> Dump:
    return {
        "outcome": [
            (names.source[row.source_id], row.external_id, row.link_key, row.what, row.reason)
            for row in _all(conn, t.outcome)
        ],
        "merge": [
            (names.item[row.item_id], names.origin[row.origin_id], row.reason, row.undone)
            for row in _all(conn, t.merge)
        ],
        "identity": [
            (names.identity[row.id], row.name, row.role, names.school[row.school_id])
            for row in _all(conn, t.identity)
        ],
        "membership": [
            (names.audience[row.audience_id], names.identity[row.identity_id])
            for row in _all(conn, t.membership)
        ],
        "tally": [
            (names.stream[row.stream_id], row.subject, row.name, row.day, row.value)
            for row in _all(conn, t.tally)
        ],
        "stream": [
            (row.key, row.title, row.cursor, row.parser, row.shape, row.baseline_done)
            for row in _all(conn, t.stream)
        ],
        **{table.name: _without_numbers(conn, table) for table in OF_ANNOUNCEMENTS},
        "tombstone": [
            (names.source[row.source_id], row.id_digest, row.link_digest)
            for row in _all(conn, t.tombstone)
        ],
    }


OF_ANNOUNCEMENTS = (
    t.outbox_tables.destination,
    t.outbox_tables.announcement,
    t.outbox_tables.announcement_event,
    t.outbox_tables.wording,
    t.outbox_tables.delivery,
    t.outbox_tables.receipt,
    t.outbox_tables.mailing,
    t.outbox_tables.mail_stop,
)
_OF_SENDERS = ("fence", "lease_start", "lease_end")


def _without_numbers(conn: Connection, table: Table) -> list[tuple[Any, ...]]:
    """Return rows without what is a number of a row, or says who sends."""
    kept = [
        one
        for one in table.c
        if one.name != "id" and not one.name.endswith("_id") and one.name not in _OF_SENDERS
    ]
    return [
        tuple(repr(getattr(row, one.name)) for one in kept) for row in conn.execute(select(table))
    ]


def _check_index(conn: Connection) -> None:
    """On SQLite the full-text index is a table of its own: it must say what the rows say."""
    if conn.dialect.name == "sqlite":
        conn.execute(
            text("INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")
        )


def without_merges(found: Dump) -> Dump:
    """Leave out what a merge and its undoing leave behind on purpose."""
    kept = {name: rows for name, rows in found.items() if name not in ("merge", "outcome")}
    return kept
