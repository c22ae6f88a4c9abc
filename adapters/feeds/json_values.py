"""Pure: taking typed values out of JSON that anybody may have written.

What belongs to one service's answers is in its own ``*_json`` module.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from adapters.feeds.dates import possible


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


def number_at(value: object, *path: str) -> int | None:
    """Return the whole number under these keys; anything else is None."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def list_at(value: object, *path: str) -> Sequence[object]:
    """Return the list under these keys; anything else is empty."""
    found = at(value, *path)
    return found if isinstance(found, list) else ()


def utc_time(text: str) -> datetime | None:
    """Read an ISO time; one without a zone is UTC. What is no time, or an impossible one, is None."""
    try:
        read = datetime.fromisoformat(text)
        return possible(read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError):
        return None
