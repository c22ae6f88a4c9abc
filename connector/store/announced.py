"""Announcements as a page shows them: each with its destinations and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector.audience import Scope
from connector.store import announcements, deliveries, destinations, mailings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """How an announcement stands at one destination."""

    number: int
    to: str
    """The destination's title."""
    state: str
    due: datetime
    changed: datetime
    url: str | None
    """Of the copy."""
    sentence: str | None
    by_hand: str | None
    """The text to copy, where a person posts it."""
    letters: tuple[tuple[str, int], ...]
    """How many letters are in each state, where it goes to persons."""
    doubtful: tuple[str, ...]
    """Addresses whose letter is unknown or was refused; the first 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementView:
    """One announcement."""

    number: int
    title: str
    audience: str
    version: int
    created: datetime
    item_id: int | None
    deliveries: tuple[DeliveryView, ...]


@dataclass(frozen=True, slots=True)
class TroubleView:
    """A destination that somebody has to see to."""

    title: str
    sentence: str
    since: datetime


def announced(conn: Connection, scope: Scope, limit: int = 20) -> tuple[AnnouncementView, ...]:
    """Return the newest announcements with their deliveries; facilitators see them, nobody else."""
    if not scope.everything:
        return ()
    cluster_id = scope.cluster_id
    rows = announcements.newest_announcements(conn, cluster_id, limit)
    sent = deliveries.deliveries_of(conn, cluster_id, [row.id for row in rows])
    numbers = [one.id for one in sent]
    titles = {one.id: one.title for one in destinations.destinations_of(conn, cluster_id)}
    receipts = deliveries.receipts_of(conn, cluster_id, numbers)
    letters = mailings.counts(conn, cluster_id, numbers)
    return tuple(
        AnnouncementView(
            number=row.id,
            title=row.written.title,
            audience=row.audience_kind,
            version=row.version,
            created=row.created,
            item_id=row.item_id,
            deliveries=tuple(
                DeliveryView(
                    number=one.id,
                    to=titles[one.destination_id],
                    state=str(one.state),
                    due=one.due,
                    changed=one.changed,
                    url=receipts[one.id].url if one.id in receipts else None,
                    sentence=one.sentence,
                    by_hand=one.message.text if one.cause == "by_hand" else None,
                    letters=tuple(sorted(letters.get(one.id, {}).items())),
                    doubtful=_doubtful(conn, cluster_id, one.id) if one.id in letters else (),
                )
                for one in sent
                if one.announcement_id == row.id
            ),
        )
        for row in rows
    )


def _doubtful(conn: Connection, cluster_id: int, delivery_id: int) -> tuple[str, ...]:
    lines = mailings.doubtful(conn, cluster_id, delivery_id)
    return tuple(f"{one.address} ({one.state})" for one in lines[:20])


def troubled(conn: Connection, scope: Scope) -> tuple[TroubleView, ...]:
    """Return the destinations that cannot be sent to until somebody does something."""
    if not scope.everything:
        return ()
    return tuple(
        TroubleView(one.title, one.trouble_sentence, one.trouble_since)
        for one in destinations.destinations_of(conn, scope.cluster_id)
        if one.trouble_sentence and one.trouble_since and not one.paused
    )
