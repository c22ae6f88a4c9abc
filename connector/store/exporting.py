"""All that a viewer may see, in one consistent state, a page at a time.

Built of the same parts as what pages read (``reading``): the scope's filter is in the SQL,
and an item is told once, by the text of the origin that its own page would show.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from connector.audience import AudienceRef, Scope
from connector.model import AudienceKind, Enclosure, Kind
from connector.store import reading
from connector.store.audiences import VisibleIds, refs_of, seen_by, visible_ids
from connector.store.sort_keys import sort_key
from connector.store.tables import (
    cluster,
    identity,
    instance,
    origin,
    school,
    stream,
)
from connector.store.unwalked import unwalked
from connector.store.views import Exported, Seen, Summary

PAGE = 200
"""How many origins are read at once: no more is ever in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of all that the viewer may see."""

    since: datetime | None = None
    """Only what is sorted by this moment or a later one."""
    kinds: frozenset[Kind] | None = None


def exported(
    conn: Connection, scope: Scope, wanted: Wanted | None = None, *, page: int = PAGE
) -> Iterator[Exported]:
    """Yield every item that this scope may see, oldest first, once each.

    The whole of it is one reading of the database: what is written meanwhile is not in it.
    """
    wanted = wanted or Wanted()
    ids = visible_ids(conn, scope)
    before = -1 if wanted.since is None else sort_key(wanted.since, 0) - 1
    while True:
        keys = _next_keys(conn, scope, ids, before, page)
        if not keys:
            return
        yield from _page(conn, scope, ids, wanted, keys)
        before = keys[-1]


def _next_keys(
    conn: Connection, scope: Scope, ids: VisibleIds, before: int, page: int
) -> Sequence[int]:
    """Return the next sort keys, walking their own index."""
    query = (
        select(origin.c.sort_key)
        .where(
            origin.c.sort_key > before,
            unwalked(origin.c.cluster_id) == scope.cluster_id,
            origin.c.is_listed,
            seen_by(ids),
        )
        .order_by(origin.c.sort_key)
        .limit(page)
    )
    return conn.execute(query).scalars().all()


def _page(
    conn: Connection, scope: Scope, ids: VisibleIds, wanted: Wanted, keys: Sequence[int]
) -> Iterator[Exported]:
    here = select(origin.c.item_id).where(origin.c.sort_key.in_(keys))
    leads, elsewhere = _leads(conn, scope, ids, here)
    told = [
        row
        for row in leads.values()
        if row.sort_key in set(keys) and (wanted.kinds is None or Kind(row.kind) in wanted.kinds)
    ]
    facts = _Facts.load(conn, scope, ids, told)
    for row in sorted(told, key=lambda row: row.sort_key):
        yield _exported(row, elsewhere[row.item_id], facts)


def _leads(
    conn: Connection, scope: Scope, ids: VisibleIds, item_ids: Any
) -> tuple[dict[int, Row[Any]], dict[int, list[str]]]:
    """Return the origin that speaks for each item, and its other addresses."""
    names = "identity_id start end location object stream_id"
    query = reading.summary_select().add_columns(*(origin.c[name] for name in names.split()))
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    listed = (unwalked(origin.c.cluster_id) == scope.cluster_id, origin.c.is_listed)
    for row in conn.execute(query.where(origin.c.item_id.in_(item_ids), *listed, seen_by(ids))):
        rows[row.item_id].append(row)
    leads = {key: reading.lead_of(some) for key, some in rows.items()}
    others = {
        key: [row.url for row in some if row.url and row is not leads[key]]
        for key, some in rows.items()
    }
    return leads, others


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the origins of a page refer to, as far as the viewer may see it."""

    html: Mapping[int, str]
    audiences: Mapping[int, Seen]
    items: Collection[int]
    """Those of the answered items that the viewer may see."""
    objects: Mapping[tuple[int, str], int]
    """The item behind (source, external id)."""

    @classmethod
    def load(
        cls, conn: Connection, scope: Scope, ids: VisibleIds, rows: Sequence[Row[Any]]
    ) -> "_Facts":
        parents = {row.parent_id for row in rows if row.parent_id is not None}
        objects = {(row.source_id, row.object) for row in rows if row.object}
        return cls(
            reading.html_of(conn, [row.id for row in rows]),
            _audiences(conn, scope, {row.audience_id for row in rows}),
            _visible(conn, scope, ids, parents),
            _objects(conn, scope, ids, objects),
        )


def _visible(
    conn: Connection, scope: Scope, ids: VisibleIds, item_ids: Collection[int]
) -> frozenset[int]:
    if not item_ids:
        return frozenset()
    query = select(origin.c.item_id).where(
        origin.c.item_id.in_(item_ids),
        unwalked(origin.c.cluster_id) == scope.cluster_id,
        origin.c.is_listed,
        seen_by(ids),
    )
    return frozenset(conn.execute(query).scalars())


def _objects(
    conn: Connection, scope: Scope, ids: VisibleIds, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    if not wanted:
        return {}
    query = select(origin.c.source_id, origin.c.external_id, origin.c.item_id).where(
        tuple_(origin.c.source_id, origin.c.external_id).in_(wanted),
        unwalked(origin.c.cluster_id) == scope.cluster_id,
        origin.c.is_listed,
        seen_by(ids),
    )
    return {(row.source_id, row.external_id): row.item_id for row in conn.execute(query)}


def _audiences(conn: Connection, scope: Scope, audience_ids: Collection[int]) -> dict[int, Seen]:
    """Return who sees what, by name where there is one."""
    refs = refs_of(conn, audience_ids)
    return {key: Seen(ref.kind, key, _name(conn, scope, ref)) for key, ref in refs.items()}


def _name(conn: Connection, scope: Scope, ref: AudienceRef) -> str:
    """Return what a school, a stream, a person or the cluster is called; else nothing."""
    if ref.kind is AudienceKind.CLUSTER:
        query = select(cluster.c.name).where(cluster.c.id == scope.cluster_id)
        return str(conn.execute(query).scalar_one())
    named: dict[AudienceKind, Any] = {
        AudienceKind.SCHOOL: (school, school.c.name),
        AudienceKind.STREAM: (stream, stream.c.title),
        AudienceKind.PERSON: (identity, identity.c.name),
    }
    if ref.kind not in named:
        return ""
    table, name = named[ref.kind]
    mine = (table.c.id == int(ref.key), table.c.cluster_id == scope.cluster_id)
    return str(conn.execute(select(name).where(*mine)).scalar_one_or_none() or "")


def _exported(row: Row[Any], elsewhere: Sequence[str], facts: _Facts) -> Exported:
    object_key = (row.source_id, row.object or "")
    summary: Summary = reading.summary_of(row, 0)
    return Exported(
        summary=summary,
        html=facts.html.get(row.id, ""),
        updated=row.updated,
        tags=tuple(row.tags),
        enclosures=tuple(Enclosure(*one) for one in row.enclosures),
        audience=facts.audiences[row.audience_id],
        account_id=row.identity_id,
        elsewhere=tuple(dict.fromkeys(one for one in elsewhere if one != row.url)),
        in_reply_to=row.parent_id if row.parent_id in facts.items else None,
        object=facts.objects.get(object_key),
        start=row.start,
        end=row.end,
        location=row.location,
    )


def instance_uid(conn: Connection) -> str:
    """Return this hub's own id."""
    return str(conn.execute(select(instance.c.uid)).scalar_one())
