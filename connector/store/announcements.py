"""What was written: announcements, their events, and other wording for one destination."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from connector.announce.writing import Event, Written
from connector.store.outbox_tables import announcement, announcement_event, wording

DRAFT, APPROVED = "draft", "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRow:
    """A kept announcement."""

    id: int
    cluster_id: int
    uid: str
    state: str
    """"draft" or "approved"."""
    written: Written
    audience_kind: str
    made_public: bool
    """Somebody said that it may go where more people see it."""
    version: int
    """How often it was corrected."""
    item_id: int | None
    """The item of the hub that its copies belong to, once one was read back."""
    created: datetime
    approved: datetime | None


def add_draft(
    conn: Connection,
    cluster_id: int,
    written: Written,
    *,
    audience_kind: str,
    made_public: bool,
    now: datetime,
    uid: str | None = None,
) -> int:
    """Keep what somebody wrote; return its number.

    ``uid`` is the id that it was shown with, if it was.
    """
    new = insert(announcement).values(
        cluster_id=cluster_id,
        uid=uid or str(uuid.uuid4()),
        state=DRAFT,
        audience_kind=audience_kind,
        made_public=made_public,
        version=0,
        created=now,
        title=written.title,
        body=written.body,
        picture=written.picture,
    )
    key = conn.execute(new).inserted_primary_key
    assert key is not None
    _put_event(conn, cluster_id, int(key[0]), written.event)
    return int(key[0])


def put_wording(
    conn: Connection,
    cluster_id: int,
    announcement_id: int,
    destination_id: int,
    *,
    title: str | None,
    body: str | None,
) -> None:
    """Let one destination get another title or text; None: the common one."""
    theirs = (
        wording.c.announcement_id == announcement_id,
        wording.c.destination_id == destination_id,
    )
    conn.execute(delete(wording).where(*theirs))
    if title is not None or body is not None:
        conn.execute(
            insert(wording).values(
                cluster_id=cluster_id,
                announcement_id=announcement_id,
                destination_id=destination_id,
                title=title,
                body=body,
            )
        )


def mark_approved(conn: Connection, announcement_id: int, now: datetime) -> None:
    """Note that somebody said yes to it."""
    conn.execute(
        update(announcement)
        .where(announcement.c.id == announcement_id)
        .values(state=APPROVED, approved=now)
    )


def correct(conn: Connection, row: AnnouncementRow, written: Written) -> int:
    """Replace what was written; return which version it is now."""
    version = row.version + 1
    conn.execute(
        update(announcement)
        .where(announcement.c.id == row.id)
        .values(title=written.title, body=written.body, picture=written.picture, version=version)
    )
    conn.execute(delete(announcement_event).where(announcement_event.c.announcement_id == row.id))
    _put_event(conn, row.cluster_id, row.id, written.event)
    return version


def _put_event(
    conn: Connection, cluster_id: int, announcement_id: int, event: Event | None
) -> None:
    if event is not None:
        conn.execute(
            insert(announcement_event).values(
                cluster_id=cluster_id,
                announcement_id=announcement_id,
                start=event.start,
                end=event.end,
                place=event.place,
                sign_up=event.sign_up,
            )
        )


def get_announcement(
    conn: Connection, cluster_id: int, announcement_id: int
) -> AnnouncementRow | None:
    """Return one announcement of a cluster, or None."""
    found = _found(conn, cluster_id, announcement.c.id == announcement_id)
    return found[0] if found else None


def newest_announcements(
    conn: Connection, cluster_id: int, limit: int = 50
) -> list[AnnouncementRow]:
    """Return a cluster's announcements, the newest first."""
    return _found(conn, cluster_id, limit=limit)


def _found(
    conn: Connection, cluster_id: int, *wanted: Any, limit: int = 1
) -> list[AnnouncementRow]:
    event = announcement_event
    rows = conn.execute(
        select(announcement, event.c.start, event.c.end, event.c.place, event.c.sign_up)
        .outerjoin(event, event.c.announcement_id == announcement.c.id)
        .where(announcement.c.cluster_id == cluster_id, *wanted)
        .order_by(announcement.c.id.desc())
        .limit(limit)
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> AnnouncementRow:
    event = None
    if row.start is not None:
        event = Event(start=row.start, end=row.end, place=row.place, sign_up=row.sign_up)
    names = "id cluster_id uid state audience_kind made_public version item_id created approved"
    return AnnouncementRow(
        written=Written(title=row.title, body=row.body, picture=row.picture, event=event),
        **{name: getattr(row, name) for name in names.split()},
    )


def wordings_of(conn: Connection, row: AnnouncementRow) -> Mapping[int, Written]:
    """Return what each destination with a wording of its own gets, by the destination's id."""
    rows = conn.execute(select(wording).where(wording.c.announcement_id == row.id))
    return {
        one.destination_id: replace(
            row.written,
            title=row.written.title if one.title is None else one.title,
            body=row.written.body if one.body is None else one.body,
        )
        for one in rows
    }


def note_item(conn: Connection, announcement_id: int, item_id: int) -> None:
    """Remember which item of the hub the copies belong to."""
    conn.execute(
        update(announcement).where(announcement.c.id == announcement_id).values(item_id=item_id)
    )
