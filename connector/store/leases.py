"""Who may write for a source: a lease that ends by itself, and a token that fences off
whoever held it before.

The token is a number that only grows. Every writing transaction of a run begins by renewing
the lease with its token; if another runner took the source meanwhile, no row answers, and
nothing is written.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from connector.errors import LeaseLostError
from connector.store.database_time import database_now
from connector.store.prepared import Prepared
from connector.store.sources import SourceRow, free, source_row
from connector.store.tables import source

LEASE = timedelta(minutes=5)
"""A run that writes nothing for longer may lose its turn to another; nothing is written twice."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one source."""

    source_id: int
    cluster_id: int
    token: int


def claim(conn: Connection, source_id: int) -> tuple[Lease, SourceRow] | None:
    """Take a free source, and return it as it is; None when another runner has it."""
    rows = _CLAIM.rows(conn, lease_source=source_id)
    if not rows:
        return None
    return Lease(source_id, int(rows[0].cluster_id), int(rows[0].fence)), source_row(rows[0])


def _claim(dialect: str) -> ReturningUpdate[Any]:
    return (
        update(source)
        .where(source.c.id == bindparam("lease_source"), free(dialect))
        .values(
            fence=source.c.fence + 1,
            lease_start=database_now(dialect),
            lease_end=database_now(dialect, LEASE),
        )
        .returning(source)
    )


def renew(conn: Connection, lease: Lease) -> None:
    """Hold the source for another while; the first statement of each writing transaction.

    Raises LeaseLostError when somebody else has it.
    """
    if _RENEW.run(conn, lease_source=lease.source_id, token=lease.token) != 1:
        raise LeaseLostError("Another runner reads this place now; this one stopped.")


def _renew(dialect: str) -> Update:
    return (
        update(source)
        .where(
            source.c.id == bindparam("lease_source"),
            source.c.fence == bindparam("token"),
            source.c.lease_end.is_not(None),
        )
        .values(lease_start=database_now(dialect), lease_end=database_now(dialect, LEASE))
    )


_CLAIM, _RENEW = Prepared(_claim), Prepared(_renew)
_RELEASE = Prepared(
    update(source)
    .where(source.c.id == bindparam("lease_source"), source.c.fence == bindparam("token"))
    .values(lease_start=None, lease_end=None)
)


def release(conn: Connection, lease: Lease) -> None:
    """Give the source back."""
    _RELEASE.run(conn, lease_source=lease.source_id, token=lease.token)


def is_held(conn: Connection, source_id: int) -> bool:
    """Whether somebody reads this source now."""
    is_free = conn.execute(
        select(free(conn.dialect.name)).where(source.c.id == source_id)
    ).scalar_one()
    return not is_free
