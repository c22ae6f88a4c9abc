"""Loading what identity needs: the kept origins that a page's records might be."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    func,
    select,
    true,
)

from connector.changes import HELD_REMOVAL
from connector.html import fold, plain_text
from connector.identity import (
    MOST_CANDIDATES,
    MOVED_WITHIN,
    Candidate,
    Incoming,
    Kept,
    may_have_moved,
)
from connector.likeness import COMPARED_CHARACTERS, Compared, compared
from connector.model import Kind
from connector.store.prepared import Prepared, among
from connector.store.rows import batches
from connector.store.tables import identity, origin, origin_text, other_origin

_MOST_NEAR = 5_000
"""Of a place with so many posts within days of a page's nothing is looked for by its text."""
_MOST_TEXTS = 128
"""Texts whose shingles are remembered: some 60 MB when all of them are long."""
_MOST_HTML = 5 * COMPARED_CHARACTERS
"""So much HTML holds the beginning that is compared."""
_MORE_THAN_SHOWN = 20
"""A place may show posts again that are older than many which it does not show."""
_EARLIEST = datetime.min.replace(tzinfo=UTC) + MOVED_WITHIN
_LATEST = datetime.max.replace(tzinfo=UTC) - MOVED_WITHIN


def load_kept(
    conn: Connection,
    cluster_id: int,
    source_id: int,
    incoming: Sequence[Incoming],
    *,
    predecessor_id: int | None,
    is_new_place: bool = False,
) -> Kept:
    """Return the candidates for these records, without their texts.

    Args:
        is_new_place: nothing of this source is kept, as ``is_empty`` says.
    """
    by_id: dict[str, list[Candidate]] = defaultdict(list)
    if not is_new_place:
        for candidate in _with_ids(conn, source_id, [one.external_id for one in incoming]):
            by_id[candidate.external_id].append(candidate)
    unknown = [one for one in incoming if one.external_id not in by_id and not one.is_comment]
    by_link: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in _with_links(conn, cluster_id, unknown):
        if candidate.link_key is not None:
            by_link[candidate.link_key].append(candidate)
    has_neighbours = not is_new_place or predecessor_id is not None
    movers = [one for one in unknown if may_have_moved(one)] if has_neighbours else []
    near = _near(conn, source_id, predecessor_id, movers)
    return Kept(by_id=by_id, by_link=by_link, near=near, shared_links=_shared_links(incoming))


def _shared_links(incoming: Sequence[Incoming]) -> frozenset[int]:
    links = Counter(
        one.link_key for one in incoming if one.link_key is not None and not one.is_comment
    )
    return frozenset(key for key, times in links.items() if times > 1)


_COLUMNS = (
    "id item_id source_id stream_id external_id generation link_key owns_link title "
    "text_hash meta_hash published kind is_live held raw_hash"
)
_CANDIDATES: Select[Any] = select(
    *(origin.c[name] for name in _COLUMNS.split()), identity.c.name
).outerjoin(identity, identity.c.id == origin.c.identity_id)
_OF_SOURCE = origin.c.source_id == bindparam("of_source")
_ANY = Prepared(select(exists().where(_OF_SOURCE)))


def _with_one_of(dialect: str) -> Select[Any]:
    return _CANDIDATES.where(_OF_SOURCE, among(origin.c.external_id, "ids", dialect))


def _carriers(dialect: str) -> Select[Any]:
    return _CANDIDATES.where(*_carry(dialect))


def _carried_by_few(dialect: str) -> Select[Any]:
    return (
        select(origin.c.link_key)
        .where(*_carry(dialect))
        .group_by(origin.c.link_key)
        .having(func.count() <= MOST_CANDIDATES)
    )


def _carry(dialect: str) -> tuple[ColumnElement[bool], ...]:
    of_cluster = origin.c.cluster_id == bindparam("of_cluster")
    return of_cluster, among(origin.c.link_key, "link_keys", dialect)


def _kept_raw(dialect: str) -> Select[Any]:
    names = "external_id raw_hash is_live held stream_id"
    columns = (origin.c[name] for name in names.split())
    return select(*columns).where(_OF_SOURCE, among(origin.c.external_id, "ids", dialect))


def _numbered(dialect: str) -> Select[Any]:
    return _CANDIDATES.where(among(origin.c.id, "numbers", dialect))


_WITH_IDS, _WITH_LINKS = Prepared(_with_one_of), Prepared(_carriers)
_NUMBERED = Prepared(_numbered)
_FEW, _RAW = Prepared(_carried_by_few), Prepared(_kept_raw)
_BETWEEN = Prepared(
    select(origin.c.id, identity.c.name)
    .join(identity, identity.c.id == origin.c.identity_id)
    .where(
        _OF_SOURCE,
        origin.c.published.between(bindparam("first"), bindparam("last")),
        origin.c.kind != Kind.COMMENT,
    )
    .limit(bindparam("most"))
)

_newest = (
    select(*(origin.c[name] for name in "id external_id raw_hash held".split()))
    .where(origin.c.stream_id == bindparam("of_stream"), origin.c.is_live == true())
    .order_by(origin.c.sort_key.desc())
    .limit(bindparam("most"))
    .subquery()
)
_NEWEST = Prepared(
    select(_newest.c.external_id, _newest.c.raw_hash, _newest.c.held).where(
        _newest.c.raw_hash.is_not(None),
        # An id that was used again stands for more than one.
        ~exists().where(
            other_origin.c.source_id == bindparam("of_source"),
            other_origin.c.external_id == _newest.c.external_id,
            other_origin.c.id != _newest.c.id,
        ),
    )
)


def is_empty(conn: Connection, source_id: int) -> bool:
    """Whether nothing of this source is kept yet."""
    return not _ANY.value(conn, of_source=source_id)


def same_as_kept(
    conn: Connection, source_id: int, stream_id: int, raw_hashes: Mapping[str, int]
) -> set[str]:
    """Return the ids of those records that are kept just as they come.

    Only what nothing is to be done about: an id that was used again, a post that had left or
    comes in another stream, or one that waits because it seemed to leave, is looked at.
    """
    seen: Counter[str] = Counter()
    same: set[str] = set()
    for ids in batches(list(raw_hashes)):
        for own_id, raw_hash, is_live, held, in_stream in _RAW.rows(
            conn, of_source=source_id, ids=ids
        ):
            seen[own_id] += 1
            is_there = is_live and held != HELD_REMOVAL and in_stream == stream_id
            if is_there and raw_hash == raw_hashes[own_id]:
                same.add(own_id)
    return {own_id for own_id in same if seen[own_id] == 1}


def kept_as_came(
    conn: Connection, source_id: int, stream_id: int, raw_hashes: Mapping[int, str]
) -> dict[str, str]:
    """Return the external ids of those records that are kept just as they come, by what these
    hashes stand for, looking only at the newest of the stream.

    What is passed over is the same as in ``same_as_kept``.
    """
    rows = _NEWEST.rows(
        conn,
        of_source=source_id,
        of_stream=stream_id,
        most=2 * len(raw_hashes) + _MORE_THAN_SHOWN,
    )
    return {
        raw_hashes[row.raw_hash]: row.external_id
        for row in rows
        if row.raw_hash in raw_hashes and row.held != HELD_REMOVAL
    }


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
        raw_hash=row.raw_hash,
        author=fold(row.name or ""),
        published=row.published,
        is_comment=row.kind == Kind.COMMENT,
        is_live=row.is_live,
        held=row.held,
    )


def candidates_of_items(conn: Connection, item_ids: Sequence[int]) -> dict[int, Candidate]:
    """Return one origin of each of these items, the first that is shown."""
    found: dict[int, Candidate] = {}
    for some in batches(item_ids):
        query = _CANDIDATES.where(origin.c.item_id.in_(some))
        rows = conn.execute(query.order_by(origin.c.is_live.desc(), origin.c.id))
        for candidate in map(_candidate, rows):
            found.setdefault(candidate.item_id, candidate)
    return found


def _with_ids(conn: Connection, source_id: int, ids: Sequence[str]) -> Iterable[Candidate]:
    for some in batches(ids):
        yield from map(_candidate, _WITH_IDS.rows(conn, of_source=source_id, ids=some))


def _with_links(
    conn: Connection, cluster_id: int, incoming: Sequence[Incoming]
) -> Iterable[Candidate]:
    """Yield who carries the links of these records, but not of a link that very many carry."""
    keys = sorted({one.link_key for one in incoming if one.link_key is not None})
    for some in batches(keys):
        few = _FEW.values(conn, of_cluster=cluster_id, link_keys=some)
        if few:
            rows = _WITH_LINKS.rows(conn, of_cluster=cluster_id, link_keys=few)
            yield from map(_candidate, rows)


def _near(
    conn: Connection,
    source_id: int,
    predecessor_id: int | None,
    movers: Sequence[Incoming],
) -> list[Candidate]:
    """Return origins by these records' authors published within days of them.

    Each day is asked once. Most neighbours are somebody else's, so no more than their names
    is looked at.
    """
    authors = {one.author for one in movers}
    folded: dict[str, str] = {}
    looked_at, found = 0, []
    for place in (key for key in (source_id, predecessor_id) if key is not None):
        for first, last in _spans([one.published for one in movers if one.published is not None]):
            left = _MOST_NEAR + 1 - looked_at
            rows = _BETWEEN.rows(conn, of_source=place, first=first, last=last, most=left)
            looked_at += len(rows)
            if looked_at > _MOST_NEAR:
                return []
            folded |= {row.name: fold(row.name) for row in rows if row.name not in folded}
            found += [row.id for row in rows if folded[row.name] in authors]
    return [_candidate(row) for ids in batches(found) for row in _NUMBERED.rows(conn, numbers=ids)]


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
