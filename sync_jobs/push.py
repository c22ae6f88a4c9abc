"""Sending what is due: one sender for each account, and never twice by itself.

Before anything leaves, the delivery is noted as being sent, the sending is counted on the
disk, and the count is noted beside the database. Killed anywhere, the next sender knows what
is in doubt, and looks for it before it sends again.
"""

import logging
import threading
from contextlib import suppress
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
from connector.store.destinations import SendingLease
from sync_jobs.approve import hashed, planned
from sync_jobs.letters import send_letters
from sync_jobs.looking import Work, is_change, look, lost, note_refusal, recover, rest, take_found
from sync_jobs.outbox import Outbox, hold_everything
from sync_jobs.reasons import (
    AUDIENCE,
    AUTH,
    BY_HAND,
    CANNOT_LOOK,
    CONFLICT,
    FLOOD,
    LATE_AFTER_TRYING,
    LATE_IN_DOUBT,
    NEVER_SENT,
    NOT_SEEN,
    PLAN,
)

log = logging.getLogger("clusterhub.push")

DAY = timedelta(days=1)


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
    except LeaseLostError as error:
        log.warning("account=%s %s", account, error)
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
    work = Work(outbox, lease, row, to, stop)
    try:
        opened = outbox.open(to)
    except ConfigError as error:
        if row.state in (State.QUEUED, State.SENDING, State.UNKNOWN):
            work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=str(error))
        return
    if row.state is State.SENDING:
        recover(work, opened)
    if work.row.state is State.SCHEDULED:
        work.happened(Move.TIME_CAME)
    can_look = work.find != "none" and work.row.due <= outbox.clock()
    if work.row.state in (State.UNKNOWN, State.AWAITING_PLATFORM) and can_look:
        look(work, opened)
    if work.row.state is State.QUEUED and work.row.due <= outbox.clock():
        _deliver(work, opened)


# --- sending --------------------------------------------------------------------------------


def _deliver(work: Work, opened: Destination) -> None:
    if _is_stopped_by_rule(work, opened):
        return
    can_look = work.find != "none" and not is_change(work.row)
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


def _is_stopped_by_rule(work: Work, opened: Destination) -> bool:
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
        _come_too_late(work)
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
    elif not (has_yes or is_change(row)) and timing.is_flood(lately, outbox.flood_brake):
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


def _come_too_late(work: Work) -> None:
    """Leave it to a person, and claim no more than what is known."""
    row = work.row
    if row.looks:
        work.happened(Move.HOLD, cause=NOT_SEEN, doubt=True, sentence=LATE_IN_DOUBT)
        return
    with work.outbox.store.read() as conn:
        letters = mailings.counts(conn, row.cluster_id, [row.id])
    told = LATE_AFTER_TRYING if row.attempts or letters else NEVER_SENT
    work.happened(Move.TOO_LATE, sentence=told, cause=None)


def _is_without_access(work: Work) -> bool:
    """Let a delivery wait where access has to be renewed first; return whether it does."""
    if work.to.trouble_sentence is None:
        return False
    work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=work.to.trouble_sentence)
    return True


def _is_absent(work: Work, opened: Destination) -> bool:
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
        take_found(work, found)
    return found is None


def _put_off(work: Work, error: SourceError) -> None:
    """Wait before anything was begun."""
    now = work.outbox.clock()
    due = timing.next_attempt(work.row.attempts + 1, now, getattr(error, "not_before", None))
    with work.outbox.store.write(work.row.cluster_id) as conn:
        destinations.renew(conn, work.lease, work.outbox.lease_time)
        deliveries.postpone(
            conn, work.row, due, attempts=work.row.attempts + 1, sentence=str(error)
        )


def _begin(work: Work) -> None:
    """Note that something is sent now, first in the database, then beside it."""
    now = work.outbox.clock()
    with work.outbox.store.write(work.row.cluster_id, durable=True) as conn:
        _note_begun(conn, work)
        work.row = deliveries.move(
            conn, work.row, Move.BEGIN, now, doubt=True, attempts=work.row.attempts + 1
        )
    work.outbox.anchor.note()


def _note_begun(conn: Connection, work: Work) -> None:
    destinations.renew(conn, work.lease, work.outbox.lease_time)
    instance.count_sending(conn)


def _do(work: Work, opened: Destination) -> None:
    """Ask the place to do what the delivery is for."""
    row = work.row
    if row.task == deliveries.UPDATE:
        take_found(work, opened.update(_known_receipt(work), row.message))
    elif row.task == deliveries.RETRACT:
        opened.retract(_known_receipt(work))
        work.happened(Move.REMOVED, doubt=False, cause=None, sentence=None)
    else:
        take_found(work, opened.send(row.message, row.marker))


def _known_receipt(work: Work) -> Receipt:
    with work.outbox.store.read() as conn:
        known = deliveries.receipts_of(conn, work.row.cluster_id, [work.row.id])
    if work.row.id not in known:
        raise PermanentError("The hub does not know where the copy is: change it at its place.")
    found = known[work.row.id]
    if work.row.cause == deliveries.OVER:
        return Receipt(found.external_id, found.url)
    return found


def _judge(work: Work, error: SourceError) -> None:
    """Write what an error means for the delivery."""
    now, told = work.outbox.clock(), str(error)
    if isinstance(error, ConflictError):
        work.happened(Move.WAIT_FOR_PERSON, cause=CONFLICT, sentence=told, doubt=False)
    elif isinstance(error, AuthError):
        note_refusal(work, error)
        work.happened(Move.WAIT_FOR_PERSON, cause=AUTH, sentence=told, doubt=False)
    elif is_change(work.row) and isinstance(error, PermanentError) and error.status in (404, 410):
        gone = "The copy is not at its place any more."
        work.happened(Move.REMOVED, doubt=False, cause=None, sentence=gone)
    elif isinstance(error, UnknownOutcome | ParseError) or _may_have_arrived(work, error):
        lost(work, told)
    elif isinstance(error, TemporaryError):
        due = timing.next_attempt(work.row.attempts, now, rest(work, error))
        work.happened(Move.NOT_TAKEN, due=due, sentence=told, doubt=False)
    else:
        work.happened(Move.REFUSED, cause=None, sentence=told, doubt=False)


def _may_have_arrived(work: Work, error: SourceError) -> bool:
    """Whether a server fell over while it had the message: 500 says nothing about what it did.

    A proxy's 503 does not either; where nobody can look, it counts only with a time to come back.
    """
    if error.status == 503:
        return work.find == "none" and getattr(error, "not_before", None) is None
    return error.status is not None and error.status >= 500


def _send_to_persons(work: Work, opened: PerPerson) -> None:
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


def _begin_letters(work: Work) -> None:
    """The ledger knows of each person, so the delivery as a whole is in no doubt."""
    now = work.outbox.clock()
    with work.outbox.store.write(work.row.cluster_id) as conn:
        destinations.renew(conn, work.lease, work.outbox.lease_time)
        work.row = deliveries.move(conn, work.row, Move.BEGIN, now, doubt=False)
