"""Taking apart what was joined: a merge undone, and never made again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from connector.errors import StoreError
from connector.fetched import reply_key_of
from connector.store import visibility
from connector.store.rows import allocate_ids, batches
from connector.store.tables import item, merge, origin


def undo_merge(conn: Connection, cluster_id: int, merge_id: int, now: datetime) -> int:
    """Give the joined origin an item of its own again; return that item's id.

    What was joined to it later, and the replies at its place, go with it. The row stays,
    marked undone: the origin's id is known now, so it is not joined a second time. Raises
    StoreError when there is no such merge, or it is undone already.
    """
    row = conn.execute(
        select(merge).where(
            merge.c.id == merge_id, merge.c.cluster_id == cluster_id, merge.c.undone.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise StoreError(f"There is no merge {merge_id} to undo.")
    moving = _with_followers(conn, row.origin_id, row.item_id)
    first = conn.execute(select(origin).where(origin.c.id == row.origin_id)).one()
    (new_id,) = allocate_ids(conn, item, 1)
    conn.execute(insert(item).values(id=new_id, cluster_id=cluster_id, first_seen=first.first_seen))
    conn.execute(update(origin).where(origin.c.id.in_(moving)).values(item_id=new_id))
    conn.execute(update(merge).where(merge.c.origin_id.in_(moving)).values(item_id=new_id))
    conn.execute(update(merge).where(merge.c.id == merge_id).values(undone=now))
    _move_replies(conn, moving, row.item_id, new_id)
    visibility.settle(conn, cluster_id, {row.item_id, new_id})
    return new_id


def _with_followers(conn: Connection, origin_id: int, item_id: int) -> list[int]:
    rows = conn.execute(
        select(merge.c.origin_id, merge.c.with_origin_id)
        .where(merge.c.item_id == item_id, merge.c.undone.is_(None))
        .order_by(merge.c.id)
    ).all()
    moving = {origin_id}
    for row in rows:
        if row.with_origin_id in moving:
            moving.add(row.origin_id)
    return sorted(moving)


def _move_replies(conn: Connection, moving: list[int], old_id: int, new_id: int) -> None:
    """Give back the replies that would have come to these origins, had they stood alone."""
    carriers = _carriers(conn, {old_id, new_id})
    rows = conn.execute(
        select(item.c.id, origin.c.id.label("origin_id"), origin.c.source_id, origin.c.reply_key)
        .join(origin, origin.c.item_id == item.c.id)
        .where(item.c.parent_id == old_id)
    ).all()
    going = {
        row.id
        for row in rows
        if _answered(carriers.get((row.source_id, row.reply_key), ()), row.origin_id) in moving
    }
    for ids in batches(sorted(going)):
        conn.execute(update(item).where(item.c.id.in_(ids)).values(parent_id=new_id))


def _carriers(conn: Connection, item_ids: set[int]) -> dict[tuple[int, int], list[int]]:
    """Return the origins of these items by what a reply at their source may name, oldest first."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    rows = conn.execute(
        select(origin.c.id, origin.c.source_id, origin.c.external_id, origin.c.link_key)
        .where(origin.c.item_id.in_(item_ids))
        .order_by(origin.c.id)
    )
    for row in rows:
        for key in {reply_key_of(row.source_id, row.external_id), row.link_key} - {None}:
            found[row.source_id, key].append(row.id)
    return found


def _answered(carriers: Sequence[int], reply_id: int) -> int | None:
    """Return what a reply was hung under: the newest before it, or what came first after it."""
    earlier = [one for one in carriers if one < reply_id]
    return max(earlier) if earlier else min(carriers, default=None)
