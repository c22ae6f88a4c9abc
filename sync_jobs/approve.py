"""From what somebody wrote to what is sent: previews, the yes, corrections, taking back.

Nothing here asks a place anything; ``push`` sends.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.announce import moves, plan, timing
from connector.announce.moves import Move, State
from connector.announce.readers import is_too_open
from connector.announce.writing import Written, faults_of, message_of
from connector.contract import Critic, Destination, Planner
from connector.errors import ConfigError, StoreError
from connector.html import safe_link
from connector.model import Message, PlannedRequest, Receipt
from connector.store import announcements, deliveries, destinations, mailings
from connector.store.announcements import AnnouncementRow
from connector.store.database import Connection
from connector.store.deliveries import DeliveryRow, NewDelivery
from connector.store.destinations import DestinationRow
from sync_jobs.outbox import Outbox
from sync_jobs.reasons import (
    BEING_SENT,
    CANNOT_LOOK,
    FORMER_WORDS,
    NO_RECEIPT,
    NOT_CONFIGURED,
    PLAN,
    TAKE_BACK_IN_DOUBT,
    TAKEN_BACK,
)

_BARE_MARKER = "hub-" + "0" * 32
"""Stands for the marker in a plan: each delivery has another, and none is anybody's choice."""


_CORRECTION, _WITHDRAWN = "Correction: ", "Withdrawn: "
"""Before the title of a message of its own, where a copy stays as it is."""
_HOLDS_NO_MORE = "This announcement does not hold any more."
"""All that a withdrawal says beside its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one destination would get, and what is in the way."""

    destination: DestinationRow
    message: Message
    requests: Sequence[PlannedRequest]
    plan: str
    faults: Sequence[str]
    """What must be mended first; a sentence for each."""


def new_marker() -> str:
    """Return a mark that no other copy has."""
    return f"hub-{uuid.uuid4().hex}"


def previews(
    outbox: Outbox,
    row: AnnouncementRow,
    chosen: Iterable[DestinationRow],
    wordings: Mapping[int, tuple[str, str]] | None = None,
    common: Written | None = None,
) -> list[Preview]:
    """Return what each of these destinations would get.

    Args:
        outbox: the jobs' tools.
        row: the announcement, kept or not.
        chosen: where it is to go.
        wordings: other title and text for some destinations, by their ids; None: those kept.
        common: a correction of the announcement's words; wordings that are kept hold beside it.

    Raises ConfigError.
    """
    words = common or row.written
    own: dict[int, Written] = {}
    if wordings is None or common is not None:
        with outbox.store.read() as conn:
            own = dict(announcements.wordings_of(conn, replace(row, written=words)))
    for number, (title, body) in (wordings or {}).items():
        own[number] = replace(words, title=title or words.title, body=body)
    return [_preview(outbox, row, one, own.get(one.id, words)) for one in chosen]


def _preview(outbox: Outbox, row: AnnouncementRow, to: DestinationRow, written: Written) -> Preview:
    whole = message_of(written, zone=outbox.zone, uid=row.uid, version=row.version)
    opened = outbox.open(to)
    message = opened.preview(whole)
    faults = [*faults_of(written), *_objections(opened, message)]
    if to.paused:
        faults.append(NOT_CONFIGURED)
    if is_too_open(to.audience_kind, row.audience_kind) and not row.made_public:
        faults.append(
            f"More people see what stands there ({to.audience_kind}) than it is for "
            f"({row.audience_kind}): leave the place out, or say --make-public."
        )
    requests = planned(opened, message)
    return Preview(
        destination=to,
        message=message,
        requests=requests,
        plan=hashed(to, requests),
        faults=faults,
    )


def _objections(opened: Destination, message: Message) -> Sequence[str]:
    return opened.objections(message) if isinstance(opened, Critic) else ()


def planned(opened: Destination, message: Message) -> Sequence[PlannedRequest]:
    """Return the literal requests, or the message itself where a destination tells none."""
    if isinstance(opened, Planner):
        return opened.plan(message, _BARE_MARKER)
    fields = deliveries.message_json(message)
    body = "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
    return (PlannedRequest(method="SEND", address="", body=body),)


def hashed(to: DestinationRow, requests: Sequence[PlannedRequest]) -> str:
    """Return the hash of a plan for a destination."""
    return plan.plan_hash(
        requests, destination=f"{to.kind} {to.address}", audience=to.audience_kind
    )


def approve(
    outbox: Outbox, row: AnnouncementRow, wanted: Sequence[Preview], at: datetime | None = None
) -> None:
    """Say yes: one delivery for each destination, all in one transaction.

    Args:
        outbox: the jobs' tools.
        row: a draft.
        wanted: what was shown, without faults.
        at: when it is to be sent; None: now.

    Raises:
        StoreError: it was approved before, or something is in the way; nothing was kept.
    """
    faults = [f"{one.destination.title}: {fault}" for one in wanted for fault in one.faults]
    if faults or not wanted:
        raise StoreError(" ".join(faults) or "Say where it goes: name at least one destination.")
    now = outbox.clock()
    moment = timing.after_quiet(max(at or now, now), outbox.quiet, outbox.zone)
    state = State.QUEUED if moment <= now else State.SCHEDULED
    new = [
        NewDelivery(
            destination_id=one.destination.id,
            marker=new_marker(),
            state=state,
            message=one.message,
            plan=one.plan,
            planned=moment,
        )
        for one in wanted
    ]
    with outbox.store.write(row.cluster_id, durable=True) as conn:
        if deliveries.announcement_state(conn, row.id) != announcements.DRAFT:
            raise StoreError("It was approved before: nothing was changed.")
        announcements.mark_approved(conn, row.id, now)
        deliveries.add_deliveries(conn, row.cluster_id, row.id, new, now)


# --- afterwards -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a correction or a taking back did."""

    changed: tuple[DeliveryRow, ...]
    """The deliveries that are under way, held or cancelled by it."""
    left: tuple[str, ...]
    """Where it was not done: a sentence for each place, with its title."""


def correct(
    outbox: Outbox,
    row: AnnouncementRow,
    written: Written,
    wordings: Mapping[int, tuple[str, str]] | None = None,
) -> Aftermath:
    """Replace what was written and let every copy follow.

    A destination with a wording of its own keeps that, unless ``wordings`` has another title
    and text for its id. One that cannot be opened keeps no other from following; what still
    waits for it is held, since it has the former words. Raises StoreError with what is in the
    way.
    """
    with outbox.store.read() as conn:
        known = deliveries.deliveries_of(conn, row.cluster_id, [row.id])
        targets = {one.id: destinations.get_destination(conn, one.destination_id) for one in known}
    # What a place would refuse that has no copy any more is in nobody's way.
    known = [one for one in known if one.state not in _ENDED]
    corrected = replace(row, written=written, version=row.version + 1)
    shown: dict[int, Preview] = {}
    closed: dict[int, str] = {}
    for one in known:
        try:
            shown[one.id] = _shown_corrected(outbox, corrected, targets[one.id], wordings)
        except ConfigError as error:
            closed[one.id] = str(error)
    faults = faults_of(written) + [fault for one in shown.values() for fault in one.faults]
    if faults:
        raise StoreError(" ".join(dict.fromkeys(faults)))
    now = outbox.clock()
    changed = []
    with outbox.store.write(row.cluster_id, durable=True) as conn:
        announcements.correct(conn, row, written)
        for number, (title, body) in (wordings or {}).items():
            announcements.put_wording(
                conn, row.cluster_id, row.id, number, title=title or None, body=body
            )
        for one in known:
            to = targets[one.id]
            if one.id in shown:
                changed.append(_follow(outbox, conn, one, to, shown[one.id], now))
            elif moves.may(one.state, Move.HOLD) and one.state is not State.SENDING:
                told = f"{closed[one.id]} {FORMER_WORDS}"
                changed.append(
                    deliveries.move(conn, one, Move.HOLD, now, cause=PLAN, sentence=told)
                )
    left = [f"{targets[number].title}: {told}" for number, told in closed.items()]
    return Aftermath(tuple(changed), tuple(left))


_ENDED = frozenset((State.CANCELLED, State.RETRACTED))


def _shown_corrected(
    outbox: Outbox,
    corrected: AnnouncementRow,
    to: DestinationRow,
    wordings: Mapping[int, tuple[str, str]] | None,
) -> Preview:
    if to.paused:
        raise ConfigError(NOT_CONFIGURED)
    (shown,) = previews(outbox, corrected, [to], wordings, common=corrected.written)
    return shown


def _follow(
    outbox: Outbox,
    conn: Connection,
    one: DeliveryRow,
    to: DestinationRow,
    shown: Preview,
    now: datetime,
) -> DeliveryRow:
    """Let one delivery carry the corrected message."""
    values: dict[str, object] = {
        "message": deliveries.message_json(shown.message),
        "plan": shown.plan,
        "version": shown.message.version,
    }
    if one.doubt or one.state is State.SENDING:
        raise StoreError(
            f"It is not known yet whether the former words are at {to.title}: wait, or settle "
            f"delivery {one.id} first. Nothing was changed."
        )
    if one.state in (State.SENT, State.AWAITING_PLATFORM):
        can_update = "update" in outbox.adapter_of(to).INFO.delivers
        task = deliveries.UPDATE if can_update else deliveries.CORRECT
        if task == deliveries.CORRECT:
            values |= _follow_up(outbox, to, shown.message, _CORRECTION)
        return deliveries.move(conn, one, Move.CHANGE, now, task=task, **_afresh(now), **values)
    deliveries.replace_message(conn, one, now, **values)
    return one


def _follow_up(
    outbox: Outbox, to: DestinationRow, message: Message, prefix: str
) -> dict[str, object]:
    """Return what a message of its own needs: another title, plan and marker."""
    opened = outbox.open(to)
    title = prefix + message.title.removeprefix(_CORRECTION)
    told = opened.preview(replace(message, title=title))
    return {
        "message": deliveries.message_json(told),
        "plan": hashed(to, planned(opened, told)),
        "marker": new_marker(),
    }


def _afresh(now: datetime) -> dict[str, object]:
    return {
        "planned": now,
        "due": now,
        "attempts": 0,
        "looks": 0,
        "doubt": False,
        "cause": None,
        "sentence": None,
    }


def retract(outbox: Outbox, cluster_id: int, known: Iterable[DeliveryRow]) -> Aftermath:
    """Take back what was sent, and cancel what was not.

    Where a copy cannot be taken back (e-mail, chat), a message says that it does not hold any
    more. What is in doubt is kept from being sent again, and is told. Raises StoreError.
    """
    now = outbox.clock()
    changed: list[DeliveryRow] = []
    left: list[str] = []
    with outbox.store.write(cluster_id, durable=True) as conn:
        for one in known:
            to = destinations.get_destination(conn, one.destination_id)
            told = None
            try:
                moved, told = _take_back(outbox, conn, one, to, now)
                changed += [moved] if moved else []
            except ConfigError as error:
                told = str(error)
            left += [f"{to.title}: {told}"] if told else []
    return Aftermath(tuple(changed), tuple(left))


def _take_back(
    outbox: Outbox, conn: Connection, one: DeliveryRow, to: DestinationRow, now: datetime
) -> tuple[DeliveryRow | None, str | None]:
    """Return the delivery as it is now, if it changed, and why its copy is not taken back."""
    is_under_way = one.task in _TAKES_BACK and one.state is State.QUEUED
    if one.state in _ENDED or is_under_way:
        return None, None
    if one.state is State.SENDING:
        return _stop_sending(outbox, conn, one, to, now)
    # The ledger knows who may have a letter, so there a message is right in any doubt.
    has_letters = not _GOT.isdisjoint(
        mailings.counts(conn, one.cluster_id, [one.id]).get(one.id, ())
    )
    if not has_letters:
        if one.doubt or one.state is State.UNKNOWN:
            return _stop(conn, one, now)
        if one.task == deliveries.SEND and moves.may(one.state, Move.CANCEL):
            return deliveries.move(conn, one, Move.CANCEL, now), None
    if "retract" not in outbox.adapter_of(to).INFO.delivers:
        return _withdraw(outbox, conn, one, to, now), None
    if not deliveries.receipts_of(conn, one.cluster_id, [one.id]):
        return None, NO_RECEIPT
    values = _afresh(now) | {"task": deliveries.RETRACT}
    return deliveries.move(conn, one, Move.CHANGE, now, **values), None


_TAKES_BACK = frozenset((deliveries.RETRACT, deliveries.WITHDRAW))
_GOT = frozenset((mailings.SENT, mailings.UNKNOWN))


def _stop_sending(
    outbox: Outbox, conn: Connection, one: DeliveryRow, to: DestinationRow, now: datetime
) -> tuple[DeliveryRow | None, str]:
    """Stop what a sender that is gone had begun; one that is at it must write its end itself."""
    lease = destinations.claim(conn, to.account, outbox.lease_time)
    if lease is None:
        return None, BEING_SENT
    stopped = _stop(conn, one, now)
    destinations.release(conn, lease)
    return stopped


def _stop(conn: Connection, one: DeliveryRow, now: datetime) -> tuple[DeliveryRow, str]:
    """Let nobody but a person send again what is in doubt."""
    values = {"cause": TAKEN_BACK, "sentence": TAKE_BACK_IN_DOUBT, "doubt": True}
    if moves.may(one.state, Move.HOLD):
        return deliveries.move(conn, one, Move.HOLD, now, **values), TAKE_BACK_IN_DOUBT
    deliveries.replace_message(conn, one, now, **values)
    return deliveries.get_delivery(conn, one.id), TAKE_BACK_IN_DOUBT


def _withdraw(
    outbox: Outbox, conn: Connection, one: DeliveryRow, to: DestinationRow, now: datetime
) -> DeliveryRow:
    version = one.version + 1
    # Those who get it are not to read once more what does not hold; a calendar needs the times.
    message = replace(
        one.message,
        html=f"<p>{_HOLDS_NO_MORE}</p>",
        text=_HOLDS_NO_MORE,
        picture=None,
        url=None,
        version=version,
        cancelled=True,
    )
    values = _afresh(now) | {"task": deliveries.WITHDRAW, "version": version}
    values |= _follow_up(outbox, to, message, _WITHDRAWN)
    return deliveries.move(conn, one, Move.CHANGE, now, **values)


def retry(outbox: Outbox, one: DeliveryRow, *, over: bool = False) -> DeliveryRow:
    """Say yes to a delivery that waits or failed; return it as it is now.

    Args:
        outbox: the jobs' tools.
        one: the delivery.
        over: write over what somebody edited at its place.

    Raises StoreError where nothing is to be said yes to, or what was agreed to has changed.
    """
    now = outbox.clock()
    with outbox.store.read() as conn:
        to = destinations.get_destination(conn, one.destination_id)
    cause = deliveries.OVER if over else deliveries.RELEASED
    values = _afresh(now) | {"cause": cause, "plan": _plan_now(outbox, to, one)}
    if one.doubt:
        # Looked for first; where that cannot be, a person has to say ('settle').
        happened = Move.RELEASE_IN_DOUBT
        is_blind = to.kind in outbox.blind_kinds
        values |= {"doubt": True, "sentence": CANNOT_LOOK.strip() if is_blind else one.sentence}
        # The yes is for one more sending, not for as many as without one.
        a_round = len(timing.LOOKS[outbox.adapter_of(to).INFO.find])
        values["looks"] = (timing.MOST_AGAIN - 1) * a_round
    else:
        happened = Move.RELEASE
    if not moves.may(one.state, happened):
        raise StoreError(
            f"Delivery {one.id} is {one.state}, so there is nothing to send again"
            + (": say with 'clusterhub settle' whether it is there." if one.doubt else ".")
        )
    with outbox.store.write(one.cluster_id, durable=True) as conn:
        return deliveries.move(conn, one, happened, now, **values)


def _plan_now(outbox: Outbox, to: DestinationRow, one: DeliveryRow) -> str:
    return hashed(to, planned(outbox.open(to), one.message))


def settle(
    outbox: Outbox, one: DeliveryRow, *, is_there: bool, url: str | None = None
) -> DeliveryRow:
    """Let a person say whether a copy is there; return the delivery as it is now.

    Raises StoreError where the hub knows it, and ConfigError for what is no address of a page.
    """
    if url is not None and safe_link(url) is None:
        raise ConfigError("That is no address of a page: copy the whole of it, with https://.")
    now = outbox.clock()
    gives_up = not is_there and one.cause == TAKEN_BACK
    happened = Move.SAY_THERE if is_there else Move.CANCEL if gives_up else Move.SAY_ABSENT
    if not moves.may(one.state, happened):
        raise StoreError(f"Delivery {one.id} is {one.state}: there is nothing to settle.")
    with outbox.store.write(one.cluster_id, durable=True) as conn:
        mailings.settle_unknown(conn, one.id, is_there=is_there, now=now)
        if is_there:
            if url is not None:
                deliveries.put_receipt(conn, one, Receipt(url, url), now)
            return deliveries.move(conn, one, happened, now, doubt=False, cause=None, sentence=None)
        cause = None if gives_up else deliveries.RELEASED
        return deliveries.move(conn, one, happened, now, **_afresh(now) | {"cause": cause})
