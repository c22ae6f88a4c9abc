"""Announcements as a page shows them: each with its destinations and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector.announce.moves import Move, State, may
from connector.audience import Scope
from connector.model import Message, Receipt
from connector.store import announcements, deliveries, destinations, mailings
from connector.store.deliveries import DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """How an announcement stands at one destination."""

    number: int
    to: str
    """The destination's title."""
    state: str
    """A delivery's state, or "withdrawn": a message says that the copy does not hold any more."""
    due: datetime
    changed: datetime
    url: str | None
    """Of the copy."""
    sentence: str | None
    by_hand: bool
    """Whether a person posts it."""
    may_be_there: bool
    """Whether somebody may say that the copy is there."""
    may_be_sent: bool
    """Whether somebody may say yes to it, so that it is sent."""
    in_doubt: bool
    """Whether nobody knows if it is there: with a yes it is looked for before it is sent."""
    may_be_absent: bool
    """Whether somebody may say that it is not there, so that it is sent again."""
    may_be_given_up: bool
    """Whether somebody may say that it is not there, so that nothing more happens."""
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
                _view(
                    one,
                    titles[one.destination_id],
                    receipts.get(one.id),
                    letters.get(one.id, {}),
                    _doubtful(conn, cluster_id, one.id) if one.id in letters else (),
                )
                for one in sent
                if one.announcement_id == row.id
            ),
        )
        for row in rows
    )


def delivery(conn: Connection, scope: Scope, number: int) -> tuple[DeliveryView, Message] | None:
    """Return one delivery and what is to be read there; None: there is none for this viewer."""
    cluster_id = scope.cluster_id
    one = deliveries.find_delivery(conn, cluster_id, number) if scope.everything else None
    if one is None:
        return None
    to = destinations.get_destination(conn, one.destination_id)
    receipts = deliveries.receipts_of(conn, cluster_id, [one.id])
    letters = mailings.counts(conn, cluster_id, [one.id]).get(one.id, {})
    doubtful = _doubtful(conn, cluster_id, one.id)
    return _view(one, to.title, receipts.get(one.id), letters, doubtful), one.message


def _view(
    one: DeliveryRow,
    to: str,
    receipt: Receipt | None,
    letters: Mapping[str, int],
    doubtful: tuple[str, ...],
) -> DeliveryView:
    yes = Move.RELEASE_IN_DOUBT if one.doubt else Move.RELEASE
    return DeliveryView(
        number=one.id,
        to=to,
        state=_state(one),
        due=one.due,
        changed=one.changed,
        url=receipt.url if receipt else None,
        sentence=one.sentence,
        by_hand=one.cause == "by_hand",
        may_be_there=may(one.state, Move.SAY_THERE),
        may_be_sent=may(one.state, yes) and one.cause not in ("by_hand", "taken_back"),
        in_doubt=one.doubt,
        may_be_absent=may(one.state, Move.SAY_ABSENT),
        may_be_given_up=one.cause == "taken_back" and may(one.state, Move.CANCEL),
        letters=tuple(sorted(letters.items())),
        doubtful=doubtful,
    )


def _state(one: DeliveryRow) -> str:
    is_withdrawn = one.state is State.RETRACTED and one.task == deliveries.WITHDRAW
    return "withdrawn" if is_withdrawn else str(one.state)


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
