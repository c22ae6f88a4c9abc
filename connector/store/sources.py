"""Sources: the configured places, when each is due, and how it is.

Leases are in ``leases``; what a source's runs did is in ``runs``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, false, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from connector.privacy import Privacy
from connector.store import students, visibility
from connector.store.columns import UtcTime
from connector.store.database_time import database_now
from connector.store.prepared import Prepared
from connector.store.tables import origin, source

START_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A source as somebody configured it."""

    key: str
    kind: str
    title: str
    address: str
    settings: dict[str, Any]
    rules: dict[str, Any]
    school_id: int | None = None
    successor_of: str | None = None
    fastest: timedelta | None = None
    audience_kind: str | None = None
    """Shown to fewer than the place itself does; None: as the place says."""
    in_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A kept source: its configuration and its state."""

    id: int
    cluster_id: int
    key: str
    kind: str
    title: str
    address: str
    settings: dict[str, Any]
    rules: dict[str, Any]
    school_id: int | None
    successor_of: str | None
    fastest: timedelta | None
    audience_kind: str | None
    in_file: bool
    paused: bool
    due: datetime
    sweep_due: datetime
    interval: timedelta
    cycle: datetime | None
    """When the reading began that the last run left unfinished; None: it was finished."""
    failures: int
    last_read: datetime | None
    last_good: datetime | None
    trouble: str | None
    trouble_sentence: str | None


_PLAIN = (
    "id cluster_id key kind title address settings rules school_id successor_of "
    "audience_kind in_file due sweep_due cycle failures last_read last_good trouble "
    "trouble_sentence"
).split()


def source_row(row: Any) -> SourceRow:
    """Return a row of the table as a source."""
    values = {name: getattr(row, name) for name in _PLAIN}
    fastest = row.fastest_seconds
    return SourceRow(
        **values,
        paused=row.paused or row.paused_by_file,
        fastest=None if fastest is None else timedelta(seconds=fastest),
        interval=timedelta(seconds=row.interval_seconds),
    )


def _configured(spec: SourceSpec) -> dict[str, Any]:
    return {
        "kind": spec.kind,
        "title": spec.title,
        "address": spec.address,
        "settings": spec.settings,
        "rules": spec.rules,
        "school_id": spec.school_id,
        "successor_of": spec.successor_of,
        "fastest_seconds": None if spec.fastest is None else int(spec.fastest.total_seconds()),
        "audience_kind": spec.audience_kind,
        "in_file": spec.in_file,
    }


def put_source(
    conn: Connection, cluster_id: int, spec: SourceSpec, now: datetime, *, privacy: Privacy
) -> int:
    """Add a source or bring a known one to this configuration; return its id.

    A source whose configuration changed is due at once, and its trouble is forgotten. What
    narrows who sees its posts, or says that students wrote them, counts from this moment.
    """
    wanted = _configured(spec)
    row = conn.execute(
        select(source).where(source.c.cluster_id == cluster_id, source.c.key == spec.key)
    ).one_or_none()
    if row is None:
        return _added(conn, cluster_id, spec.key, wanted, now)
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if changed or row.paused_by_file:
        fresh = {"due": now, "failures": 0, "trouble": None, "trouble_sentence": None}
        changed |= {"paused_by_file": False, "trouble_since": None} | fresh
        if "school_id" in changed:
            _move_to_school(conn, row, spec.school_id)
        if spec.rules.get("authors_are_students"):
            students.strip(conn, cluster_id, row.id, privacy)
        if "audience_kind" in changed:
            conn.execute(update(source).where(source.c.id == row.id).values(**changed))
            visibility.settle_source(conn, cluster_id, row.id)
        conn.execute(update(source).where(source.c.id == row.id).values(**changed))
    return int(row.id)


def _move_to_school(conn: Connection, row: Row[Any], school_id: int | None) -> None:
    """Give the posts that had the place's school its new one."""
    mine = origin.c.source_id == row.id
    old = (
        origin.c.school_id.is_(None)
        if row.school_id is None
        else (origin.c.school_id == row.school_id)
    )
    conn.execute(update(origin).where(mine, old).values(school_id=school_id))
    visibility.reindex(
        conn, row.cluster_id, list(conn.execute(select(origin.c.id).where(mine)).scalars())
    )


def _added(
    conn: Connection, cluster_id: int, key: str, wanted: dict[str, Any], now: datetime
) -> int:
    state = {
        "paused": False,
        "paused_by_file": False,
        "created": now,
        "due": now,
        "sweep_due": now + timedelta(days=1),
        "interval_seconds": int(START_INTERVAL.total_seconds()),
        "fence": 0,
        "failures": 0,
    }
    result = conn.execute(insert(source).values(cluster_id=cluster_id, key=key, **wanted, **state))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def pause_missing(conn: Connection, cluster_id: int, keys: set[str]) -> list[str]:
    """Pause the sources that left the file; return their keys. Nothing of theirs is deleted."""
    left = (
        conn.execute(
            select(source.c.key).where(
                source.c.cluster_id == cluster_id,
                source.c.in_file,
                source.c.paused_by_file == false(),
                source.c.key.not_in(keys),
            )
        )
        .scalars()
        .all()
    )
    if left:
        conn.execute(
            update(source)
            .where(source.c.cluster_id == cluster_id, source.c.key.in_(left))
            .values(paused_by_file=True)
        )
    return list(left)


def set_paused(conn: Connection, source_id: int, paused: bool, now: datetime) -> None:
    """Pause or resume a source; a resumed one is due at once."""
    values: dict[str, Any] = {"paused": paused}
    if not paused:
        values["due"] = now
    conn.execute(update(source).where(source.c.id == source_id).values(**values))


def ask_for_run(conn: Connection, source_id: int, now: datetime, *, sweep: bool = False) -> None:
    """Make a source due now, its nightly check too if asked."""
    values = {"due": now} | ({"sweep_due": now} if sweep else {})
    conn.execute(update(source).where(source.c.id == source_id).values(**values))


def clusters_of(conn: Connection) -> dict[int, int]:
    """Return the cluster of each source, by the source's id."""
    return {
        row.id: row.cluster_id for row in conn.execute(select(source.c.id, source.c.cluster_id))
    }


def find_source(conn: Connection, cluster_id: int, key: str) -> SourceRow | None:
    """Return a source by its key."""
    row = conn.execute(
        select(source).where(source.c.cluster_id == cluster_id, source.c.key == key)
    ).one_or_none()
    return None if row is None else source_row(row)


def all_sources(conn: Connection, cluster_id: int | None = None) -> list[SourceRow]:
    """Return the sources of a cluster, or of all, by cluster and title."""
    query = select(source).order_by(source.c.cluster_id, source.c.title, source.c.id)
    if cluster_id is not None:
        query = query.where(source.c.cluster_id == cluster_id)
    return [source_row(row) for row in conn.execute(query)]


def due_sources(conn: Connection, now: datetime, limit: int) -> list[int]:
    """Return ids of sources that are due and free, the longest waiting first.

    ``now`` decides what is due; whether a lease is free is judged on database time.
    """
    query = (
        select(source.c.id)
        .where(_due(now), free(conn.dialect.name))
        .order_by(source.c.due, source.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def is_due(row: SourceRow, now: datetime) -> bool:
    """Whether a source is to be read now, whoever holds it; as ``_due`` asks the database."""
    return (row.due <= now or row.sweep_due <= now) and not row.paused


def _due(now: datetime) -> ColumnElement[bool]:
    is_time = or_(source.c.due <= now, source.c.sweep_due <= now)
    return and_(is_time, ~source.c.paused, ~source.c.paused_by_file)


def free(dialect: str) -> ColumnElement[bool]:
    """Whether nobody holds a source. A lease from the future is one from before the clock
    was set back: it counts as expired."""
    now = database_now(dialect)
    return or_(
        source.c.lease_end.is_(None),
        source.c.lease_end < now,
        and_(source.c.lease_start.is_not(None), source.c.lease_start > now),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run left its source."""

    due: datetime
    interval: timedelta
    failures: int = 0
    trouble: str | None = None
    """"waiting" or "attention"; None when all is well."""
    sentence: str | None = None
    sweep_due: datetime | None = None
    """None: unchanged."""
    cycle: datetime | None = None
    """When the reading began, if it goes on in the next run."""


def record_verdict(conn: Connection, row: SourceRow, verdict: Verdict, now: datetime) -> None:
    """Store when the source runs next and how it is, and give its lease back.

    Somebody who asked for a run, or changed the source, while this one went on gets their run.
    """
    values: dict[str, Any] = {
        "interval_seconds": int(verdict.interval.total_seconds()),
        "failures": verdict.failures,
        "cycle": verdict.cycle,
        "last_read": now,
        "trouble": verdict.trouble,
        "trouble_sentence": verdict.sentence,
        "lease_start": None,
        "lease_end": None,
    }
    if verdict.sweep_due is not None:
        values["sweep_due"] = verdict.sweep_due
    if verdict.trouble is None:
        values |= {"last_good": now, "trouble_since": None}
    elif row.trouble is None:
        values["trouble_since"] = now
    _verdict(tuple(values)).run(
        conn, row_id=row.id, new_due=verdict.due, former_due=row.due, **values
    )


@lru_cache
def _verdict(names: tuple[str, ...]) -> Prepared:
    new, former = (bindparam(name, type_=UtcTime()) for name in ("new_due", "former_due"))
    is_asked_for = and_(source.c.due != former, source.c.due < new)
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    values["due"] = case((is_asked_for, source.c.due), else_=new)
    return Prepared(update(source).where(source.c.id == bindparam("row_id")).values(values))
