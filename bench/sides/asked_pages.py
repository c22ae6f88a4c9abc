"""Which pages are asked for, and by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from bench.sides.history_rows import COMMON, FEW_OLD, FEW_SPREAD, FIRST, LAST, SOURCES, word
from connector.audience import AudienceRef, Scope
from connector.model import AudienceKind
from connector.store.sort_keys import sort_key

Viewer = Literal["visitor", "facilitator", "0.1 %"]
VIEWERS: tuple[Viewer, ...] = ("visitor", "facilitator", "0.1 %")


def few_scope(cluster_id: int) -> Scope:
    """Return the scope of somebody who sees a thousandth of all items, half of them old."""
    keys = (f"1:g{FEW_SPREAD}", f"1:g{FEW_OLD}")
    return Scope(cluster_id, frozenset(AudienceRef(AudienceKind.GROUP, key) for key in keys))


@dataclass(frozen=True, slots=True)
class Asked:
    """One page that is asked for again and again, each time a little otherwise."""

    name: str
    group: Literal["what's new", "search", "places"]
    address: Callable[[int], str]
    """By the number of the question."""


def _page(path: str, **more: object) -> str:
    return f"/c/bench/{path}?{urlencode(more)}" if more else f"/c/bench/{path}"


def _deep(number: int) -> int:
    """Return a place in the middle of the history, another one each time."""
    moment: datetime = FIRST + (LAST - FIRST) * (0.3 + 0.4 * (number * 37 % 100) / 100)
    return sort_key(moment, 0)


def _rare(number: int) -> str:
    return word(30_000 + number * 101 % 15_000)


def _news(name: str, **more: Callable[[int], object]) -> Asked:
    return Asked(
        f"new: {name}", "what's new", lambda n: _page("", **{key: f(n) for key, f in more.items()})
    )


def _search(name: str, words: Callable[[int], str], **more: Callable[[int], object]) -> Asked:
    def address(number: int) -> str:
        return _page("search", q=words(number), **{key: f(number) for key, f in more.items()})

    return Asked(f"search: {name}", "search", address)


def _school(number: int) -> int:
    return 1 + number * 7 % 60


def _place(number: int) -> str:
    return f"kept-{1 + number * 131 % SOURCES}"


ASKED = (
    _news("first page"),
    _news("deep", before=_deep),
    _news("a school", school=_school),
    _news("a place", place=_place),
    _news("the biggest place", place=lambda n: "kept-1"),
    _news("a rare kind", kind=lambda n: "event"),
    _news("a kind nothing has", kind=lambda n: "workshop"),
    _news("a school and a rare kind", school=_school, kind=lambda n: "event"),
    _search("in a third", lambda n: COMMON),
    _search("in a third, deep", lambda n: COMMON, before=_deep),
    _search("in nearly all", lambda n: word(n % 3)),
    _search("rare", _rare),
    _search("two words", lambda n: f"{COMMON} {word(40 + n)}"),
    _search("common and rare", lambda n: f"{COMMON} {_rare(n)}"),
    _search("two rare, no result", lambda n: f"{_rare(n)} {_rare(n + 7)}"),
    _search("unknown word", lambda n: f"nobodywrotethis{n}"),
    _search("in quotes, common words", lambda n: f'"{word(n % 9)} {word(9 + n % 7)}"'),
    _search("in quotes, hardly together", lambda n: f'"{COMMON} {word(300 + n)}"'),
    _search("in a third, a school", lambda n: COMMON, school=_school),
    _search("in a third, a place", lambda n: COMMON, place=_place),
    _search("rare, a place", _rare, place=_place),
    Asked("places", "places", lambda n: _page("places")),
)
