"""Former texts of origins: at most twenty each, seen by facilitators, in no search."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, literal, select

from connector.store.rows import batches
from connector.store.tables import UtcTime, origin, origin_text, revision

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
    rank = (
        func.row_number()
        .over(partition_by=revision.c.origin_id, order_by=revision.c.id.desc())
        .label("rank")
    )
    ranked = select(revision.c.id, rank).where(revision.c.origin_id.in_(origin_ids)).subquery()
    surplus = select(ranked.c.id).where(ranked.c.rank > KEPT_REVISIONS)
    conn.execute(delete(revision).where(revision.c.id.in_(surplus)))


def purge_revisions(conn: Connection, cluster_id: int, now: datetime) -> int:
    """Delete a cluster's revisions older than ninety days; return how many."""
    mine = select(origin.c.id).where(origin.c.cluster_id == cluster_id)
    old = revision.c.replaced < now - REVISIONS_LAST
    result = conn.execute(delete(revision).where(old, revision.c.origin_id.in_(mine)))
    return result.rowcount
