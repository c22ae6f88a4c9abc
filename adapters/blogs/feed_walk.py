"""Pure: where a walk through the pages of a feed stands, and where it ends.

Asking for the pages is in ``feed_reader``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from adapters.feeds.cursors import State
from adapters.feeds.json_values import list_at, number_at, text_at

MAX_PAGES = 500
"""Where a walk ends whatever the server says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is kept of a first page once all that it vouches for is handed on."""

    etag: str = ""
    modified: str = ""
    top: tuple[str, ...] = ()
    """Short digests of the ids that the first page listed."""
    frame: str = ""
    """A digest of what stood around its entries (``feed_pieces``), where they could be told."""

    def state(self) -> State:
        """Return it as a part of a stream's state."""
        validators = {"etag": self.etag, "modified": self.modified}
        return {**validators, "top": list(self.top), "frame": self.frame}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk from the first page towards the oldest, or towards what is known."""

    page: int
    """The number of the page that is asked next."""
    next: str = ""
    """Its address, where the feed gives one."""
    former: str
    """A digest of the page before: a server without pages gives the same one for ever."""
    visited: tuple[str, ...]
    """Short digests of the addresses asked: ``next`` links may run in a circle."""
    pending: Settled
    """What becomes the settled state when the walk is over."""
    first: bool
    """A reading from the beginning: it ends at the last page, whatever is known."""
    again: bool = False
    """The second time round, because the first page changed meanwhile."""

    def onward(self, listed: Sequence[str], next_url: str) -> "Walk | None":
        """Return the walk after a page, or None where it leads nowhere new."""
        former, address = fingerprint(listed), short(next_url)
        is_circle = former == self.former or (bool(next_url) and address in self.visited)
        if is_circle or self.page >= MAX_PAGES:
            return None
        visited = (*self.visited, address) if next_url else self.visited
        return replace(self, page=self.page + 1, next=next_url, former=former, visited=visited)

    def state(self) -> State:
        """Return the walk as a part of a stream's state."""
        return {
            "page": self.page,
            "next": self.next,
            "former": self.former,
            "visited": list(self.visited),
            "pending": dict(self.pending.state()),
            "first": self.first,
            "again": self.again,
        }


def settled_in(state: object) -> Settled:
    """Read what ``Settled.state`` wrote."""
    return Settled(
        etag=text_at(state, "etag"),
        modified=text_at(state, "modified"),
        top=_texts(state, "top"),
        frame=text_at(state, "frame"),
    )


def walk_in(state: object) -> Walk:
    """Read what ``Walk.state`` wrote."""
    walk = state if isinstance(state, dict) else {}
    return Walk(
        page=number_at(walk, "page") or 2,
        next=text_at(walk, "next"),
        former=text_at(walk, "former"),
        visited=_texts(walk, "visited"),
        pending=settled_in(walk.get("pending")),
        first=walk.get("first") is True,
        again=walk.get("again") is True,
    )


def _texts(state: object, key: str) -> tuple[str, ...]:
    return tuple(each for each in list_at(state, key) if isinstance(each, str))


@lru_cache(maxsize=512)  # of one page they are asked for twice
def short(text: str) -> str:
    """Return eight characters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def fingerprint(listed: Sequence[str]) -> str:
    """Return eight characters that stand for a page."""
    return short("\n".join(listed))


def overlaps(listed: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the page shows something that was there before."""
    return not {short(each) for each in listed}.isdisjoint(known)


def is_same_origin(first: str, second: str) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    try:
        one, other = urlsplit(first), urlsplit(second)
        return (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
