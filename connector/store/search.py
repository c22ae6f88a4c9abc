"""The full-text index: FTS5 on SQLite, a tsvector on PostgreSQL, behind the same questions.

Both look through one folded column. Whom an origin is for stands in the index as well, so
that a viewer who sees little does not pay for what others may see; the relational filter
applies all the same.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, column, func, select, table, text
from sqlalchemy.sql import ColumnElement

from connector.html import fold
from connector.store.tables import origin, other_origin, search_entry
from connector.store.unwalked import unwalked

COUNT_LIMIT = 1000
PHRASE_COUNT_LIMIT = 200
"""Where words are in quotes: the index has to compare where they stand, in post after post."""
FETCHED = 100
"""Rows fetched at once: more may be found than is used."""
SAMPLE, MOST = 200, 2
"""A cluster that has one in ``MOST`` of so many posts has most of them."""
LOOKED_AT = 2 * COUNT_LIMIT
"""Posts with the words that are looked at without asking the index for whom they are."""
WANTED = COUNT_LIMIT + 1
"""As many as PostgreSQL is asked for at once: it walks or sorts, whichever is quicker for so many."""
APART = 10
"""So many times more for a phrase, since PostgreSQL takes all posts with its words for found."""
MAX_TERMS = 12
MAX_PHRASE_WORDS = 24
MAX_WORD_CHARACTERS = 400
"""PostgreSQL refuses to look for longer words (2,046 bytes), and indexes none."""

_WHOLE_CURSORS = text("SET LOCAL cursor_tuple_fraction = 1")
"""PostgreSQL otherwise plans for a tenth of what is there, and walks all posts to find a few."""

QUOTATION_MARKS = '"“”„'
"""Phones write the curly ones by themselves."""
WORD = re.compile(r"[^\W_]+")
_STRAIGHT = str.maketrans(dict.fromkeys(QUOTATION_MARKS, '"'))
_QUOTED_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and for whom."""

    terms: tuple[Term, ...]
    cluster_id: int
    audience_ids: tuple[int, ...] | None
    """None: every audience of the cluster."""
    school_id: int | None = None
    source_id: int | None = None

    @property
    def count_limit(self) -> int:
        """How far its matches are counted."""
        return PHRASE_COUNT_LIMIT if self.has_phrase else COUNT_LIMIT

    @property
    def has_phrase(self) -> bool:
        """Whether words have to stand together."""
        return any(len(term) > 1 for term in self.terms)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter on ``origin`` that applies beside the index's own.

        It keeps SQLite from walking all of a cluster or place by another index and asking the
        full-text index for each row.
        """
        wanted = [unwalked(origin.c.cluster_id) == self.cluster_id, origin.c.is_listed]
        if self.audience_ids is not None:
            wanted.append(unwalked(origin.c.audience_id).in_(self.audience_ids))
        if self.school_id is not None:
            wanted.append(unwalked(origin.c.school_id) == self.school_id)
        if self.source_id is not None:
            wanted.append(unwalked(origin.c.source_id) == self.source_id)
        return wanted


def terms(words: str) -> tuple[Term, ...]:
    """Return the folded terms of what somebody typed; words in quotes are one term."""
    quoted_or_word = _QUOTED_OR_WORD.findall(words.translate(_STRAIGHT))
    parts = (quoted or word for quoted, word in quoted_or_word)
    found = (WORD.findall(fold(part))[:MAX_PHRASE_WORDS] for part in parts)
    return tuple(tuple(word[:MAX_WORD_CHARACTERS] for word in term) for term in found if term)[
        :MAX_TERMS
    ]


def newest(conn: Connection, query: Query, *, before: int | None, limit: int) -> list[int]:
    """Return the sort keys of matching origins, newest first."""
    with closing(_walk(conn, query, before)) as found:
        return [key for key, _ in islice(found, limit)]


@dataclass(frozen=True, slots=True)
class Count:
    """How many items match, as far as they are counted."""

    number: int
    and_more: bool = False


def first_page(conn: Connection, query: Query, limit: int) -> tuple[list[int], Count]:
    """Return the newest sort keys and how many items match: one walk for both."""
    most = query.count_limit
    keys: list[int] = []
    items: set[int] = set()
    with closing(_walk(conn, query)) as found:
        for key, item_id in found:
            if len(keys) < limit:
                keys.append(key)
            items.add(item_id)
            if len(items) > most and len(keys) == limit:
                break
    return keys, Count(min(len(items), most), len(items) > most)


def count(conn: Connection, query: Query) -> Count:
    """Return how many items match."""
    return first_page(conn, query, 0)[1]


def _walk(
    conn: Connection, query: Query, before: int | None = None
) -> Generator[tuple[int, int], None, None]:
    """Yield sort key and item of the matching origins, newest first; close it when done.

    To ask the index for each post whether it is for the viewer costs as much as to find the
    words. Whoever sees nearly everything is better off with a look at the posts that hold the
    words; where that finds too little, the index is asked from there on.
    """
    index = _index(conn)
    if isinstance(index, _SqliteIndex) and _sees_most(conn, query):
        looked_at = 0
        for key, item_id, is_seen in _rows(conn, index.looking(query), index.key, before):
            looked_at, before = looked_at + 1, key
            if is_seen:
                yield key, item_id
            if looked_at == LOOKED_AT:
                break
        else:
            return
    matching = index.matching(query, origin.c.sort_key, origin.c.item_id)
    if isinstance(index, _SqliteIndex):
        yield from _rows(conn, matching, index.key, before)
        return
    wanted = WANTED * APART if query.has_phrase else WANTED
    yield from _stretches(conn, matching.limit(wanted), wanted, before)


def _stretches(
    conn: Connection, matching: Select[Any], length: int, before: int | None
) -> Generator[Any, None, None]:
    """Yield rows in stretches of so many: PostgreSQL plans for what it is asked for."""
    conn.execute(_WHOLE_CURSORS)
    found = length
    while found == length:
        found = 0
        for row in _rows(conn, matching, _PostgresIndex.key, before):
            found, before = found + 1, row.sort_key
            yield row


def _rows(
    conn: Connection, wanted: Select[Any], key: ColumnElement[int], before: int | None
) -> Generator[Any, None, None]:
    """Yield rows as they are found: nothing is looked for that nobody takes."""
    if before is not None:
        wanted = wanted.where(key < before)
    options = {"yield_per": FETCHED}
    with conn.execute(wanted.order_by(key.desc()), execution_options=options) as found:
        yield from found


def _sees_most(conn: Connection, query: Query) -> bool:
    """Whether the viewer sees the whole cluster, and most of the newest posts are of it.

    Others may see little of what they look for, however much they see of all.
    """
    if query.audience_ids is not None:
        return False
    some = (
        select(origin.c.cluster_id)
        .where(origin.c.sort_key > 0)
        .order_by(origin.c.sort_key.desc())
        .limit(SAMPLE)
        .subquery()
    )
    seen = some.c.cluster_id == query.cluster_id
    counts = select(func.count(), func.count().filter(seen)).select_from(some)
    all_of_them, seen_of_them = conn.execute(counts).one()
    return bool(seen_of_them * MOST >= all_of_them)


def once_each(conn: Connection, query: Query, keys: Sequence[int]) -> list[int]:
    """Leave out origins whose item is found by an earlier origin too."""
    earlier = _earlier(conn, query.cluster_id, keys)
    if not earlier:
        return list(keys)
    index = _index(conn)
    others = {other for siblings in earlier.values() for other in siblings}
    found = index.matching(query, origin.c.sort_key).where(index.key.in_(sorted(others)))
    matching = set(conn.execute(found).scalars())
    return [key for key in keys if matching.isdisjoint(earlier.get(key, ()))]


def _earlier(conn: Connection, cluster_id: int, keys: Sequence[int]) -> dict[int, list[int]]:
    """Return, by sort key, those of earlier origins of the same item; most have none.

    Only these are looked up in the index: asking it for one row costs as much as a page.
    """
    rows = conn.execute(
        select(origin.c.sort_key, other_origin.c.sort_key.label("other"))
        .join(other_origin, other_origin.c.item_id == origin.c.item_id)
        .where(
            origin.c.sort_key.in_(list(keys)),
            origin.c.cluster_id == cluster_id,
            unwalked(other_origin.c.sort_key) < origin.c.sort_key,
        )
    )
    earlier: dict[int, list[int]] = {}
    for row in rows:
        earlier.setdefault(row.sort_key, []).append(row.other)
    return earlier


class _SqliteIndex:
    """FTS5: its row numbers are the sort keys, so newest first costs no sort."""

    table = table("search_index", column("rowid", BigInteger))
    key: ColumnElement[int] = table.c.rowid

    def matching(self, query: Query, *columns: ColumnElement[Any]) -> Select[Any]:
        """Select from the origins that match."""
        holding = self._holding(_expression(query, _token_groups(query)), *columns)
        return holding.where(*query.conditions())

    def looking(self, query: Query) -> Select[Any]:
        """Select origins that hold the words, whoever sees them, and whether the viewer does."""
        is_seen = and_(*query.conditions())
        words = _expression(query, _narrowing(query))
        return self._holding(words, origin.c.sort_key, origin.c.item_id, is_seen)

    def _holding(self, expression: str, *columns: ColumnElement[Any]) -> Select[Any]:
        matches = text("search_index MATCH :wanted").bindparams(wanted=expression)
        joined = self.table.join(origin, origin.c.sort_key == self.key)
        return select(*columns).select_from(joined).where(matches)


def _expression(query: Query, groups: list[list[str]]) -> str:
    """Return the FTS5 expression; terms hold letters and digits only."""
    words = " AND ".join(f'"{" ".join(term)}"' for term in query.terms)
    tokens = " AND ".join(f"({' OR '.join(group)})" for group in groups)
    found = f"{{folded}} : ({words})"
    return f"{found} AND {{tokens}} : ({tokens})" if groups else found


class _PostgresIndex:
    """A tsvector: weight A marks whom an origin is for, weight D the text.

    Its own key and no other joins or sorts: a walk then looks up the origins of what it finds,
    and none of those that it goes past.
    """

    key: ColumnElement[int] = search_entry.c.sort_key

    def matching(self, query: Query, *columns: ColumnElement[Any]) -> Select[Any]:
        """Select from the origins that match."""
        joined = search_entry.c.origin_id == origin.c.id
        return (
            select(*columns)
            .select_from(origin.join(search_entry, joined))
            .where(
                text("search_entry.words @@ to_tsquery('simple', :wanted)").bindparams(
                    wanted=self._expression(query)
                ),
                *query.conditions(),
            )
        )

    @staticmethod
    def _expression(query: Query) -> str:
        words = [" <-> ".join(f"'{word}':D" for word in term) for term in query.terms]
        tokens = [" | ".join(group) for group in _token_groups(query, ":A")]
        return " & ".join(f"({one})" for one in [*words, *tokens])


def _token_groups(query: Query, suffix: str = "") -> list[list[str]]:
    """Return groups of tokens: an origin has one of each group."""
    if query.audience_ids is None:
        seen = [f"c{query.cluster_id}"]
    else:
        # Nobody's token: a scope without audiences finds nothing.
        seen = [f"a{one}" for one in query.audience_ids] or ["a0"]
    return [[token + suffix for token in group] for group in [seen, *_narrowing(query)]]


def _narrowing(query: Query) -> list[list[str]]:
    """Return the groups of tokens that say which school or place is wanted."""
    chosen = (("s", query.school_id), ("p", query.source_id))
    return [[f"{letter}{number}"] for letter, number in chosen if number is not None]


def _index(conn: Connection) -> _SqliteIndex | _PostgresIndex:
    return _SqliteIndex() if conn.dialect.name == "sqlite" else _PostgresIndex()
