"""One message for each person: written into the ledger, sent, and noted, one after the other."""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connector.announce import timing
from connector.contract import PerPerson
from connector.errors import (
    AuthError,
    PermanentError,
    RecipientBusyError,
    SourceError,
    TemporaryError,
)
from connector.model import Recipient
from connector.store import destinations, instance, mailings
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import SendingLease
from connector.store.mailings import Letter
from sync_jobs.outbox import Outbox

DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
MOST_PAUSES = 3
"""After so many letters that the server does not take for now, it is left in peace."""
LATER = timedelta(hours=1)
"""Whoever has had enough mail for a day is looked at again after so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How far the letters of a delivery came."""

    sent: int
    unknown: int
    refused: int
    sentence: str
    again: datetime | None = None
    """When to go on; None: everybody has a line."""
    has_rest: bool = False
    """Whether somebody waits only because they had enough mail for a day."""


@dataclass(slots=True)
class _Round:
    """One slice of sending."""

    outbox: Outbox
    lease: SendingLease
    row: DeliveryRow
    opened: PerPerson
    letter: Letter


def send_letters(
    outbox: Outbox,
    lease: SendingLease,
    row: DeliveryRow,
    opened: PerPerson,
    stop: threading.Event,
) -> Result:
    """Send to whoever has no line yet, for one slice; who was put off comes last.

    Raises:
        AuthError: the server refuses us; nothing is in doubt.
        LeaseLostError: another sender has the account.
    """
    letter = Letter(
        cluster_id=row.cluster_id,
        announcement_id=row.announcement_id,
        delivery_id=row.id,
        version=row.version,
    )
    this = _Round(outbox, lease, row, opened, letter)
    begun = outbox.clock()
    waiting, capped = _waiting(this)
    pauses: list[datetime] = []
    by_server = 0
    for recipient in waiting:
        if stop.is_set() or outbox.clock() - begun >= outbox.slice_time:
            return _result(this, again=outbox.clock())
        paused = _send_one(this, recipient)
        if paused is None:
            continue
        pauses.append(_next(this, paused))
        by_server += not isinstance(paused, RecipientBusyError)
        if by_server >= MOST_PAUSES:
            break
    pauses += [outbox.clock() + LATER] if capped else []
    return _result(this, again=min(pauses) if pauses else None, has_rest=capped > 0)


def _waiting(this: _Round) -> tuple[list[Recipient], int]:
    """Return who gets a letter now, and how many have had enough for a day."""
    outbox, cluster_id = this.outbox, this.row.cluster_id
    everybody = [
        replace(one, stop_url=outbox.stop_link(cluster_id, one.address))
        for one in this.opened.recipients()
    ]
    since = outbox.clock() - DAY
    with outbox.store.read() as conn:
        done = mailings.has_line(conn, this.letter) | mailings.stopped(conn, cluster_id)
        left = [one for one in everybody if one.address not in done]
        addresses = [one.address for one in left]
        full = mailings.at_their_cap(conn, addresses, since, outbox.daily_mails)
        tried = mailings.tried(conn, this.letter)
    found = [one for one in left if one.address not in full]
    return sorted(found, key=lambda one: tried.get(one.address, NEVER)), len(full)


def _next(this: _Round, paused: TemporaryError) -> datetime:
    return timing.next_attempt(max(this.row.attempts, 1), this.outbox.clock(), paused.not_before)


def _send_one(this: _Round, recipient: Recipient) -> TemporaryError | None:
    """Send one letter; return why it has to be tried again."""
    outbox, row = this.outbox, this.row
    with outbox.store.write(row.cluster_id, durable=True) as conn:
        destinations.renew(conn, this.lease, outbox.lease_time)
        instance.count_sending(conn)
        line = mailings.begin(conn, this.letter, recipient.address, outbox.clock())
    outbox.anchor.note()
    try:
        this.opened.send_to(recipient, row.message, row.marker)
    except TemporaryError as error:
        _put_off(this, line)
        return error
    except AuthError:
        _put_off(this, line)
        raise
    except PermanentError as error:
        _end(this, line, mailings.REFUSED, str(error))
    except SourceError as error:
        _end(this, line, mailings.UNKNOWN, str(error))
    else:
        _end(this, line, mailings.SENT)
    return None


def _put_off(this: _Round, line: int) -> None:
    with this.outbox.store.write(this.row.cluster_id) as conn:
        destinations.renew(conn, this.lease, this.outbox.lease_time)
        mailings.put_off(conn, line, this.outbox.clock())


def _end(this: _Round, line: int, state: str, sentence: str | None = None) -> None:
    outbox = this.outbox
    with outbox.store.write(this.row.cluster_id, durable=True) as conn:
        destinations.renew(conn, this.lease, outbox.lease_time)
        mailings.end(conn, line, state, outbox.clock(), sentence)


def _result(this: _Round, again: datetime | None, *, has_rest: bool = False) -> Result:
    with this.outbox.store.read() as conn:
        found = mailings.counts(conn, this.row.cluster_id, [this.row.id]).get(this.row.id, {})
    sent, unknown = found.get(mailings.SENT, 0), found.get(mailings.UNKNOWN, 0)
    refused = found.get(mailings.REFUSED, 0)
    told = [f"{sent:,} sent"]
    told += [f"{unknown:,} unknown"] if unknown else []
    told += [f"{refused:,} refused by the mail server"] if refused else []
    return Result(
        sent=sent,
        unknown=unknown,
        refused=refused,
        sentence=", ".join(told) + ".",
        again=again,
        has_rest=has_rest,
    )
