"""Feeds of every kind -> records; pure, and the only door to the feed readers.

Asking a server for the bytes belongs to ``client``, which feed is read next to the adapters.
The stages: bytes to text (``encodings``), text to raw entries (``feed_rss``, ``feed_atom``,
``feed_json``, ``feed_fallback``), raw entries to records (``feed_records``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.feeds.encodings import decode
from adapters.feeds.feed_atom import read_atom
from adapters.feeds.feed_entities import grow_too_far
from adapters.feeds.feed_fallback import read_broken
from adapters.feeds.feed_json import read_json
from adapters.feeds.feed_links import shown
from adapters.feeds.feed_pieces import Pieces, cut
from adapters.feeds.feed_records import Reading, make_records
from adapters.feeds.feed_refusal import ENTITIES, is_page, refuse_page, refuse_root, refuse_text
from adapters.feeds.feed_rss import holds_feed, read_rss
from adapters.feeds.feed_xml import name_of, parse_tree
from adapters.feeds.raw_feed import RawFeed
from connector.errors import BodyFacts, ParseError
from connector.html import plain_line, safe_link
from connector.model import Problem, ProblemKind, Record

PARSER_VERSION: int = 1
"""Raised whenever the same bytes give other records than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One document, read."""

    format: str
    """``RSS 2.0``, ``RSS 0.91``, ``Atom 1.0``, ``JSON Feed 1.1`` ..."""
    title: str
    home: str | None
    """The page the feed belongs to, absolute."""
    records: tuple[Record, ...]
    """In document order; posts, or comments."""
    problems: tuple[Problem, ...]
    listed: tuple[str, ...]
    """External ids of the records, in document order; hidden posts are left out."""
    next_url: str | None
    """Where older entries are (RFC 5005, JSON Feed), absolute."""
    generator: str
    """``WordPress 6.1.9``, ``Blogger``, ``Ghost 5.130``; empty when the feed does not say."""
    unchanged: tuple[str, ...] = ()
    """Those of ``listed`` whose entries were not read: they are kept as they came."""
    frame: str = field(default="", compare=False, repr=False)
    """A digest of what stands around its entries, where these can be told from each other."""


def read_feed(
    body: bytes,
    *,
    url: str,
    content_type: str,
    stream: str,
    zone: ZoneInfo,
    comments: bool = False,
    max_entries: int = 10_000,
) -> Feed:
    """Return what the document holds; the content type is a hint that may lie.

    Args:
        url: where the body came from; relative links are resolved against it.
        stream: becomes part of every external id.
        zone: in which dates without a zone are read.
        comments: whether the entries are comments.

    Raises:
        ParseError: it is no feed; the sentence says what came instead.
    """
    document = open_document(body, url=url, content_type=content_type)
    return document.read(stream, zone=zone, comments=comments, max_entries=max_entries)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed that is opened: what it says of itself; its entries are read when asked for."""

    url: str
    raw: RawFeed
    text: str
    """The document, decoded."""

    @property
    def title(self) -> str:
        """Return the feed's name in one line."""
        return plain_line(self.raw.title)

    @property
    def home(self) -> str | None:
        """Return the page the feed belongs to, absolute."""
        return safe_link(self.raw.home) if self.raw.home else None

    @property
    def generator(self) -> str:
        """Return what made it; empty when the feed does not say."""
        return plain_line(self.raw.generator)[:100]

    def first(self, count: int, zone: ZoneInfo) -> list[Record]:
        """Return the first entries, to recognise the feed by."""
        raw = replace(self.raw, entries=list(islice(self.raw.entries, count)))
        return make_records(raw, Reading(self.url, self.home, "feed", zone, False), count)[0]

    def read(
        self, stream: str, *, zone: ZoneInfo, comments: bool = False, max_entries: int = 10_000
    ) -> Feed:
        """Return what it holds; see ``read_feed``."""
        reading = Reading(self.url, self.home, stream, zone, comments)
        pieces = self._pieces(setting_of(self.url, stream, zone, comments))
        raw = replace(self.raw, digests=pieces.digests) if pieces else self.raw
        records, problems = make_records(raw, reading, max_entries)
        is_sure = pieces is not None and stand_alone(len(pieces.entries), records, problems)
        if not is_sure:
            # What an entry became may depend on the others: its text alone does not tell.
            records = [replace(each, digest="") if each.digest else each for each in records]
        return Feed(
            format=self.raw.format,
            title=self.title,
            home=self.home,
            records=tuple(records),
            problems=tuple(problems),
            listed=tuple(record.external_id for record in records),
            next_url=safe_link(self.raw.next_url) if self.raw.next_url else None,
            generator=self.generator,
            frame=pieces.frame() if pieces and is_sure else "",
        )

    def _pieces(self, setting: Mapping[str, object]) -> Pieces | None:
        """Return the text cut into these very entries."""
        pieces = cut(self.text, setting) if self.raw.is_well_formed else None
        is_cut = pieces is not None and len(pieces.entries) == len(self.raw.entries)
        return pieces if is_cut else None


def setting_of(url: str, stream: str, zone: ZoneInfo, comments: bool) -> dict[str, object]:
    """Return what, beside a document, decides which records its entries are."""
    parts = {"url": url, "stream": stream, "zone": zone.key, "comments": comments}
    return {**parts, "parser": PARSER_VERSION}


def stand_alone(entries: int, records: Sequence[Record], problems: Sequence[Problem]) -> bool:
    """Whether what each of so many entries became says nothing about another.

    Two of one id are one record or have ids that depend on both; then not each entry has
    become something of its own, or it was noted.
    """
    became = [problem for problem in problems if problem.external_id]
    failed = [problem for problem in problems if problem.kind is ProblemKind.FAILED]
    is_odd = any(problem.kind is ProblemKind.NOTED for problem in problems)
    return not is_odd and len(records) + len(became) + len(failed) == entries


def open_document(body: bytes, *, url: str, content_type: str) -> Document:
    """Return the feed that these bytes are, as ``read_feed`` takes them. Raises ParseError."""
    try:
        return open_text(decode(body, content_type), url)
    except ParseError as error:
        error.url = shown(url)
        digest = hashlib.sha256(body).hexdigest()
        error.body = BodyFacts(len(body), plain_line(content_type)[:100], digest)
        raise


def open_text(text: str, url: str) -> Document:
    """Return the feed that a decoded text is. Raises ParseError without address and facts."""
    return Document(url, _read_raw(text, url), text)


def _read_raw(text: str, url: str) -> RawFeed:
    if not text:
        raise refuse_text(text)
    if text[0] in "{[":
        return read_json(text, url)
    if is_page(text):
        raise refuse_page(text)
    if grow_too_far(text):
        raise ParseError(ENTITIES)
    try:
        root, is_well_formed = parse_tree(text)
    except etree.XMLSyntaxError as error:
        code = getattr(error, "code", None)  # unknown to lxml's stubs
        return read_broken(text, url, limit_hit=code == etree.ErrorTypes.ERR_RESOURCE_LIMIT)
    match name_of(root.tag):
        case "atom:feed":
            return replace(read_atom(root, url), is_well_formed=is_well_formed)
        case "rss":
            return replace(read_rss(root, url), is_well_formed=is_well_formed)
        case "rdf:rdf" if holds_feed(root):
            return replace(read_rss(root, url), is_well_formed=is_well_formed)
        case "feed" | "?:feed" | "?:rss":  # a namespace is missing or wrong
            return read_broken(text, url)
        case name:
            raise refuse_root(name.rpartition(":")[2], text)
