"""Pure: taking values out of JSON that nobody vouches for; the wrong type is nothing."""

from datetime import UTC, datetime

MAX_NUMBER = 2**53


def at(value: object, *path: str) -> object:
    """Return what stands under these keys, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def list_at(value: object, *path: str) -> list[object]:
    """Return the list under these keys, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def text_at(value: object, *path: str) -> str:
    """Return the text under these keys, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: object, *path: str) -> int | None:
    """Return the whole number under these keys; never a negative or an absurd one."""
    found = at(value, *path)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 <= found < MAX_NUMBER else None


def flag_at(value: object, *path: str) -> bool:
    """Return whether true stands under these keys."""
    return at(value, *path) is True


def time_at(value: object, *path: str) -> datetime | None:
    """Return the moment under these keys in UTC; one without a zone is none."""
    try:
        found = datetime.fromisoformat(text_at(value, *path))
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
