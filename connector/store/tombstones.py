"""What somebody withdrew: never read again, known only by keyed digests."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, or_, select

from connector.privacy import Privacy
from connector.store.prepared import Prepared
from connector.store.rows import upsert
from connector.store.tables import tombstone


def put_tombstone(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    privacy: Privacy,
    *,
    external_id: str,
    link_key: int | None,
    reason: str,
    now: datetime,
) -> None:
    """Bar a record by its id at its place and its permalink."""
    row = {
        "cluster_id": cluster_id,
        "source_id": source_id,
        "id_digest": privacy.digest(external_id),
        "link_digest": None if link_key is None else privacy.digest(str(link_key)),
        "reason": reason,
        "at": now,
    }
    upsert(conn, tombstone, [row], ("source_id", "id_digest"))


_SOME = Prepared(select(exists().where(tombstone.c.cluster_id == bindparam("of_cluster"))))


def barred(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    privacy: Privacy,
    found: Sequence[tuple[str, int | None]],
) -> frozenset[str]:
    """Return the external ids among (external id, link key) that were withdrawn.

    A permalink counts in the whole cluster: the same post may come through another place.
    """
    if not found or not _SOME.value(conn, of_cluster=cluster_id):
        return frozenset()
    by_id = {privacy.digest(external_id): external_id for external_id, _ in found}
    by_link: dict[str, set[str]] = defaultdict(set)
    for external_id, key in found:
        if key is not None:
            by_link[privacy.digest(str(key))].add(external_id)
    rows = conn.execute(
        select(tombstone.c.source_id, tombstone.c.id_digest, tombstone.c.link_digest).where(
            tombstone.c.cluster_id == cluster_id,
            or_(
                tombstone.c.id_digest.in_(list(by_id)),
                tombstone.c.link_digest.in_(list(by_link)),
            ),
        )
    ).all()
    ids = {by_id.get(row.id_digest) for row in rows if row.source_id == source_id}
    links = [by_link[row.link_digest] for row in rows if row.link_digest in by_link]
    return frozenset(one for one in ids.union(*links) if one is not None)
