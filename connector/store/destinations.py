"""Destinations: where announcements go, how each is, and who sends there now.

Several destinations may share one account at their place (two forums of one Moodle). Who
sends for the account holds the lease on the first row of it, whatever cluster that is of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from connector.errors import LeaseLostError
from connector.store.database_time import database_now
from connector.store.outbox_tables import destination


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSpec:
    """A destination as somebody configured it."""

    key: str
    kind: str
    title: str
    address: str
    settings: dict[str, Any]
    audience_kind: str
    """Who can see what stands there."""
    account: str
    """Which account sends, in words that hold no secret; one sender at a time."""
    source_key: str | None = None
    """The place of the hub that reads what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRow:
    """A kept destination."""

    id: int
    cluster_id: int
    key: str
    kind: str
    title: str
    address: str
    settings: dict[str, Any]
    audience_kind: str
    account: str
    source_key: str | None
    paused: bool
    not_before: datetime | None
    """Its place asked not to be bothered before then."""
    probed: datetime | None
    trouble_sentence: str | None
    """What somebody has to do before anything can be sent there."""
    trouble_since: datetime | None


@dataclass(frozen=True, slots=True)
class SendingLease:
    """The right to send for one account."""

    account: str
    token: int


_NAMES = tuple(DestinationRow.__slots__)


def put_destination(conn: Connection, cluster_id: int, spec: DestinationSpec) -> int:
    """Add a destination or bring a known one to this configuration; return its id.

    One that changed is believed to be well until it is tried.
    """
    wanted = {
        "kind": spec.kind,
        "title": spec.title,
        "address": spec.address,
        "settings": spec.settings,
        "audience_kind": spec.audience_kind,
        "account": spec.account,
        "source_key": spec.source_key,
        "paused": False,
    }
    row = conn.execute(
        select(destination).where(
            destination.c.cluster_id == cluster_id, destination.c.key == spec.key
        )
    ).one_or_none()
    if row is None:
        new = insert(destination).values(cluster_id=cluster_id, key=spec.key, fence=0, **wanted)
        key = conn.execute(new).inserted_primary_key
        assert key is not None
        return int(key[0])
    if any(getattr(row, name) != value for name, value in wanted.items()):
        fresh = {"probed": None, "trouble_sentence": None, "trouble_since": None}
        conn.execute(
            update(destination).where(destination.c.id == row.id).values(**wanted, **fresh)
        )
    return int(row.id)


def pause_missing(conn: Connection, cluster_id: int, keys: set[str]) -> None:
    """Pause the destinations that left the file; what was sent there stays known."""
    conn.execute(
        update(destination)
        .where(destination.c.cluster_id == cluster_id, destination.c.key.not_in(keys))
        .values(paused=True)
    )


def destinations_of(conn: Connection, cluster_id: int) -> list[DestinationRow]:
    """Return a cluster's destinations by title."""
    query = select(destination).where(destination.c.cluster_id == cluster_id)
    rows = conn.execute(query.order_by(destination.c.title, destination.c.id))
    return [_row(row) for row in rows]


def get_destination(conn: Connection, destination_id: int) -> DestinationRow:
    """Return one destination; it exists."""
    return _row(conn.execute(select(destination).where(destination.c.id == destination_id)).one())


def _row(row: Any) -> DestinationRow:
    return DestinationRow(**{name: getattr(row, name) for name in _NAMES})


# --- who sends ------------------------------------------------------------------------------


def _holder(account: str) -> ColumnElement[bool]:
    first = select(func.min(destination.c.id)).where(destination.c.account == account)
    return destination.c.id == first.scalar_subquery()


def _free(dialect: str) -> ColumnElement[bool]:
    now = database_now(dialect)
    return or_(
        destination.c.lease_end.is_(None),
        destination.c.lease_end < now,
        # From before the clock was set back.
        and_(destination.c.lease_start.is_not(None), destination.c.lease_start > now),
    )


def claim(conn: Connection, account: str, lasts: timedelta) -> SendingLease | None:
    """Take an account that nobody sends for; None where somebody does."""
    dialect = conn.dialect.name
    token = conn.execute(
        update(destination)
        .where(_holder(account), _free(dialect))
        .values(
            fence=destination.c.fence + 1,
            lease_start=database_now(dialect),
            lease_end=database_now(dialect, lasts),
        )
        .returning(destination.c.fence)
    ).scalar_one_or_none()
    return None if token is None else SendingLease(account, int(token))


def renew(conn: Connection, lease: SendingLease, lasts: timedelta) -> None:
    """Hold the account for another while; the first statement of each writing transaction.

    Raises LeaseLostError when somebody else has it.
    """
    dialect = conn.dialect.name
    found = conn.execute(
        update(destination)
        .where(
            _holder(lease.account),
            destination.c.fence == lease.token,
            destination.c.lease_end.is_not(None),
        )
        .values(lease_start=database_now(dialect), lease_end=database_now(dialect, lasts))
    )
    if found.rowcount != 1:
        raise LeaseLostError("Another sender has this account now; this one stopped.")


def release(conn: Connection, lease: SendingLease) -> None:
    """Give the account back."""
    conn.execute(
        update(destination)
        .where(_holder(lease.account), destination.c.fence == lease.token)
        .values(lease_start=None, lease_end=None)
    )


def let_go_of_all(conn: Connection) -> None:
    """End every lease: those who held one are gone, as after a restore."""
    conn.execute(
        update(destination).values(fence=destination.c.fence + 1, lease_start=None, lease_end=None)
    )


# --- how it is ------------------------------------------------------------------------------


def note_trouble(conn: Connection, destination_id: int, sentence: str, now: datetime) -> bool:
    """Say what somebody has to do; return whether that is news, and so worth a notice."""
    before = get_destination(conn, destination_id)
    since = before.trouble_since or now
    _change(conn, destination_id, trouble_sentence=sentence, trouble_since=since, probed=now)
    return before.trouble_since is None


def note_well(conn: Connection, destination_id: int, now: datetime) -> None:
    """Say that it was tried and is well."""
    _change(conn, destination_id, trouble_sentence=None, trouble_since=None, probed=now)


def rest_until(conn: Connection, account: str, moment: datetime) -> None:
    """Leave a whole account in peace until then; an earlier moment shortens no rest."""
    later = or_(destination.c.not_before.is_(None), destination.c.not_before < moment)
    conn.execute(
        update(destination).where(destination.c.account == account, later).values(not_before=moment)
    )


def _change(conn: Connection, destination_id: int, **values: Any) -> None:
    changed: Mapping[str, Any] = values
    conn.execute(update(destination).where(destination.c.id == destination_id).values(**changed))
