"""The dumps that are at hand, read whole or as far as one slice of a run came."""

import threading
from collections.abc import Callable
from pathlib import Path

from adapters.interact.dump_store import DumpDatabase, DumpReading, not_readable
from connector.errors import UnfinishedError

Mark = tuple[int, int]


class DumpShelf:
    """Keeps the dump that was read last of each path, for as long as its file stays the same.

    A slice ends after a minute and the next one goes on: without this each would read the
    whole dump anew. A dump that takes longer than a slice is kept half-read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._open: dict[str, tuple[Mark, DumpDatabase | DumpReading]] = {}

    def database(self, path: Path, is_over: Callable[[], bool] = lambda: False) -> DumpDatabase:
        """Return the dump's tables, read now or before.

        Args:
            is_over: whether to leave off and go on at the next call.

        Raises SourceError, and UnfinishedError where it was over before the dump's end.
        """
        with self._lock:
            turn = self._turns.setdefault(str(path), threading.Lock())
        with turn:  # of two who want one dump the second waits for it
            found = self._at_hand(path)
            return self._read_on(path, found, is_over) if isinstance(found, DumpReading) else found

    def _at_hand(self, path: Path) -> DumpDatabase | DumpReading:
        wanted = mark_of(path)
        kept = self._open.get(str(path))
        if kept is not None and kept[0] == wanted:
            return kept[1]
        if kept is not None:
            kept[1].close()
        self._open[str(path)] = (wanted, begun := DumpReading(path))
        return begun

    def _read_on(
        self, path: Path, reading: DumpReading, is_over: Callable[[], bool]
    ) -> DumpDatabase:
        try:
            found = reading.go_on(is_over)
        except BaseException:
            # Also where somebody stops the program: what goes on has to begin anew.
            del self._open[str(path)]
            reading.close()
            raise
        if found is None:
            raise UnfinishedError("The dump is long: the next run reads on in it.")
        self._open[str(path)] = (self._open[str(path)][0], found)
        return found


def mark_of(path: Path) -> tuple[int, int]:
    """Return size and time of change: when both stay, the file is the same.

    Raises PermanentError with a sentence for a path that is not there.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise not_readable(error) from error
    return found.st_size, found.st_mtime_ns


SHELF = DumpShelf()
