"""What every feed format is read into, before the rules of records apply.

Only values and the cleaning of single texts belong here: no format, no network, no dates.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.model import Enclosure

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WORDPRESS = re.compile(r"https?://(?:www\.)?wordpress\.(org|com)/(?:\?v=([\w.-]{1,20}))?$")
_LONGEST_NAME = 300
_ADDRESS_PART = re.compile(r"<?(?:mailto:)?[^\s<>()\"',;]+@[^\s<>()\"',;]+>?")


@dataclass(slots=True, kw_only=True)
class RawEntry:
    """One entry in the feed's own words; links are absolute, nothing else is checked.

    Not frozen: every entry is one, and lives only until it has become a record.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    """May hold tags and entities; literal text is escaped."""
    html: str = ""
    summary: str = ""
    """The shorter text beside ``html``; where only one is given, ``html`` holds it."""
    base: str = ""
    """What the document itself names as base of the body's links; empty: it names none."""
    published: tuple[str, ...] = ()
    """Dates as written, the most trusted first."""
    updated: tuple[str, ...] = ()
    author: str = ""
    author_url: str = ""
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    in_reply_to: str = ""
    digest: str = ""
    """Of its text and of all that gives it its meaning, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A whole document; each entry is read by calling it, so that one may fail alone."""

    format: str
    title: str = ""
    home: str = ""
    next_url: str = ""
    generator: str = ""
    note: str = ""
    """What is odd about the whole document, in one sentence."""
    entries: Sequence[Callable[[], RawEntry]] = ()
    is_well_formed: bool = False
    """XML that was read as it stands: nothing in it was mended or guessed."""
    digests: Sequence[str] = ()
    """Of each entry, where the text could be cut into them (``feed_pieces``)."""


def storable(text: str) -> str:
    """Return the text without what neither XML, UTF-8 nor a database column can hold."""
    return _UNSTORABLE.sub("", text)


def person_name(text: str) -> str:
    """Return the name in ``jo@example.nz (Jo)`` or ``Jo <jo@example.nz>``; never the address."""
    # Cut, since looking for addresses takes the square of the length.
    text = text.strip()[:_LONGEST_NAME]
    if "@" not in text:
        return text
    return _ADDRESS_PART.sub(" ", text).strip(" \t\r\n()<>\"',;")


def product_name(text: str, version: str = "") -> str:
    """Return what made the feed; WordPress writes an address in RSS and a name in Atom."""
    if wordpress := _WORDPRESS.match(text):
        name = "WordPress" if wordpress[1] == "org" else "WordPress.com"
        return f"{name} {wordpress[2] or ''}".strip()
    if text == "Blogger":  # its version is that of its format
        return text
    return f"{text} {version}".strip()


def byte_count(text: str) -> int | None:
    """Return a stated length; feeds write 0 or nothing where they do not know it."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text) or None
