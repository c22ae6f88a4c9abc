"""What a reader is: it walks through one stream of one blog.

Each kind of answer has its reader (``wordpress_reader``, ``comments_reader``, ``feed_reader``,
``ghost_reader``, ``blogger_reader``); ``ways`` chooses one.
"""

from collections.abc import Iterator
from typing import Protocol

from adapters.feeds.cursors import State
from connector.model import IdPage, Known, Page, Presence


class Reader(Protocol):
    """Reads one stream; its state holds everything needed to go on without asking again."""

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield what came after this state, or everything where there is none."""
        ...

    def count(self) -> int | None:
        """Return how many there are; None where the place cannot say. Raises SourceError."""
        ...

    def sweep(self) -> Iterator[IdPage]:
        """List all ids; the last page says whether the listing is whole."""
        ...

    def lookup(self, known: Known) -> Presence:
        """Say whether one record is still there; raises SourceError."""
        ...
