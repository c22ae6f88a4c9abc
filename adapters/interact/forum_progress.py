"""Where the reading of a forum stands, what is due next, and what was gathered for a page; pure.

State: ``rows`` (what was told of each thread when it was read), ``first`` (while the first
reading lasts), ``newest`` (the threads that were written in last, with their highest post and a
digest of what they showed), ``in`` and ``part`` (a long thread, and its last post that was
handed on), and what ``forum_round`` keeps.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from adapters.interact.cursors import number_at, pack, texts_at, unpack
from adapters.interact.forum_pages import Thread
from adapters.interact.forum_round import Round
from adapters.interact.parse import digest_of
from connector.model import Cursor, Page, Problem, Record

PAGE_RECORDS = 100
THREADS_ON_A_PAGE = 10
NEWEST_THREADS = 2
"""They are opened in every cycle: an edit shows nowhere else."""
MOST_REOPENED = 20
"""In one cycle, of the threads that were read before: a page that counts its readers would
otherwise be a reason to open it again and again. The nightly check leaves out none."""


@dataclass
class Progress:
    """Where the reading of a forum stands."""

    rows: dict[str, str] = field(default_factory=dict)
    is_first: bool = True
    newest: dict[str, str] = field(default_factory=dict)
    part_of: int = 0
    part: int = 0
    round: Round = field(default_factory=Round)
    shown: dict[str, str] = field(default_factory=dict)
    """What ``newest`` was when this reading began."""

    @classmethod
    def after(cls, cursor: Cursor | None) -> Self:
        """Return what a cursor says; at the beginning without one."""
        state = unpack(cursor)
        if state is None:
            return cls()
        return cls(
            rows=texts_at(state, "rows"),
            is_first=bool(number_at(state, "first")),
            newest=texts_at(state, "newest"),
            part_of=number_at(state, "in"),
            part=number_at(state, "part"),
            round=Round.after(state),
        )

    def cursor(self) -> Cursor:
        """Return it as text."""
        return pack(
            {
                "rows": self.rows,
                "first": int(self.is_first),
                "newest": self.newest,
                "in": self.part_of,
                "part": self.part,
                **self.round.state(),
            }
        )

    def due(self, listed: Sequence[Thread], now: datetime) -> list[Thread]:
        """Return which threads to open; those that are not listed any more are forgotten.

        First come those that are done with when they were opened, new ones and the day's share:
        a slice that is over after a few threads brings the reading further all the same.
        """
        by_key = {str(one.key): one for one in listed}
        self.rows = {key: told for key, told in self.rows.items() if key in by_key}
        self.newest = {key: one for key, one in self.newest.items() if key in by_key}
        self.newest = self.newest or {str(listed[-1].key): ""}
        self.shown = dict(self.newest)
        changed = [key for key, told in self.rows.items() if by_key[key].told != told]
        changed.sort(key=int)
        new = [one for key, one in by_key.items() if key not in self.rows]
        first = {one.key for one in new}
        share = self.round.share(listed, first, now, may_begin=not self.is_first)
        # The newest also show, where another one cannot be read, that the site is as it was.
        again = {*changed[-MOST_REOPENED:], *(self.newest if self.rows else ())}
        first |= {one.key for one in share}
        last = [one for one in listed if str(one.key) in again and one.key not in first]
        return [*new, *share, *last]

    def new_of(self, thread: Thread, found: Sequence[Record]) -> list[Record]:
        """Return what was not handed on of a thread, as far as that can be told."""
        if found and self.shown.get(str(thread.key)) == _mark_of(found):
            return []
        after = self.part if thread.key == self.part_of else 0
        return [one for one in found if number_of(one) > after]

    def in_part(self, thread: Thread, handed_on: Record) -> None:
        """Note how far a long thread was handed on."""
        self.part_of, self.part = thread.key, number_of(handed_on)

    def done(self, thread: Thread, found: Sequence[Record] | None) -> None:
        """Note that a thread was read, or cannot be."""
        self.rows[str(thread.key)] = thread.told
        self.part_of = self.part = 0
        self.round.done(thread)
        if found:
            self.newest[str(thread.key)] = _mark_of(found)
        by_post = sorted(self.newest.items(), key=lambda one: int(one[1].partition("-")[0] or 0))
        self.newest = dict(by_post[-NEWEST_THREADS:])


def _mark_of(found: Sequence[Record]) -> str:
    return f"{number_of(found[-1])}-{digest_of(found)}"


@dataclass
class Gathering:
    """What a page will hold."""

    page: Page
    """Without anything yet."""
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    threads: int = 0

    def has_room_for(self, new: Sequence[Record]) -> bool:
        """Whether the posts of one more thread belong on the same page."""
        # Before a long thread a page without anything would bring nobody further.
        is_empty = not (self.records or self.problems or self.gone)
        fits = is_empty or len(self.records) + len(new) <= PAGE_RECORDS
        return not self.threads or (fits and self.threads < THREADS_ON_A_PAGE)

    def add(self, records: Sequence[Record], gone: Iterable[int], problem: Problem | None) -> None:
        """Take in what is left of a thread."""
        self.records += records
        self.gone += (f"post:{number}" for number in gone)
        self.problems += [problem] if problem else []
        self.threads += 1

    def taken(self, cursor: Cursor | None) -> Page:
        """Return the page, and begin another one."""
        there = {one.external_id for one in self.records}
        found = replace(
            self.page,
            records=tuple(self.records),
            problems=tuple(self.problems),
            # What was moved was found again meanwhile.
            gone=tuple(one for one in self.gone if one not in there),
            cursor=cursor,
        )
        self.records, self.problems, self.gone, self.threads = [], [], [], 0
        return found


def in_parts(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Yield them in parts that fit on a page; the last may be empty."""
    for start in range(0, max(len(records), 1), PAGE_RECORDS):
        yield records[start : start + PAGE_RECORDS]


def number_of(record: Record) -> int:
    """Return the number of a post."""
    return int(record.external_id.partition(":")[2])
