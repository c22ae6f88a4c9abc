"""Sending what is due: one sender for each account, and never twice by itself.

Before anything leaves, the delivery is noted as being sent, the sending is counted on the
disk, and the count is noted beside the database. Killed anywhere, the next sender knows what
is in doubt, and looks for it before it sends again.
"""

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector.announce import timing
from connector.announce.moves import Move, State
from connector.announce.readers import is_too_open
from connector.contract import Destination, PerPerson
from connector.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    HubError,
    LeaseLostError,
    ParseError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.model import Receipt
from connector.store import announcements, deliveries, destinations, instance, mailings
from connector.store.database import Connection
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import DestinationRow, SendingLease
from sync_jobs.approve import hashed, planned
from sync_jobs.letters import send_letters
from sync_jobs.outbox import Outbox, hold_everything

log = logging.getLogger("clusterhub.push")

AUTH, CONFLICT, BY_HAND, FLOOD, AUDIENCE, PLAN = (
    "auth", "conflict", "by_hand", "flood", "audience", "plan",
)  # fmt: skip
"""Causes: why a delivery waits for a person."""
DAY = timedelta(days=1)

CUT_OFF = "The hub was stopped while it was sending, so nobody knows whether this arrived."
NOT_FOUND = "It was looked for and is not there, so it is sent again."
CANNOT_LOOK = (
    " The hub cannot look there: look yourself, then say with 'clusterhub settle' whether it is "
    "there."
)


@dataclass(slots=True)
class _Work:
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


def send_due(outbox: Outbox, stop: threading.Event | None = None) -> int:
    """Send what is due, and look for what is in doubt; return how many deliveries were seen to.

    Safe to call from anywhere at any time. Raises StoreError.
    """
    stop = stop or threading.Event()
    with outbox.store.read() as conn:
        accounts = deliveries.accounts_with_work(
            conn, outbox.clock(), blind_kinds=outbox.blind_kinds
        )
    if not accounts:
        return 0
    if not outbox.anchor.holds():
        held = hold_everything(outbox.store, outbox.clock())
        log.warning("%d deliveries are held: the hub was restored, moved or copied.", held)
        return 0
    return sum(_send_apart(outbox, account, stop) for account in accounts)


def _send_apart(outbox: Outbox, account: str, stop: threading.Event) -> int:
    """Send for one account; a mistake of ours there keeps no other account from sending.

    What was being sent is in doubt then, and is looked for as after any other end of a sender.
    """
    try:
        return _send_for(outbox, account, stop)
    except HubError:
        raise
    except Exception:
        log.exception("account=%s failed by a mistake of Cluster Hub", account)
        return 0


def _send_for(outbox: Outbox, account: str, stop: threading.Event) -> int:
    with outbox.store.write() as conn:
        lease = destinations.claim(conn, account, outbox.lease_time)
    if lease is None:
        return 0
    seen = 0
    try:
        with outbox.store.read() as conn:
            ids = deliveries.work_of(conn, account, outbox.clock(), blind_kinds=outbox.blind_kinds)
        for delivery_id in ids:
            if stop.is_set():
                break
            _see_to(outbox, lease, delivery_id, stop)
            seen += 1
    except LeaseLostError as lost:
        log.warning("account=%s %s", account, lost)
    finally:
        with outbox.store.write() as conn:
            destinations.release(conn, lease)
    return seen


def _see_to(outbox: Outbox, lease: SendingLease, delivery_id: int, stop: threading.Event) -> None:
    """Do the next thing for one delivery."""
    with outbox.store.read() as conn:
        row = deliveries.get_delivery(conn, delivery_id)
        to = destinations.get_destination(conn, row.destination_id)
    if to.not_before is not None and to.not_before > outbox.clock():
        return
    work = _Work(outbox, lease, row, to, stop)
    try:
        opened = outbox.open(to)
    except ConfigError as error:
        if row.state in (State.QUEUED, State.SENDING, State.UNKNOWN):
            work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=str(error))
        return
    if row.state is State.SENDING:
        _recover(work, opened)
    if work.row.state is State.SCHEDULED:
        work.happened(Move.TIME_CAME)
    can_look = work.find != "none" and work.row.due <= outbox.clock()
    if work.row.state in (State.UNKNOWN, State.AWAITING_PLATFORM) and can_look:
        _look(work, opened)
    if work.row.state is State.QUEUED and work.row.due <= outbox.clock():
        _deliver(work, opened)


# --- what is in doubt -----------------------------------------------------------------------


def _recover(work: _Work, opened: Destination) -> None:
    """Nobody else holds the account, so whoever was sending is gone."""
    if isinstance(opened, PerPerson):
        with work.outbox.store.write(work.row.cluster_id) as conn:
            destinations.renew(conn, work.lease, work.outbox.lease_time)
            mailings.doubt_unfinished(conn, work.row.id, CUT_OFF, work.outbox.clock())
        work.happened(Move.NOT_TAKEN, doubt=False)
        return
    _lost(work, CUT_OFF)


def _lost(work: _Work, sentence: str) -> None:
    now = work.outbox.clock()
    if _is_change(work.row):
        # Done again it is the same as done once, so there is no doubt to be settled.
        due = timing.next_attempt(work.row.attempts, now)
        work.happened(Move.NOT_TAKEN, sentence=sentence, doubt=False, due=due)
        return
    look = timing.next_look(work.find, 0, now)
    told = sentence if look is not None else sentence + CANNOT_LOOK
    work.happened(Move.LOST, sentence=told, doubt=True, looks=0, due=look or now)


def _is_change(row: DeliveryRow) -> bool:
    """Whether a copy that is there is edited or taken back."""
    return row.task in (deliveries.UPDATE, deliveries.RETRACT)


def _look(work: _Work, opened: Destination) -> None:
    """Look whether the copy is there; no answer is no answer."""
    now = work.outbox.clock()
    try:
        found = opened.find(work.row.marker)
    except SourceError as error:
        _note_refusal(work, error)
        again = now + timing.RETRY_FIRST
        work.happened(Move.LOOKED, due=again, sentence=str(error))
        return
    if found is not None:
        _found(work, found)
    elif work.row.state is State.AWAITING_PLATFORM:
        work.happened(Move.LOOKED, due=now + timing.REVIEW_EVERY)
    else:
        looks = work.row.looks + 1
        due = timing.next_look(work.find, looks, _lost_at(work.row))
        if due is None:
            work.happened(Move.SEEN_ABSENT, looks=looks, due=now, doubt=False, sentence=NOT_FOUND)
        else:
            work.happened(Move.LOOKED, looks=looks, due=max(due, now))


def _lost_at(row: DeliveryRow) -> Any:
    """Return when the answer was lost: the last look was planned from there."""
    return row.due - timing.LOOKS["delayed"][min(row.looks, 3)]


def _found(work: _Work, found: Receipt) -> None:
    done: dict[str, Any] = {"doubt": False, "cause": None, "sentence": None}
    if found.removed:
        told = "It was found in the bin of its place: somebody there has taken it back."
        work.happened(Move.REMOVED, found, **done | {"sentence": told})
    elif work.row.task == deliveries.WITHDRAW:
        work.happened(Move.REMOVED, found, **done)
    elif found.waiting:
        due = work.outbox.clock() + timing.REVIEW_EVERY
        told = "It is there and waits for somebody at that place to agree."
        if work.row.state is State.AWAITING_PLATFORM:
            work.happened(Move.LOOKED, due=due)
        else:
            work.happened(Move.TAKEN_FOR_REVIEW, found, **done | {"due": due, "sentence": told})
    else:
        work.happened(Move.TAKEN, found, **done)


# --- sending --------------------------------------------------------------------------------


def _deliver(work: _Work, opened: Destination) -> None:
    if _is_stopped_by_rule(work, opened):
        return
    can_look = work.find != "none" and not _is_change(work.row)
    if can_look and not _is_absent(work, opened):
        return
    if isinstance(opened, PerPerson):
        _send_to_persons(work, opened)
        return
    _begin(work)
    try:
        _do(work, opened)
    except SourceError as error:
        _judge(work, error)


def _is_stopped_by_rule(work: _Work, opened: Destination) -> bool:
    """Move on what must not be sent now; return whether it is stopped."""
    outbox, row, to = work.outbox, work.row, work.to
    now = outbox.clock()
    quiet_end = timing.after_quiet(now, outbox.quiet, outbox.zone)
    with outbox.store.read() as conn:
        lately = deliveries.sent_lately(conn, to.id, now - DAY)
        announced = announcements.get_announcement(conn, row.cluster_id, row.announcement_id)
    assert announced is not None
    has_yes = row.cause in (deliveries.RELEASED, deliveries.OVER)
    if row.task == deliveries.RETRACT:
        return _is_without_access(work)  # nothing stands in the way of taking something back
    if timing.is_too_late(row.planned, now, outbox.late_limit):
        told = "Its time was missed by too much, so it was not sent. 'clusterhub retry' sends it."
        work.happened(Move.TOO_LATE, sentence=told, cause=None)
    elif _is_without_access(work):
        return True
    elif not outbox.adapter_of(to).INFO.delivers:
        told = (
            "The hub cannot write there. Copy the text, post it there, then say that you have: "
            f"on the page of announcements, or with 'clusterhub settle {row.id} --there'."
        )
        work.happened(Move.WAIT_FOR_PERSON, cause=BY_HAND, sentence=told)
    elif is_too_open(to.audience_kind, announced.audience_kind) and not announced.made_public:
        told = "More people see what stands there now than it is for. Leave it out, or change that."
        work.happened(Move.HOLD, cause=AUDIENCE, sentence=told)
    elif hashed(to, planned(opened, row.message)) != row.plan:
        told = "What would be sent there has changed since somebody said yes. Look, then retry it."
        work.happened(Move.HOLD, cause=PLAN, sentence=told)
    elif not (has_yes or _is_change(row)) and timing.is_flood(lately, outbox.flood_brake):
        told = (
            f"More than {outbox.flood_brake} copies went there within a day. Say yes to this one."
        )
        work.happened(Move.HOLD, cause=FLOOD, sentence=told)
    elif quiet_end > now:
        with outbox.store.write(row.cluster_id) as conn:
            # Nobody is late who waits for the morning.
            deliveries.postpone(conn, row, quiet_end, planned=max(row.planned, quiet_end))
    else:
        return False
    return True


def _is_without_access(work: _Work) -> bool:
    """Let a delivery wait where access has to be renewed first; return whether it does."""
    if work.to.trouble_sentence is None:
        return False
    work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=work.to.trouble_sentence)
    return True


def _is_absent(work: _Work, opened: Destination) -> bool:
    """Look before sending; where there is no answer, wait."""
    try:
        found = opened.find(work.row.marker)
    except AuthError as error:
        _judge(work, error)
        return False
    except SourceError as error:
        _put_off(work, error)
        return False
    if found is not None:
        _found(work, found)
    return found is None


def _put_off(work: _Work, error: SourceError) -> None:
    """Wait before anything was begun."""
    now = work.outbox.clock()
    due = timing.next_attempt(work.row.attempts + 1, now, getattr(error, "not_before", None))
    with work.outbox.store.write(work.row.cluster_id) as conn:
        destinations.renew(conn, work.lease, work.outbox.lease_time)
        deliveries.postpone(
            conn, work.row, due, attempts=work.row.attempts + 1, sentence=str(error)
        )


def _begin(work: _Work) -> None:
    """Note that something is sent now, first in the database, then beside it."""
    now = work.outbox.clock()
    with work.outbox.store.write(work.row.cluster_id, durable=True) as conn:
        _note_begun(conn, work)
        work.row = deliveries.move(
            conn, work.row, Move.BEGIN, now, doubt=True, attempts=work.row.attempts + 1
        )
    work.outbox.anchor.note()


def _note_begun(conn: Connection, work: _Work) -> None:
    destinations.renew(conn, work.lease, work.outbox.lease_time)
    instance.count_sending(conn)


def _do(work: _Work, opened: Destination) -> None:
    """Ask the place to do what the delivery is for."""
    row = work.row
    if row.task == deliveries.UPDATE:
        _found(work, opened.update(_known_receipt(work), row.message))
    elif row.task == deliveries.RETRACT:
        opened.retract(_known_receipt(work))
        work.happened(Move.REMOVED, doubt=False, cause=None, sentence=None)
    else:
        _found(work, opened.send(row.message, row.marker))


def _known_receipt(work: _Work) -> Receipt:
    with work.outbox.store.read() as conn:
        known = deliveries.receipts_of(conn, work.row.cluster_id, [work.row.id])
    if work.row.id not in known:
        raise PermanentError("The hub does not know where the copy is: change it at its place.")
    found = known[work.row.id]
    if work.row.cause == deliveries.OVER:
        return Receipt(found.external_id, found.url)
    return found


def _judge(work: _Work, error: SourceError) -> None:
    """Write what an error means for the delivery."""
    now, told = work.outbox.clock(), str(error)
    if isinstance(error, ConflictError):
        work.happened(Move.WAIT_FOR_PERSON, cause=CONFLICT, sentence=told, doubt=False)
    elif isinstance(error, AuthError):
        _note_refusal(work, error)
        work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=told, doubt=False)
    elif _is_change(work.row) and isinstance(error, PermanentError) and error.status in (404, 410):
        gone = "The copy is not at its place any more."
        work.happened(Move.REMOVED, doubt=False, cause=None, sentence=gone)
    elif isinstance(error, UnknownOutcome | ParseError) or _may_have_arrived(work, error):
        _lost(work, told)
    elif isinstance(error, TemporaryError):
        if error.not_before is not None:
            with work.outbox.store.write(work.row.cluster_id) as conn:
                destinations.rest_until(conn, work.to.account, error.not_before)
        due = timing.next_attempt(work.row.attempts, now, error.not_before)
        work.happened(Move.NOT_TAKEN, due=due, sentence=told, doubt=False)
    else:
        work.happened(Move.REFUSED, cause=None, sentence=told, doubt=False)


def _may_have_arrived(work: _Work, error: SourceError) -> bool:
    """Whether a server fell over while it had the message: 500 says nothing about what it did.

    A proxy's 503 does not either; where nobody can look, it counts only with a time to come back.
    """
    if error.status == 503:
        return work.find == "none" and getattr(error, "not_before", None) is None
    return error.status is not None and error.status >= 500


def _note_refusal(work: _Work, error: SourceError) -> None:
    """Say once that access has to be renewed."""
    if not isinstance(error, AuthError):
        return
    with work.outbox.store.write(work.row.cluster_id) as conn:
        is_news = destinations.note_trouble(conn, work.to.id, str(error), work.outbox.clock())
    if is_news:
        log.warning("to=%s reconnect: %s", work.to.key, error)


def _send_to_persons(work: _Work, opened: PerPerson) -> None:
    """Send each person a message of their own, as far as this slice goes."""
    with suppress(LeaseLostError):
        _begin_letters(work)
        try:
            result = send_letters(work.outbox, work.lease, work.row, opened, work.stop)
        except AuthError as error:
            _judge(work, error)
            return
        finally:
            opened.close()
        now = work.outbox.clock()
        changes: dict[str, Any] = {"doubt": False, "sentence": result.sentence}
        if result.has_rest:
            # Nobody is late who waits because the hub sent them enough for a day.
            changes["planned"] = max(work.row.planned, now)
        if result.again is not None:
            work.happened(Move.NOT_TAKEN, due=max(result.again, now), **changes)
        elif result.unknown:
            work.happened(Move.LOST, **changes | {"sentence": result.sentence + CANNOT_LOOK})
        elif result.refused and not result.sent:
            work.happened(Move.REFUSED, cause=None, **changes)
        elif work.row.task == deliveries.WITHDRAW:
            work.happened(Move.REMOVED, cause=None, **changes)
        else:
            work.happened(Move.TAKEN, cause=None, **changes)


def _begin_letters(work: _Work) -> None:
    """The ledger knows of each person, so the delivery as a whole is in no doubt."""
    now = work.outbox.clock()
    with work.outbox.store.write(work.row.cluster_id) as conn:
        destinations.renew(conn, work.lease, work.outbox.lease_time)
        work.row = deliveries.move(conn, work.row, Move.BEGIN, now, doubt=False)
