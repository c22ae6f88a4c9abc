"""The places of a cluster and how they are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection, Row, Select, func, select

from connector.audience import Scope
from connector.store.audiences import visible_ids
from connector.store.newest import has_posts
from connector.store.rows import batches
from connector.store.tables import item, origin, school, source, stream
from connector.store.views import PlaceState, PlaceView, StreamView


def states(conn: Connection, scope: Scope) -> tuple[PlaceState, ...]:
    """Return all places that ``places`` gives, by title; quick, whatever is kept of them.

    Only facilitators learn how they are; for others all are well.
    """
    names = "key title paused paused_by_file trouble last_read".split()
    query = _in_scope(conn, scope, select(*(source.c[name] for name in names)))
    return tuple(
        PlaceState(row.key, row.title, state_of(row) if scope.everything else "well")
        for row in conn.execute(query)
    )


def places(
    conn: Connection, scope: Scope, keys: Collection[str] | None = None
) -> tuple[PlaceView, ...]:
    """Return the places by title, or those with these keys.

    Facilitators see all, with what is wrong and what to do; others see title and address of
    those that have something for them.
    """
    query = select(source, school.c.name.label("school")).outerjoin(
        school, school.c.id == source.c.school_id
    )
    query = _in_scope(conn, scope, query)
    if keys is not None:
        query = query.where(source.c.key.in_(keys))
    rows = conn.execute(query).all()
    if not scope.everything:
        return tuple(map(_outside, rows))
    ids = [row.id for row in rows]
    streams, items, held = _streams(conn, ids), _counts(conn, ids), _held(conn, scope.cluster_id)
    return tuple(
        _inside(row, streams[row.id], (items.get(row.id, 0), held.get(row.id, 0))) for row in rows
    )


def _in_scope(conn: Connection, scope: Scope, query: Select[Any]) -> Select[Any]:
    """Restrict a query for sources to those that a viewer may know of, by title."""
    query = query.where(source.c.cluster_id == scope.cluster_id)
    if not scope.everything:
        ids = visible_ids(conn, scope)
        query = query.where(has_posts(ids, origin.c.source_id == source.c.id))
    return query.order_by(source.c.title, source.c.id)


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


def _streams(
    conn: Connection, source_ids: Sequence[int]
) -> defaultdict[int, tuple[StreamView, ...]]:
    found: dict[int, list[StreamView]] = defaultdict(list)
    for ids in batches(source_ids):
        query = select(stream).where(stream.c.source_id.in_(ids)).order_by(stream.c.id)
        for row in conn.execute(query):
            sentence = row.trouble_sentence or row.note or ""
            view = StreamView(row.title, _shown_address(row.url), row.selected, sentence)
            found[row.source_id].append(view)
    return defaultdict(tuple, {key: tuple(views) for key, views in found.items()})


def count_items(conn: Connection) -> int:
    """Return how many items the whole hub keeps."""
    return conn.execute(select(func.count()).select_from(item)).scalar_one()


def _counts(conn: Connection, source_ids: Sequence[int]) -> dict[int, int]:
    """Return how many live items each source has: by stream, which an index counts by itself."""
    found: dict[int, int] = {}
    for ids in batches(source_ids):
        rows = conn.execute(
            select(stream.c.source_id, func.count())
            .join(origin, origin.c.stream_id == stream.c.id)
            .where(stream.c.source_id.in_(ids), origin.c.is_live)
            .group_by(stream.c.source_id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def _held(conn: Connection, cluster_id: int) -> dict[int, int]:
    """Return how many items of each source wait for a yes, where any does."""
    rows = conn.execute(
        select(origin.c.source_id, func.count())
        .where(origin.c.cluster_id == cluster_id, origin.c.held.is_not(None), origin.c.is_live)
        .group_by(origin.c.source_id)
    )
    return {row[0]: row[1] for row in rows}
