"""Which streams of a source are read: somebody selected them, and its settings name them."""

from collections.abc import Sequence

from connector.contract import Place
from connector.errors import PermanentError
from connector.store.streams import StreamRow


def still_there(place: Place, rows: Sequence[StreamRow]) -> list[StreamRow]:
    """Return the streams that a place can read with its settings of today; asks nobody.

    One that its settings left out since is paused, and what is kept of it stays.
    """
    return [row for row in rows if _is_known(place, row.key)]


def _is_known(place: Place, key: str) -> bool:
    try:
        place.shape(key)
    except PermanentError:
        return False
    return True
