"""Pure: taking typed values out of answers that anybody may have written.

Moodle writes numbers as numbers or as text and truth as 0, 1, true or null, by version and
function; here they become one. What an answer means is in ``said``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import unescape

MOST = 10**15
"""No id, time or count of a Moodle is as large; what is larger is none."""
LAST_SECOND = 4_102_444_800
"""The end of 2099."""


def at(value: object, *path: str) -> object:
    """Return what lies under these keys, or None where there is no such thing."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def text_at(value: object, *path: str) -> str:
    """Return the text under these keys; anything else is empty."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def line_at(value: object, *path: str) -> str:
    """Return a title or name as people read it: Moodle escapes them once."""
    return " ".join(unescape(text_at(value, *path)).split())


def number_at(value: object, *path: str) -> int | None:
    """Return the whole number under these keys, also where it is written as text."""
    found = at(value, *path)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 15:
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if -MOST < found < MOST else None


def count_at(value: object, *path: str) -> int:
    """Return the number under these keys; what is none, or below zero, counts as zero."""
    return max(number_at(value, *path) or 0, 0)


def flag_at(value: object, *path: str, default: bool = False) -> bool:
    """Return whether the value under these keys is true or not zero."""
    found = at(value, *path)
    if isinstance(found, bool):
        return found
    number = number_at(value, *path)
    return default if number is None else number != 0


def list_at(value: object, *path: str) -> Sequence[object]:
    """Return the list under these keys; anything else is empty."""
    found = at(value, *path)
    return found if isinstance(found, list) else ()


def seconds_at(value: object, *path: str) -> int:
    """Return a moment as Moodle writes it, seconds since 1970 in UTC; 0 means none."""
    found = count_at(value, *path)
    return found if found < LAST_SECOND else 0


def utc(seconds: int) -> datetime | None:
    """Return the moment, aware UTC, or None for 0."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LAST_SECOND else None
