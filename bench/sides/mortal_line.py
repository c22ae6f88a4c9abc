"""The line of a sender that may die: it ends by SIGKILL, and what it carries may get lost.

A sender's points are counted: before and after every commit, and before and after everything
that changes something at a place. It dies at the one it is told, and a message or its answer
is lost at another, or as the dice say.
"""

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from bench.sides.posting_places import MAIL
from connector.errors import TemporaryError, UnknownOutcome
from connector.http import GuardedSession, Response

BEFORE, AFTER = "before storing at ", "after storing at "
_LOST = "lost "
_END_OF_LETTER = b"\r\n.\r\n"


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What gets lost on the way, by dice."""

    seed: int = 0
    dropped: float = 0.0
    """Messages in a hundred, on their way to the place."""
    lost: float = 0.0
    """Answers in a hundred, after the place has stored the message."""
    silent: float = 0.0
    """Questions in a hundred that nobody answers; they change nothing, and leave no doubt."""
    senders: int = 12
    """So many senders, one after the other, have it so; those that follow lose nothing."""


@dataclass
class Fate:
    """What one sender meets; every point and every loss becomes a line of the log."""

    log: Path
    chance: Chance
    dice: Random
    die_at: int | None = None
    """The number of a point, counted from 1."""
    lose_at: int | None = None
    """The same, of a point before or after storing."""
    count: int = 0

    def reached(self, point: str) -> None:
        """Note a point; die there if it is the one."""
        self.count += 1
        self._note(point)
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def storing(self, key: str) -> Iterator[None]:
        """Surround what changes something at a place. Raises UnknownOutcome for what is lost."""
        self._passed(f"{BEFORE}{key}", self.chance.dropped)
        yield
        self._passed(f"{AFTER}{key}", self.chance.lost)

    def _passed(self, point: str, percent: float) -> None:
        self.reached(point)
        if self.count == self.lose_at or self._falls(percent):
            self._note(f"{_LOST}{point}")
            raise UnknownOutcome("Nobody answered.")

    def asked(self) -> None:
        """Raise TemporaryError for a question that nobody answers."""
        if self._falls(self.chance.silent):
            raise TemporaryError("Nobody answered.")

    def _falls(self, percent: float) -> bool:
        return self.dice.random() * 100 < percent

    def _note(self, line: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{line}\n")


def points_and_losses(log: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the points that a sender reached, and at which of them something was lost."""
    lines = log.read_text().splitlines() if log.exists() else []
    losses = tuple(one.removeprefix(_LOST) for one in lines if one.startswith(_LOST))
    return tuple(one for one in lines if not one.startswith(_LOST)), losses


@dataclass(frozen=True)
class MortalSession:
    """The guarded session of such a sender; it leads each place's name to its stand-in."""

    session: GuardedSession
    addresses: Mapping[str, str]
    fate: Fate

    def get(self, url: str, **more: Any) -> Response:
        """Return the answer, unless there is none."""
        self.fate.asked()
        return self.session.get(self._there(url), **more)

    def post(self, url: str, *, is_question: bool = False, **more: Any) -> Response:
        """Ask, or store with a point before it and one after."""
        there = self._there(url)
        if is_question:
            self.fate.asked()
            return self.session.post(there, is_question=True, **more)
        with self.fate.storing(_key(url)):
            return self.session.post(there, **more)

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a connection to the mail server, whatever it is called."""
        there = urlsplit(self.addresses[MAIL])
        connected = self.session.dial(there.hostname or "", there.port or 0)
        return _MortalSocket(connected, self.fate)

    @property
    def read_seconds(self) -> float:
        """Return the longest pause in an answer."""
        return self.session.read_seconds

    def tls(self) -> Any:
        """Return the context to verify the other side by."""
        return self.session.tls()

    def _there(self, url: str) -> str:
        named = urlsplit(url)
        return self.addresses[_key(url)] + url.removeprefix(f"{named.scheme}://{named.netloc}")


def _key(url: str) -> str:
    return (urlsplit(url).hostname or "").removesuffix(".example")


class _MortalSocket(socket.socket):
    """A connection to a mail server: a letter is stored between its end and the server's word."""

    def __init__(self, connected: socket.socket, fate: Fate):
        seconds = connected.gettimeout()
        super().__init__(fileno=connected.detach())
        self.settimeout(seconds)
        self._fate = fate

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send; raises OSError for what is lost, as a connection that breaks does."""
        if not data.endswith(_END_OF_LETTER):
            super().sendall(data, flags)
            return
        try:
            with self._fate.storing(MAIL):
                super().sendall(data, flags)
                self.recv(1, socket.MSG_PEEK)  # it has the letter when it begins to answer
        except UnknownOutcome as error:
            raise ConnectionResetError from error
