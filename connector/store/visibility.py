"""Keeping what people may see equal to what the origins say.

``settle`` is called in the transaction that changes an origin's audience, life, holding or
item: it recomputes who sees the origins of these items and of the replies under them, what
is listed, and the rows of the search index.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from connector.audience import FACILITATORS, PUBLIC, AudienceRef, effective, narrower
from connector.fetched import search_text
from connector.html import plain_text
from connector.model import AudienceKind, Kind
from connector.store.audiences import audience_ids, refs_of
from connector.store.prepared import Prepared, among
from connector.store.rows import batches
from connector.store.tables import identity, item, origin, origin_text, search_entry, source

COUNTED_KINDS = frozenset({Kind.COMMENT, Kind.ACTIVITY, Kind.REGISTRATION})
"""Shown under or counted with something else, never as an entry of its own."""


def tokens(cluster_id: int, *, audience_id: int, source_id: int, school_id: int | None) -> str:
    """Return the words by which the search index knows whom an origin is for, and whose it is."""
    words = f"c{cluster_id} a{audience_id} p{source_id}"
    return words if school_id is None else f"{words} s{school_id}"


def is_front(kind: str, *, is_listed: bool) -> bool:
    """Whether an origin stands in what's new."""
    return is_listed and kind not in COUNTED_KINDS


def settle(conn: Connection, cluster_id: int, item_ids: Collection[int]) -> None:
    """Bring audience, listing and search rows of these items and their replies up to date."""
    left = _with_replies(conn, item_ids)
    while left:
        # A parent before its replies, for they look at what it came to. Where posts answer
        # each other in a circle, none is first.
        ready = {one for one, parent in left.items() if parent not in left} or set(left)
        _settle_layer(conn, cluster_id, ready)
        left = {one: parent for one, parent in left.items() if one not in ready}


def _with_replies(conn: Connection, item_ids: Collection[int]) -> dict[int, int | None]:
    """Return these items and all that hangs below them, each with its parent."""
    found: dict[int, int | None] = {}
    asked, wanted = item.c.id, set(item_ids)
    while wanted:
        layer: dict[int, int | None] = {}
        for ids in batches(sorted(wanted)):
            rows = conn.execute(select(item.c.id, item.c.parent_id).where(asked.in_(ids)))
            layer |= {row.id: row.parent_id for row in rows if row.id not in found}
        found |= layer
        asked, wanted = item.c.parent_id, set(layer)
    return found


def _settle_layer(conn: Connection, cluster_id: int, item_ids: Collection[int]) -> None:
    origins = _origins(conn, item_ids)
    refs = refs_of(conn, _audiences_in(origins))
    parents = parent_audiences(
        conn, {(row.parent_id, row.source_id) for row in origins if row.parent_id is not None}
    )
    wanted = {row.id: _effective(row, refs, parents) for row in origins}
    ids = audience_ids(conn, cluster_id, wanted.values())
    listed = _listed(origins, wanted)
    changes = [
        {
            "row": row.id,
            "audience_id": ids[wanted[row.id]],
            "is_listed": row.id in listed,
            "on_front": is_front(row.kind, is_listed=row.id in listed),
        }
        for row in origins
    ]
    stale = [
        change
        for change, row in zip(changes, origins, strict=True)
        if (change["audience_id"], change["is_listed"]) != (row.audience_id, row.is_listed)
    ]
    if stale:
        conn.execute(
            update(origin)
            .where(origin.c.id == bindparam("row"))
            .values({name: bindparam(name) for name in ("audience_id", "is_listed", "on_front")}),
            stale,
        )
    reindex(conn, cluster_id, [change["row"] for change in stale])


def _origins(conn: Connection, item_ids: Collection[int]) -> list[Row[Any]]:
    names = (
        "id item_id source_id kind is_live is_listed held owns_link audience_id "
        "platform_audience_id opened_audience_id"
    )
    columns = (origin.c[name] for name in names.split())
    query = (
        select(*columns, item.c.parent_id, source.c.audience_kind.label("limit"))
        .join(item, item.c.id == origin.c.item_id)
        .join(source, source.c.id == origin.c.source_id)
    )
    found: list[Row[Any]] = []
    for ids in batches(sorted(item_ids)):
        found += conn.execute(query.where(origin.c.item_id.in_(ids)))
    return found


def _audiences_in(origins: Iterable[Row[Any]]) -> set[int]:
    ids = {row.platform_audience_id for row in origins}
    return ids | {row.opened_audience_id for row in origins if row.opened_audience_id}


def _effective(
    row: Row[Any],
    refs: dict[int, AudienceRef],
    parents: dict[tuple[int, int], AudienceRef],
) -> AudienceRef:
    return effective(
        refs[row.platform_audience_id],
        opened=refs.get(row.opened_audience_id),
        limit=None if row.limit is None else AudienceRef(AudienceKind(row.limit)),
        held=row.held is not None,
        parent=parents.get((row.parent_id, row.source_id)),
    )


def _of_items(dialect: str) -> Select[Any]:
    names = "item_id source_id is_live audience_id"
    columns = (origin.c[name] for name in names.split())
    return select(*columns).where(among(origin.c.item_id, "ids", dialect))


_OF_ITEMS = Prepared(_of_items)


def parent_audiences(
    conn: Connection, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], AudienceRef]:
    """Return who sees a parent, by (item, source): the source's own origin decides.

    Nobody but facilitators sees the replies to what has left.
    """
    rows: list[Row[Any]] = []
    for ids in batches(sorted({item_id for item_id, _ in wanted})):
        rows += _OF_ITEMS.rows(conn, ids=ids)
    refs = refs_of(conn, {row.audience_id for row in rows})
    by_item: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    return {pair: _seen_by(by_item[pair[0]], pair[1], refs) for pair in wanted}


def _seen_by(rows: list[Row[Any]], source_id: int, refs: dict[int, AudienceRef]) -> AudienceRef:
    here = [row for row in rows if row.source_id == source_id] or rows
    live = [refs[row.audience_id] for row in here if row.is_live]
    return reduce(narrower, live) if live else FACILITATORS


def _listed(origins: Sequence[Row[Any]], seen_by: dict[int, AudienceRef]) -> set[int]:
    """Return the origins that lists and search may show.

    Where several places carry one post, only the one that owns the address supplies the
    public text: what it edits, narrows or removes is not kept open by a copy elsewhere.
    """
    by_item: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in origins:
        by_item[row.item_id].append(row)
    listed: set[int] = set()
    for rows in by_item.values():
        owners = {row.source_id for row in rows if row.owns_link}
        for row in rows:
            is_copy = bool(owners) and row.source_id not in owners
            if row.is_live and not (is_copy and seen_by[row.id] == PUBLIC):
                listed.add(row.id)
    return listed


def reindex(conn: Connection, cluster_id: int, origin_ids: Sequence[int]) -> None:
    """Write the search rows of these origins afresh from what is kept."""
    for ids in batches(origin_ids):
        conn.execute(delete(search_entry).where(search_entry.c.origin_id.in_(ids)))
        rows = conn.execute(
            select(
                origin.c.id,
                origin.c.sort_key,
                origin.c.audience_id,
                origin.c.source_id,
                origin.c.school_id,
                origin.c.title,
                origin.c.tags,
                origin_text.c.html,
                identity.c.name,
            )
            .join(origin_text, origin_text.c.origin_id == origin.c.id)
            .outerjoin(identity, identity.c.id == origin.c.identity_id)
            .where(origin.c.id.in_(ids), origin.c.is_listed)
        ).all()
        # By rising keys, as in ``records``: each step back costs the full-text index a flush.
        entries = [_entry(cluster_id, row) for row in sorted(rows, key=lambda row: row.sort_key)]
        if entries:
            conn.execute(insert(search_entry), entries)


def _entry(cluster_id: int, row: Any) -> dict[str, object]:
    return {
        "sort_key": row.sort_key,
        "origin_id": row.id,
        "tokens": tokens(
            cluster_id,
            audience_id=row.audience_id,
            source_id=row.source_id,
            school_id=row.school_id,
        ),
        "folded": search_text(row.title, row.name or "", row.tags, plain_text(row.html)),
    }


def settle_source(conn: Connection, cluster_id: int, source_id: int) -> None:
    """Settle all of a source: who may see it at most has changed."""
    items = conn.execute(
        select(origin.c.item_id).where(origin.c.source_id == source_id).distinct()
    ).scalars()
    for ids in batches(list(items)):
        settle(conn, cluster_id, ids)
