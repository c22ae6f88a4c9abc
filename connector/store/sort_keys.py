"""Sort keys: what lists are ordered by, and how the search index knows an origin.

A key is the moment in seconds, shifted, and a counter: newest first is then the order of the
index itself, and two origins of one second still differ.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from connector.store.prepared import Prepared, among
from connector.store.rows import batches
from connector.store.tables import origin

_SHIFT = 20
_COUNTER = (1 << _SHIFT) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sort_key(moment: datetime, origin_id: int) -> int:
    """Return the key of an origin that is sorted by this moment."""
    seconds = int((moment - _EPOCH).total_seconds())
    return (seconds << _SHIFT) | (origin_id & _COUNTER)


def moment_of(sort_key: int) -> datetime:
    """Return the moment a sort key stands for, to the second."""
    return datetime.fromtimestamp(sort_key >> _SHIFT, UTC)


_TAKEN = Prepared(
    lambda dialect: select(origin.c.sort_key).where(among(origin.c.sort_key, "keys", dialect))
)


def seconds_between(least: int, greatest: int) -> tuple[int, int]:
    """Return the first key, and the one after the last, of the seconds between two keys."""
    return ((least >> _SHIFT) + 1) << _SHIFT, (greatest >> _SHIFT) << _SHIFT


def make_unique(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Move on keys that are taken: two origins a million ids apart in the same second.

    The search index knows an origin by this key alone, so all clusters count.
    """
    used: set[int] = set()
    left = list(rows)
    while left:
        taken = used | _taken(conn, [row["sort_key"] for row in left])
        moved = []
        for row in left:
            if row["sort_key"] in taken:
                row["sort_key"] += 1
                moved.append(row)
            else:
                taken.add(row["sort_key"])
                used.add(row["sort_key"])
        left = moved


def _taken(conn: Connection, wanted: Sequence[int]) -> set[int]:
    taken: set[int] = set()
    for keys in batches(wanted):
        taken |= set(_TAKEN.values(conn, keys=keys))
    return taken


def moved(conn: Connection, key: int, moment: datetime, origin_id: int) -> int:
    """Return the key of an origin that is now sorted by this moment.

    It stays the same while the second it stands for does.
    """
    wanted = sort_key(moment, origin_id)
    if wanted >> _SHIFT == key >> _SHIFT:
        return key
    row = {"sort_key": wanted}
    make_unique(conn, [row])
    return row["sort_key"]
