"""Former texts of items: at most twenty each, seen by facilitators, in no search."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, insert, literal, select
from sqlalchemy.sql import ColumnElement

from connector.store.columns import UtcTime
from connector.store.purging import is_over
from connector.store.rows import batches
from connector.store.tables import origin, origin_text, revision

KEPT_REVISIONS = 20
REVISIONS_LAST = timedelta(days=90)


def keep_revisions(conn: Connection, origin_ids: Sequence[int], now: datetime) -> None:
    """Put the present texts of these origins aside, before they are replaced."""
    for ids in batches(origin_ids):
        former = (
            select(origin.c.id, literal(now, UtcTime), origin.c.title, origin_text.c.html)
            .join(origin_text, origin_text.c.origin_id == origin.c.id)
            .where(origin.c.id.in_(ids))
        )
        conn.execute(
            insert(revision).from_select(["origin_id", "replaced", "title", "html"], former)
        )
        _drop_oldest(conn, ids)


def _drop_oldest(conn: Connection, origin_ids: Sequence[int]) -> None:
    items = select(origin.c.item_id).where(origin.c.id.in_(origin_ids))
    theirs = (
        select(revision.c.id, revision.c.replaced, origin.c.item_id)
        .join(origin, origin.c.id == revision.c.origin_id)
        .where(origin.c.item_id.in_(items))
    )
    conn.execute(delete(revision).where(revision.c.id.in_(_beyond_twenty(theirs))))


def _beyond_twenty(former: Select[Any]) -> Select[Any]:
    """Select all but the newest twenty former texts of each item, whatever places carry it."""
    found = former.subquery()
    newest_first = (found.c.replaced.desc(), found.c.id.desc())
    rank = func.row_number().over(partition_by=found.c.item_id, order_by=newest_first)
    ranked = select(found.c.id, rank.label("rank")).where(found.c.item_id.is_not(None)).subquery()
    return select(ranked.c.id).where(ranked.c.rank > KEPT_REVISIONS)


def surplus(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the former texts beyond the newest twenty of each item.

    Those of what left go by a limit of their own and count for none of the twenty.
    """
    # Each former text asks for its item: a join may read all posts for the few that have any.
    item_id = (
        select(origin.c.item_id)
        .where(
            origin.c.id == revision.c.origin_id,
            origin.c.cluster_id == cluster_id,
            ~is_over(now),
        )
        .scalar_subquery()
    )
    former = select(revision.c.id, revision.c.replaced, item_id.label("item_id"))
    return list(conn.execute(_beyond_twenty(former)).scalars())


def drop_surplus(
    conn: Connection, cluster_id: int, revision_ids: Sequence[int], now: datetime
) -> int:
    """Delete these former texts; newer ones only make them more of a surplus."""
    return conn.execute(delete(revision).where(revision.c.id.in_(revision_ids))).rowcount


def old(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the former texts that were replaced more than ninety days ago."""
    mine = exists().where(origin.c.id == revision.c.origin_id, origin.c.cluster_id == cluster_id)
    return list(conn.execute(select(revision.c.id).where(_is_old(now), mine)).scalars())


def _is_old(now: datetime) -> ColumnElement[bool]:
    return revision.c.replaced < now - REVISIONS_LAST


def drop_old(conn: Connection, cluster_id: int, revision_ids: Sequence[int], now: datetime) -> int:
    """Delete those of these former texts that are old; return how many."""
    some = revision.c.id.in_(revision_ids)
    return conn.execute(delete(revision).where(some, _is_old(now))).rowcount
