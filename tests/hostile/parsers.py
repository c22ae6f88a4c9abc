"""Everything that reads what strangers wrote, each as one function of bytes.

What a reader promises for any bytes is asserted here and beside it, so that examples, properties
and the fuzzer ask for the same: values or ``ParseError``, and values that the hub can keep and
show. Platforms, the old Interact and announcements have modules of their own.
"""

import json
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import urlsplit

from adapters.blogs import blogger_json, ghost_json, wordpress_json
from adapters.blogs.page_links import read_page
from adapters.blogs.settings import BlogSettings
from adapters.feeds.cursors import unpack
from adapters.feeds.dates import parse_date
from adapters.feeds.encodings import decode
from adapters.feeds.feed_fallback import read_broken
from adapters.feeds.feed_links import absolute, with_absolute_links
from adapters.feeds.feed_records import Reading, make_records
from adapters.feeds.json_values import utc_time
from adapters.feeds.parse import read_feed
from connector._retry_after import not_before
from connector.errors import ParseError, PermanentError
from connector.html import clean, excerpt, fold, plain_line, plain_text, safe_link
from connector.identity import canonical_link, link_host, link_key
from connector.model import Page
from tests.feeds.feed_reading import AUCKLAND
from tests.hostile.announced import announcement
from tests.hostile.interact_parsers import interact_dump, interact_page
from tests.hostile.judge import objections
from tests.hostile.platform_parsers import board, discourse, moodle
from tests.hostile.promises import (
    CAPTURES,
    CONTENT_TYPES,
    FEED_URL,
    NOW,
    Parser,
    as_cut_apart,
    bodies,
    is_a_sentence,
    is_keepable,
    is_refused_well,
)

__all__ = ["CAPTURES", "PARSERS"]


def _feed(body: bytes) -> None:
    """Read a feed; the last byte chooses the content type and whether it holds comments."""
    choice = body[-1] if body else 0
    try:
        feed = read_feed(
            body,
            url=FEED_URL,
            content_type=CONTENT_TYPES[choice % len(CONTENT_TYPES)],
            stream="feed",
            zone=AUCKLAND,
            comments=choice % 7 == 0,
            max_entries=50,
        )
    except ParseError as error:
        is_refused_well(error)
        return
    assert len(set(feed.listed)) == len(feed.listed)
    assert feed.home is None or urlsplit(feed.home).scheme in ("http", "https")
    is_keepable(
        Page(stream="feed", records=feed.records, problems=feed.problems, listed=feed.listed)
    )


def _broken(body: bytes) -> None:
    """Read a feed by the second reader, as if the first had refused it."""
    try:
        raw = read_broken(decode(body, ""), FEED_URL)
    except ParseError as error:
        is_a_sentence(str(error))
        return
    records, problems = make_records(raw, Reading(FEED_URL, None, "feed", AUCKLAND, False), 50)
    is_keepable(Page(stream="feed", records=tuple(records), problems=tuple(problems)))


def _json(body: bytes) -> None:
    """Read an answer of each API that speaks JSON, and a cursor."""
    _feed(b'{"version":"https://jsonfeed.org/version/1.1","items":' + body + b"}")
    unpack(body.decode("utf-8", "replace"))
    not_before(429, {"content-type": "application/json"}, body, NOW)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for read in (
        wordpress_json.read_posts,
        wordpress_json.read_comments,
        ghost_json.read_posts,
        lambda entries: blogger_json.read_entries(entries, "posts"),
        lambda entries: blogger_json.read_entries(entries, "comments"),
    ):
        try:
            harvest = read(value).harvest
        except ParseError as error:
            is_a_sentence(str(error))
            continue
        is_keepable(
            Page(
                stream="posts",
                records=harvest.records[:50],
                problems=harvest.problems[:50],
                gone=harvest.gone[:50],
            )
        )
    for status in (200, 400, 401, 404):
        wordpress_json.presence(status, value)
        wordpress_json.is_past_the_end(status, value)


def _page(body: bytes) -> None:
    """Read a home page; its first line is also a Link header, and names a character set."""
    head = body.split(b"\n", 1)[0].decode("latin-1")[:300]
    found = read_page(
        body,
        url="https://kura.example.school.nz/",
        link_header=head,
        charset=head[:12] if head.isascii() else "",
    )
    for feed in found.feeds:
        assert urlsplit(feed.url).scheme in ("http", "https")
        feed.title.encode()
    assert found.api is None or urlsplit(found.api).scheme in ("http", "https")
    found.title.encode()


def _html(body: bytes) -> None:
    """Sanitise: harmless, a fixed point, and fit for a database."""
    html = with_absolute_links(body.decode("utf-8", "replace"), FEED_URL)
    cleaned = clean(html)
    assert objections(cleaned) == []
    assert clean(cleaned) == cleaned
    cleaned.encode()
    excerpt(plain_text(cleaned)).encode()


def _dates(body: bytes) -> None:
    """Read a date; also as the header of a server that wants to be left alone."""
    text = body.decode("utf-8", "replace")
    for moment in (parse_date(text, AUCKLAND), utc_time(text)):
        assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2100)
    later = not_before(503, {"retry-after": text}, b"", NOW)
    assert later is None or 0 < (later - NOW).total_seconds() <= 86_401


def _lines(body: bytes) -> None:
    """Read titles, names and links."""
    text = body.decode("utf-8", "replace")
    line = plain_line(text)
    assert len(line) <= 300
    assert "\n" not in line
    fold(text).encode()
    for link in (safe_link(text), safe_link(absolute(text, FEED_URL))):
        assert link is None or urlsplit(link).scheme in ("http", "https")
        link_key(link)
        link_host(link)
    canonical = canonical_link(text)
    assert canonical is None or canonical_link(f"https://{canonical}") == canonical
    try:
        BlogSettings(address=text)
    except (ValueError, PermanentError):
        return


def _date_seeds() -> list[bytes]:
    own = [
        NOW.isoformat(),
        format_datetime(NOW),
        "Sun, 01 Mar 2026 09:00:00 NZDT",
        "1/3/2026 9am",
        "March 3rd, 2026",
        "20260301T0900",
        "120",
    ]
    return [text.encode() for text in own]


PARSERS: dict[str, Parser] = {
    "feed": Parser(_feed, bodies("blogs/feed-*/body.*", "fuzz/feed/*")),
    "broken": Parser(_broken, bodies("blogs/feed-*/body.xml", "fuzz/broken/*")),
    "json": Parser(_json, bodies("blogs/rest-*/body.json", "ghost/*/body.json", "fuzz/json/*")),
    "page": Parser(_page, bodies("blogs/feed-*/body.xml", "fuzz/page/*")),
    "html": Parser(_html, as_cut_apart("blogs/rest-post*/body.json")),
    "dates": Parser(_dates, _date_seeds),
    "lines": Parser(_lines, as_cut_apart("blogs/rest-post*/body.json")),
    "moodle": moodle,
    "discourse": discourse,
    "board": board,
    "interact_page": interact_page,
    "interact_dump": interact_dump,
    "announcement": announcement,
}
