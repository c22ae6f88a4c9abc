"""Pure: how far one stream was read, as the text that the engine keeps for us.

What is kept of posts is their ids and digests, never a word of them. The fields are told one
by one in ``StreamState``.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from adapters.discourse.idset import IdSet
from adapters.discourse.json_values import at, list_at, number_at, text_at
from connector.model import Cursor, Record

T = TypeVar("T")

LAYOUT = 1
CHUNK = 250
"""Ids that are read again at once: at most five answers of fifty."""
MOST_DIGESTS = 4000

Gap = tuple[int, int]
"""Ids from the first to below the second, which are still to be read."""


@dataclass(slots=True)
class StreamState:
    """How far one stream was read; changed while reading, then packed."""

    top: int = -1
    """The newest id that was met; -1 before the first answer."""
    gaps: list[Gap] = field(default_factory=list)
    first: bool = True
    """Whether the first reading is still under way."""
    ids: IdSet = field(default_factory=IdSet)
    """Ids of the posts that were handed on and are still there."""
    topics: IdSet = field(default_factory=IdSet)
    """Ids of their topics."""
    sums: dict[int, int] = field(default_factory=dict)
    """For each chunk of ids the sum of its records' digests."""
    newest: dict[int, int] = field(default_factory=dict)
    """Digests of the records in the newest answer."""
    tags: dict[str, IdSet] = field(default_factory=dict)
    """Ids of the topics with a tag: those of this stream, and all of tags that are streams."""
    page: int = 0
    """The page of topics by creation that a first reading needs next; -1: it has them all."""
    until: int = 0
    """The last topic of the pages by creation so far: later ones were met; 0: none yet."""
    bumped: str = ""
    """When the last activity was that was looked at."""
    recent: dict[int, str] = field(default_factory=dict)
    """Topics whose last activity lies within the overlap, and when it was."""
    roll: int = -1
    """The chunk that is read again next; -1: the newest."""
    share: int = 0
    """Chunks that are still to be read again today."""
    shared: str = ""
    """When the last day's share of them began; empty: never."""
    turn: int = 0
    """How often was asked who may see what; what is asked in turn goes on from here."""
    groups: dict[int, list[int]] = field(default_factory=dict)
    """For each private category the groups that may read it."""
    names: dict[int, str] = field(default_factory=dict)
    """Names of these groups."""
    audiences: dict[int, str] = field(default_factory=dict)
    """For each category who sees it, as last handed on."""
    needs_login: bool = False
    likes: dict[int, int] = field(default_factory=dict)
    """For pages of topics the digest of their likes."""
    schools: dict[int, str] = field(default_factory=dict)
    """Schools that authors named in their profiles; empty: asked, none named."""
    offered: str = ""
    """Digest of the parts of the board that are known."""

    def cover(self, low: int, high: int) -> None:
        """Note that the ids from ``low`` to below ``high`` were read."""
        left: list[Gap] = []
        for start, end in self.gaps:
            left += [(start, min(end, low)), (max(start, high), end)]
        self.gaps = [gap for gap in left if gap[0] < gap[1]]

    def awaits(self, number: int) -> bool:
        """Whether this id is still to be read."""
        return any(start <= number < end for start, end in self.gaps)

    def note(self, number: int, digest: int, former: int | None = None) -> None:
        """Note that a record was handed on; ``former`` is its digest as it was before."""
        chunk = number // CHUNK
        if former is None and number in self.ids:
            return
        total = self.sums.get(chunk, 0) + digest - (former or 0)
        self.sums[chunk] = total % 2**64
        self.ids = self.ids | IdSet.of([number])

    def packed(self) -> Cursor:
        """Return the state as text."""
        kept = {
            "v": LAYOUT,
            "top": self.top,
            "gaps": self.gaps,
            "first": self.first,
            "ids": self.ids.packed(),
            "topics": self.topics.packed(),
            "sums": dict(sorted(self.sums.items(), reverse=True)[:MOST_DIGESTS]),
            "newest": self.newest,
            "tags": {tag: ids.packed() for tag, ids in sorted(self.tags.items()) if ids},
            "page": self.page,
            "until": self.until,
            "bumped": self.bumped,
            "recent": self.recent,
            "roll": self.roll,
            "share": self.share,
            "shared": self.shared,
            "turn": self.turn,
            "groups": self.groups,
            "names": self.names,
            "audiences": self.audiences,
            "login": self.needs_login,
            "likes": self.likes,
            "schools": self.schools,
            "offered": self.offered,
        }
        return Cursor(json.dumps(kept, sort_keys=True, separators=(",", ":")))


def unpacked(cursor: Cursor | None) -> StreamState:
    """Return the state in a cursor; one that nobody here wrote is a first reading."""
    value = _value(cursor)
    top = at(value, "top")
    if at(value, "v") != LAYOUT or not isinstance(top, int):
        return StreamState()
    page, roll = at(value, "page"), at(value, "roll")
    return StreamState(
        top=top,
        gaps=[gap for gap in map(_gap, list_at(value, "gaps")) if gap],
        first=at(value, "first") is True,
        ids=IdSet.unpacked(text_at(value, "ids")),
        topics=IdSet.unpacked(text_at(value, "topics")),
        sums=_by_number(value, "sums", _number),
        newest=_by_number(value, "newest", _number),
        tags={tag: IdSet.unpacked(text) for tag, text in _texts(value, "tags").items()},
        page=page if isinstance(page, int) else 0,
        until=number_at(value, "until") or 0,
        bumped=text_at(value, "bumped"),
        recent=_by_number(value, "recent", _text),
        roll=roll if isinstance(roll, int) else -1,
        share=number_at(value, "share") or 0,
        shared=text_at(value, "shared"),
        turn=number_at(value, "turn") or 0,
        groups=_by_number(value, "groups", _numbers),
        names=_by_number(value, "names", _text),
        audiences=_by_number(value, "audiences", _text),
        needs_login=at(value, "login") is True,
        likes=_by_number(value, "likes", _number),
        schools=_by_number(value, "schools", _text),
        offered=text_at(value, "offered"),
    )


def digest_of(record: Record) -> int:
    """Return 64 bits by which the same record is recognised later."""
    raw = hashlib.blake2b(repr(record).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(raw.digest(), "big")


def moment_in(text: str) -> datetime | None:
    """Return the moment that a state keeps as text; None where it keeps none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def short_digest(parts: Iterable[object]) -> int:
    """Return 32 bits by which the same values are recognised later."""
    raw = hashlib.blake2b(repr(list(parts)).encode("utf-8", "surrogatepass"), digest_size=4)
    return int.from_bytes(raw.digest(), "big")


def _value(cursor: Cursor | None) -> object:
    try:
        value: object = json.loads(cursor or "")
    except (ValueError, RecursionError):
        return None
    return value


def _gap(value: object) -> Gap | None:
    if not isinstance(value, list) or [type(each) for each in value] != [int, int]:
        return None
    low, high = value
    return (low, high) if 0 <= low < high else None


def _texts(value: object, key: str) -> dict[str, str]:
    found = at(value, key)
    if not isinstance(found, dict):
        return {}
    return {name: each for name, each in found.items() if isinstance(each, str)}


def _by_number(value: object, key: str, read: Callable[[object], T | None]) -> dict[int, T]:
    found = at(value, key)
    if not isinstance(found, dict):
        return {}
    named = {name: read(each) for name, each in found.items() if name.isdecimal()}
    return {int(name): each for name, each in named.items() if each is not None}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _numbers(value: object) -> list[int] | None:
    return [each for each in value if isinstance(each, int)] if isinstance(value, list) else None
