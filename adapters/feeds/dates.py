"""Dates as feeds write them -> aware UTC.

Every way of writing belongs here; which of an entry's dates counts is decided elsewhere.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_LONGEST = 100
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
"""No blog is older; 0001-01-01 and 9999-12-31 are how some systems write "no date"."""

# What nearly all feeds write is read without a look at what else it might be.
_OFFSET = r"([+-])(0\d|1[0-4]):?([0-5]\d)"
_RFC822 = re.compile(
    rf"[A-Z][a-z]{{2}}, (\d{{1,2}}) ([A-Z][a-z]{{2}}) (\d{{4}}) (\d\d):(\d\d):(\d\d) (?:GMT|{_OFFSET})",
    re.ASCII,
)
_RFC3339 = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|{_OFFSET})", re.ASCII)

_ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?|(\d{2})(\d{2}))?"
    r"(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*",
    re.IGNORECASE | re.ASCII,
)
_TIME = re.compile(
    r"(?<![\d:])(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*([ap])\.?m\b\.?"
    r"|(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?",
    re.IGNORECASE | re.ASCII,
)
_ZONE = re.compile(
    r"\s*(?:(?:GMT|UTC|UT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?\b|([A-Z]{1,5})\b)",
    re.IGNORECASE | re.ASCII,
)
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})\b",
    re.IGNORECASE | re.ASCII,
)
_MONTH_DAY = re.compile(
    r"\b([A-Z]{3,9})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})\b",
    re.IGNORECASE | re.ASCII,
)
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", re.ASCII)
_DAY_FIRST = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b", re.ASCII)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONE_MINUTES = {
    name: minutes
    for minutes, names in (
        (0, "Z UT UTC GMT WET"),
        (720, "NZST FJT"),
        (780, "NZDT"),
        (765, "CHAST"),
        (825, "CHADT"),
        (480, "AWST SGT HKT"),
        (540, "JST KST"),
        (570, "ACST"),
        (600, "AEST"),
        (630, "ACDT"),
        (660, "AEDT"),
        (60, "BST WEST CET MET"),
        (120, "CEST MEST EET"),
        (180, "EEST MSK"),
        (-240, "EDT"),
        (-300, "EST CDT"),
        (-360, "CST MDT"),
        (-420, "MST PDT"),
        (-480, "PST AKDT"),
        (-540, "AKST"),
        (-600, "HST CKT"),
    )
    for name in names.split()
}
"""RFC 822's names and those of our part of the world; a name not listed says nothing."""

_Clock = tuple[int, int, int]


def parse_date(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment in UTC, or None for what is no date or names an impossible one.

    A date without a zone is read in ``zone``: an hour that occurs twice is the first of the
    two, an hour that is left out counts on from before the gap. ``1/3/2026`` is 1 March.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    with suppress(ValueError, OverflowError):
        if usual := _parse_usual(text):
            return possible(usual)
    try:
        return _parse_iso(text, zone) or _parse_words(text, zone)
    except (ValueError, OverflowError):
        return None


def possible(moment: datetime) -> datetime | None:
    """Return the moment, or None for one in a year that nobody can have meant."""
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _parse_usual(text: str) -> datetime | None:
    if _RFC3339.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    found = _RFC822.fullmatch(text)
    month = _MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return None
    day, _, year, hour, minute, second, sign, hours, minutes = found.groups("0")
    local = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return local + ahead if sign == "-" else local - ahead


def _parse_iso(text: str, zone: ZoneInfo) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, packed_month, packed_day, hour, minute, second, offset = found.groups()
    date = (int(year), int(month or packed_month or 1), int(day or packed_day or 1))
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    return _moment(date, clock, _read_zone(offset or "")[0] or zone)


def _parse_words(text: str, zone: ZoneInfo) -> datetime | None:
    clock, where, rest = _cut_time(text)
    date = _find_date(rest)
    return date and _moment(date, clock, where or zone)


def _cut_time(text: str) -> tuple[_Clock, tzinfo | None, str]:
    """Return the time of day, its zone, and the text without them."""
    found = _TIME.search(text)
    if found is None:
        return (0, 0, 0), None, text
    where, end = _read_zone(text, found.end())
    hour, minute, second, half, *plain = found.groups()
    if half is None:
        hour, minute, second = plain
    clock = (_hour_of_day(int(hour), half), int(minute or 0), int(second or 0))
    return clock, where, f"{text[: found.start()]} {text[end:]}"


def _hour_of_day(hour: int, half: str | None) -> int:
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half in "pP" else 0)


def _read_zone(text: str, start: int = 0) -> tuple[tzinfo | None, int]:
    """Return the zone written at ``start``, and where it ends; an unknown one is not eaten."""
    found = _ZONE.match(text, start)
    if found is None:
        return None, start
    sign, hours, minutes, name = found.groups()
    if name is not None:
        known = _ZONE_MINUTES.get(name.upper())
        return (None, start) if known is None else (timezone(timedelta(minutes=known)), found.end())
    offset = int(hours) * 60 + int(minutes or 0)
    return timezone(timedelta(minutes=-offset if sign == "-" else offset)), found.end()


def _find_date(text: str) -> tuple[int, int, int] | None:
    for found in _DAY_MONTH.finditer(text):
        if month := _MONTHS.get(found[2].lower()):
            return _full_year(found[3]), month, int(found[1])
    for found in _MONTH_DAY.finditer(text):
        if month := _MONTHS.get(found[1].lower()):
            return int(found[3]), month, int(found[2])
    if year_first := _YEAR_FIRST.search(text):
        return int(year_first[1]), int(year_first[2]), int(year_first[3])
    if day_first := _DAY_FIRST.search(text):
        day, month = int(day_first[1]), int(day_first[2])
        # 3/13/2026 can only be meant the American way.
        return (_full_year(day_first[3]), *((day, month) if month > 12 else (month, day)))
    return None


def _full_year(text: str) -> int:
    """Read two digits as RFC 2822 section 4.3 does."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _moment(date: tuple[int, int, int], clock: _Clock, zone: tzinfo) -> datetime | None:
    hour, minute, second = clock
    # 24:00 is ISO 8601's end of a day; a leap second is counted as the one before it.
    past_midnight = timedelta(days=1) if clock == (24, 0, 0) else timedelta(0)
    local = datetime(
        *date, 0 if past_midnight else hour, minute, 59 if second == 60 else second, tzinfo=zone
    )
    return possible((local + past_midnight).astimezone(UTC))
