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

MAX_PIECES = 200
"""A feed of more entries is read whole: asking for so many costs more than it saves."""
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
            if wanted is _FIRST_MARK:
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
