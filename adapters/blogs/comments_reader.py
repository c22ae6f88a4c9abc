"""Reads the comments of a WordPress through its REST API.

Comments have no time of change, and one that waited for approval appears with its old time
and id. Each cycle therefore reads the newest ids anew, and compares the site's total with
what it should be; when more came than was seen, everything is read again.

State: ``api``; ``last``/``offset`` during a walk by id, ``walked`` at its end, ``again`` when
it is no first reading; then ``top`` (the ids of the newest), ``total`` and ``seen`` (a digest of them).
"""

from collections.abc import Iterator

from adapters.blogs.wordpress_api import PER_PAGE, Listing, Step, WordPressApi, walk_by_id
from adapters.blogs.wordpress_sweep import lookup, sweep
from adapters.feeds.cursors import State
from adapters.feeds.harvest import closing_pages, page_of
from adapters.feeds.json_values import list_at, number_at
from connector.model import IdPage, Known, Page, Presence

TOP = 30
"""How many of the newest are read in each cycle."""


class CommentsReader:
    """The stream ``comments`` of one WordPress."""

    def __init__(self, api: WordPressApi, *, whole_history: bool = True) -> None:
        self._api = api
        self._whole_history = whole_history

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield pages; see the module for how."""
        if state is None and not self._whole_history:
            yield from self._top_pages(self._newest(), {}, baseline=True)
        elif state is None or "last" in state:
            yield from self._all(state or {})
        else:
            yield from self._news(state)

    def count(self) -> int | None:
        """Return how many comments the site counts."""
        return self._api.ids("comments", per_page=1).total

    def sweep(self) -> Iterator[IdPage]:
        """List the ids of all comments that everybody may read."""
        return sweep(self._api, "comments")

    def lookup(self, known: Known) -> Presence:
        """Ask for one comment by its id."""
        return lookup(self._api, "comments", known)

    def _state(self, **values: object) -> State:
        return {"way": "wordpress", "api": self._api.prefix, **values}

    def _all(self, state: State) -> Iterator[Page]:
        again = bool(state.get("again"))
        if state.get("walked") is not True:
            yield from self._walk(state, again=again)
        # The newest are asked for once more: what was approved during the walk is among them.
        yield from self._top_pages(self._newest(), {}, baseline=not again)

    def _walk(self, state: State, *, again: bool) -> Iterator[Page]:
        steps = walk_by_id(
            self._comments_by_id,
            last=number_at(state, "last") or 0,
            offset=number_at(state, "offset") or 0,
            sparse=True,
        )
        for step in steps:
            yield self._walked(step, again=again)

    def _comments_by_id(self, offset: int) -> Listing:
        return self._api.comments(orderby="id", order="asc", per_page=PER_PAGE, offset=offset)

    def _newest(self) -> Listing:
        return self._api.comments(orderby="id", order="desc", per_page=TOP)

    def _walked(self, step: Step, *, again: bool) -> Page:
        after = self._state(last=step.last, offset=step.offset, again=again, walked=step.done)
        return page_of("comments", step.page.harvest, after, baseline=not again)

    def _news(self, state: State) -> Iterator[Page]:
        listing = self._newest()
        if self._whole_history and _more_came(state, listing):
            yield from self._all({"again": True})
        else:
            yield from self._top_pages(listing, state)

    def _top_pages(
        self, listing: Listing, state: State, *, baseline: bool = False
    ) -> Iterator[Page]:
        top = [line.id for line in listing.page.listed]
        after = self._state(top=top, total=listing.total or 0)
        return closing_pages(
            "comments", listing.page.harvest, after, seen=state.get("seen"), baseline=baseline
        )


def _more_came(state: State, listing: Listing) -> bool:
    """Whether the total rose by more than what the newest show.

    Also true where nothing among the newest is known: then more than these may be new.
    """
    before = [each for each in list_at(state, "top") if isinstance(each, int)]
    now = [line.id for line in listing.page.listed]
    if listing.total is None or (before and now and not set(before) & set(now)):
        return listing.total is not None
    newly = sum(each > max(before, default=0) or _slipped_in(each, before) for each in now)
    left = sum(each not in now and each >= min(now, default=0) for each in before)
    return listing.total > (number_at(state, "total") or 0) + newly - left


def _slipped_in(number: int, before: list[int]) -> bool:
    """Whether an id between the known ones was not there: a comment approved late."""
    return bool(before) and min(before) < number and number not in before
