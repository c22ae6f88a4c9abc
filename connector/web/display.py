"""Template filters: how single values are written on a page. Pure, save for the zone's name."""

import re
import zlib
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from connector.html import fold, safe_link
from connector.store.search import QUOTATION_MARKS, WORD, terms
from connector.web import wording

TINTS = 6
MOST_HITS = 8


_HEADING = re.compile(r"(</?h)([1-6])(?=[\s>])")
_LANDMARK = re.compile(r"(</?)(?:main|nav|aside|header|footer)(?=[\s>])")


def outside_html(html: str, lower_by: int = 1) -> Markup:
    """Mark sanitised outside HTML as markup: the only place where pages do so.

    Only the ``html`` fields of ``connector.store.views`` may come here. They passed the
    allow-list when they were stored; every other value, titles and names included, is
    plain text and is escaped by the template.

    Its headings move below ours and its landmarks become plain blocks, so that a screen
    reader finds one outline. Changing the names of known tags keeps harmless HTML harmless.
    """

    def lowered(match: re.Match[str]) -> str:
        return f"{match[1]}{min(6, int(match[2]) + lower_by)}"

    return Markup(_LANDMARK.sub(r"\1div", _HEADING.sub(lowered, html)))  # noqa: S704


def with_hits(text: str, words: str) -> list[tuple[str, bool]]:
    """Split a text into pieces, and say of each whether it is what was searched.

    Words that were searched in quotation marks are one piece, where they stand together.
    After ``MOST_HITS`` of them the rest is one piece: a page stays light.
    """
    wanted = sorted(terms(words), key=len, reverse=True)
    found = list(WORD.finditer(text)) if wanted else []
    folded = tuple(fold(match[0]) for match in found)
    pieces: list[tuple[str, bool]] = []
    end = at = 0
    while at < len(found) and len(pieces) < 2 * MOST_HITS:
        hit = next((term for term in wanted if folded[at : at + len(term)] == term), None)
        if hit:
            start, begun = found[at].start(), end
            end = found[at + len(hit) - 1].end()
            pieces += [(text[begun:start], False), (text[start:end], True)]
        at += len(hit) if hit else 1
    return [*pieces, (text[end:], False)]


def as_asked(words: str) -> str:
    """Return what was searched in quotation marks; where it has its own, as it is."""
    return words if set(words) & set(QUOTATION_MARKS) else f"“{words}”"


def host_of(url: str) -> str:
    """Return the host of an address, as a short name for it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def file_name(url: str) -> str:
    """Return what a file is called, or its host when its address does not say."""
    parts = urlsplit(url)
    return unquote(parts.path.rpartition("/")[2]) or parts.netloc or url


def size(count: int) -> str:
    """Return "12 kB", "3.4 MB"."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000)):,} kB"
    return f"{count / 1_000_000:,.1f} MB"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the time there; UTC in the last hours of the calendar, which have no other."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Return "3 March 2026"."""
    local = _local(moment, zone)
    return f"{local.day} {local:%B %Y}"


def day_and_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return "3 March 2026, 4:05 pm"; its end is not torn off in a narrow line."""
    local = _local(moment, zone)
    half = "am" if local.hour < 12 else "pm"
    return f"{day(moment, zone)}, {local.hour % 12 or 12}:{local:%M}\N{NO-BREAK SPACE}{half}"


def machine_time(moment: datetime) -> str:
    """Return what a ``time`` element carries."""
    return moment.astimezone(UTC).isoformat(timespec="minutes")[:16] + "Z"


def number(value: int) -> str:
    """Return "12,345"."""
    return f"{value:,}"


def count_of(value: int, one: str, many: str) -> str:
    """Return "1 reply", "12 replies"."""
    return f"{value:,} {one if value == 1 else many}"


def found_count(value: int, and_more: bool = False) -> str:
    """Return "No posts", "1 post", "12 posts", "1,000+ posts"."""
    if and_more:
        return f"{value:,}+ posts"
    return count_of(value, "post", "posts") if value else "No posts"


def initials(name: str) -> str:
    """Return up to two letters that stand for a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "–"


def tint(name: str) -> int:
    """Return which of the tints a name has: always the same one."""
    return zlib.crc32(name.encode()) % TINTS


def add_filters(app: Flask, zone: ZoneInfo) -> None:
    """Give the templates these filters and the words."""
    app.jinja_env.filters.update(
        outside_html=outside_html,
        safe_link=safe_link,
        with_hits=with_hits,
        as_asked=as_asked,
        host_of=host_of,
        file_name=file_name,
        size=size,
        day=lambda moment: day(moment, zone),
        day_and_time=lambda moment: day_and_time(moment, zone),
        machine_time=machine_time,
        number=number,
        count_of=count_of,
        found_count=found_count,
        initials=initials,
        tint=tint,
    )
    app.jinja_env.globals.update(wording=wording)
