"""Goes round the threads of a large forum, a share of them each day; pure.

A small forum is listed whole at night. Of a larger one a share of the threads is opened again
once a day, as part of its reading, which ends with its slice and goes on where it stood: in a
week all of them were seen, with edits, and with what is gone.

State: ``ids`` (by thread, the posts that were handed on: the first number, then the steps),
``at`` (the thread up to which it came), ``left`` (how many are still to do today), ``begun``
(when today's share was).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Self

from adapters.interact.cursors import State, number_at, text_at, texts_at
from adapters.interact.forum_pages import Thread

MOST_LISTED = 300
"""Threads of a forum that is listed whole at night: five minutes, at a second each."""
DAYS_FOR_ALL = 7
A_DAY = timedelta(hours=20)
MOST_GONE = 10
"""In one reading, or one post in twenty where that is more. What is missing beyond that stays."""


@dataclass
class Round:
    """How far the round through a forum came."""

    ids: dict[str, str] = field(default_factory=dict)
    at: int = 0
    left: int = 0
    begun: str = ""
    holds_back: bool = False
    """Whether more is missing in this reading than counts as gone."""
    _missing: int = 0
    _is_large: bool = False
    _waiting: Set[int] = frozenset()
    """What is left of today's share."""

    @classmethod
    def after(cls, state: State) -> Self:
        """Return what a cursor says."""
        return cls(
            ids=texts_at(state, "ids"),
            at=number_at(state, "at"),
            left=number_at(state, "left"),
            begun=text_at(state, "begun"),
        )

    def state(self) -> Mapping[str, object]:
        """Return it for a cursor."""
        return {"ids": self.ids, "at": self.at, "left": self.left, "begun": self.begun}

    def share(
        self, listed: Sequence[Thread], due: Set[int], now: datetime, *, may_begin: bool
    ) -> list[Thread]:
        """Return which threads to open again today, those too that are listed no more.

        Args:
            due: these are opened first anyway.
        """
        self._is_large = len(listed) > MOST_LISTED
        if not self._is_large:
            self.ids, self.left = {}, 0
            return []
        by_key = {one.key: one for one in listed}
        keys = sorted({*by_key, *map(int, self.ids)})
        if may_begin and (not self.begun or now - datetime.fromisoformat(self.begun) >= A_DAY):
            self.begun, self.left = now.isoformat(), -(-len(keys) // DAYS_FOR_ALL)
        ahead = [key for key in keys if key > self.at] + [key for key in keys if key <= self.at]
        today = ahead[: self.left]
        self._waiting = set(today) - due
        return [by_key.get(key, Thread(key, "", {})) for key in today if key not in due]

    def gone_from(self, thread: Thread, there: Set[int] | None) -> list[int]:
        """Return which posts a thread does not show any more, and remember those that it shows.

        Args:
            there: None where nobody can say.
        """
        if not self._is_large or there is None:
            return []
        gone = _numbers(self.ids.get(str(thread.key), "")) - there
        self._missing += len(gone)
        if gone and self._missing > max(MOST_GONE, self._count() // 20):
            self.holds_back = True
            return []
        self.ids[str(thread.key)] = _steps(there)
        if not there:
            del self.ids[str(thread.key)]
        # What was moved to another thread is not gone.
        return sorted(number for number in gone if not self._is_elsewhere(number))

    def _count(self) -> int:
        return sum(len(text.split()) for text in self.ids.values())

    def _is_elsewhere(self, number: int) -> bool:
        return any(number in _numbers(text) for text in self.ids.values())

    def done(self, thread: Thread) -> None:
        """Note that a thread was opened, or cannot be."""
        if thread.key in self._waiting:
            self.at, self.left = thread.key, max(self.left - 1, 0)


def _steps(numbers: Set[int]) -> str:
    return " ".join(str(two - one) for one, two in pairwise([0, *sorted(numbers)]))


def _numbers(steps: str) -> set[int]:
    return set(accumulate(map(int, steps.split())))
