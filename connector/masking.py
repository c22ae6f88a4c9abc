"""Pure: students' full names taken out of what others wrote.

A name is found whatever its letter case, macrons and entities, across line breaks and tags,
turned round ("Parata, Mere"), in file names and addresses. A first name alone is not: too
many words are names.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise
from urllib.parse import unquote

from connector.model import Record

IN_TEXT = "a student"
IN_ADDRESS = "a-student"
_MOST_BETWEEN = 6
"""So many signs may stand between two words of one name."""

_TAG = re.compile(r"<[!/?]?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_BLOCK = re.compile(
    r"</?(?:address|article|blockquote|br|dd|div|dl|dt|figcaption|figure|h[1-6]|hr|img|li|ol|p|pre"
    r"|section|table|tbody|td|th|thead|tr|ul)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_ENTITY_OR_SIGN = re.compile(r"&#?[A-Za-z0-9]{1,31};?|.", re.DOTALL)
_ESCAPED_OR_SIGN = re.compile(r"(?:%[0-9A-Fa-f]{2})+|&#?[A-Za-z0-9]{1,31};?|.", re.DOTALL)

Words = tuple[str, ...]


class Mask:
    """Takes out the full names that it is made with; they live in memory only."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, tuple[Words, ...]] = {}
        for words in {each for name in names for each in _spellings(name)}:
            same = self._by_first.get(words[0], ())
            # The longest first, so that no part of a longer name is left.
            self._by_first[words[0]] = tuple(sorted((*same, words), key=len, reverse=True))

    def text(self, text: str) -> str:
        """Return plain text without the names."""
        if not self._may_hold(text):
            return text
        return self._masked(list(_signs(text, _ENTITY_OR_SIGN)), IN_TEXT)

    def html(self, html: str) -> str:
        """Return HTML without the names, its tags kept."""
        if not self._may_hold(html):
            return html
        pieces: list[_Piece] = []
        end = 0
        for found in _TAG.finditer(html):
            pieces += _signs(html[end : found.start()], _ENTITY_OR_SIGN)
            is_gap = _BLOCK.match(found[0]) is not None
            pieces.append(_Piece(self.address(found[0]), " " if is_gap else "", is_tag=True))
            end = found.end()
        pieces += _signs(html[end:], _ENTITY_OR_SIGN)
        return self._masked(pieces, IN_TEXT)

    def address(self, address: str) -> str:
        """Return an address, a file name or a tag with its attributes without the names."""
        if not self._may_hold(address):
            return address
        return self._masked(list(_signs(address, _ESCAPED_OR_SIGN)), IN_ADDRESS)

    def record(self, record: Record) -> Record:
        """Return the record without the names; an address that holds one is left out."""
        if not self._by_first:
            return record
        clean = [each for each in record.enclosures if self.address(each.url) == each.url]
        is_kept = record.url is None or self.address(record.url) == record.url
        return replace(
            record,
            title=self.text(record.title),
            html=self.html(record.html),
            url=record.url if is_kept else None,
            tags=tuple(map(self.text, record.tags)),
            enclosures=tuple(clean),
            location=self.text(record.location),
        )

    def _may_hold(self, text: str) -> bool:
        """Whether a word that begins a name is anywhere in it: most texts hold none."""
        if not self._by_first:
            return False
        plain = unescape(_TAG.sub("", text))
        if "<" in text or "%" in text:
            plain += " " + unescape(unquote(text))
        return not self._by_first.keys().isdisjoint(_WORD.findall(_folded(plain)))

    def _masked(self, pieces: list["_Piece"], instead: str) -> str:
        folded = "".join(piece.folded for piece in pieces)
        words = [(found[0], found.start(), found.end()) for found in _WORD.finditer(folded)]
        owners = [number for number, piece in enumerate(pieces) for _ in piece.folded]
        at = 0
        while at < len(words):
            length = self._length_of_name(words, at)
            if length:
                first, last = owners[words[at][1]], owners[words[at + length - 1][2] - 1]
                _replace(pieces, first, last, instead)
            at += length or 1
        return "".join(piece.source for piece in pieces)

    def _length_of_name(self, words: list[tuple[str, int, int]], at: int) -> int:
        """Return how many words from here on are a name, 0 for none."""
        for name in self._by_first.get(words[at][0], ()):
            found = words[at : at + len(name)]
            gaps = (later[1] - former[2] for former, later in pairwise(found))
            if tuple(word for word, _, _ in found) == name and all(
                gap <= _MOST_BETWEEN for gap in gaps
            ):
                return len(name)
        return 0


@dataclass(slots=True)
class _Piece:
    """A part of the source, and what it is to somebody who looks for names."""

    source: str
    folded: str
    is_tag: bool = False


def _signs(text: str, pattern: re.Pattern[str]) -> Iterator[_Piece]:
    for found in pattern.finditer(text):
        said = found[0]
        if said.startswith("%") and len(said) > 1:
            said = unquote(said, errors="replace")
        yield _Piece(found[0], _folded(unescape(said)))


def _replace(pieces: list[_Piece], first: int, last: int, instead: str) -> None:
    """Let one piece say what stands instead of a name; tags within it stay."""
    for piece in pieces[first : last + 1]:
        if not piece.is_tag:
            piece.source = ""
    pieces[first].source = instead


class _WithoutMarks(dict[int, int | None]):
    """What becomes of each sign, by its number; asked of Unicode once for each."""

    def __missing__(self, number: int) -> int | None:
        is_mark = unicodedata.category(chr(number)) in ("Mn", "Cf")
        self[number] = None if is_mark else number
        return self[number]


_WITHOUT_MARKS = _WithoutMarks()


def _folded(text: str) -> str:
    """Return the text without case, accents and what has no width."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).translate(_WITHOUT_MARKS).casefold()


def _spellings(name: str) -> Iterator[Words]:
    """Yield the ways in which a full name is written, as words; a single word yields none."""
    words = tuple(_WORD.findall(_folded(unescape(name))))
    if len(words) < 2 or max(map(len, words)) < 2:
        return
    yield words
    yield (*words[1:], words[0])
    yield (words[-1], *words[:-1])
    if len(words) > 2:
        yield words[0], words[-1]
        yield words[-1], words[0]
    for joined in ("".join(words), words[-1] + words[0]):
        if len(joined) >= 8:
            yield (joined,)
