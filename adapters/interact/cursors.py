"""Where reading goes on, as text; what its fields mean is said in ``space_reader``."""

import json
from collections.abc import Mapping

from connector.model import Cursor

LAYOUT = 1
State = dict[str, object]


def pack(state: Mapping[str, object]) -> Cursor:
    """Return the state as text: keys sorted, empty values left out."""
    kept = {key: each for key, each in state.items() if each not in (None, "", [], {}, False)}
    return Cursor(json.dumps({"v": LAYOUT, **kept}, sort_keys=True, separators=(",", ":")))


def unpack(cursor: Cursor | None) -> State | None:
    """Return the state, or None when there is none or it was written by another layout."""
    try:
        value: object = json.loads(cursor or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("v") != LAYOUT:
        return None
    return {key: each for key, each in value.items() if key != "v"}


def text_at(state: Mapping[str, object], key: str) -> str:
    """Return the text kept under a key, or nothing."""
    found = state.get(key)
    return found if isinstance(found, str) else ""


def number_at(state: Mapping[str, object], key: str) -> int:
    """Return the number kept under a key, or 0."""
    found = state.get(key)
    return found if type(found) is int else 0


def texts_at(state: Mapping[str, object], key: str) -> dict[str, str]:
    """Return the texts kept by name under a key."""
    found = state.get(key)
    if not isinstance(found, dict):
        return {}
    return {name: each for name, each in found.items() if isinstance(each, str)}
