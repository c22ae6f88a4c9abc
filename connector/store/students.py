"""Taking back what was kept of authors who turned out to be students."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select, update

from connector.fetched import keyed_link
from connector.model import Account, Role
from connector.privacy import Privacy
from connector.store.people import forget_accounts, known_accounts, put_accounts
from connector.store.prepared import Prepared
from connector.store.rows import batches
from connector.store.tables import (
    identity,
    membership,
    origin,
    outcome,
)
from connector.store.words import WITHOUT_DIGESTS, WITHOUT_WORDS, drop_texts

NOBODY = "name:"
"""The account of posts without an author, in a place whose authors are students."""


def strip(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    privacy: Privacy,
    *,
    accounts: Sequence[str] | None = None,
) -> int:
    """Leave of a source's posts only what may be kept of students; return how many changed.

    Text, title, tags, links, former texts, search rows and names go; place, time and a keyed
    pseudonym stay. What later readings bring is minimised before it comes here.

    Args:
        accounts: external ids of those who turned out to be students; None: all authors are.
    """
    rows = _not_stripped(conn, source_id, accounts)
    # Whoever wrote nothing has a name here too.
    named = {row.account or NOBODY for row in rows}
    named |= known_accounts(conn, source_id, accounts or ()).keys()
    if not named:
        return 0
    pseudonyms = _pseudonyms(conn, cluster_id, source_id, privacy, named)
    taken = _taken_ids(conn, source_id, [privacy.student_id(row.external_id) for row in rows])
    for row in rows:
        values = _stripped(row, pseudonyms, privacy)
        values |= _apart(row, values["external_id"], taken)
        conn.execute(update(origin).where(origin.c.id == row.id).values(**values))
    drop_texts(conn, [row.id for row in rows])
    for some in batches([row.external_id for row in rows]):
        conn.execute(
            delete(outcome).where(outcome.c.source_id == source_id, outcome.c.external_id.in_(some))
        )
    _hand_on_memberships(conn, source_id, pseudonyms)
    _forget_names(conn, source_id)
    return len(rows)


def _not_stripped(
    conn: Connection, source_id: int, accounts: Sequence[str] | None
) -> Sequence[Any]:
    named = or_(identity.c.id.is_(None), identity.c.role != str(Role.STUDENT))
    query = (
        select(
            origin.c.id,
            origin.c.external_id,
            origin.c.generation,
            origin.c.link_key,
            origin.c.identity_id,
            identity.c.external_id.label("account"),
        )
        .outerjoin(identity, identity.c.id == origin.c.identity_id)
        .where(origin.c.source_id == source_id, named)
    )
    if accounts is not None:
        query = query.where(identity.c.external_id.in_(list(accounts)))
    return conn.execute(query).all()


def _taken_ids(conn: Connection, source_id: int, wanted: Sequence[str]) -> dict[str, int]:
    """Return the newest generation of those of these ids that stand already."""
    found: dict[str, int] = {}
    for ids in batches(sorted(set(wanted))):
        rows = conn.execute(
            select(origin.c.external_id, func.max(origin.c.generation).label("newest"))
            .where(origin.c.source_id == source_id, origin.c.external_id.in_(ids))
            .group_by(origin.c.external_id)
        )
        found |= {row.external_id: row.newest for row in rows}
    return found


def _apart(row: Any, external_id: str, taken: dict[str, int]) -> dict[str, Any]:
    """Return what keeps a post apart from one that stands under its new id already.

    That one was read while the rule was in force before: it is the same post, and it stays.
    """
    if external_id == row.external_id or external_id not in taken:
        return {}
    taken[external_id] += 1
    hidden = {"is_live": False, "is_listed": False, "on_front": False}
    return {"generation": taken[external_id], **hidden}


def _stripped(row: Any, pseudonyms: dict[str, int], privacy: Privacy) -> dict[str, Any]:
    return {
        "external_id": privacy.student_id(row.external_id),
        "identity_id": pseudonyms[row.account or NOBODY],
        "link_key": keyed_link(row.link_key, privacy),
        **WITHOUT_WORDS,
        **WITHOUT_DIGESTS,
    }


def _pseudonyms(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    privacy: Privacy,
    named: Collection[str],
) -> dict[str, int]:
    """Return the student identity for each account, made as needed."""
    forms = {one: privacy.pseudonym(source_id, one) for one in sorted(named)}
    ids = put_accounts(
        conn,
        cluster_id,
        source_id,
        [Account(pseudonym, role=Role.STUDENT) for pseudonym in forms.values()],
    )
    return {one: ids[pseudonym] for one, pseudonym in forms.items()}


_ANY = Prepared(
    select(
        exists().where(
            identity.c.source_id == bindparam("of_source"), identity.c.role == str(Role.STUDENT)
        )
    )
)


def has_any(conn: Connection, source_id: int) -> bool:
    """Whether anything of a student is kept of this source: only then has an id two forms."""
    return bool(_ANY.value(conn, of_source=source_id))


def recognise(
    conn: Connection, source_id: int, privacy: Privacy, external_ids: Sequence[str]
) -> None:
    """Give posts their own ids back: the rule that made their authors students was taken away.

    Their texts come with the reading that asked.
    """
    if not has_any(conn, source_id):
        return
    forms = {privacy.student_id(one): one for one in external_ids}
    taken = _taken_ids(conn, source_id, external_ids)
    found = _taken_ids(conn, source_id, list(forms))
    for form, external_id in forms.items():
        if form != external_id and form in found and external_id not in taken:
            conn.execute(
                update(origin)
                .where(origin.c.source_id == source_id, origin.c.external_id == form)
                .values(external_id=external_id)
            )


def _hand_on_memberships(conn: Connection, source_id: int, pseudonyms: dict[str, int]) -> None:
    """Let the pseudonyms belong to what the accounts behind them belonged to."""
    known = known_accounts(conn, source_id, sorted(pseudonyms))
    for account, former in known.items():
        theirs = membership.alias()
        own = select(theirs.c.audience_id).where(theirs.c.identity_id == pseudonyms[account])
        mine = membership.c.identity_id == former
        conn.execute(delete(membership).where(mine, membership.c.audience_id.in_(own)))
        conn.execute(update(membership).where(mine).values(identity_id=pseudonyms[account]))


def _forget_names(conn: Connection, source_id: int) -> None:
    """Delete accounts that nothing refers to; who is listed without a post stays a member."""
    used = exists().where(origin.c.identity_id == identity.c.id)
    listed = exists().where(membership.c.identity_id == identity.c.id)
    of_source = identity.c.source_id == source_id
    forget_accounts(conn, of_source, identity.c.role != str(Role.STUDENT), ~used, ~listed)
