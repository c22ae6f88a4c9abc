"""JSON Feed 1.0 and 1.1 -> raw entries.

Read: https://www.jsonfeed.org/version/1.1/. Every value is checked here; what has the wrong
type counts as absent.
"""

import json
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import Any

from adapters.feeds.feed_links import absolute
from adapters.feeds.feed_refusal import JSON
from adapters.feeds.raw_feed import RawEntry, RawFeed, person_name, storable
from connector.errors import ParseError
from connector.model import Enclosure

_VERSION = "jsonfeed.org/version/"


def read_json(text: str, url: str) -> RawFeed:
    """Return the feed; raises ParseError for other JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(JSON) from error
    if not isinstance(document, dict) or _VERSION not in _text(document, "version"):
        raise ParseError(JSON)
    author = next(_authors(document), ("", ""))
    version = _text(document, "version").rpartition(_VERSION)[2]
    return RawFeed(
        format="JSON Feed 1.1" if version.startswith("1.1") else "JSON Feed 1.0",
        title=escape(_text(document, "title"), quote=False),
        home=absolute(_text(document, "home_page_url"), url),
        next_url=absolute(_text(document, "next_url"), url),
        entries=[partial(_read_item, item, url, author) for item in _items(document, "items")],
    )


def _read_item(item: Any, url: str, feed_author: tuple[str, str]) -> RawEntry:
    if not isinstance(item, dict):
        raise ValueError("an entry that is no JSON object")
    author, author_url = next(_authors(item), feed_author)
    modified = _text(item, "date_modified")
    published = _text(item, "date_published")
    summary = escape(_text(item, "summary"), quote=False)
    body = _text(item, "content_html") or escape(_text(item, "content_text"), quote=False)
    return RawEntry(
        guid=_text(item, "id"),
        link=absolute(_text(item, "url") or _text(item, "external_url"), url),
        title=escape(_text(item, "title"), quote=False),
        html=body or summary,
        summary=summary,
        published=tuple(date for date in (published, modified) if date),
        updated=(modified,) if modified else (),
        author=author,
        author_url=author_url,
        tags=tuple(tag for tag in _items(item, "tags") if isinstance(tag, str)),
        enclosures=tuple(_attachments(item, url)),
    )


def _text(values: dict[str, Any], key: str) -> str:
    """Return a text; numbers, which ids are often written as, become one."""
    value = values.get(key)
    if isinstance(value, str):
        return storable(value).strip()
    return str(value) if type(value) in (int, float) else ""


def _items(values: dict[str, Any], key: str) -> list[Any]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _authors(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and address; 1.0 has one author, 1.1 a list of them."""
    for author in [*_items(values, "authors"), values.get("author")]:
        if isinstance(author, dict) and (name := person_name(_text(author, "name"))):
            yield name, _text(author, "url")


def _attachments(item: dict[str, Any], url: str) -> Iterator[Enclosure]:
    for file in _items(item, "attachments"):
        if isinstance(file, dict):
            size = file.get("size_in_bytes")
            yield Enclosure(
                absolute(_text(file, "url"), url),
                _text(file, "mime_type"),
                size if type(size) is int and 0 < size < 10**15 else None,
            )
