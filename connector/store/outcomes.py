"""What became of each record: written when it changes, so a quiet run writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, select

from connector.changes import Outcome
from connector.store.prepared import Prepared
from connector.store.rows import batches, upsert
from connector.store.tables import outcome


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one record, and why."""

    external_id: str
    what: Outcome
    reason: str
    link_key: int | None = None


@dataclass(frozen=True, slots=True)
class RunRef:
    """Which run of which source writes."""

    cluster_id: int
    source_id: int
    now: datetime


def record(conn: Connection, ref: RunRef, became: Sequence[Became]) -> None:
    """Store changed outcomes; the last one of a record wins.

    Of a record that is simply new its origin tells that and when, so there is no row; one from
    before, when it was left out, goes.
    """
    last = {one.external_id: one for one in became}
    plain = [key for key, one in last.items() if one.what is Outcome.NEW and not one.reason]
    if plain and _ANY.value(conn, of_source=ref.source_id):
        for ids in batches(plain):
            conn.execute(_FORGET, {"of_source": ref.source_id, "ids": ids})
    for key in plain:
        del last[key]
    rows = [
        {
            "cluster_id": ref.cluster_id,
            "source_id": ref.source_id,
            "external_id": one.external_id,
            "link_key": one.link_key,
            "what": str(one.what),
            "reason": one.reason,
            "at": ref.now,
        }
        for one in last.values()
    ]
    upsert(conn, outcome, rows, ("source_id", "external_id"))


_ANY = Prepared(select(exists().where(outcome.c.source_id == bindparam("of_source"))))
_FORGET = delete(outcome).where(
    outcome.c.source_id == bindparam("of_source"),
    outcome.c.external_id.in_(bindparam("ids", expanding=True)),
)


def record_if_changed(conn: Connection, ref: RunRef, became: Sequence[Became]) -> list[Became]:
    """Store those outcomes that differ from what is kept; return these."""
    kept: dict[str, tuple[str, str]] = {}
    for ids in batches([one.external_id for one in became]):
        rows = conn.execute(
            select(outcome.c.external_id, outcome.c.what, outcome.c.reason).where(
                outcome.c.source_id == ref.source_id, outcome.c.external_id.in_(ids)
            )
        )
        kept |= {row.external_id: (row.what, row.reason) for row in rows}
    changed = [one for one in became if kept.get(one.external_id) != (str(one.what), one.reason)]
    record(conn, ref, changed)
    return changed
