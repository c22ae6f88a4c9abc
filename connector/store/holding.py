"""What waits for a facilitator's yes, and what follows it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from connector.changes import HELD_FLOOD, HELD_REMOVAL, Outcome
from connector.errors import ConfigError
from connector.store import outcomes, removal, visibility
from connector.store.outcomes import Became, RunRef
from connector.store.rows import batches
from connector.store.sources import find_source
from connector.store.tables import origin, source

AGREED_REASON = "somebody agreed that it is gone"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of one place waits, and why."""

    place_key: str
    held: str
    count: int


def waiting(conn: Connection, cluster_id: int) -> tuple[Waiting, ...]:
    """Return what waits, by place."""
    rows = conn.execute(
        select(source.c.key, origin.c.held, func.count().label("n"))
        .join(source, source.c.id == origin.c.source_id)
        .where(origin.c.cluster_id == cluster_id, origin.c.held.is_not(None))
        .group_by(source.c.key, origin.c.held)
        .order_by(source.c.key, origin.c.held)
    )
    return tuple(Waiting(row.key, row.held, row.n) for row in rows)


def release(conn: Connection, cluster_id: int, place_key: str, now: datetime) -> int:
    """Show the new posts that wait at a place to those who may see them; return how many.

    What is held because its place no longer shows it stays held: only a good read opens that.
    """
    ref = _ref(conn, cluster_id, place_key, now)
    held = [one for one in removal.held_of(conn, ref.source_id) if one.held == HELD_FLOOD]
    for ids in batches([one.origin_id for one in held]):
        conn.execute(update(origin).where(origin.c.id.in_(ids)).values(held=None, absences=0))
    visibility.settle(conn, cluster_id, {one.item_id for one in held})
    reason = "somebody gave the OK"
    outcomes.record(
        conn,
        ref,
        [Became(one.external_id, Outcome.UPDATED, reason, one.link_key) for one in held],
    )
    return len(held)


def retire(conn: Connection, cluster_id: int, place_key: str, now: datetime) -> int:
    """Retire what was held because it disappeared; return how many."""
    ref = _ref(conn, cluster_id, place_key, now)
    gone = [one for one in removal.held_of(conn, ref.source_id) if one.held == HELD_REMOVAL]
    removal.retire(conn, ref, gone, AGREED_REASON)
    return len(gone)


def _ref(conn: Connection, cluster_id: int, place_key: str, now: datetime) -> RunRef:
    found = find_source(conn, cluster_id, place_key)
    if found is None:
        raise ConfigError(f"There is no place {place_key!r}: 'clusterhub source list' shows them.")
    return RunRef(cluster_id, found.id, now)
