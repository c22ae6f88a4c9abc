"""The full-text index: FTS5 on SQLite, a tsvector on PostgreSQL, behind the same questions.

Both look through one folded column. Whom an origin is for stands in the index as well, so
that a viewer who sees little does not pay for what others may see; the relational filter
applies all the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, column, func, select, table, text
from sqlalchemy.sql import ColumnElement

from connector.html import fold
from connector.store.tables import origin, search_entry

COUNT_LIMIT = 1000
MAX_TERMS = 12
MAX_PHRASE_WORDS = 24
MAX_WORD_CHARACTERS = 400
"""PostgreSQL refuses to look for longer words (2,046 bytes), and indexes none."""

_QUOTED_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")

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

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter on ``origin`` that applies beside the index's own.

        ``+ 0`` keeps the planner from walking all of a cluster or place by another index and
        asking the full-text index for each row.
        """
        wanted = [origin.c.cluster_id + 0 == self.cluster_id, origin.c.is_listed]
        if self.audience_ids is not None:
            wanted.append((origin.c.audience_id + 0).in_(self.audience_ids))
        if self.school_id is not None:
            wanted.append(origin.c.school_id + 0 == self.school_id)
        if self.source_id is not None:
            wanted.append(origin.c.source_id + 0 == self.source_id)
        return wanted


def terms(words: str) -> tuple[Term, ...]:
    """Return the folded terms of what somebody typed; words in quotes are one term."""
    parts = (quoted or word for quoted, word in _QUOTED_OR_WORD.findall(words))
    found = (_WORD.findall(fold(part))[:MAX_PHRASE_WORDS] for part in parts)
    return tuple(tuple(word[:MAX_WORD_CHARACTERS] for word in term) for term in found if term)[
        :MAX_TERMS
    ]


def newest(conn: Connection, query: Query, *, before: int | None, limit: int) -> list[int]:
    """Return the sort keys of matching origins, newest first."""
    index = _index(conn)
    found = index.matching(query, origin.c.sort_key).order_by(index.key.desc()).limit(limit)
    if before is not None:
        found = found.where(index.key < before)
    return list(conn.execute(found).scalars())


def first_page(conn: Connection, query: Query, limit: int) -> tuple[list[int], int]:
    """Return the newest sort keys and how many items match: one walk for both."""
    index = _index(conn)
    matching = index.matching(query, origin.c.sort_key, origin.c.item_id)
    found = matching.order_by(index.key.desc()).limit(COUNT_LIMIT + 1)
    rows = conn.execute(found).all()
    return [row.sort_key for row in rows[:limit]], len({row.item_id for row in rows})


def count(conn: Connection, query: Query) -> int:
    """Return how many items match; at most COUNT_LIMIT + 1."""
    some = _index(conn).matching(query, origin.c.item_id).limit(COUNT_LIMIT + 1).subquery()
    return conn.execute(select(func.count(some.c.item_id.distinct()))).scalar_one()


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
    found, other = origin.alias(), origin.alias()
    rows = conn.execute(
        select(found.c.sort_key, other.c.sort_key.label("other"))
        .join(other, other.c.item_id == found.c.item_id)
        .where(
            found.c.sort_key.in_(list(keys)),
            found.c.cluster_id == cluster_id,
            other.c.sort_key + 0 < found.c.sort_key,
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
        joined = origin.c.sort_key == self.key
        return (
            select(*columns)
            .select_from(self.table.join(origin, joined))
            .where(
                text("search_index MATCH :wanted").bindparams(wanted=self._expression(query)),
                *query.conditions(),
            )
        )

    @staticmethod
    def _expression(query: Query) -> str:
        """Return the FTS5 expression; terms hold letters and digits only."""
        words = " AND ".join(f'"{" ".join(term)}"' for term in query.terms)
        tokens = " AND ".join(f"({' OR '.join(group)})" for group in _token_groups(query))
        return f"{{folded}} : ({words}) AND {{tokens}} : ({tokens})"


class _PostgresIndex:
    """A tsvector: weight A marks whom an origin is for, weight D the text."""

    key: ColumnElement[int] = origin.c.sort_key

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
        groups = [[f"c{query.cluster_id}"]]
    else:
        # Nobody's token: a scope without audiences finds nothing.
        groups = [[f"a{one}" for one in query.audience_ids] or ["a0"]]
    if query.school_id is not None:
        groups.append([f"s{query.school_id}"])
    if query.source_id is not None:
        groups.append([f"p{query.source_id}"])
    return [[token + suffix for token in group] for group in groups]


def _index(conn: Connection) -> _SqliteIndex | _PostgresIndex:
    return _SqliteIndex() if conn.dialect.name == "sqlite" else _PostgresIndex()
