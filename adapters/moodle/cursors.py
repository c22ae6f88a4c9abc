"""Pure: a stream's state as the text that the engine keeps for us.

The engine never looks inside. Only numbers of the platform, moments, digests and words of
our own stand in it: no names, no texts. Common to all are ``v`` (the layout), ``c`` (the
course), ``t`` (changes after this second are asked for next) and ``m`` (a digest of who was
said to belong to it).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from adapters.moodle.values import at, list_at, number_at
from connector.model import Cursor, Membership

LAYOUT = 1
OVERLAP_SECONDS = 120
"""``since`` is in whole seconds and a slow write shows late."""

State = dict[str, object]


def pack(state: Mapping[str, object]) -> Cursor:
    """Return the state as text: keys sorted, empty values left out."""
    kept = {key: value for key, value in state.items() if value not in (None, "", [], {}, False)}
    return Cursor(json.dumps({"v": LAYOUT, **kept}, sort_keys=True, separators=(",", ":")))


def unpack(cursor: Cursor | None) -> State | None:
    """Return the state, or None when there is none or it was written by another layout."""
    if cursor is None:
        return None
    try:
        value: object = json.loads(cursor)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or number_at(value, "v") != LAYOUT:
        return None
    return {key: each for key, each in value.items() if key != "v"}


def numbers_in(state: Mapping[str, object], key: str) -> list[int]:
    """Return the numbers kept under this key."""
    return [each for each in list_at(state, key) if isinstance(each, int)]


def table_in(state: Mapping[str, object], key: str) -> dict[int, list[object]]:
    """Return the rows kept under this key, by number."""
    found = at(state, key)
    rows = found.items() if isinstance(found, Mapping) else ()
    return {
        int(number): row
        for number, row in rows
        if isinstance(row, list) and isinstance(number, str) and number.isdecimal()
    }


def digest(parts: Iterable[object]) -> str:
    """Return twelve characters by which the same parts are recognised later."""
    text = json.dumps([repr(each) for each in parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def membership_digest(memberships: Iterable[Membership]) -> str:
    """Return by what the same listings are recognised later."""
    return digest((each.audience, each.members) for each in memberships)
