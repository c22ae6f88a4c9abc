"""Runs of one process take turns: one works, the others wait for the network.

Python runs one thread at a time anyway. Where eight of them clean, decide and write at once,
each call into the database or the sanitiser gives the interpreter away and has to win it back,
which costs as much as the work itself.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from connector.http import Response, Session, Validators


class Turns:
    """Whose turn it is. Not for a database server: waiting for its answers is no work."""

    def __init__(self, *, are_taken: bool = True) -> None:
        self._lock = threading.Lock() if are_taken else None
        self._own = threading.local()

    @contextmanager
    def work(self) -> Iterator[None]:
        """Hold the turn; a thread that has it already keeps it."""
        if self._lock is None or self._is_mine():
            yield
            return
        with self._lock:
            self._own.is_mine = True
            try:
                yield
            finally:
                self._own.is_mine = False

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Let others work meanwhile."""
        if self._lock is None or not self._is_mine():
            yield
            return
        self._own.is_mine = False
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self._own.is_mine = True

    def _is_mine(self) -> bool:
        return getattr(self._own, "is_mine", False)


class WaitingSession:
    """A session that gives the turn away while it asks the network, and ends with its slice."""

    def __init__(
        self, session: Session, turns: Turns, slice_is_over: Callable[[], bool] = lambda: False
    ) -> None:
        self._session = session
        self.turns = turns
        self.slice_is_over = slice_is_over

    @property
    def requests(self) -> int:
        """Made so far, redirects counted."""
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        """Bytes of bodies so far, decoded."""
        return self._session.bytes_read

    def waiting(self) -> AbstractContextManager[None]:
        """Let others work meanwhile; see ``connector.http.while_waiting``."""
        return self.turns.wait()

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        """See ``Session.get``."""
        with self.turns.wait():
            return self._session.get(
                url,
                validators=validators,
                headers=headers,
                answers=answers,
                max_body_bytes=max_body_bytes,
            )

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        """See ``Session.post``."""
        with self.turns.wait():
            return self._session.post(
                url, body=body, headers=headers, answers=answers, is_question=is_question
            )
