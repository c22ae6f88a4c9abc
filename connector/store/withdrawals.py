"""Withdrawals as a whole: listed for the file beside the database, and replayed from it.

``tombstones`` bars one record; here an older database learns what was withdrawn since, and
loses the texts that it still holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from connector.hub_files import Withdrawal
from connector.privacy import Privacy
from connector.store import visibility
from connector.store.columns import microseconds, moment
from connector.store.database import Store
from connector.store.people import forget_accounts
from connector.store.rows import batches
from connector.store.tables import (
    cluster,
    identity,
    membership,
    origin,
    outcome,
    source,
    tombstone,
)
from connector.store.words import WITHOUT_DIGESTS, WITHOUT_WORDS, drop_texts

REASON = "withdrawn"


def all_withdrawals(conn: Connection) -> list[Withdrawal]:
    """Return everything that was withdrawn, in all clusters, the earliest first."""
    rows = conn.execute(
        select(
            cluster.c.slug,
            source.c.key,
            tombstone.c.id_digest,
            tombstone.c.link_digest,
            tombstone.c.reason,
            tombstone.c.at,
        )
        .join(source, source.c.id == tombstone.c.source_id)
        .join(cluster, cluster.c.id == tombstone.c.cluster_id)
        .order_by(tombstone.c.at, tombstone.c.id)
    )
    return [
        Withdrawal(
            cluster=row.slug,
            source=row.key,
            id_digest=row.id_digest,
            link_digest=row.link_digest,
            reason=row.reason,
            at=microseconds(row.at),
        )
        for row in rows
    ]


def withdrawals_of(store: Store) -> list[Withdrawal]:
    """Return everything that was withdrawn, in a reading of its own."""
    with store.read() as conn:
        return all_withdrawals(conn)


def replay(
    conn: Connection, privacy: Privacy, withdrawals: Iterable[Withdrawal], now: datetime
) -> int:
    """Bar what is not barred yet and take back its text; return how many posts lost theirs.

    A withdrawal at a place that this database does not know is left alone: it stays in the
    file, and counts once the place is there.
    """
    known = {(one.cluster, one.source, one.id_digest) for one in all_withdrawals(conn)}
    places = {
        (row.slug, row.key): (int(row.cluster_id), int(row.id))
        for row in conn.execute(
            select(cluster.c.slug, source.c.key, source.c.cluster_id, source.c.id).join(
                source, source.c.cluster_id == cluster.c.id
            )
        )
    }
    fresh = [
        (*places[one.cluster, one.source], one)
        for one in withdrawals
        if (one.cluster, one.source) in places
        and (one.cluster, one.source, one.id_digest) not in known
    ]
    if not fresh:
        return 0
    conn.execute(insert(tombstone), [_row(*one) for one in fresh])
    clusters = sorted({cluster_id for cluster_id, _, _ in fresh})
    return sum(
        _take_back(conn, one, privacy, [row for row in fresh if row[0] == one], now)
        for one in clusters
    )


def _row(cluster_id: int, source_id: int, one: Withdrawal) -> dict[str, Any]:
    return {
        "cluster_id": cluster_id,
        "source_id": source_id,
        "id_digest": one.id_digest,
        "link_digest": one.link_digest,
        "reason": one.reason,
        "at": moment(one.at),
    }


def _take_back(
    conn: Connection,
    cluster_id: int,
    privacy: Privacy,
    withdrawn: Sequence[tuple[int, int, Withdrawal]],
    now: datetime,
) -> int:
    """Leave of these posts only that something was there; a permalink counts at every place."""
    ids = {(source_id, one.id_digest) for _, source_id, one in withdrawn}
    links = {one.link_digest for _, _, one in withdrawn if one.link_digest}
    columns = (origin.c[name] for name in "id item_id source_id external_id link_key".split())
    rows = conn.execute(
        select(*columns, origin.c.identity_id).where(origin.c.cluster_id == cluster_id)
    )
    found = [row for row in rows if _is_withdrawn(row, privacy, ids, links)]
    for row in found:
        conn.execute(update(origin).where(origin.c.id == row.id).values(**_emptied(row, now)))
        conn.execute(
            delete(outcome).where(
                outcome.c.source_id == row.source_id, outcome.c.external_id == row.external_id
            )
        )
    drop_texts(conn, [row.id for row in found])
    _forget_authors(conn, {row.identity_id for row in found if row.identity_id})
    visibility.settle(conn, cluster_id, {row.item_id for row in found})
    return len(found)


def _is_withdrawn(row: Any, privacy: Privacy, ids: set[tuple[int, str]], links: set[str]) -> bool:
    """Whether a kept post is one of these, under its own id or link or a student's."""
    digest = row.external_id.removeprefix("student:")
    if (row.source_id, privacy.digest(row.external_id)) in ids or (row.source_id, digest) in ids:
        return True
    if row.link_key is None or not links:
        return False
    # A student's link is kept as the first eight bytes of the very digest.
    begin = row.link_key.to_bytes(8, "big", signed=True).hex()
    return privacy.digest(str(row.link_key)) in links or any(one.startswith(begin) for one in links)


def _emptied(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "external_id": f"withdrawn:{row.id}",
        "is_live": False,
        "held": None,
        "retired": now,
        "retired_reason": REASON,
        "identity_id": None,
        "link_key": None,
        "object": None,
        **WITHOUT_WORDS,
        **WITHOUT_DIGESTS,
    }


def _forget_authors(conn: Connection, identity_ids: set[int]) -> None:
    """Delete the accounts of whom nothing else is kept."""
    used = exists().where(origin.c.identity_id == identity.c.id)
    listed = exists().where(membership.c.identity_id == identity.c.id)
    for some in batches(sorted(identity_ids)):
        forget_accounts(conn, identity.c.id.in_(some), ~used, ~listed)
