"""Runs: what one sync of one source did; twenty are kept, then daily totals."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from connector.store.prepared import Prepared
from connector.store.rows import update_row
from connector.store.tables import run, run_day

KEPT_RUNS = 20

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
    _STALLED.run(conn, {"of_source": source_id, "at": now})
    started = {"cluster_id": cluster_id, "source_id": source_id, "started": now}
    return int(_START.run(conn, started).scalar_one())


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
    """Store how a run ended and fold runs beyond the newest twenty into daily totals."""
    values = {
        "ended": now,
        "state": closing.state,
        "counts": dict(closing.counts),
        "requests": closing.requests,
        "bytes": closing.bytes,
        "sentence": closing.sentence,
    }
    update_row(conn, run, run_id, values)
    _fold_old_runs(conn, source_id)


_OLD = Prepared(
    select(run.c.id)
    .where(run.c.source_id == bindparam("of_source"))
    .order_by(run.c.id.desc())
    .limit(1000)
    .offset(KEPT_RUNS)
)


def _fold_old_runs(conn: Connection, source_id: int) -> None:
    ids = _OLD.run(conn, {"of_source": source_id}).scalars().all()
    if not ids:
        return
    old = conn.execute(select(run).where(run.c.id.in_(ids)).order_by(run.c.id.desc())).all()
    for row in old:
        _add_to_day(conn, row)
    conn.execute(delete(run).where(run.c.id.in_(ids)))


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
