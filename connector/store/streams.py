"""Streams of a source: what can be read, and where reading resumes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from connector.model import Cursor, Shape, Stream
from connector.store.prepared import Prepared
from connector.store.rows import update_row
from connector.store.tables import stream


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """A kept stream."""

    id: int
    source_id: int
    key: str
    title: str
    url: str | None
    sloppy_ids: bool
    can_sweep: bool
    selected: bool
    cursor: Cursor | None
    shape: Shape | None
    """What the cursor was made with; None before the first page."""
    baseline_done: bool
    finished: datetime | None
    """When it was last read to its end."""
    note: str | None
    """What is odd about it, though it is read."""
    swept: datetime | None
    """When a complete listing was last worked off."""


_PLAIN = (
    "id source_id key title url sloppy_ids can_sweep selected cursor baseline_done finished note "
    "swept"
).split()


def _row(row: Any) -> StreamRow:
    shape = None if row.parser is None else Shape(row.parser, row.shape or "")
    return StreamRow(**{name: getattr(row, name) for name in _PLAIN}, shape=shape)


def streams_of(conn: Connection, source_id: int) -> list[StreamRow]:
    """Return a source's streams in the order they were found."""
    return [_row(row) for row in _OF_SOURCE.rows(conn, of_source=source_id)]


_OF_SOURCE = Prepared(
    select(stream).where(stream.c.source_id == bindparam("of_source")).order_by(stream.c.id)
)
_ADD = insert(stream)


def put_streams(
    conn: Connection, cluster_id: int, source_id: int, found: Iterable[Stream]
) -> list[StreamRow]:
    """Add new streams and update known ones; return all. None is ever deleted.

    Whether a known stream is selected stays as it is: that is somebody's choice.
    """
    known = {row.key: row for row in streams_of(conn, source_id)}
    for one in found:
        values = {
            "title": one.title[:300],
            "url": one.url,
            "sloppy_ids": one.sloppy_ids,
            "can_sweep": one.can_sweep,
        }
        old = known.get(one.key)
        if old is None:
            fixed = {"cluster_id": cluster_id, "source_id": source_id, "key": one.key}
            state = {"selected": one.selected, "baseline_done": False}
            conn.execute(_ADD, {**fixed, **state, **values})
        elif any(getattr(old, name) != value for name, value in values.items()):
            update_row(conn, stream, old.id, values)
    return streams_of(conn, source_id)


def save_progress(
    conn: Connection,
    row: StreamRow,
    cursor: Cursor | None,
    shape: Shape,
    *,
    finished: datetime | None,
) -> None:
    """Store where reading resumes; the same transaction that stores the page.

    Args:
        finished: the moment, when the stream is read to its end with this page.
    """
    values: dict[str, Any] = {"trouble_sentence": None}
    if row.cursor is None:
        # Where reading went on from a cursor, older records may have another shape.
        values |= {"parser": shape.parser, "shape": shape.settings}
    if cursor is not None:
        values["cursor"] = cursor
    if finished is not None:
        values |= {"baseline_done": True, "finished": finished}
    update_row(conn, stream, row.id, values)


def start_baseline(conn: Connection, stream_id: int) -> None:
    """Read this stream from its beginning next, silently."""
    conn.execute(
        update(stream).where(stream.c.id == stream_id).values(cursor=None, baseline_done=False)
    )


def mark_swept(conn: Connection, stream_id: int, now: datetime) -> None:
    """Remember that a complete listing was worked off."""
    conn.execute(update(stream).where(stream.c.id == stream_id).values(swept=now))


def note(conn: Connection, stream_id: int, sentence: str | None) -> None:
    """Remember what is odd about a stream that is read all the same."""
    update_row(conn, stream, stream_id, {"note": sentence})


def mark_trouble(conn: Connection, stream_id: int, sentence: str) -> None:
    """Remember what is wrong with one stream."""
    conn.execute(update(stream).where(stream.c.id == stream_id).values(trouble_sentence=sentence))
