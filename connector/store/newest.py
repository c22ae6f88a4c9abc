"""Which posts what's new shows: each question walks an index that ends after one page.

Whoever sees little, or asks for what is rare, must not walk past all that others see: there
is an index in the order of time for each audience, for each audience of a place or school, and
for each kind but the usual one. What is ``unwalked`` keeps SQLite from other indexes than the one
that a question is meant to walk, whatever it knows of the tables.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, literal_column, select, union_all
from sqlalchemy.sql import ColumnElement

from connector.model import Kind
from connector.store.audiences import VisibleIds, seen_by
from connector.store.tables import NOT_USUAL, USUAL_KIND, origin, other_origin
from connector.store.unwalked import unwalked

FEW_AUDIENCES = 40
"""Up to so many, each audience's newest are read by its own index and joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a reader wants of what's new."""

    cluster_id: int
    ids: VisibleIds
    """The audiences that the reader sees; None: all of the cluster."""
    school_id: int | None = None
    source_id: int | None = None
    kinds: frozenset[Kind] | None = None

    @property
    def rare_kinds(self) -> tuple[str, ...]:
        """The kinds that are walked by an index of their own, if those are all that is wanted."""
        kinds = tuple(sorted(str(kind) for kind in self.kinds or ()))
        return () if USUAL_KIND in kinds else kinds

    def filter(self, table: Any = origin) -> list[ColumnElement[bool]]:
        """Return all of this as conditions that no index is chosen by."""
        found = [unwalked(table.c.cluster_id) == self.cluster_id, table.c.on_front]
        if self.ids is not None:
            found.append(unwalked(table.c.audience_id).in_(self.ids))
        if self.school_id is not None:
            found.append(unwalked(table.c.school_id) == self.school_id)
        if self.source_id is not None:
            found.append(unwalked(table.c.source_id) == self.source_id)
        if self.kinds is not None:
            kinds = sorted(str(kind) for kind in self.kinds)
            found.append(unwalked(table.c.kind).in_(kinds))
        return found


def newest_keys(chosen: Chosen, *, before: int | None, limit: int) -> Select[Any]:
    """Select the sort keys of the newest items, each by its earliest visible origin."""
    wanted = [*chosen.filter(), _is_lead(chosen)]
    if before is not None:
        wanted.append(origin.c.sort_key < before)
    arms = [_arm([*wanted, *walked], limit) for walked in _walks(chosen)]
    if len(arms) == 1:
        return arms[0]
    keys = union_all(*(select(arm.subquery().c.sort_key) for arm in arms)).subquery()
    return select(keys.c.sort_key).order_by(keys.c.sort_key.desc()).limit(limit)


def _walks(chosen: Chosen) -> Iterable[list[ColumnElement[bool]]]:
    """Yield, for each stretch of an index to walk, the conditions that name it."""
    if chosen.rare_kinds:
        of_cluster = [origin.c.cluster_id == chosen.cluster_id, literal_column(NOT_USUAL)]
        return [[*of_cluster, origin.c.kind == kind] for kind in chosen.rare_kinds]
    inside = [_inside(chosen)]
    if chosen.ids and len(chosen.ids) <= FEW_AUDIENCES:
        return [[*inside, origin.c.audience_id == one] for one in chosen.ids]
    return [inside]


def _inside(chosen: Chosen) -> ColumnElement[bool]:
    """Return the narrowest of place, school and cluster that the reader has chosen."""
    if chosen.source_id is not None:
        return origin.c.source_id == chosen.source_id
    if chosen.school_id is not None:
        return origin.c.school_id == chosen.school_id
    return origin.c.cluster_id == chosen.cluster_id


def _arm(wanted: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    return select(origin.c.sort_key).where(*wanted).order_by(origin.c.sort_key.desc()).limit(limit)


def _is_lead(chosen: Chosen) -> ColumnElement[bool]:
    """Whether no earlier origin of the same item is listed: an item stands in a list once."""
    return ~exists().where(
        other_origin.c.item_id == origin.c.item_id,
        unwalked(other_origin.c.sort_key) < origin.c.sort_key,
        *chosen.filter(other_origin),
    )


def has_posts(ids: VisibleIds, inside: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a place or school, named by ``inside``, has something in what's new for somebody."""
    return exists().where(inside, origin.c.on_front, seen_by(ids))
