"""What people read: what's new, search, one item. Every reading takes a Scope.

The scope's filter is in the SQL, before LIMIT and COUNT, and works per origin: an item is
found, dated and shown by an origin the viewer may see, or not at all.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from connector.audience import Scope
from connector.model import Enclosure, Kind
from connector.store import search as search_index
from connector.store.audiences import VisibleIds, refs_of, seen_by, visible_ids
from connector.store.clusters import all_clusters as clusters
from connector.store.newest import Chosen, has_posts, newest_keys
from connector.store.sort_keys import moment_of
from connector.store.tables import (
    identity,
    merge,
    origin,
    origin_text,
    other_origin,
    revision,
    school,
    source,
)
from connector.store.tables import (
    item as item_table,
)
from connector.store.views import (
    Choice,
    Elsewhere,
    Found,
    ItemView,
    News,
    ReplyView,
    RevisionView,
    SchoolView,
    Summary,
)

__all__ = ["choices", "clusters", "item", "news", "schools", "search"]

MOST_REPLIES = 50
REPLY_CHARACTERS = 12_000
"""More of a reply, and more replies, than a page may weigh (``connector.web.weight``)."""


def schools(conn: Connection, scope: Scope) -> tuple[SchoolView, ...]:
    """Return the cluster's schools that have something in this scope, by name."""
    shown = has_posts(visible_ids(conn, scope), origin.c.school_id == school.c.id)
    rows = conn.execute(
        select(school.c.id, school.c.name)
        .where(school.c.cluster_id == scope.cluster_id, shown)
        .order_by(school.c.folded)
    )
    return tuple(SchoolView(row.id, row.name) for row in rows)


def choices(
    conn: Connection, scope: Scope, *, key: str | None = None, limit: int | None = None
) -> tuple[Choice, ...]:
    """Return the places that have something in this scope, by title.

    Args:
        key: only the place with this key.
        limit: at most so many.
    """
    shown = has_posts(visible_ids(conn, scope), origin.c.source_id == source.c.id)
    query = (
        select(source.c.key, source.c.title)
        .where(source.c.cluster_id == scope.cluster_id, shown)
        .order_by(source.c.title)
        .limit(limit)
    )
    if key is not None:
        query = query.where(source.c.key == key)
    return tuple(Choice(row.key, row.title) for row in conn.execute(query))


def news(
    conn: Connection,
    scope: Scope,
    *,
    school_id: int | None = None,
    place: str | None = None,
    kinds: frozenset[Kind] | None = None,
    before: int | None = None,
    limit: int = 30,
) -> News:
    """Return what's new, newest first; ``before`` is a former page's ``older``."""
    ids = visible_ids(conn, scope)
    chosen = Chosen(
        cluster_id=scope.cluster_id,
        ids=ids,
        school_id=school_id,
        source_id=None if place is None else _source_id(conn, scope, place),
        kinds=kinds,
    )
    keys = newest_keys(chosen, before=before, limit=limit + 1)
    found = list(conn.execute(keys).scalars())
    items = _summaries(conn, scope, ids, found[:limit])
    return News(items, found[limit - 1] if len(found) > limit else None)


def _source_id(conn: Connection, scope: Scope, place: str) -> int:
    """Return the number of a place; 0, which no place has, when there is none."""
    found = conn.execute(
        select(source.c.id).where(source.c.cluster_id == scope.cluster_id, source.c.key == place)
    ).scalar_one_or_none()
    return found or 0


def summary_select() -> Select[Any]:
    """Select what ``summary_of`` needs of origins."""
    names = (
        "id item_id source_id kind title excerpt url published first_seen sort_key held "
        "audience_id owns_link updated tags enclosures"
    )
    return (
        select(
            *(origin.c[name] for name in names.split()),
            source.c.title.label("place"),
            source.c.key.label("place_key"),
            school.c.name.label("school"),
            school.c.id.label("school_id"),
            identity.c.name.label("author"),
            identity.c.role.label("role"),
            item_table.c.parent_id,
        )
        .join(source, source.c.id == origin.c.source_id)
        .join(item_table, item_table.c.id == origin.c.item_id)
        .outerjoin(school, school.c.id == origin.c.school_id)
        .outerjoin(identity, identity.c.id == origin.c.identity_id)
    )


def _summaries(
    conn: Connection, scope: Scope, ids: VisibleIds, keys: Sequence[int]
) -> tuple[Summary, ...]:
    if not keys:
        return ()
    rows = conn.execute(
        summary_select()
        .where(origin.c.cluster_id == scope.cluster_id, origin.c.sort_key.in_(keys), seen_by(ids))
        .order_by(origin.c.sort_key.desc())
    ).all()
    replies = _reply_counts(conn, ids, [row.item_id for row in rows])
    return tuple(summary_of(row, replies.get(row.item_id, 0)) for row in rows)


def summary_of(row: Row[Any], replies: int) -> Summary:
    """Return what a list shows of an origin."""
    return Summary(
        item_id=row.item_id,
        kind=Kind(row.kind),
        title=row.title,
        excerpt=row.excerpt,
        url=row.url,
        author=row.author or "",
        is_student=row.role == "student",
        place=row.place,
        place_key=row.place_key,
        school=row.school,
        school_id=row.school_id,
        published=row.published,
        first_seen=row.first_seen,
        sorted_by=moment_of(row.sort_key),
        replies=replies,
        held=row.held,
        parent_item_id=row.parent_id,
    )


def _reply_counts(conn: Connection, ids: VisibleIds, item_ids: Collection[int]) -> dict[int, int]:
    rows = conn.execute(
        select(item_table.c.parent_id, func.count(item_table.c.id.distinct()).label("n"))
        .join(origin, origin.c.item_id == item_table.c.id)
        .where(
            item_table.c.parent_id.in_(list(item_ids)),
            origin.c.is_listed,
            seen_by(ids),
        )
        .group_by(item_table.c.parent_id)
    )
    return {row.parent_id: row.n for row in rows}


def search(
    conn: Connection,
    scope: Scope,
    words: str,
    *,
    school_id: int | None = None,
    place: str | None = None,
    before: int | None = None,
    limit: int = 30,
) -> Found:
    """Return the items that hold all these words, newest first.

    Letter case and macrons do not count; words in quotes stand together. No words: nothing.
    """
    terms = search_index.terms(words)
    if not terms:
        return Found((), None, 0)
    ids = visible_ids(conn, scope)
    query = search_index.Query(
        terms,
        scope.cluster_id,
        ids,
        school_id=school_id,
        source_id=None if place is None else _source_id(conn, scope, place),
    )
    if before is None:
        keys, count = search_index.first_page(conn, query, limit + 1)
    else:
        keys = search_index.newest(conn, query, before=before, limit=limit + 1)
        count = search_index.count(conn, query)
    shown = search_index.once_each(conn, query, keys[:limit])
    older = keys[limit - 1] if len(keys) > limit else None
    return Found(_summaries(conn, scope, ids, shown), older, count.number, count.and_more)


def item(conn: Connection, scope: Scope, item_id: int) -> ItemView | None:
    """Return one item by the text of an origin the viewer may see; None when there is none."""
    ids = visible_ids(conn, scope)
    rows = conn.execute(
        summary_select().where(
            origin.c.item_id == item_id,
            origin.c.cluster_id == scope.cluster_id,
            origin.c.is_listed,
            seen_by(ids),
        )
    ).all()
    if not rows:
        return None
    lead = lead_of(rows)
    counts = _reply_counts(conn, ids, [item_id])
    return ItemView(
        summary=summary_of(lead, counts.get(item_id, 0)),
        html=html_of(conn, [lead.id]).get(lead.id, ""),
        updated=lead.updated,
        tags=tuple(lead.tags),
        enclosures=tuple(Enclosure(*one) for one in lead.enclosures),
        audience=str(refs_of(conn, [lead.audience_id])[lead.audience_id].kind),
        elsewhere=_elsewhere(conn, scope, ids, item_id, lead.id),
        revisions=_revisions(conn, item_id) if scope.everything else (),
        replies=_replies(conn, scope, ids, item_id),
    )


def lead_of(rows: Sequence[Row[Any]]) -> Row[Any]:
    """Return the origin that speaks for an item: the one whose address it is, else the first."""
    return min(rows, key=lambda row: (not row.owns_link, row.sort_key))


def html_of(conn: Connection, origin_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of these origins; a student's has none."""
    if not origin_ids:
        return {}
    rows = conn.execute(
        select(origin_text.c.origin_id, origin_text.c.html).where(
            origin_text.c.origin_id.in_(list(origin_ids))
        )
    )
    return {row.origin_id: row.html for row in rows}


def _elsewhere(
    conn: Connection, scope: Scope, ids: VisibleIds, item_id: int, lead_id: int
) -> tuple[Elsewhere, ...]:
    """Return the other origins; what left its place is told to facilitators only.

    Why two are one is told to those who see both: else it would say that there is another.
    """
    seen_twins = select(other_origin.c.id).where(
        other_origin.c.item_id == item_id, seen_by(ids, other_origin)
    )
    joined = (merge.c.origin_id == origin.c.id) & merge.c.undone.is_(None)
    if not scope.everything:
        joined &= merge.c.with_origin_id.in_(seen_twins.where(other_origin.c.is_live))
    query = (
        select(
            origin.c.url,
            origin.c.is_live,
            source.c.title,
            source.c.key,
            merge.c.reason,
        )
        .join(source, source.c.id == origin.c.source_id)
        .outerjoin(merge, joined)
        .where(
            origin.c.item_id == item_id,
            origin.c.id != lead_id,
            origin.c.cluster_id == scope.cluster_id,
            seen_by(ids),
        )
        .order_by(origin.c.sort_key)
    )
    if not scope.everything:
        query = query.where(origin.c.is_live)
    return tuple(
        Elsewhere(row.title, row.key, row.url, row.reason or "", row.is_live)
        for row in conn.execute(query)
    )


def _revisions(conn: Connection, item_id: int) -> tuple[RevisionView, ...]:
    rows = conn.execute(
        select(revision)
        .join(origin, origin.c.id == revision.c.origin_id)
        .where(origin.c.item_id == item_id)
        .order_by(revision.c.id.desc())
    )
    return tuple(RevisionView(row.replaced, row.title, row.html) for row in rows)


def _replies(
    conn: Connection, scope: Scope, ids: VisibleIds, item_id: int
) -> tuple[ReplyView, ...]:
    """Return the oldest replies and of each at most ``REPLY_CHARACTERS``: a page shows no more.

    What is cut may end inside an element, and is shown as text.
    """
    rows = conn.execute(
        select(
            origin.c.item_id,
            identity.c.name,
            identity.c.role,
            origin.c.published,
            func.substr(origin_text.c.html, 1, REPLY_CHARACTERS).label("html"),
        )
        .join(item_table, item_table.c.id == origin.c.item_id)
        .outerjoin(origin_text, origin_text.c.origin_id == origin.c.id)
        .outerjoin(identity, identity.c.id == origin.c.identity_id)
        .where(
            item_table.c.parent_id == item_id,
            origin.c.cluster_id == scope.cluster_id,
            origin.c.is_listed,
            seen_by(ids),
        )
        .order_by(origin.c.sort_key)
        .limit(MOST_REPLIES)
    )
    once: dict[int, ReplyView] = {}
    for row in rows:
        is_student = row.role == "student"
        html = _whole_tags(row.html or "")
        view = ReplyView(row.item_id, row.name or "", is_student, row.published, html)
        once.setdefault(row.item_id, view)
    return tuple(once.values())


def _whole_tags(html: str) -> str:
    """Return the HTML without a tag that the cut went through."""
    before, opened, last = html.rpartition("<")
    is_torn = len(html) == REPLY_CHARACTERS and opened and ">" not in last
    return before if is_torn else html
