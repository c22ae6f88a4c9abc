"""Pure: a stream's state as the text that the engine keeps for us.

The engine never looks inside. Which keys a state has is said by the reader that writes it;
common to all are ``v`` (the layout) and ``way`` (the reader).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.feeds.json_values import number_at, text_at, utc_time
from connector.model import Cursor

LAYOUT = 1

State = Mapping[str, object]


def pack(state: State) -> Cursor:
    """Return the state as text: keys sorted, empty values left out."""
    kept = {
        key: value
        for key, value in state.items()
        if value is not False and value not in (None, "", [], {})
    }
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


def digest_of(text: str) -> str:
    """Return sixteen characters by which the same text is recognised later."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def time_text(moment: datetime) -> str:
    """Return the moment as ``2026-11-21T18:23:40Z``: whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_in(state: State, key: str) -> datetime | None:
    """Return the moment kept under this key."""
    return utc_time(text_at(state, key))
