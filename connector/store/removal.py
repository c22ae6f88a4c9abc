"""What left its place: absent ids, look-ups, holding back a mass removal, retiring."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Update,
    bindparam,
    func,
    not_,
    or_,
    select,
    true,
    update,
)

from connector.changes import HELD_REMOVAL, Outcome
from connector.model import Known
from connector.store import outcomes, visibility
from connector.store.outcomes import Became, RunRef
from connector.store.prepared import Prepared, among
from connector.store.rows import BATCH, batches
from connector.store.sort_keys import seconds_between
from connector.store.tables import origin, stream

NIGHTLY_LOOKUPS = 20
SAME_NIGHT = timedelta(hours=12)
"""What was looked up within this time is not asked again: two answers are of two nights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """A live origin of one stream, as sweeps and look-ups need it."""

    origin_id: int
    item_id: int
    external_id: str
    url: str | None
    link_key: int | None
    sort_key: int
    absences: int
    suspect: bool
    held: str | None

    def known(self, stream_key: str) -> Known:
        """Return it in the words of the contract."""
        return Known(stream_key, self.external_id, self.url)


_COLUMNS = "item_id external_id url link_key sort_key absences suspect held".split()


def living(conn: Connection, stream_id: int) -> list[Living]:
    """Return all live origins of a stream."""
    query = _living().where(origin.c.stream_id == stream_id, origin.c.is_live == true())
    return _rows(conn, query)


def living_with_ids(
    conn: Connection, source_id: int, external_ids: Collection[str]
) -> list[Living]:
    """Return the live origins with one of these ids."""
    found: list[Living] = []
    for ids in batches(sorted(external_ids)):
        query = _living().where(
            origin.c.source_id == source_id,
            origin.c.external_id.in_(ids),
            origin.c.is_live == true(),
        )
        found += _rows(conn, query)
    return found


def skipped_in(
    conn: Connection, stream_id: int, span: tuple[int, int], listed: Collection[str]
) -> list[Living]:
    """Return a stream's live origins that stand inside this span of sort keys, unlisted.

    Those of the same second as either end are not inside: their order says nothing.
    """
    after, until = seconds_between(*span)
    ids = listed if len(listed) <= BATCH else ()
    rows = _SKIPPED.rows(conn, of_stream=stream_id, after=after, until=until, ids=ids)
    return [one for one in map(_living_in, rows) if one.external_id not in listed]


def to_look_up(
    conn: Connection, stream_ids: Collection[int], now: datetime
) -> list[tuple[str, Living]]:
    """Return (stream key, origin) to look up tonight in these streams of one source.

    Those missing between two listed ones first, then the longest unchecked; at most twenty
    for one source a night.
    """
    query = (
        select(origin.c.id, *(origin.c[name] for name in _COLUMNS), stream.c.key)
        .join(stream, stream.c.id == origin.c.stream_id)
        .where(
            origin.c.stream_id.in_(stream_ids),
            origin.c.is_live == true(),
            origin.c.url.is_not(None),
            or_(origin.c.checked.is_(None), origin.c.checked <= now - SAME_NIGHT),
        )
        .order_by(origin.c.suspect.desc(), origin.c.checked.nulls_first(), origin.c.id)
        .limit(NIGHTLY_LOOKUPS)
    )
    return _with_stream(conn, query)


def held_of(conn: Connection, source_id: int) -> list[Living]:
    """Return the origins of a source that wait for a yes."""
    query = _living().where(origin.c.source_id == source_id, origin.c.held.is_not(None))
    return _rows(conn, query)


def newest_known(
    conn: Connection, source_id: int, stream_ids: Collection[int], limit: int
) -> list[tuple[str, Living]]:
    """Return (stream key, origin) of the newest posts of these streams: surely there."""
    query = (
        select(origin.c.id, *(origin.c[name] for name in _COLUMNS), stream.c.key)
        .join(stream, stream.c.id == origin.c.stream_id)
        .where(
            origin.c.source_id == source_id,
            origin.c.stream_id.in_(stream_ids),
            origin.c.on_front,
            origin.c.url.is_not(None),
            origin.c.held.is_(None),
        )
        .order_by(origin.c.sort_key.desc())
        .limit(limit)
    )
    return _with_stream(conn, query)


def _with_stream(conn: Connection, query: Select[Any]) -> list[tuple[str, Living]]:
    return [
        (row.key, Living(origin_id=row.id, **{name: getattr(row, name) for name in _COLUMNS}))
        for row in conn.execute(query)
    ]


def _living() -> Select[Any]:
    return select(origin.c.id, *(origin.c[name] for name in _COLUMNS))


def _rows(conn: Connection, query: Select[Any]) -> list[Living]:
    return [_living_in(row) for row in conn.execute(query)]


def _living_in(row: Any) -> Living:
    return Living(origin_id=row.id, **{name: getattr(row, name) for name in _COLUMNS})


def retire(conn: Connection, ref: RunRef, gone: Sequence[Living], reason: str) -> None:
    """Take these origins out of every list; their text is purged after thirty days."""
    if not gone:
        return
    for ids in batches([one.origin_id for one in gone]):
        conn.execute(
            update(origin)
            .where(origin.c.id.in_(ids))
            .values(
                is_live=False,
                held=None,
                retired=ref.now,
                retired_reason=reason,
                absences=0,
                suspect=False,
                checked=ref.now,
            )
        )
    visibility.settle(conn, ref.cluster_id, {one.item_id for one in gone})
    became = [Became(one.external_id, Outcome.RETIRED, reason, one.link_key) for one in gone]
    outcomes.record(conn, ref, became)


def hold(conn: Connection, ref: RunRef, leaving: Sequence[Living], reason: str) -> int:
    """Show these to facilitators only, until a yes or a good read; return how many are new."""
    fresh = [one for one in leaving if one.held is None]
    for ids in batches([one.origin_id for one in fresh]):
        conn.execute(update(origin).where(origin.c.id.in_(ids)).values(held=HELD_REMOVAL))
    if fresh:
        visibility.settle(conn, ref.cluster_id, {one.item_id for one in fresh})
        became = [Became(one.external_id, Outcome.HELD, reason, one.link_key) for one in fresh]
        outcomes.record(conn, ref, became)
    return len(fresh)


def present(conn: Connection, ref: RunRef, there: Sequence[Living]) -> None:
    """Note that these are still at their place; a held removal is let go again."""
    for ids in batches([one.origin_id for one in there]):
        conn.execute(
            update(origin)
            .where(origin.c.id.in_(ids))
            .values(absences=0, suspect=False, checked=ref.now)
        )
    back = [one for one in there if one.held == HELD_REMOVAL]
    for ids in batches([one.origin_id for one in back]):
        conn.execute(update(origin).where(origin.c.id.in_(ids)).values(held=None))
    if back:
        visibility.settle(conn, ref.cluster_id, {one.item_id for one in back})
        reason = "it is still at its place"
        became = [Became(one.external_id, Outcome.UPDATED, reason, one.link_key) for one in back]
        outcomes.record(conn, ref, became)


def count_absence(conn: Connection, ref: RunRef, absent: Sequence[Living]) -> list[Living]:
    """Note one more time that these were not there; return those missed twice or more."""
    for ids in batches([one.origin_id for one in absent]):
        conn.execute(
            update(origin)
            .where(origin.c.id.in_(ids))
            .values(absences=origin.c.absences + 1, checked=ref.now)
        )
    return [one for one in absent if one.absences >= 1]


def note_checked(conn: Connection, ref: RunRef, unsure: Sequence[Living]) -> None:
    """Note that these were asked about without a clear answer."""
    for ids in batches([one.origin_id for one in unsure]):
        conn.execute(update(origin).where(origin.c.id.in_(ids)).values(checked=ref.now))


def seen(conn: Connection, source_id: int, external_ids: Collection[str]) -> None:
    """Forget former doubts about these: their place has just shown them again."""
    for ids in batches(sorted(external_ids)):
        _SEEN.run(conn, of_source=source_id, ids=ids)


_OF_SOURCE = origin.c.source_id == bindparam("of_source")
_IS_LIVE = origin.c.is_live == true()


def _doubted(dialect: str) -> Update:
    is_one = among(origin.c.external_id, "ids", dialect)
    is_doubted = or_(origin.c.absences > 0, origin.c.suspect)
    return update(origin).where(_OF_SOURCE, is_one, is_doubted).values(absences=0, suspect=False)


def _ends(dialect: str) -> Select[int, Any, Any]:
    key, is_one = origin.c.sort_key, among(origin.c.external_id, "ids", dialect)
    found = select(
        func.count().label("count"), func.min(key).label("least"), func.max(key).label("most")
    )
    return found.where(_OF_SOURCE, is_one, _IS_LIVE)


def _unlisted(dialect: str) -> Select[Any]:
    return _living().where(
        origin.c.stream_id == bindparam("of_stream"),
        _IS_LIVE,
        origin.c.sort_key >= bindparam("after"),
        origin.c.sort_key < bindparam("until"),
        not_(among(origin.c.external_id, "ids", dialect)),
    )


_SEEN, _SPAN, _SKIPPED = Prepared(_doubted), Prepared(_ends), Prepared(_unlisted)


def span_of(
    conn: Connection, source_id: int, external_ids: Collection[str]
) -> tuple[int, int] | None:
    """Return the least and the greatest sort key of these live origins; None for less than two."""
    count, ends = 0, list[int]()
    for ids in batches(sorted(external_ids)):
        (found,) = _SPAN.rows(conn, of_source=source_id, ids=ids)
        if found.count:
            count, ends = count + found.count, [*ends, found.least, found.most]
    return (min(ends), max(ends)) if count > 1 else None


def suspect(conn: Connection, missing: Sequence[Living]) -> None:
    """Remember to look these up in the coming night."""
    for ids in batches([one.origin_id for one in missing if not one.suspect]):
        conn.execute(update(origin).where(origin.c.id.in_(ids)).values(suspect=True))
