"""One delivery in a sender's hands: what happened to it, and looking for what is in doubt.

Nothing here sends; ``push`` does.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.announce import timing
from connector.announce.moves import Move, State
from connector.contract import Destination, PerPerson
from connector.errors import AuthError, SourceError, TemporaryError
from connector.model import Receipt
from connector.store import deliveries, destinations, mailings
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import DestinationRow, SendingLease
from sync_jobs.outbox import Outbox
from sync_jobs.reasons import (
    AUTH,
    CANNOT_LOOK,
    CUT_OFF,
    NEVER_FOUND,
    NOT_AGREED,
    NOT_FOUND,
    NOT_SEEN,
)

log = logging.getLogger("clusterhub.push")


@dataclass(slots=True)
class Work:
    """One delivery in the hands of the account's only sender."""

    outbox: Outbox
    lease: SendingLease
    row: DeliveryRow
    to: DestinationRow
    stop: threading.Event

    def happened(self, move: Move, *receipts: Receipt, **changes: Any) -> None:
        """Write what happened, with the receipts; on the disk at return."""
        now = self.outbox.clock()
        with self.outbox.store.write(self.row.cluster_id, durable=True) as conn:
            destinations.renew(conn, self.lease, self.outbox.lease_time)
            for one in receipts:
                deliveries.put_receipt(conn, self.row, one, now)
            self.row = deliveries.move(conn, self.row, move, now, **changes)
        log.info("delivery=%s to=%s %s", self.row.id, self.to.key, move)

    @property
    def find(self) -> timing.Find:
        """How surely a copy can be found there."""
        return self.outbox.adapter_of(self.to).INFO.find


def recover(work: Work, opened: Destination) -> None:
    """Nobody else holds the account, so whoever was sending is gone."""
    if isinstance(opened, PerPerson):
        with work.outbox.store.write(work.row.cluster_id) as conn:
            destinations.renew(conn, work.lease, work.outbox.lease_time)
            mailings.doubt_unfinished(conn, work.row.id, CUT_OFF, work.outbox.clock())
        work.happened(Move.NOT_TAKEN, doubt=False)
        return
    lost(work, CUT_OFF)


def lost(work: Work, sentence: str) -> None:
    """Note that nobody knows whether it arrived, and when it is looked for."""
    now = work.outbox.clock()
    if is_change(work.row):
        # Done again it is the same as done once, so there is no doubt to be settled.
        due = timing.next_attempt(work.row.attempts, now)
        work.happened(Move.NOT_TAKEN, sentence=sentence, doubt=False, due=due)
        return
    look = timing.next_look(work.find, 0, now)
    told = sentence if look is not None else sentence + CANNOT_LOOK
    # The looks after a former sending stay counted: they tell that this was not the first.
    a_round = len(timing.LOOKS[work.find]) or 1
    looks = work.row.looks // a_round * a_round
    work.happened(Move.LOST, sentence=told, doubt=True, looks=looks, due=look or now)


def is_change(row: DeliveryRow) -> bool:
    """Whether a copy that is there is edited or taken back."""
    return row.task in (deliveries.UPDATE, deliveries.RETRACT)


def look(work: Work, opened: Destination) -> None:
    """Look whether the copy is there; no answer is no answer."""
    now = work.outbox.clock()
    try:
        found = opened.find(work.row.marker)
    except SourceError as error:
        _put_off_look(work, error)
        return
    if found is not None:
        take_found(work, found)
    elif work.row.state is State.AWAITING_PLATFORM:
        _not_seen_in_review(work, now)
    else:
        _not_seen(work, now)


def _put_off_look(work: Work, error: SourceError) -> None:
    """Look again later, and less and less often; not before access is renewed, where it is that."""
    now, told, attempts = work.outbox.clock(), str(error), max(work.row.attempts, 1)
    note_refusal(work, error)
    if work.row.state is State.AWAITING_PLATFORM:
        # What waits there must not come up for sending again when access is renewed.
        again = max(now + timing.REVIEW_EVERY, rest(work, error) or now)
        work.happened(Move.LOOKED, due=again, sentence=told)
    elif isinstance(error, AuthError):
        work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=told, doubt=True)
    else:
        due = timing.next_attempt(attempts, now, rest(work, error))
        work.happened(Move.LOOKED, due=due, sentence=told, attempts=attempts + 1)


def rest(work: Work, error: SourceError) -> datetime | None:
    """Keep everybody from an account that asked to be left in peace; return until when."""
    until = error.not_before if isinstance(error, TemporaryError) else None
    if until is not None:
        with work.outbox.store.write(work.row.cluster_id) as conn:
            destinations.rest_until(conn, work.to.account, until)
    return until


def _not_seen_in_review(work: Work, now: datetime) -> None:
    """Believe that nobody agreed once it was missing for a day; a queue may be slow to show."""
    looks = work.row.looks + 1
    if looks < timing.REVIEW_MISSES:
        work.happened(Move.LOOKED, looks=looks, due=now + timing.MISSED_AGAIN)
    else:
        work.happened(
            Move.WAIT_FOR_PERSON, cause=NOT_SEEN, sentence=NOT_AGREED, doubt=True, looks=0
        )


def _not_seen(work: Work, now: datetime) -> None:
    """Look again later; after the last look send once more, but not for ever without a person.

    A place may keep every copy and show none, so looking alone would never end.
    """
    waits = timing.LOOKS[work.find]
    former_rounds, looked = divmod(work.row.looks, len(waits))
    # The look of now was planned from when the answer was lost.
    due = timing.next_look(work.find, looked + 1, work.row.due - waits[looked])
    looks = work.row.looks + 1
    if due is not None:
        work.happened(Move.LOOKED, looks=looks, due=max(due, now))
    elif former_rounds < timing.MOST_AGAIN:
        work.happened(Move.SEEN_ABSENT, looks=looks, due=now, doubt=False, sentence=NOT_FOUND)
    else:
        work.happened(Move.HOLD, cause=NOT_SEEN, doubt=True, sentence=NEVER_FOUND)


def take_found(work: Work, found: Receipt) -> None:
    """Note what a place says of a copy that it has."""
    done: dict[str, Any] = {"doubt": False, "cause": None, "sentence": None}
    if found.removed:
        told = "It was found in the bin of its place: somebody there has taken it back."
        work.happened(Move.REMOVED, found, **done | {"sentence": told})
    elif work.row.task == deliveries.WITHDRAW:
        work.happened(Move.REMOVED, found, **done)
    elif found.waiting:
        due = work.outbox.clock() + timing.REVIEW_EVERY
        told = "It is there and waits for somebody at that place to agree."
        changes = done | {"due": due, "sentence": told, "looks": 0}
        if work.row.state is State.AWAITING_PLATFORM:
            work.happened(Move.LOOKED, **changes)
        else:
            work.happened(Move.TAKEN_FOR_REVIEW, found, **changes)
    else:
        work.happened(Move.TAKEN, found, **done)


def note_refusal(work: Work, error: SourceError) -> None:
    """Say once that access has to be renewed."""
    if not isinstance(error, AuthError):
        return
    with work.outbox.store.write(work.row.cluster_id) as conn:
        is_news = destinations.note_trouble(conn, work.to.id, str(error), work.outbox.clock())
    if is_news:
        log.warning("to=%s reconnect: %s", work.to.key, error)
