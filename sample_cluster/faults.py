"""Faults that a stand-in shows when it is told to.

What a fault does to an answer is written here; ``servers`` carries it out on the socket.
"""

from dataclasses import dataclass
from enum import StrEnum

from sample_cluster.answers import Answer, Request
from sample_cluster.blogs import turned_away


class FaultKind(StrEnum):
    """What can go wrong on demand; a closed set."""

    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    GONE = "410"
    RATE_LIMITED = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"
    TIMEOUT = "timeout"
    """Takes the request and says nothing until the fault is mended."""
    TRUNCATED = "truncated"
    """Promises the whole body, sends half of it and hangs up."""
    SLOW = "slow"
    """Sends one byte at a time."""
    GARBAGE = "garbage"
    """200 and the right content type, but bytes that nobody can read."""
    LOST = "lost"
    """Does what it was asked, and hangs up without a word."""
    BROKEN_AFTER = "500 after"
    """Does what it was asked, and then answers 500."""
    LATE = "late"
    """Hangs up without a word, and does what it was asked once the fault is mended (Moodle)."""
    REFUSE = "refuse"
    """Nothing listens."""


GARBAGE = b"\x00\xff\xfe<rss<<&nope;\x80{]]" * 40


@dataclass(slots=True)
class Fault:
    """A fault in force at one blog; counts down where it ends by itself."""

    kind: FaultKind
    retry_after: int | None
    times: int | None
    """How many more requests meet it; None: until it is mended."""
    path: str = ""
    """Only addresses that begin like this meet it."""
    method: str = ""
    """Only requests of this method meet it."""
    function: str = ""
    """Only questions to this function meet it (Moodle)."""

    def concerns(self, request: Request) -> bool:
        """Whether its path and method are those that meet it."""
        return request.path.startswith(self.path) and self.method in ("", request.method)

    def is_spent(self) -> bool:
        """Count one more request that meets it; return whether that was the last."""
        if self.times is None:
            return False
        self.times -= 1
        return self.times <= 0

    def answer(self) -> Answer | None:
        """Return the answer that the fault gives in place of the blog's, or None."""
        if self.kind.value.isdecimal():
            return turned_away(int(self.kind.value), self.retry_after)
        return None
