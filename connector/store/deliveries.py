"""Deliveries: how an announcement stands at each destination, and the receipts of its copies.

A delivery changes by a move alone (``connector.announce.moves``), and only while it stands
where whoever moves it saw it: two at once cannot both.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from connector.announce.moves import PENDING, Move, State, after
from connector.errors import StoreError
from connector.identity import link_key
from connector.model import Message, Receipt
from connector.store.outbox_tables import announcement, delivery, destination, receipt

SEND, UPDATE, RETRACT, CORRECT, WITHDRAW = "send", "update", "retract", "correct", "withdraw"
"""What a delivery is to do: the last two are messages of their own, where a copy stays as it is."""
RELEASED, OVER = "released", "over"
"""Causes: somebody said yes to it as it is; somebody said to write over what was edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery that somebody said yes to."""

    destination_id: int
    marker: str
    state: State
    message: Message
    plan: str
    planned: datetime
    """When it was to be sent, quiet hours included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A kept delivery."""

    id: int
    cluster_id: int
    announcement_id: int
    destination_id: int
    marker: str
    state: State
    task: str
    message: Message
    plan: str
    version: int
    """Of the announcement."""
    planned: datetime
    due: datetime
    changed: datetime
    doubt: bool
    """Something began whose end nobody knows."""
    attempts: int
    looks: int
    cause: str | None
    """Why it waits, in one word for the program."""
    sentence: str | None
    """Why it waits, or what went wrong, for people."""


_PLAIN = tuple(name for name in DeliveryRow.__slots__ if name not in ("state", "message"))


def add_deliveries(
    conn: Connection,
    cluster_id: int,
    announcement_id: int,
    wanted: Sequence[NewDelivery],
    now: datetime,
) -> None:
    """Keep one delivery for each destination."""
    rows = [
        {
            "cluster_id": cluster_id,
            "announcement_id": announcement_id,
            "destination_id": one.destination_id,
            "marker": one.marker,
            "state": str(one.state),
            "task": SEND,
            "message": message_json(one.message),
            "plan": one.plan,
            "version": one.message.version,
            "planned": one.planned,
            "due": one.planned,
            "changed": now,
            "doubt": False,
            "attempts": 0,
            "looks": 0,
        }
        for one in wanted
    ]
    conn.execute(insert(delivery), rows)


def message_json(message: Message) -> dict[str, Any]:
    """Return a message as a row keeps it."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(message).items()
    }


def message_from(kept: dict[str, Any]) -> Message:
    """Return the message that a row keeps."""
    times = {name: kept[name] for name in ("start", "end") if kept.get(name)}
    return Message(**kept | {name: datetime.fromisoformat(one) for name, one in times.items()})


def _row(row: Any) -> DeliveryRow:
    return DeliveryRow(
        state=State(row.state),
        message=message_from(row.message),
        **{name: getattr(row, name) for name in _PLAIN},
    )


def get_delivery(conn: Connection, delivery_id: int) -> DeliveryRow:
    """Return one delivery; it exists."""
    return _row(conn.execute(select(delivery).where(delivery.c.id == delivery_id)).one())


def find_delivery(conn: Connection, cluster_id: int, delivery_id: int) -> DeliveryRow | None:
    """Return one delivery of a cluster, or None."""
    row = conn.execute(
        select(delivery).where(delivery.c.cluster_id == cluster_id, delivery.c.id == delivery_id)
    ).one_or_none()
    return None if row is None else _row(row)


def deliveries_of(
    conn: Connection, cluster_id: int, announcement_ids: Collection[int]
) -> list[DeliveryRow]:
    """Return the deliveries of these announcements, in the order they were made."""
    rows = conn.execute(
        select(delivery)
        .where(
            delivery.c.cluster_id == cluster_id,
            delivery.c.announcement_id.in_(list(announcement_ids)),
        )
        .order_by(delivery.c.announcement_id.desc(), delivery.c.id)
    )
    return [_row(row) for row in rows]


def move(
    conn: Connection, row: DeliveryRow, happened: Move, now: datetime, **changes: Any
) -> DeliveryRow:
    """Let something have happened to a delivery; return it as it is now.

    Args:
        row: as whoever decided this saw it.
        happened: which move.
        now: the present moment.
        changes: columns that change with it.

    Raises:
        IllegalMoveError: it cannot happen from where it stands.
        StoreError: it has moved since; nothing was written.
    """
    values = {"state": str(after(row.state, happened)), "changed": now} | changes
    found = conn.execute(
        update(delivery)
        .where(
            delivery.c.id == row.id,
            delivery.c.state == str(row.state),
            delivery.c.changed == row.changed,
        )
        .values(**values)
        .returning(*delivery.c)
    ).one_or_none()
    if found is None:
        raise StoreError(f"Delivery {row.id} has changed meanwhile: look at it again.")
    return _row(found)


def replace_message(conn: Connection, row: DeliveryRow, now: datetime, **values: Any) -> None:
    """Let a delivery that was not sent carry other words. Raises StoreError if it has moved."""
    found = conn.execute(
        update(delivery)
        .where(
            delivery.c.id == row.id,
            delivery.c.state == str(row.state),
            delivery.c.changed == row.changed,
        )
        .values(changed=now, **values)
    )
    if found.rowcount != 1:
        raise StoreError(f"Delivery {row.id} has changed meanwhile: look at it again.")


def postpone(conn: Connection, row: DeliveryRow, due: datetime, **values: Any) -> None:
    """Let a delivery wait where it stands; one that has moved meanwhile is left alone."""
    same = (delivery.c.id == row.id, delivery.c.state == str(row.state))
    conn.execute(update(delivery).where(*same).values(due=due, **values))


def accounts_with_work(
    conn: Connection, now: datetime, *, blind_kinds: Collection[str]
) -> list[str]:
    """Return the accounts that something is to be done for, the longest waiting first.

    Args:
        now: decides what is due.
        blind_kinds: kinds of destinations where nothing can be looked for.
    """
    query = (
        select(destination.c.account, func.min(delivery.c.due))
        .join(destination, destination.c.id == delivery.c.destination_id)
        .where(_has_work(now, blind_kinds))
        .group_by(destination.c.account)
        .order_by(func.min(delivery.c.due), destination.c.account)
    )
    return [row.account for row in conn.execute(query)]


def work_of(
    conn: Connection, account: str, now: datetime, *, blind_kinds: Collection[str]
) -> list[int]:
    """Return the deliveries of an account that something is to be done about, the oldest first."""
    query = (
        select(delivery.c.id)
        .join(destination, destination.c.id == delivery.c.destination_id)
        .where(destination.c.account == account, _has_work(now, blind_kinds))
        .order_by(delivery.c.due, delivery.c.id)
    )
    return list(conn.execute(query).scalars())


def _has_work(now: datetime, blind_kinds: Collection[str]) -> Any:
    can_look = destination.c.kind.not_in(list(blind_kinds))
    is_at_work = delivery.c.state.in_([State.SCHEDULED, State.QUEUED, State.SENDING])
    waits = delivery.c.state.in_([State.UNKNOWN, State.AWAITING_PLATFORM])
    rests = and_(destination.c.not_before.is_not(None), destination.c.not_before > now)
    return and_(
        ~rests,
        or_(
            delivery.c.state == State.SENDING,
            and_(delivery.c.due <= now, or_(is_at_work, and_(waits, can_look))),
        ),
    )


def next_due(conn: Connection, destination_id: int) -> datetime | None:
    """Return when the next delivery to a destination is due; None: none waits."""
    waits = [State.SCHEDULED, State.QUEUED, State.NEEDS_ATTENTION]
    found: datetime | None = conn.execute(
        select(func.min(delivery.c.due)).where(
            delivery.c.destination_id == destination_id, delivery.c.state.in_(waits)
        )
    ).scalar_one()
    return found


def waiting_for_access(conn: Connection, destination_id: int, cause: str) -> list[DeliveryRow]:
    """Return the deliveries to a destination that wait for a person for this cause."""
    rows = conn.execute(
        select(delivery).where(
            delivery.c.destination_id == destination_id,
            delivery.c.state == State.NEEDS_ATTENTION,
            delivery.c.cause == cause,
        )
    )
    return [_row(row) for row in rows]


def sent_lately(conn: Connection, destination_id: int, since: datetime) -> int:
    """Return how many copies were sent to a destination, or may have been, since then."""
    out = [State.SENT, State.AWAITING_PLATFORM, State.UNKNOWN, State.SENDING]
    return conn.execute(
        select(func.count()).where(
            delivery.c.destination_id == destination_id,
            delivery.c.state.in_(out),
            delivery.c.changed >= since,
        )
    ).scalar_one()


def hold_all(conn: Connection, cluster_id: int, cause: str, sentence: str, now: datetime) -> int:
    """Hold everything of a cluster that might still be sent; return how many that were."""
    rows = conn.execute(
        select(delivery).where(
            delivery.c.cluster_id == cluster_id, delivery.c.state.in_(sorted(PENDING))
        )
    ).all()
    for row in map(_row, rows):
        # What was under way may be there: only its place knows.
        doubt = row.doubt or row.state in (State.SENDING, State.UNKNOWN)
        move(conn, row, Move.HOLD, now, cause=cause, sentence=sentence, doubt=doubt)
    return len(rows)


def counts(conn: Connection, cluster_id: int) -> dict[str, int]:
    """Return how many deliveries of a cluster are in each state."""
    rows = conn.execute(
        select(delivery.c.state, func.count().label("number"))
        .where(delivery.c.cluster_id == cluster_id)
        .group_by(delivery.c.state)
    )
    return {row.state: row.number for row in rows}


def waiting_for_somebody(conn: Connection) -> int:
    """Return how many deliveries of all clusters go no further without a person."""
    states = [State.UNKNOWN, State.HELD, State.NEEDS_ATTENTION]
    return conn.execute(
        select(func.count()).select_from(delivery).where(delivery.c.state.in_(states))
    ).scalar_one()


# --- receipts -------------------------------------------------------------------------------


def put_receipt(conn: Connection, row: DeliveryRow, found: Receipt, now: datetime) -> None:
    """Keep what a place said of a copy; a later word on the same copy replaces the former."""
    values = {
        "url": found.url,
        "link_key": link_key(found.url),
        "version": found.version,
        "at": now,
    }
    same = (receipt.c.delivery_id == row.id, receipt.c.external_id == found.external_id)
    if conn.execute(update(receipt).where(*same).values(**values)).rowcount == 0:
        conn.execute(
            insert(receipt).values(
                cluster_id=row.cluster_id,
                delivery_id=row.id,
                external_id=found.external_id,
                **values,
            )
        )


def receipts_of(
    conn: Connection, cluster_id: int, delivery_ids: Collection[int]
) -> dict[int, Receipt]:
    """Return the newest receipt of each of these deliveries that has one."""
    rows = conn.execute(
        select(receipt)
        .where(receipt.c.cluster_id == cluster_id, receipt.c.delivery_id.in_(list(delivery_ids)))
        .order_by(receipt.c.at, receipt.c.id)
    )
    return {row.delivery_id: Receipt(row.external_id, row.url, version=row.version) for row in rows}


def announcement_state(conn: Connection, announcement_id: int) -> str:
    """Return "draft" or "approved"."""
    query = select(announcement.c.state).where(announcement.c.id == announcement_id)
    return str(conn.execute(query).scalar_one())
