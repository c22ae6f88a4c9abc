"""Runs of one process take turns: one works, the others wait for the network.

Python runs one thread at a time anyway. Where eight of them ask, clean, decide and write at
once, each call into the database or the sanitiser gives the interpreter away and has to win it
back, which costs as much as the work itself. So a run holds its turn, and gives it away while
it asks the network and while it waits for another writer.
"""

import threading
from types import TracebackType


class _Own(threading.local):
    """What the present thread holds."""

    turn: "threading.Lock | None" = None  # a function in Python 3.11


_own = _Own()


class Turns:
    """Whose turn it is. Not for a database server: waiting for its answers is no work."""

    def __init__(self, *, are_taken: bool = True) -> None:
        self._lock = threading.Lock() if are_taken else None

    def work(self) -> "_Work":
        """Hold the turn for a ``with`` block; a thread that has it already keeps it."""
        return _Work(self._lock)


class _Work:
    __slots__ = ("_lock",)

    def __init__(self, lock: "threading.Lock | None") -> None:
        self._lock = None if lock is _own.turn else lock

    def __enter__(self) -> None:
        if self._lock is not None:
            self._lock.acquire()
            _own.turn = self._lock

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            _own.turn = None
            self._lock.release()


class giving_way:
    """Let other runs work while this thread waits; nothing for a thread without a turn."""

    __slots__ = ("_turn",)

    def __enter__(self) -> None:
        self._turn = _own.turn
        if self._turn is not None:
            _own.turn = None
            self._turn.release()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._turn is not None:
            self._turn.acquire()
            _own.turn = self._turn
