"""Why is it here, or not? Answers for any address; for facilitators and the command line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from connector.changes import Outcome
from connector.identity import link_host, link_key
from connector.privacy import Privacy
from connector.store.tables import merge, origin, outcome, source, stream


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAnswer:
    """One kept origin of an address."""

    place: str
    stream: str
    external_id: str
    item_id: int
    is_live: bool
    held: str | None
    first_seen: datetime
    published: datetime | None
    retired: datetime | None
    retired_reason: str | None
    merges: tuple[tuple[int, str, bool], ...]
    """(number, reason, undone) of each merge that brought it to its item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeAnswer:
    """What last became of one record with this address."""

    place: str
    external_id: str
    what: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswer:
    """A place at the address's host: where the record would have come from."""

    key: str
    title: str
    last_good: datetime | None
    trouble_sentence: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known of an address."""

    origins: tuple[OriginAnswer, ...]
    outcomes: tuple[OutcomeAnswer, ...]
    places: tuple[PlaceAnswer, ...]


def why(conn: Connection, cluster_id: int, address: str, privacy: Privacy) -> Answer:
    """Return what is known of a permalink or an external id (``post:137``)."""
    key = link_key(address)
    keys = [] if key is None else [key, privacy.digest64(str(key))]
    ids = [address, privacy.student_id(address), privacy.hidden_id(address)]
    origins = conn.execute(
        select(origin, source.c.title.label("place"), stream.c.title.label("stream"))
        .join(source, source.c.id == origin.c.source_id)
        .join(stream, stream.c.id == origin.c.stream_id)
        .where(
            origin.c.cluster_id == cluster_id,
            or_(origin.c.link_key.in_(keys), origin.c.external_id.in_(ids)),
        )
        .order_by(origin.c.id)
    ).all()
    merges = _merges(conn, [row.id for row in origins])
    return Answer(
        tuple(
            OriginAnswer(
                place=row.place,
                stream=row.stream,
                external_id=row.external_id,
                item_id=row.item_id,
                is_live=row.is_live,
                held=row.held,
                first_seen=row.first_seen,
                published=row.published,
                retired=row.retired,
                retired_reason=row.retired_reason,
                merges=merges.get(row.id, ()),
            )
            for row in origins
        ),
        _with_plainly_new(origins, _outcomes(conn, cluster_id, keys, ids)),
        _places(conn, cluster_id, address),
    )


def _with_plainly_new(
    origins: Iterable[Any], outcomes: tuple[OutcomeAnswer, ...]
) -> tuple[OutcomeAnswer, ...]:
    """Add what became of origins that no outcome is kept of: they were new, and still are."""
    told = {(one.place, one.external_id) for one in outcomes}
    new = [
        OutcomeAnswer(
            place=row.place,
            external_id=row.external_id,
            what=str(Outcome.NEW),
            reason="",
            at=row.first_seen,
        )
        for row in origins
        if row.is_live and (row.place, row.external_id) not in told
    ]
    return tuple(sorted((*outcomes, *new), key=lambda one: one.at))


def _merges(
    conn: Connection, origin_ids: Iterable[int]
) -> dict[int, tuple[tuple[int, str, bool], ...]]:
    rows = conn.execute(
        select(merge).where(merge.c.origin_id.in_(list(origin_ids))).order_by(merge.c.id)
    )
    found: dict[int, tuple[tuple[int, str, bool], ...]] = {}
    for row in rows:
        one = (row.id, row.reason, row.undone is not None)
        found[row.origin_id] = (*found.get(row.origin_id, ()), one)
    return found


def _outcomes(
    conn: Connection, cluster_id: int, keys: list[int], ids: list[str]
) -> tuple[OutcomeAnswer, ...]:
    rows = conn.execute(
        select(outcome, source.c.title)
        .join(source, source.c.id == outcome.c.source_id)
        .where(
            outcome.c.cluster_id == cluster_id,
            or_(outcome.c.link_key.in_(keys), outcome.c.external_id.in_(ids)),
        )
        .order_by(outcome.c.at)
    )
    return tuple(
        OutcomeAnswer(
            place=row.title,
            external_id=row.external_id,
            what=row.what,
            reason=row.reason,
            at=row.at,
        )
        for row in rows
    )


def _places(conn: Connection, cluster_id: int, address: str) -> tuple[PlaceAnswer, ...]:
    host = link_host(address)
    rows = conn.execute(select(source).where(source.c.cluster_id == cluster_id))
    return tuple(
        PlaceAnswer(
            key=row.key,
            title=row.title,
            last_good=row.last_good,
            trouble_sentence=row.trouble_sentence,
        )
        for row in rows
        if host and link_host(row.address) == host
    )
