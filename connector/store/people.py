"""Accounts at places, and who belongs to which stream or group."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    insert,
    literal,
    select,
    update,
)

from connector.audience import AudienceRef
from connector.model import Account, AudienceKind, Membership
from connector.store.audiences import LISTED_KINDS, audience_ids, refer
from connector.store.clusters import find_school
from connector.store.prepared import Prepared, among
from connector.store.rows import batches, update_row
from connector.store.tables import audience, identity, membership


def put_accounts(
    conn: Connection, cluster_id: int, source_id: int, accounts: Iterable[Account]
) -> dict[str, int]:
    """Add or update accounts of a source; return their ids by external id.

    A name or school that is empty now does not blank a known one: many answers carry only
    a part of what the place knows.
    """
    wanted = {account.external_id: account for account in accounts}
    known = _rows(conn, source_id, list(wanted))
    ids = {external_id: row.id for external_id, row in known.items()}
    schools = _schools(conn, cluster_id, wanted.values())
    for external_id, account in wanted.items():
        values = _values(account, schools)
        if external_id not in known:
            fixed = {"cluster_id": cluster_id, "source_id": source_id}
            result = conn.execute(_ADD, {"external_id": external_id, **fixed, **values})
            assert result.inserted_primary_key is not None
            ids[external_id] = int(result.inserted_primary_key[0])
            continue
        changed = _changed(known[external_id], values)
        if changed:
            update_row(conn, identity, ids[external_id], changed)
    return ids


def known_accounts(conn: Connection, source_id: int, external_ids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those of these accounts that are kept, by external id."""
    return {key: row.id for key, row in _rows(conn, source_id, external_ids).items()}


def _with_one_of(dialect: str) -> Select[Any]:
    of_source = identity.c.source_id == bindparam("of_source")
    return select(identity).where(of_source, among(identity.c.external_id, "ids", dialect))


_WITH_IDS = Prepared(_with_one_of)
_ADD = insert(identity)


def _rows(conn: Connection, source_id: int, external_ids: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for ids in batches(external_ids):
        rows = _WITH_IDS.rows(conn, of_source=source_id, ids=ids)
        found |= {row.external_id: row for row in rows}
    return found


def _schools(
    conn: Connection, cluster_id: int, accounts: Iterable[Account]
) -> dict[str, int | None]:
    names = {account.school for account in accounts if account.school}
    return {name: find_school(conn, cluster_id, name) for name in names}


def _values(account: Account, schools: dict[str, int | None]) -> dict[str, object]:
    return {
        "name": account.name[:300],
        "url": account.url,
        "role": str(account.role),
        "school_id": schools.get(account.school or ""),
        "suspended": account.suspended,
    }


def _changed(row: object, values: dict[str, object]) -> dict[str, object]:
    told = {name: value for name, value in values.items() if value not in (None, "", "unknown")}
    return {name: value for name, value in told.items() if getattr(row, name) != value}


def forget_accounts(conn: Connection, *which: ColumnElement[bool]) -> None:
    """Delete these accounts. What was for one of them alone is for nobody but facilitators:
    SQLite may give the number of a deleted account to a new one.
    """
    gone = conn.execute(select(identity.c.id).where(*which)).scalars().all()
    for ids in batches(gone):
        conn.execute(
            update(audience)
            .where(audience.c.kind == AudienceKind.PERSON, audience.c.key.in_(map(str, ids)))
            .values(key=literal("gone:") + cast(audience.c.id, Text))
        )
        conn.execute(delete(identity).where(identity.c.id.in_(ids)))


def put_memberships(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    stream_id: int,
    listings: Sequence[Membership],
    *,
    pseudonym_of: Callable[[str], str],
) -> None:
    """Replace who belongs to a stream or group by these complete listings.

    Nothing else has members: what a place says of facilitators or the public grants nothing.
    A listing knows ids only, so it changes no known account, and a student stays the pseudonym
    under which they are kept.
    """
    for listing in listings:
        ref = refer(listing.audience, source_id=source_id, stream_id=stream_id, school_id=None)
        if ref.kind not in LISTED_KINDS:
            continue
        audience_id = audience_ids(conn, cluster_id, [ref])[ref]
        accounts = _listed_accounts(conn, cluster_id, source_id, listing.members, pseudonym_of)
        conn.execute(delete(membership).where(membership.c.audience_id == audience_id))
        if accounts:
            conn.execute(
                insert(membership),
                [
                    {"cluster_id": cluster_id, "audience_id": audience_id, "identity_id": key}
                    for key in sorted(accounts)
                ],
            )


def _listed_accounts(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    members: Iterable[str],
    pseudonym_of: Callable[[str], str],
) -> set[int]:
    """Return the ids of these accounts; unknown ones are added by their id alone."""
    forms = {member: pseudonym_of(member) for member in members}
    known = known_accounts(conn, source_id, sorted({*forms, *forms.values()}))
    unknown = [Account(one) for one, other in forms.items() if not {one, other} & known.keys()]
    known |= put_accounts(conn, cluster_id, source_id, unknown)
    return {known[other] if other in known else known[one] for one, other in forms.items()}


def members_of(conn: Connection, cluster_id: int, ref: AudienceRef) -> tuple[str, ...]:
    """Return the external ids of the accounts in a stream or group, sorted."""
    audience_id = audience_ids(conn, cluster_id, [ref])[ref]
    rows = conn.execute(
        select(identity.c.external_id)
        .join(membership, membership.c.identity_id == identity.c.id)
        .where(membership.c.audience_id == audience_id)
        .order_by(identity.c.external_id)
    )
    return tuple(rows.scalars())
