"""Audiences as rows, and the filter that every read applies."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, true
from sqlalchemy.sql import ColumnElement

from connector.audience import FACILITATORS, AudienceRef, Scope
from connector.model import Audience, AudienceKind
from connector.store.prepared import Prepared
from connector.store.tables import audience, membership, origin

VisibleIds = tuple[int, ...] | None
"""Audience rows; None: all of the cluster."""

LISTED_KINDS = frozenset({AudienceKind.STREAM, AudienceKind.GROUP})
"""The audiences that have listed members."""


def refer(
    platform: Audience,
    *,
    source_id: int,
    stream_id: int,
    school_id: int | None,
    identity_id: int | None = None,
) -> AudienceRef:
    """Return the hub's own name of an audience; what cannot be named is for facilitators.

    Args:
        platform: what the place said.
        source_id: the place.
        stream_id: the stream of the record.
        school_id: the known school that the audience's key names, if it names one.
        identity_id: the kept account that the audience's key names, if it names one.
    """
    match platform.kind:
        case AudienceKind.PUBLIC | AudienceKind.CLUSTER | AudienceKind.FACILITATORS:
            return AudienceRef(platform.kind)
        case AudienceKind.STREAM:
            return AudienceRef(AudienceKind.STREAM, str(stream_id))
        case AudienceKind.GROUP if platform.key:
            return AudienceRef(AudienceKind.GROUP, f"{source_id}:{platform.key}")
        case AudienceKind.SCHOOL if school_id is not None:
            return AudienceRef(AudienceKind.SCHOOL, str(school_id))
        case AudienceKind.PERSON if identity_id is not None:
            return AudienceRef(AudienceKind.PERSON, str(identity_id))
    return FACILITATORS


def audience_ids(
    conn: Connection, cluster_id: int, wanted: Iterable[AudienceRef]
) -> dict[AudienceRef, int]:
    """Return the row ids of audiences, made as needed."""
    refs = sorted(set(wanted))
    found = _known_ids(conn, cluster_id, refs)
    missing = [ref for ref in refs if ref not in found]
    if missing:
        conn.execute(
            insert(audience),
            [{"cluster_id": cluster_id, "kind": ref.kind, "key": ref.key} for ref in missing],
        )
        found |= _known_ids(conn, cluster_id, missing)
    return found


_KNOWN = Prepared(
    select(audience.c.id).where(
        audience.c.cluster_id == bindparam("of_cluster"),
        audience.c.kind == bindparam("of_kind"),
        audience.c.key == bindparam("of_key"),
    )
)


def _known_ids(
    conn: Connection, cluster_id: int, refs: list[AudienceRef]
) -> dict[AudienceRef, int]:
    # One by one: a page has one or two, a viewer some dozens, and a look by index is cheap.
    ids = {
        ref: _KNOWN.value(conn, of_cluster=cluster_id, of_kind=str(ref.kind), of_key=ref.key)
        for ref in refs
    }
    return {ref: int(number) for ref, number in ids.items() if number is not None}


def refs_of(conn: Connection, ids: Iterable[int]) -> dict[int, AudienceRef]:
    """Return what these audience rows stand for."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = conn.execute(
        select(audience.c.id, audience.c.kind, audience.c.key).where(audience.c.id.in_(wanted))
    )
    return {row.id: AudienceRef(AudienceKind(row.kind), row.key) for row in rows}


def visible_ids(conn: Connection, scope: Scope) -> VisibleIds:
    """Return the audience rows that a scope covers."""
    if scope.everything:
        return None
    return tuple(sorted(_known_ids(conn, scope.cluster_id, sorted(scope.grants)).values()))


def seen_by(ids: VisibleIds, table: Any = origin) -> ColumnElement[bool]:
    """Return the audience filter on origins. An empty scope shows nothing."""
    if ids is None:
        return true()
    column: ColumnElement[int] = table.c.audience_id
    return column.in_(ids)


def memberships_of(
    conn: Connection, cluster_id: int, identity_ids: Iterable[int]
) -> frozenset[AudienceRef]:
    """Return the streams and groups that list one of these accounts: a viewer's memberships."""
    rows = conn.execute(
        select(audience.c.kind, audience.c.key)
        .join(membership, membership.c.audience_id == audience.c.id)
        .where(
            audience.c.cluster_id == cluster_id,
            audience.c.kind.in_(sorted(LISTED_KINDS)),
            membership.c.identity_id.in_(list(identity_ids)),
        )
    )
    return frozenset(AudienceRef(AudienceKind(row.kind), row.key) for row in rows)
