"""What has to hold after a night of ``kills``, whoever died when."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from connector.store.database import Store
from connector.store.database_time import database_clock
from connector.store.tables import run, source
from tests.store.kept import Dump


@dataclass(frozen=True)
class Waiting:
    """A place that is due."""

    key: str
    lease_left: timedelta
    """How long somebody may still hold it; nothing or less when it is free."""
    held_since: datetime | None
    """When whoever holds it last wrote."""


def left(store: Store, now: datetime) -> list[Waiting]:
    """Return the places that are not read yet, or still held."""
    with store.read() as conn:
        rows = conn.execute(
            select(source.c.key, source.c.lease_start, source.c.lease_end).where(
                (source.c.due <= now) | source.c.lease_end.is_not(None)
            )
        ).all()
        # After the rows: asked before, a lease renewed in between would seem to last too long.
        clock = database_clock(conn)
    return [Waiting(row.key, (row.lease_end or clock) - clock, row.lease_start) for row in rows]


def clock_of(store: Store) -> datetime:
    """Return the database's time."""
    with store.read() as conn:
        return database_clock(conn)


def only_held_since_before(store: Store, now: datetime, moment: datetime) -> bool:
    """Whether all that is left waits for leases of somebody who has not written since."""
    return all(one.held_since and one.held_since <= moment for one in left(store, now))


def faults_of(
    store: Store, now: datetime, found: Dump, wanted: Dump | None, *, died: bool
) -> list[str]:
    """Return what is wrong: lost, twice, different, left open, or still held."""
    faults = [*_bookkeeping(store, now, died=died)]
    for name, rows in (wanted or {}).items():
        lost, more = Counter(map(repr, rows)), Counter(map(repr, found[name]))
        lost.subtract(more)
        faults += [f"{name}, lost: {row[:300]}" for row, count in lost.items() if count > 0]
        faults += [f"{name}, too much: {row[:300]}" for row, count in lost.items() if count < 0]
    return faults


def _bookkeeping(store: Store, now: datetime, *, died: bool) -> Iterator[str]:
    with store.read() as conn:
        places = conn.execute(select(source)).all()
        runs = conn.execute(select(run).where(run.c.started == now)).all()
    states = Counter((one.source_id, one.state) for one in runs)
    for place in places:
        if place.lease_end is not None or place.due <= now or place.trouble or place.failures:
            yield f"{place.key} is held, due or in trouble: {place.trouble_sentence}"
        if states[place.id, "done"] != 1:
            yield f"{place.key} was read {states[place.id, 'done']} times to its end"
    for (source_id, state), count in states.items():
        if state not in ("done", "stalled") or count > 1 or (state == "stalled" and not died):
            yield f"the place of number {source_id} has {count} runs that are {state}"
