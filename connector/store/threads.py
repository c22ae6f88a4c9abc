"""What answers what: the kept item that a reply hangs under."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, update

from connector.fetched import Fetched
from connector.model import Kind
from connector.store.prepared import Prepared, among
from connector.store.rows import batches
from connector.store.tables import item, origin

Placed = tuple[Fetched, int]
"""A record that is kept already, and its item."""


def _by_link(dialect: str) -> Select[Any]:
    return (
        select(origin.c.item_id, origin.c.link_key)
        .where(
            origin.c.source_id == bindparam("of_source"),
            among(origin.c.link_key, "keys", dialect),
            origin.c.kind != Kind.COMMENT,
        )
        .order_by(origin.c.id)  # of several the newest
    )


def _by_id(dialect: str) -> Select[Any]:
    return (
        select(origin.c.item_id, origin.c.external_id)
        .where(
            origin.c.source_id == bindparam("of_source"),
            among(origin.c.external_id, "ids", dialect),
        )
        .order_by(origin.c.id)
    )


_BY_LINK, _BY_ID = Prepared(_by_link), Prepared(_by_id)


def parents(conn: Connection, source_id: int, fetched: Sequence[Fetched]) -> dict[int, int]:
    """Return the kept items that these replies answer, by reply key."""
    found: dict[int, int] = {}
    links = {one.reply_link_key for one in fetched if one.reply_link_key is not None}
    for keys in batches(sorted(links)):
        rows = _BY_LINK.rows(conn, of_source=source_id, keys=keys)
        found |= {row.link_key: row.item_id for row in rows}
    ids = {
        one.record.in_reply_to: one.reply_key
        for one in fetched
        if one.reply_link_key is None and one.record.in_reply_to and one.reply_key is not None
    }
    for some in batches(sorted(ids)):
        rows = _BY_ID.rows(conn, of_source=source_id, ids=some)
        found |= {ids[row.external_id]: row.item_id for row in rows}
    return found


def hang_elsewhere(conn: Connection, source_id: int, known: Sequence[Placed]) -> set[int]:
    """Follow a place that put replies under another post; return the items that moved.

    What is at several places keeps its parent: one of them does not speak for the others.
    """
    found = parents(conn, source_id, [fetched for fetched, _ in known])
    wanted: dict[int, int | None] = {}
    for fetched, item_id in known:
        key = fetched.reply_key
        if key is None or key in found:
            wanted[item_id] = None if key is None else found[key]
    wanted |= _left_behind(conn, source_id, known)
    moved = {
        row.id: wanted[row.id]
        for ids in batches(sorted(wanted))
        for row in conn.execute(_ALONE.where(item.c.id.in_(ids)))
        if row.parent_id != wanted[row.id] and row.id != wanted[row.id]
    }
    if moved:
        conn.execute(
            update(item).where(item.c.id == bindparam("child")).values(parent_id=bindparam("up")),
            [{"child": child, "up": parent} for child, parent in moved.items()],
        )
    return set(moved)


_ALONE = (
    select(item.c.id, item.c.parent_id)
    .join(origin, origin.c.item_id == item.c.id)
    .group_by(item.c.id, item.c.parent_id)
    .having(func.count() == 1)
)


def _left_behind(conn: Connection, source_id: int, known: Sequence[Placed]) -> dict[int, int]:
    """Return replies to these posts that still hang elsewhere: they were read before them."""
    posts = {
        fetched.incoming.link_key: item_id
        for fetched, item_id in known
        if fetched.reply_key is None and fetched.incoming.link_key is not None
    }
    found: dict[int, int] = {}
    for keys in batches(sorted(posts)):
        rows = conn.execute(
            select(origin.c.item_id, origin.c.reply_key)
            .join(item, item.c.id == origin.c.item_id)
            .where(
                origin.c.source_id == source_id,
                origin.c.reply_key.in_(keys),
                or_(item.c.parent_id.is_(None), item.c.parent_id.not_in(posts.values())),
            )
        )
        found |= {row.item_id: posts[row.reply_key] for row in rows}
    return found
