"""Loading what identity needs: the kept origins that a page's records might be."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from connector.html import fold, plain_text
from connector.identity import (
    MOST_CANDIDATES,
    MOVED_WITHIN,
    Candidate,
    Incoming,
    Kept,
)
from connector.likeness import COMPARED_CHARACTERS, Compared, compared
from connector.model import Kind
from connector.store.tables import identity, origin, origin_text

_BATCH = 500
_MOST_NEAR = 5_000
"""Of a place with so many posts within days of a page's nothing is looked for by its text."""
_MOST_TEXTS = 128
"""Texts whose shingles are remembered: some 60 MB when all of them are long."""
_MOST_HTML = 5 * COMPARED_CHARACTERS
"""So much HTML holds the beginning that is compared."""
_EARLIEST = datetime.min.replace(tzinfo=UTC) + MOVED_WITHIN
_LATEST = datetime.max.replace(tzinfo=UTC) - MOVED_WITHIN


def load_kept(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    incoming: Sequence[Incoming],
    *,
    predecessor_id: int | None,
) -> Kept:
    """Return the candidates for these records, without their texts."""
    by_id: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in _with_ids(conn, source_id, [one.external_id for one in incoming]):
        by_id[candidate.external_id].append(candidate)
    unknown = [one for one in incoming if one.external_id not in by_id and not one.is_comment]
    by_link: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in _with_links(conn, cluster_id, unknown):
        if candidate.link_key is not None:
            by_link[candidate.link_key].append(candidate)
    near = _near(conn, source_id, predecessor_id, unknown)
    return Kept(by_id=by_id, by_link=by_link, near=near, shared_links=_shared_links(incoming))


def _shared_links(incoming: Sequence[Incoming]) -> frozenset[int]:
    links = Counter(
        one.link_key for one in incoming if one.link_key is not None and not one.is_comment
    )
    return frozenset(key for key, times in links.items() if times > 1)


def _select() -> Select[Any]:
    columns = (
        "id item_id source_id stream_id external_id generation link_key owns_link title "
        "text_hash meta_hash published kind is_live held"
    )
    return select(*(origin.c[name] for name in columns.split()), identity.c.name).outerjoin(
        identity, identity.c.id == origin.c.identity_id
    )


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        origin_id=row.id,
        item_id=row.item_id,
        source_id=row.source_id,
        stream_id=row.stream_id,
        external_id=row.external_id,
        generation=row.generation,
        link_key=row.link_key,
        owns_link=row.owns_link,
        title=fold(row.title),
        text_hash=row.text_hash,
        meta_hash=row.meta_hash,
        author=fold(row.name or ""),
        published=row.published,
        is_comment=row.kind == Kind.COMMENT,
        is_live=row.is_live,
        held=row.held,
    )


def _with_ids(conn: Connection, source_id: int, ids: Sequence[str]) -> Iterable[Candidate]:
    for start in range(0, len(ids), _BATCH):
        query = _select().where(
            origin.c.source_id == source_id,
            origin.c.external_id.in_(ids[start : start + _BATCH]),
        )
        yield from map(_candidate, conn.execute(query))


def _with_links(
    conn: Connection, cluster_id: int, incoming: Sequence[Incoming]
) -> Iterable[Candidate]:
    """Yield who carries the links of these records, but not of a link that very many carry."""
    keys = sorted({one.link_key for one in incoming if one.link_key is not None})
    for start in range(0, len(keys), _BATCH):
        carried = (
            origin.c.cluster_id == cluster_id,
            origin.c.link_key.in_(keys[start : start + _BATCH]),
        )
        few = (
            select(origin.c.link_key)
            .where(*carried)
            .group_by(origin.c.link_key)
            .having(func.count() <= MOST_CANDIDATES)
        )
        wanted = list(conn.execute(few).scalars())
        if wanted:
            query = _select().where(carried[0], origin.c.link_key.in_(wanted))
            yield from map(_candidate, conn.execute(query))


def _near(
    conn: Connection,
    source_id: int,
    predecessor_id: int | None,
    incoming: Sequence[Incoming],
) -> list[Candidate]:
    """Return origins published within days of the unknown records, each day asked once."""
    spans = _spans([one.published for one in incoming if one.published is not None])
    if not spans:
        return []
    sources = [key for key in (source_id, predecessor_id) if key is not None]
    between = [origin.c.published.between(first, last) for first, last in spans]
    query = _select().where(origin.c.source_id.in_(sources), or_(*between)).limit(_MOST_NEAR + 1)
    rows = conn.execute(query).all()
    return [] if len(rows) > _MOST_NEAR else [_candidate(row) for row in rows]


def _spans(moments: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the stretches of time around these moments, overlapping ones joined."""
    spans: list[tuple[datetime, datetime]] = []
    for moment in sorted(min(max(one, _EARLIEST), _LATEST) for one in moments):
        first, last = moment - MOVED_WITHIN, moment + MOVED_WITHIN
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


class KeptTexts:
    """Gives what is compared of kept origins' texts, loaded only when asked.

    The last ones asked for are remembered: a page's records have the same neighbours.
    """

    def __init__(self, conn: Connection):
        self._conn = conn
        self._known: OrderedDict[int, Compared] = OrderedDict()

    def __call__(self, origin_id: int) -> Compared:
        """Return it; of no text when that was purged."""
        known = self._known.pop(origin_id, None)
        self._known[origin_id] = known = known or self._load(origin_id)
        if len(self._known) > _MOST_TEXTS:
            self._known.popitem(last=False)
        return known

    def _load(self, origin_id: int) -> Compared:
        html = self._conn.execute(
            select(func.substr(origin_text.c.html, 1, _MOST_HTML)).where(
                origin_text.c.origin_id == origin_id
            )
        ).scalar_one_or_none()
        return compared(fold(plain_text(html or "")))
