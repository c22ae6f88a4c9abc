"""What every reader of strangers' words promises, and the captures that each is tried with."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from connector.errors import ParseError
from connector.fetched import fetch
from connector.model import Page, Record
from sync_jobs.storable import storable
from tests.engine import PRIVACY

CAPTURES = Path(__file__).parents[1] / "captures"
FEED_URL = "https://kura.example.school.nz/feed/"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTENT_TYPES = (
    "application/rss+xml; charset=utf-8",
    "text/xml; charset=iso-8859-1",
    "application/json",
    "text/html; charset=shift_jis",
    "",
)
MOST_SHOWN = 50
"""So many records of one input are cleaned: judging them takes longer than reading them."""


@dataclass(frozen=True)
class Parser:
    """One reader, and what it is fed with at first."""

    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]


def is_refused_well(error: ParseError) -> None:
    """See that a refusal says what came from where."""
    is_a_sentence(str(error))
    assert error.body is not None
    assert error.url is not None


def is_a_sentence(text: str) -> None:
    """See that a text can stand on a page as one line of ours."""
    assert text.endswith(".")
    assert len(text) < 400
    assert "\n" not in text


def are_keepable(records: Iterable[Record]) -> None:
    """See that these records can be cleaned, kept and shown."""
    is_keepable(Page(stream="posts", records=tuple(records)[:MOST_SHOWN]))


def is_keepable(page: Page) -> None:
    """See that every record can be cleaned, kept and shown."""
    for record in storable(page).records:
        _is_keepable(record)


def _is_keepable(record: Record) -> None:
    kept = fetch(record, source_id=1, own_hosts={"kura.example.school.nz"}, privacy=PRIVACY)
    assert record.external_id
    author = kept.record.author.name if kept.record.author else ""
    words = (kept.record.title, kept.record.html, kept.search, kept.record.location, author)
    for text in (record.external_id, *words):
        text.encode()
        assert "\x00" not in text
    for link in (kept.record.url, *(file.url for file in kept.record.enclosures)):
        assert link is None or urlsplit(link).scheme in ("http", "https")
    whole = kept.record
    for moment in (whole.published, whole.updated, whole.start, whole.end):
        assert moment is None or moment.tzinfo is UTC


def bodies(*patterns: str) -> Callable[[], list[bytes]]:
    """Give captures as they are, but for the largest."""

    def load() -> list[bytes]:
        paths = sorted(path for pattern in patterns for path in CAPTURES.glob(pattern))
        return [body for path in paths if len(body := path.read_bytes()) < 60_000]

    return load


def as_cut_apart(*patterns: str) -> Callable[[], list[bytes]]:
    """Give the texts inside JSON captures."""

    def texts(value: object) -> Iterable[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from texts(each)

    def load() -> list[bytes]:
        values = [json.loads(body) for body in bodies(*patterns)()]
        return [text.encode() for value in values for text in texts(value)]

    return load
