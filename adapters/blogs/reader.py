"""What a reader is: it walks through one stream of one blog.

Each kind of answer has its reader (``wordpress_reader``, ``feed_reader``, ``ghost_reader``,
``blogger_reader``); ``adapter`` chooses and joins them.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from adapters.blogs.cursors import State
from connector.model import IdPage, Known, Page, Presence, Record

PAGE_RECORDS = 100
"""The most records in one page that is handed on."""


class Reader(Protocol):
    """Reads one stream; its state holds everything needed to go on without asking again."""

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield what came after this state, or everything where there is none."""
        ...

    def sweep(self) -> Iterator[IdPage]:
        """List all ids; the last page says whether the listing is whole."""
        ...

    def lookup(self, known: Known) -> Presence:
        """Say whether one record is still there; raises SourceError."""
        ...


def in_slices(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Return the records in slices of at most a page; no records are one empty slice."""
    starts = range(0, max(len(records), 1), PAGE_RECORDS)
    return [tuple(records[start : start + PAGE_RECORDS]) for start in starts]
