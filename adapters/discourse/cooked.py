"""Pure: what stands in a post's HTML: its links, mentions, and the event that it announces."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from connector.html import plain_line

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_LINK = re.compile(r"(?P<lead>\s(?:href|src)\s*=\s*)\"(?P<link>[^\"]*)\"", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*:")
_MENTION = re.compile(r"<(?:a|span)\b[^<>]*\bclass=\"mention(?:-group)?(?: [^\"]*)?\"")
_EVENT = re.compile(r"<div\b[^<>]*\bclass=\"discourse-post-event\"[^<>]*>")
_ATTRIBUTE = re.compile(r"\bdata-([a-z-]{1,30})=\"([^\"]{0,500})\"")
_MOST_SCANNED = 1_000_000


@dataclass(frozen=True, slots=True)
class EventTimes:
    """When and where an event is; times in UTC."""

    start: datetime
    end: datetime | None
    location: str


def with_absolute_links(html: str, base: str) -> str:
    """Return the body with every relative href and src resolved against ``base``."""

    def resolve(found: re.Match[str]) -> str:
        link = unescape(found["link"])
        if not link or _HAS_SCHEME.match(link):
            return found[0]
        try:
            return f'{found["lead"]}"{escape(urljoin(base, link))}"'
        except ValueError:
            return ""

    # Only inside tags: a code sample may speak of href="..." too.
    return _TAG.sub(lambda tag: _LINK.sub(resolve, tag[0]), html)


def mentions_in(html: str) -> int:
    """Return how many people and groups a text calls by name."""
    return sum(1 for _ in _MENTION.finditer(html[:_MOST_SCANNED]))


def event_in(html: str) -> EventTimes | None:
    """Return the event that a first post announces; None where there is none, or no start."""
    found = _EVENT.search(html[:_MOST_SCANNED])
    if found is None:
        return None
    said = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[0])}
    zone = _zone(said.get("timezone", ""))
    start = _moment(said.get("start", ""), zone)
    if start is None:
        return None
    place = plain_line(said.get("location", ""))
    return EventTimes(start, _moment(said.get("end", ""), zone), place)


def _zone(name: str) -> ZoneInfo:
    """Return the zone in which the event's times are written; boards mean UTC if they say none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
