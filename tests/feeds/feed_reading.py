"""Reads feeds as the tests need them: with few words, and back as plain values for JSON."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.feeds.parse import Feed, read_feed
from connector.model import Record

AUCKLAND = ZoneInfo("Pacific/Auckland")
CAPTURES = Path(__file__).parent.parent / "captures" / "blogs"


@dataclass(frozen=True)
class Capture:
    name: str
    body: bytes
    headers: dict[str, Any]
    expected: dict[str, Any]

    def read(self, body: bytes | None = None, content_type: str | None = None) -> Feed:
        return read(
            self.body if body is None else body,
            url=self.headers["url"],
            content_type=self.headers["content_type"] if content_type is None else content_type,
            comments=self.headers["comments"],
        )


def load_captures() -> list[Capture]:
    return [
        Capture(
            folder.name,
            next(folder.glob("body.*")).read_bytes(),
            json.loads((folder / "headers.json").read_text(encoding="utf-8")),
            json.loads((folder / "expected.json").read_text(encoding="utf-8")),
        )
        for folder in sorted(CAPTURES.glob("feed-*"))
    ]


def read(
    body: str | bytes,
    *,
    url: str = "https://kura.example.school.nz/feed/",
    content_type: str = "",
    comments: bool = False,
    max_entries: int = 10_000,
) -> Feed:
    return read_feed(
        body.encode() if isinstance(body, str) else body,
        url=url,
        content_type=content_type,
        stream="s",
        zone=AUCKLAND,
        comments=comments,
        max_entries=max_entries,
    )


NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


def rss(*items: str, head: str = "") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    title = "<title>Kura</title><link>https://kura.example.school.nz/</link>"
    return f'<rss version="2.0" {NAMESPACES}><channel>{title}{head}{inner}</channel></rss>'


def atom(*entries: str, head: str = "") -> str:
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    feed = '<feed xmlns="http://www.w3.org/2005/Atom"'
    return f"{feed} {NAMESPACES}><title>Kura</title>{head}{inner}</feed>"


def read_item(*parts: str, comments: bool = False) -> Record:
    """Read an RSS feed that holds this one item."""
    return read(rss("".join(parts)), comments=comments).records[0]


def read_entry(*parts: str) -> Record:
    """Read an Atom feed that holds this one entry."""
    return read(atom("".join(parts))).records[0]


def as_values(feed: Feed) -> dict[str, Any]:
    """Return the feed as expected.json writes it, bodies in full."""
    return {
        "format": feed.format,
        "title": feed.title,
        "home": feed.home,
        "next_url": feed.next_url,
        "generator": feed.generator,
        "problems": [[problem.kind.value, problem.external_id] for problem in feed.problems],
        "records": [_record_values(record) for record in feed.records],
    }


def _record_values(record: Record) -> dict[str, Any]:
    values = {
        "id": record.external_id,
        "url": record.url,
        "title": record.title,
        "published": _moment(record.published),
        "updated": _moment(record.updated),
        "author": record.author and record.author.name,
        "tags": list(record.tags),
        "enclosures": [[file.url, file.media_type, file.bytes] for file in record.enclosures],
        "in_reply_to": record.in_reply_to,
        "html": record.html,
    }
    return {key: value for key, value in values.items() if value not in (None, [], "")}


def _moment(value: datetime | None) -> str | None:
    return value and value.isoformat().replace("+00:00", "Z")


def as_expected(values: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return the values with those bodies shortened that expected.json shortens."""
    shortened = [
        _shorten(record, "html_sha256" in wanted)
        for record, wanted in zip(values["records"], expected["records"], strict=False)
    ]
    return values | {"records": shortened + values["records"][len(shortened) :]}


def _shorten(record: dict[str, Any], by_digest: bool) -> dict[str, Any]:
    if not by_digest:
        return record
    html = record.pop("html", "")
    digest = hashlib.sha256(html.encode()).hexdigest()
    return record | ({"html_starts": html[:40]} if html else {}) | {"html_sha256": digest}
