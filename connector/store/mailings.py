"""The ledger of messages to single persons: one line for each announcement and address.

The line is written before the message leaves, so nobody gets it twice; what was under way
when the program ended stays unknown until a person decides.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from connector.announce.moves import OPEN
from connector.store.outbox_tables import delivery, mail_stop, mailing
from connector.store.rows import upsert

SENDING, SENT, UNKNOWN, REFUSED, LATER = "sending", "sent", "unknown", "refused", "later"
_PUT_OFF = mailing.c.state == LATER
KEPT = timedelta(days=90)
"""So long after an announcement's last delivery changed its addresses are kept."""


@dataclass(frozen=True, slots=True)
class MailingRow:
    """One person's line."""

    id: int
    address: str
    state: str
    sentence: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Which message of a delivery: the announcement itself, or one of its corrections."""

    cluster_id: int
    announcement_id: int
    delivery_id: int
    version: int


def begin(conn: Connection, letter: Letter, address: str, now: datetime) -> int:
    """Write the line of somebody who is sent to now; return its number.

    Raises StoreError where there is one already, other than of somebody put off.
    """
    conn.execute(delete(mailing).where(*_of(letter), _PUT_OFF, mailing.c.address == address))
    key = conn.execute(
        insert(mailing).values(
            cluster_id=letter.cluster_id,
            announcement_id=letter.announcement_id,
            delivery_id=letter.delivery_id,
            version=letter.version,
            address=address,
            state=SENDING,
            at=now,
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def end(
    conn: Connection, line: int, state: str, now: datetime, sentence: str | None = None
) -> None:
    """Say how it went."""
    conn.execute(
        update(mailing).where(mailing.c.id == line).values(state=state, at=now, sentence=sentence)
    )


def put_off(conn: Connection, line: int, now: datetime) -> None:
    """Say that surely nothing was sent; the line only tells when it was tried."""
    conn.execute(update(mailing).where(mailing.c.id == line).values(state=LATER, at=now))


def tried(conn: Connection, letter: Letter) -> dict[str, datetime]:
    """Return when each address that was put off was tried last."""
    query = select(mailing.c.address, mailing.c.at).where(*_of(letter), _PUT_OFF)
    return {row.address: row.at for row in conn.execute(query)}


def _of(letter: Letter) -> tuple[ColumnElement[bool], ...]:
    return (
        mailing.c.announcement_id == letter.announcement_id,
        mailing.c.version == letter.version,
    )


def doubt_unfinished(conn: Connection, delivery_id: int, sentence: str, now: datetime) -> int:
    """Call unknown what was under way when a sender ended; return how many."""
    found = conn.execute(
        update(mailing)
        .where(mailing.c.delivery_id == delivery_id, mailing.c.state == SENDING)
        .values(state=UNKNOWN, sentence=sentence, at=now)
    )
    return int(found.rowcount)


def has_line(conn: Connection, letter: Letter) -> set[str]:
    """Return the addresses that have a line, whatever its destination, and were not put off."""
    query = select(mailing.c.address).where(*_of(letter), ~_PUT_OFF)
    return set(conn.execute(query).scalars())


def at_their_cap(conn: Connection, addresses: Sequence[str], since: datetime, cap: int) -> set[str]:
    """Return those of these addresses that got so many messages since then."""
    found: set[str] = set()
    for start in range(0, len(addresses), 500):
        query = (
            select(mailing.c.address)
            .where(
                mailing.c.address.in_(addresses[start : start + 500]),
                mailing.c.at >= since,
                ~_PUT_OFF,
            )
            .group_by(mailing.c.address)
            .having(func.count() >= cap)
        )
        found |= set(conn.execute(query).scalars())
    return found


def counts(
    conn: Connection, cluster_id: int, delivery_ids: Collection[int]
) -> dict[int, dict[str, int]]:
    """Return how many lines of each state these deliveries have, of their newest letter."""
    rows = conn.execute(
        select(mailing.c.delivery_id, mailing.c.state, func.count().label("lines"))
        .join(
            delivery,
            and_(delivery.c.id == mailing.c.delivery_id, delivery.c.version == mailing.c.version),
        )
        .where(mailing.c.cluster_id == cluster_id, mailing.c.delivery_id.in_(list(delivery_ids)))
        .group_by(mailing.c.delivery_id, mailing.c.state)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.delivery_id, {})[row.state] = row.lines
    return found


def doubtful(conn: Connection, cluster_id: int, delivery_id: int) -> list[MailingRow]:
    """Return the lines of a delivery that are unknown or refused, by address."""
    rows = conn.execute(
        select(mailing)
        .where(
            mailing.c.cluster_id == cluster_id,
            mailing.c.delivery_id == delivery_id,
            or_(mailing.c.state == UNKNOWN, mailing.c.state == REFUSED),
        )
        .order_by(mailing.c.address)
    )
    return [MailingRow(one.id, one.address, one.state, one.sentence, one.at) for one in rows]


def settle_unknown(conn: Connection, delivery_id: int, *, is_there: bool, now: datetime) -> int:
    """Say of what is unknown that it arrived, or strike it so that it is sent again."""
    unknown = and_(mailing.c.delivery_id == delivery_id, mailing.c.state == UNKNOWN)
    if not is_there:
        return int(conn.execute(delete(mailing).where(unknown)).rowcount)
    return int(conn.execute(update(mailing).where(unknown).values(state=SENT, at=now)).rowcount)


def stop(conn: Connection, cluster_id: int, address: str, now: datetime) -> None:
    """Send nothing more to this address; asked twice, it is the same."""
    row = {"cluster_id": cluster_id, "address": address, "at": now}
    upsert(conn, mail_stop, [row], ("cluster_id", "address"))


def stopped(conn: Connection, cluster_id: int) -> set[str]:
    """Return the addresses that nothing is sent to."""
    query = select(mail_stop.c.address).where(mail_stop.c.cluster_id == cluster_id)
    return set(conn.execute(query).scalars())


def over_their_time(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the lines of deliveries that ended long ago."""
    return list(conn.execute(_over(select(mailing.c.id), cluster_id, now)).scalars())


def drop_lines(conn: Connection, cluster_id: int, ids: Sequence[Any], now: datetime) -> int:
    """Delete of these lines what is still over its time; return how many."""
    found = _over(select(mailing.c.id), cluster_id, now).where(mailing.c.id.in_(list(ids)))
    return int(conn.execute(delete(mailing).where(mailing.c.id.in_(found))).rowcount)


def _over(query: Any, cluster_id: int, now: datetime) -> Any:
    # Of an announcement that may still be sent anywhere every line is needed.
    other = delivery.alias()
    is_open = exists().where(
        other.c.announcement_id == mailing.c.announcement_id,
        or_(other.c.state.in_(sorted(OPEN)), other.c.changed > now - KEPT),
    )
    return query.where(mailing.c.cluster_id == cluster_id, ~is_open)
