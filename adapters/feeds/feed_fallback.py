"""Broken XML -> raw entries, by feedparser, which reads what lxml refuses.

It is slow on junk and never says no, so the limits before it are ours (``TOO_LARGE`` names them). The rules of records
are the same as for every other feed; only the reading differs.
"""

import io
import re
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import feedparser
from feedparser import mixin
from feedparser.mixin import _FeedParserMixin

from adapters.feeds.feed_atom import BLOGGER_KIND
from adapters.feeds.feed_links import absolute
from adapters.feeds.feed_refusal import BROKEN, OVER_LIMIT, TOO_LARGE, refuse_text
from adapters.feeds.feed_xml import is_ended, mended, rewritten
from adapters.feeds.raw_feed import (
    RawEntry,
    RawFeed,
    byte_count,
    person_name,
    product_name,
    storable,
)
from connector.errors import ParseError
from connector.html import MAX_LINK_CHARACTERS
from connector.model import Enclosure

_NOTE = "The feed is broken XML and is read as far as possible; entries may be missing."
_MAX_CHARACTERS = 2_000_000
_MAX_TAGS = 50_000
_LONGEST_AUTHOR = 120
_FEED_START = re.compile(r"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_FORMATS = {
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss093": "RSS 0.93",
    "rss094": "RSS 0.94",
    "rss10": "RSS 1.0",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
    "atom": "Atom 1.0",
}
"""feedparser's names; those that are missing here are read as RSS 2.0."""


def read_broken(text: str, url: str, *, limit_hit: bool = False) -> RawFeed:
    """Return what can be read of a broken feed; raises ParseError when that is nothing.

    ``limit_hit``: lxml refused it for its size or depth, not for its XML.
    """
    if not _FEED_START.search(text, 0, 20_000):
        raise refuse_text(text)
    text = mended(text)
    if len(text) > _MAX_CHARACTERS or text.count("<") > _MAX_TAGS:
        raise ParseError(OVER_LIMIT if limit_hit else TOO_LARGE)
    parsed = _parse(text)
    if not parsed.get("version") or not (parsed["entries"] or parsed["feed"]):
        raise ParseError(BROKEN)
    feed = parsed["feed"]
    entries: list[Callable[[], RawEntry]]
    is_atom = parsed["version"].startswith("atom")
    author = _author(feed) if is_atom else ("", "")
    entries = [partial(_read_entry, entry, url, is_atom, author) for entry in parsed["entries"]]
    if not is_ended(text):
        entries[-1:] = [_cut_off] if entries else []
    return RawFeed(
        format=_FORMATS.get(parsed["version"], "RSS 2.0"),
        title=_text(feed, "title"),
        home=_related(feed, "alternate", url),
        next_url=_related(feed, "next", url),
        generator=_generator(feed),
        note=_NOTE,
        entries=entries,
    )


def _with_short_authors(look: Callable[..., None]) -> Callable[..., None]:
    """Return feedparser's look for an address in an author, at so much of it as a name can be.

    It takes the square of the length, and is done again at every end of an author's element.
    """

    def looked(parser: Any, key: str = "author") -> None:
        context = parser._get_context()
        author = dict.get(context, key)
        if isinstance(author, str) and len(author) > _LONGEST_AUTHOR:
            context[key] = author[:_LONGEST_AUTHOR]
        look(parser, key)

    return looked


_FeedParserMixin._sync_author_detail = _with_short_authors(_FeedParserMixin._sync_author_detail)


def _with_short_bases(join: Callable[..., str]) -> Callable[..., str]:
    """Return feedparser's way to a new base of links, without bases of any length.

    It keeps a base for each open element, and made another text of each: a feed of 300 kB that
    begins with a long one took 3 GB.
    """

    def joined(base: str, rel: str | None = None) -> str:
        if rel == base or len(base) > MAX_LINK_CHARACTERS:
            return base
        found = join(base, rel)
        return found if len(found) <= MAX_LINK_CHARACTERS else base

    return joined


def _from_short_bases(join: Callable[[str, str], str]) -> Callable[[str, str], str]:
    """Return feedparser's way from a base to an address; what is too long is no base."""

    def joined(base: str, address: str) -> str:
        return join(base if len(base or "") <= MAX_LINK_CHARACTERS else "", address)

    return joined


mixin.make_safe_absolute_uri = _with_short_bases(mixin.make_safe_absolute_uri)
mixin._urljoin = _from_short_bases(mixin._urljoin)


def _cut_off() -> RawEntry:
    raise ValueError("the document ends within this entry")


def _parse(text: str) -> Any:
    # Never the bytes or the text themselves: feedparser opens what looks like a path or address.
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # any fault of its many parsers means the same: unreadable
        raise ParseError(BROKEN) from error


def _generator(feed: Any) -> str:
    detail = dict.get(feed, "generator_detail") or {}
    return product_name(_text(feed, "generator"), _text(detail, "version"))


def _read_entry(entry: Any, url: str, is_atom: bool, feed_author: tuple[str, str]) -> RawEntry:
    author, author_url = _author(entry)
    if not author:
        author, author_url = feed_author
    body, base = _body(entry)
    return RawEntry(
        guid=_unescaped(_text(entry, "id")),
        link=_permalink(entry, url, is_atom),
        title=_html(entry.get("title_detail")),
        html=body,
        base=base,
        summary=_text(entry, "summary"),
        published=_dates(entry, "published", "created", "updated"),
        updated=_dates(entry, "updated"),
        author=author,
        author_url=author_url,
        tags=_tags(entry),
        enclosures=tuple(_enclosures(entry, url)),
        in_reply_to=_in_reply_to(entry, url),
    )


def _permalink(entry: Any, url: str, is_atom: bool) -> str:
    original = absolute(_text(entry, "feedburner_origlink"), url)
    found = original or _related(entry, "alternate", url)
    # feedparser offers the id as link, which is right for a guid and wrong for an Atom id.
    return found or ("" if is_atom else _http(_text(entry, "link")))


def _http(text: str) -> str:
    return text if text.startswith("http") else ""


def _author(values: Any) -> tuple[str, str]:
    detail = dict.get(values, "author_detail") or {}
    name = _unescaped(_text(detail, "name") or _text(values, "author"))
    return person_name(name), _unescaped(_text(detail, "href"))


def _tags(entry: Any) -> tuple[str, ...]:
    tags = (tag for tag in _list(entry, "tags") if BLOGGER_KIND not in _text(tag, "scheme"))
    return tuple(_text(tag, "label") or _text(tag, "term") for tag in tags)


def _in_reply_to(entry: Any, url: str) -> str:
    parent = dict.get(entry, "thr_in-reply-to") or {}
    return absolute(_text(parent, "href"), url) or _text(parent, "ref")


def _text(values: Any, key: str) -> str:
    # dict.get: feedparser's own warns when one key stands in for another.
    value = dict.get(values, key)
    return storable(value).strip() if isinstance(value, str) else ""


def _unescaped(text: str) -> str:
    """Return the text as XML means it; of broken documents feedparser leaves some as written."""
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(escaped, character)
    return text


def _list(values: Any, key: str) -> list[Any]:
    return dict.get(values, key) or []


def _html(detail: Any) -> str:
    if not detail:
        return ""
    text = _text(detail, "value")
    match _text(detail, "type"):
        case "text/plain":
            return escape(text, quote=False)
        case "application/xhtml+xml":
            return rewritten(text)
    return text


def _body(entry: Any) -> tuple[str, str]:
    """Return the longest form there is, and the base of its links where one is named."""
    for detail in (*_list(entry, "content"), dict.get(entry, "summary_detail")):
        if html := _html(detail):
            return html, _text(detail, "base")
    return "", ""


def _dates(entry: Any, *keys: str) -> tuple[str, ...]:
    return tuple(date for key in keys if (date := _text(entry, key)))


def _enclosures(entry: Any, url: str) -> list[Enclosure]:
    linked = [link for link in _list(entry, "links") if _text(link, "rel") == "enclosure"]
    return [
        Enclosure(
            absolute(_text(file, "href") or _text(file, "url"), url),
            _text(file, "type"),
            byte_count(_text(file, "length") or _text(file, "filesize")),
        )
        for file in [*linked, *_list(entry, "media_content")]
    ]


def _related(feed: Any, relation: str, url: str) -> str:
    links = (link for link in _list(feed, "links") if _text(link, "rel") == relation)
    return next((absolute(_text(link, "href"), url) for link in links), "")
