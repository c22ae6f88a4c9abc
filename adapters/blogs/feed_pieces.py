"""Pure: an XML feed cut into what stands before its entries, each entry, and what stands after.

The cut is made by a look at the text, without reading it, so that entries which came before
need not be read again. Where the look could be deceived there is no cut and the feed is read
whole; what is cut counts only once what is left of it was read and found well-formed
(``feed_rest``), for the text alone does not tell that.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from adapters.blogs.json_values import list_at, text_at

MAX_PIECES = 200
"""A feed of more entries is read whole: what is remembered of each would make a large cursor."""
_MAX_CHARACTERS = 5_000_000
_MAX_FRAME = 100_000

_MARK = r"<(?:!--|!\[CDATA\[|!|\?|(?P<close>/?)(?P<name>{})(?=[\s/>]))"
_FIRST_MARK = re.compile(_MARK.format(r"(?:[\w.-]{1,40}:)?(?:item|entry)"))
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_CLOSED = re.compile(r"\s*>")
_PASSING = re.compile(
    r"(<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>)"
    r"|<(lastBuildDate|pubDate|updated|modified|dc:date|openSearch:totalResults)>[^<]*</\2>"
    r"|<items\s*>\s*<rdf:Seq\s*>(?:\s*<rdf:li\s[^<>]*+>(?:</rdf:li>)?)*+\s*</rdf:Seq>\s*</items>",
    re.DOTALL,
)
"""What changes with every new entry and says nothing about the others. Comments and CDATA are
matched first and stay: in them nothing is an element."""


class _UncertainError(Exception):
    """The text may be something else than it looks like."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A feed's text, cut."""

    head: str
    entries: tuple[str, ...]
    tail: str
    digests: tuple[str, ...]
    """Of each entry with all that gives it its meaning: the same digest is the same record."""

    def frame(self) -> str:
        """Return a digest of what stands around the entries, letter by letter."""
        return _digest(f"{self.head}\0{self.tail}", b"")

    def with_only(self, entries: Sequence[str]) -> str:
        """Return the text as it would be with no other entries than these."""
        return "".join([self.head, *entries, self.tail])


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed on of a feed's first page, by which its entries are known again.

    There is none where two entries share an id: what one of them is then depends on the others.
    """

    frame: str
    ids: tuple[str, ...]
    """External ids of the records, in document order."""
    digests: tuple[str, ...]
    """Of each of them, as ``Pieces`` has it."""

    def state(self) -> dict[str, object]:
        """Return it as a part of a stream's state; the beginning that all ids share, once."""
        prefix = _shared_beginning(self.ids)
        return {
            "frame": self.frame,
            "prefix": prefix,
            "ids": [each[len(prefix) :] for each in self.ids],
            "digests": "".join(self.digests),
        }


def _shared_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts, default=""), max(texts, default="")  # all others lie between
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return first[:shared]


def handed_in(state: object) -> Handed | None:
    """Read what ``Handed.state`` wrote; None where nothing was."""
    handed = state if isinstance(state, dict) else {}
    prefix, joined = text_at(handed, "prefix"), text_at(handed, "digests")
    ids = tuple(f"{prefix}{each}" for each in list_at(handed, "ids") if isinstance(each, str))
    digests = tuple(joined[at : at + 16] for at in range(0, len(joined), 16))
    if not ids or len(ids) != len(digests):
        return None
    return Handed(text_at(handed, "frame"), ids, digests)


def cut(text: str, setting: Mapping[str, object]) -> Pieces | None:
    """Return the feed in pieces, or None where that is not sure to be right.

    Args:
        text: of an XML feed, decoded.
        setting: what else makes the same text another record (its address, the zone ...).
    """
    # The same xml:id twice is a fault of the whole text that none of its parts shows.
    if len(text) > _MAX_CHARACTERS or "xml:id" in text:
        return None
    try:
        bounds = _bounds(text)
    except _UncertainError:
        return None
    if not bounds or any(text[end:start].strip() for (_, end), (start, _) in pairwise(bounds)):
        return None
    head, tail = text[: bounds[0][0]], text[bounds[-1][1] :]
    if len(head) + len(tail) > _MAX_FRAME:
        return None
    entries = tuple(text[start:end] for start, end in bounds)
    key = _key(head, tail, setting)
    return Pieces(head, entries, tail, tuple(_digest(entry, key) for entry in entries))


def _bounds(text: str) -> list[tuple[int, int]]:
    """Return where each entry begins and ends; raises ``_UncertainError``."""
    found: list[tuple[int, int]] = []
    start = -1
    for mark in _tags(text):
        if bool(mark["close"]) == (start < 0) or len(found) == MAX_PIECES:
            raise _UncertainError
        if not mark["close"]:
            start = mark.start()
            continue
        end = _CLOSED.match(text, mark.end())
        if end is None:
            raise _UncertainError
        found.append((start, end.end()))
        start = -1
    if start >= 0:
        raise _UncertainError
    return found


@lru_cache(maxsize=16)
def _mark_of(name: str) -> re.Pattern[str]:
    return re.compile(_MARK.format(re.escape(name)))


def _tags(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags that may be entries', all of one name.

    Comments, CDATA and instructions are stepped over. Raises ``_UncertainError``.
    """
    wanted, position = _FIRST_MARK, 0
    while mark := wanted.search(text, position):
        position = mark.end()
        if name := mark["name"]:
            wanted = _mark_of(name)
            yield mark
            continue
        end = _ENDS.get(mark[0])  # none has a document type, and whatever else begins so
        closed = text.find(end, position) if end else -1
        if end is None or closed < 0:
            raise _UncertainError
        position = closed + len(end)


def _key(head: str, tail: str, setting: Mapping[str, object]) -> bytes:
    """Return what all that stands around the entries, and beside the text, comes to."""
    told = [f"{name}={setting[name]}" for name in sorted(setting)]
    parts = [_PASSING.sub(r"\1", part) for part in (head, tail)]
    return hashlib.blake2b(_bytes("\0".join([*told, *parts])), digest_size=32).digest()


def _digest(text: str, key: bytes) -> str:
    """Return sixteen characters. Keyed, so that who writes an entry does not choose its digest
    alone; who finds two of one digest all the same hides only what they wrote themselves."""
    return hashlib.blake2b(_bytes(text), digest_size=8, key=key).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
