"""Runs: what one sync of one source did; twenty are kept, then daily totals, then none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from connector.store.prepared import Prepared
from connector.store.rows import update_row
from connector.store.tables import run, run_day, source

KEPT_RUNS = 20
FOLDED_AT_ONCE = 10
"""A run ends sooner where it does not fold another one each time."""
DAYS_LAST = timedelta(days=400)
"""A year and a month: the same month of last year can still be compared."""

State = Literal["running", "done", "partial", "failed", "stalled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run, ended or under way."""

    id: int
    started: datetime
    ended: datetime | None
    state: State
    counts: dict[str, int]
    requests: int
    bytes: int
    sentence: str | None


_START = Prepared(
    insert(run)
    .values(
        cluster_id=bindparam("cluster_id"),
        source_id=bindparam("source_id"),
        started=bindparam("started"),
        state="running",
        counts={},
        requests=0,
        bytes=0,
    )
    .returning(run.c.id)
)
_STALLED = Prepared(
    update(run)
    .where(run.c.source_id == bindparam("of_source"), run.c.state == "running")
    .values(state="stalled", ended=bindparam("at"))
)


def start_run(conn: Connection, cluster_id: int, source_id: int, now: datetime) -> int:
    """Open a run; one that was never closed is marked stalled. Return its id."""
    _STALLED.run(conn, of_source=source_id, at=now)
    return int(_START.value(conn, cluster_id=cluster_id, source_id=source_id, started=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a run ended."""

    state: State
    counts: Mapping[str, int]
    requests: int
    bytes: int
    sentence: str | None = None


def close_run(
    conn: Connection, source_id: int, run_id: int, closing: Closing, now: datetime
) -> None:
    """Store how a run ended; fold runs beyond the newest twenty into daily totals, by tens."""
    values = {
        "ended": now,
        "state": closing.state,
        "counts": dict(closing.counts),
        "requests": closing.requests,
        "bytes": closing.bytes,
        "sentence": closing.sentence,
    }
    update_row(conn, run, run_id, values)
    _fold_old_runs(conn, source_id, now)


_OLD = Prepared(
    select(run.c.id)
    .where(run.c.source_id == bindparam("of_source"))
    .order_by(run.c.id.desc())
    .limit(1000)
    .offset(KEPT_RUNS)
)


def _fold_old_runs(conn: Connection, source_id: int, now: datetime) -> None:
    old = _OLD.values(conn, of_source=source_id)
    if len(old) >= FOLDED_AT_ONCE:
        _fold(conn, old, now)


def _fold(conn: Connection, run_ids: Sequence[int], now: datetime) -> int:
    """Add these runs to the totals of their days, and delete them; return how many."""
    rows = conn.execute(select(run).where(run.c.id.in_(run_ids)).order_by(run.c.id)).all()
    oldest = _oldest_day(now)
    for row in rows:
        if row.started.date().isoformat() >= oldest:
            _add_to_day(conn, row)
    conn.execute(delete(run).where(run.c.id.in_([row.id for row in rows])))
    return len(rows)


def surplus(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the runs beyond the newest twenty of each source."""
    rank = func.row_number().over(partition_by=run.c.source_id, order_by=run.c.id.desc())
    ranked = (
        select(run.c.id, rank.label("rank"))
        .where(run.c.source_id.in_(_sources_of(cluster_id)))
        .subquery()
    )
    return list(conn.execute(select(ranked.c.id).where(ranked.c.rank > KEPT_RUNS)).scalars())


def fold_surplus(conn: Connection, cluster_id: int, run_ids: Sequence[int], now: datetime) -> int:
    """Turn these runs into totals by day; return how many there still were."""
    return _fold(conn, run_ids, now)


def _sources_of(cluster_id: int) -> Select[tuple[int]]:
    return select(source.c.id).where(source.c.cluster_id == cluster_id)


def _oldest_day(now: datetime) -> str:
    return (now - DAYS_LAST).date().isoformat()


def old_days(conn: Connection, cluster_id: int, now: datetime) -> list[tuple[int, str]]:
    """Return (source, day) of the daily totals that are over their time."""
    query = select(run_day.c.source_id, run_day.c.day).where(
        run_day.c.source_id.in_(_sources_of(cluster_id)), run_day.c.day < _oldest_day(now)
    )
    return [(row.source_id, row.day) for row in conn.execute(query)]


def drop_days(
    conn: Connection, cluster_id: int, days: Sequence[tuple[int, str]], now: datetime
) -> int:
    """Delete these daily totals; return how many there still were."""
    dropped = 0
    for source_id in sorted({one for one, _ in days}):
        mine = [day for one, day in days if one == source_id]
        gone = delete(run_day).where(run_day.c.source_id == source_id, run_day.c.day.in_(mine))
        dropped += conn.execute(gone).rowcount
    return dropped


def _add_to_day(conn: Connection, row: Row[Any]) -> None:
    day = row.started.date().isoformat()
    where = (run_day.c.source_id == row.source_id, run_day.c.day == day)
    total = conn.execute(select(run_day).where(*where)).one_or_none()
    if total is None:
        conn.execute(
            insert(run_day).values(
                cluster_id=row.cluster_id,
                source_id=row.source_id,
                day=day,
                runs=1,
                failed=int(row.state == "failed"),
                requests=row.requests,
                bytes=row.bytes,
                counts=row.counts,
            )
        )
        return
    conn.execute(
        update(run_day)
        .where(*where)
        .values(
            runs=total.runs + 1,
            failed=total.failed + int(row.state == "failed"),
            requests=total.requests + row.requests,
            bytes=total.bytes + row.bytes,
            counts=dict(Counter(total.counts) + Counter(row.counts)),
        )
    )


def runs_of(conn: Connection, source_id: int, limit: int = KEPT_RUNS) -> list[RunRow]:
    """Return the newest runs of a source, newest first."""
    query = select(run).where(run.c.source_id == source_id).order_by(run.c.id.desc()).limit(limit)
    names = "id started ended state counts requests bytes sentence".split()
    return [RunRow(**{name: getattr(row, name) for name in names}) for row in conn.execute(query)]
