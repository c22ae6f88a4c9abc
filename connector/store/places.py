"""The places of a cluster and how they are."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection, Row, exists, func, select

from connector.audience import Scope
from connector.store.audiences import visible_ids
from connector.store.tables import item, origin, school, source, stream
from connector.store.views import PlaceView, StreamView


def places(conn: Connection, scope: Scope) -> tuple[PlaceView, ...]:
    """Return the places by title.

    Facilitators see all, with what is wrong and what to do; others see title and address of
    those that have something for them.
    """
    query = (
        select(source, school.c.name.label("school"))
        .outerjoin(school, school.c.id == source.c.school_id)
        .where(source.c.cluster_id == scope.cluster_id)
        .order_by(source.c.title, source.c.id)
    )
    if not scope.everything:
        ids = visible_ids(conn, scope) or ()
        shown = exists().where(
            origin.c.source_id == source.c.id, origin.c.on_front, origin.c.audience_id.in_(ids)
        )
        return tuple(_outside(row) for row in conn.execute(query.where(shown)))
    streams = _streams(conn, scope.cluster_id)
    counts = _counts(conn, scope.cluster_id)
    return tuple(
        _inside(row, streams[row.id], counts.get(row.id, (0, 0))) for row in conn.execute(query)
    )


def _shown_address(address: str | None) -> str | None:
    """Return an address as pages show it: without its query, which may hold a token.

    Facilitators get no more: title and host tell them which place it is, the key of a private
    feed belongs on no page, and who needs it whole finds it where the place was configured.
    """
    if address is None:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _inside(row: Row[Any], streams: tuple[StreamView, ...], counts: tuple[int, int]) -> PlaceView:
    return PlaceView(
        key=row.key,
        kind=row.kind,
        title=row.title,
        address=_shown_address(row.address) or "",
        school=row.school,
        in_file=row.in_file,
        paused=row.paused or row.paused_by_file,
        state=state_of(row),
        sentence=row.trouble_sentence or "",
        since=row.trouble_since,
        last_read=row.last_read,
        last_good=row.last_good,
        due=row.due,
        streams=streams,
        items=counts[0],
        held=counts[1],
    )


def _outside(row: Row[Any]) -> PlaceView:
    return PlaceView(
        key=row.key,
        kind=row.kind,
        title=row.title,
        address=_shown_address(row.address) or "",
        school=row.school,
        in_file=row.in_file,
        paused=False,
        state="well",
        sentence="",
        since=None,
        last_read=None,
        last_good=None,
        due=None,
        streams=(),
        items=0,
        held=0,
    )


def state_of(row: Any) -> str:
    """Return the word for how a source is: paused, new, well, waiting, attention."""
    if row.paused or getattr(row, "paused_by_file", False):
        return "paused"
    if row.trouble is not None:
        return str(row.trouble)
    return "new" if row.last_read is None else "well"


def _streams(conn: Connection, cluster_id: int) -> dict[int, tuple[StreamView, ...]]:
    found: dict[int, list[StreamView]] = defaultdict(list)
    rows = conn.execute(
        select(stream).where(stream.c.cluster_id == cluster_id).order_by(stream.c.id)
    )
    for row in rows:
        found[row.source_id].append(
            StreamView(
                row.title,
                _shown_address(row.url),
                row.selected,
                row.trouble_sentence or row.note or "",
            )
        )
    return defaultdict(tuple, {key: tuple(views) for key, views in found.items()})


def count_items(conn: Connection) -> int:
    """Return how many items the whole hub keeps."""
    return conn.execute(select(func.count()).select_from(item)).scalar_one()


def _counts(conn: Connection, cluster_id: int) -> dict[int, tuple[int, int]]:
    rows = conn.execute(
        select(origin.c.source_id, func.count(), func.count(origin.c.held))
        .where(origin.c.cluster_id == cluster_id, origin.c.is_live)
        .group_by(origin.c.source_id)
    )
    return {source_id: (items, held) for source_id, items, held in rows}
