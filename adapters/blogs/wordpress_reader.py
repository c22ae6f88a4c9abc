"""Reads the posts of a WordPress through its REST API.

A reading from the beginning walks by id (``wordpress_api.walk_by_id``). After that each cycle
asks three questions, because none of them alone sees everything (WordPress 6.1):

1. ``modified_after``: edits, drafts that were published, restored and newly opened posts;
2. ``after``: posts that were scheduled; their time of change is older than their publication;
3. the newest ids: posts inserted with an old date (an import), which have both times in the
   past, but a new id.

What leaves is found by the sweep. The feed's ETag is not asked first: it is made of the
site's last change and stays the same when a scheduled post appears.

State: ``api``; ``last``/``offset``/``start`` during the walk by id; then ``modified``,
``published``, ``id`` (how far each question got), ``lines`` (a digest of what the first two
listed) and ``seen`` (a digest of what was handed on).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from adapters.blogs.wordpress_api import (
    MAX_STEPS,
    PER_PAGE,
    Listing,
    Step,
    WordPressApi,
    endless,
    highest,
    only,
    walk_by_id,
)
from adapters.blogs.wordpress_json import Listed, ParsedPage
from adapters.blogs.wordpress_sweep import lookup, sweep
from adapters.feeds.cursors import State, digest_of, time_in, time_text
from adapters.feeds.harvest import closing_pages, merged, page_of
from adapters.feeds.json_values import number_at, text_at
from connector.model import IdPage, Known, Page, Presence

Moment = Literal["modified", "published"]

OVERLAP: dict[Moment, timedelta] = {
    # WordPress compares times of the site's own zone, in which an hour occurs twice when
    # daylight time ends; what changed in the second is then before the first.
    "modified": timedelta(hours=1, minutes=5),
    # A planned post appears when somebody visits the site, hours after its time.
    "published": timedelta(hours=26),
}

_EMPTY_SITE_SLACK = timedelta(days=1)
"""How far back changes are asked for where there is nothing yet to go by."""

_STRAY = timedelta(hours=3)
"""An answer this much older than asked for means that the question was not understood."""

_REPEAT = 10
"""How many entries a step by offset repeats, so that an edit in between hides nothing."""

_ASKED: dict[Moment, tuple[str, str]] = {
    "modified": ("modified_after", "modified"),
    "published": ("after", "date"),
}


class PostsReader:
    """The stream ``posts`` of one WordPress."""

    def __init__(self, api: WordPressApi, now: datetime, *, whole_history: bool = True) -> None:
        self._api = api
        self._now = now
        self._whole_history = whole_history

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield pages; see the module for how."""
        if state is None or "last" in state:
            yield from self._from_the_beginning(state or {})
        else:
            yield from self._news(state)

    def count(self) -> int | None:
        """Return how many posts the site counts."""
        return self._api.ids("posts", per_page=1).total

    def sweep(self) -> Iterator[IdPage]:
        """List the ids of all posts that everybody may read."""
        return sweep(self._api, "posts")

    def lookup(self, known: Known) -> Presence:
        """Ask for one post by its id."""
        return lookup(self._api, "posts", known)

    def _state(self, **values: object) -> State:
        return {"way": "wordpress", "api": self._api.prefix, **values}

    # From the beginning

    def _from_the_beginning(self, state: State) -> Iterator[Page]:
        if not self._whole_history:
            yield self._newest_only()
            return
        start = time_in(state, "start") or self._beginning()
        walk = walk_by_id(
            self._posts_by_id,
            last=number_at(state, "last") or 0,
            offset=number_at(state, "offset") or 0,
        )
        for step in walk:
            yield self._walked(step, start)

    def _posts_by_id(self, offset: int) -> Listing:
        return self._api.posts(orderby="id", order="asc", per_page=PER_PAGE, offset=offset)

    def _beginning(self) -> datetime:
        """Return from when on changes are asked for: the latest that there is.

        By the site's own word, so that no clock has to agree with another. What changes or
        appears while the walk goes on is later than this.
        """
        listing = self._api.ids("posts", orderby="modified", order="desc", per_page=1)
        latest = [line.modified for line in listing.page.listed if line.modified is not None]
        return min([*latest, self._now]) if latest else self._now - _EMPTY_SITE_SLACK

    def _walked(self, step: Step, start: datetime) -> Page:
        if step.done:
            after = self._state(modified=time_text(start), published=time_text(start), id=step.last)
        else:
            after = self._state(last=step.last, offset=step.offset, start=time_text(start))
        return page_of("posts", step.page.harvest, after, baseline=True, complete=step.done)

    def _newest_only(self) -> Page:
        start = self._beginning()
        listing = self._api.posts(orderby="date", order="desc", per_page=PER_PAGE)
        newest = self._api.ids("posts", orderby="id", order="desc", per_page=1)
        last = max(highest(listing.page.listed), highest(newest.page.listed))
        after = self._state(modified=time_text(start), published=time_text(start), id=last)
        return page_of("posts", listing.page.harvest, after, baseline=True, complete=True)

    # News

    def _news(self, state: State) -> Iterator[Page]:
        cycle = _Cycle(state)
        for moment in _ASKED:
            for page in self._changed(cycle, moment):
                yield page_of("posts", page.harvest, self._state(**cycle.state))
        self._inserted(cycle)
        harvest = merged(page.harvest for page in cycle.rest)
        state = self._state(**cycle.state, lines=cycle.lines)
        yield from closing_pages("posts", harvest, state, seen=cycle.state.get("seen"))

    def _changed(self, cycle: "_Cycle", moment: Moment) -> Iterator[ParsedPage]:
        """Yield the full pages of changes; the last one is added to the cycle's rest.

        First the ids alone are asked for. Where they are those of the last cycle, there is
        nothing to read: a change moves a post to the top, and one that left lowers the total.
        """
        since = time_in(cycle.state, moment) or self._now
        asked = since - OVERLAP[moment]
        lines = self._lines(moment, asked)
        if cycle.is_known(moment, lines):
            return
        offset = 0
        for _ in range(MAX_STEPS):
            listing = self._since(moment, asked, offset)
            if moment == "modified" and _is_stray(listing.page, asked):
                yield from self._changed_backwards(cycle)
                return
            newest = self._newest(listing.page, moment, since)
            cycle.state[moment] = time_text(newest)
            if len(listing.page.listed) < PER_PAGE:
                cycle.rest.append(listing.page)
                return
            yield listing.page
            asked, offset = _onward(asked, newest - OVERLAP[moment], offset)
        raise endless()

    def _lines(self, moment: Moment, asked: datetime) -> Listing:
        name, order = _ASKED[moment]
        parameters: dict[str, str | int] = {name: time_text(asked), "orderby": order}
        return self._api.ids("posts", order="desc", per_page=PER_PAGE, **parameters)

    def _since(self, moment: Moment, asked: datetime, offset: int) -> Listing:
        name, order = _ASKED[moment]
        place = {"offset": offset} if offset else {}
        parameters: dict[str, str | int] = {name: time_text(asked), "orderby": order, **place}
        return self._api.posts(order="asc", per_page=PER_PAGE, **parameters)

    def _newest(self, page: ParsedPage, moment: Moment, since: datetime) -> datetime:
        """Return how far this page got; a time in the future does not carry us past today."""
        times = [_time(line, moment) for line in page.listed]
        known = [min(each, self._now) for each in times if each is not None]
        return max([since, *known])

    def _changed_backwards(self, cycle: "_Cycle") -> Iterator[ParsedPage]:
        """Walk from the latest change back to what is known.

        Before WordPress 5.7 ``modified_after`` is ignored without a word and everything comes.
        """
        since = time_in(cycle.state, "modified") or self._now
        until = since - OVERLAP["modified"]
        reached, offset = since, 0
        for _ in range(MAX_STEPS):
            listing = self._api.posts(
                orderby="modified", order="desc", per_page=PER_PAGE, offset=offset
            )
            reached = max(reached, self._newest(listing.page, "modified", since))
            if _is_end_of_changes(listing.page, until):
                cycle.rest.append(_changed_since(listing.page, until))
                cycle.state["modified"] = time_text(reached)
                return
            yield listing.page
            offset += PER_PAGE - _REPEAT
        raise endless()

    def _inserted(self, cycle: "_Cycle") -> None:
        """Add posts whose id is new though both their times are old."""
        known = number_at(cycle.state, "id") or 0
        newest, offset, found = known, 0, set[int]()
        for _ in range(MAX_STEPS):
            listing = self._api.ids(
                "posts", orderby="id", order="desc", per_page=PER_PAGE, offset=offset
            )
            ids = [line.id for line in listing.page.listed]
            found.update(each for each in ids if each > known)
            newest = max([newest, *ids])
            if len(ids) < PER_PAGE or min(ids) <= known:
                self._fetch(cycle, found - cycle.seen_ids())
                cycle.state["id"] = newest
                return
            offset += PER_PAGE - _REPEAT
        raise endless()

    def _fetch(self, cycle: "_Cycle", numbers: set[int]) -> None:
        wanted = sorted(numbers)
        for start in range(0, len(wanted), PER_PAGE):
            some = ",".join(str(each) for each in wanted[start : start + PER_PAGE])
            cycle.rest.append(self._api.posts(include=some, per_page=PER_PAGE).page)


class _Cycle:
    """One cycle under way: how far each question got, and what is not yet handed on."""

    def __init__(self, state: State) -> None:
        self.state = {key: state[key] for key in _KEPT if key in state}
        self.rest: list[ParsedPage] = []
        self.lines: dict[str, str] = {}
        """A digest of the ids that each question gave; kept when the cycle is over."""
        self._before = state.get("lines")

    def is_known(self, moment: Moment, listing: Listing) -> bool:
        """Whether the last cycle was given the same."""
        self.lines[moment] = digest_of(repr((listing.page.listed, listing.total)))
        return text_at(self._before, moment) == self.lines[moment]

    def seen_ids(self) -> set[int]:
        """Return the ids that are about to be handed on."""
        return {line.id for page in self.rest for line in page.listed}


_KEPT = ("modified", "published", "id", "seen")


def _time(line: Listed, moment: Moment) -> datetime | None:
    return line.modified if moment == "modified" else line.published


def _is_stray(page: ParsedPage, asked: datetime) -> bool:
    """Whether the server gave what was not asked for."""
    return any(line.modified is not None and line.modified < asked - _STRAY for line in page.listed)


def _onward(asked: datetime, later: datetime, offset: int) -> tuple[datetime, int]:
    """Return the next question: a later time, or further down when the time stands still.

    Hundreds of posts changed within the hour share it; there the offset goes on instead.
    """
    return (later, 0) if later > asked else (asked, offset + PER_PAGE - _REPEAT)


def _is_end_of_changes(page: ParsedPage, until: datetime) -> bool:
    times = [line.modified for line in page.listed if line.modified is not None]
    return len(page.listed) < PER_PAGE or not times or min(times) <= until


def _changed_since(page: ParsedPage, since: datetime) -> ParsedPage:
    """Return the page without what was not changed since."""
    changed = {
        line.id for line in page.listed if line.modified is not None and line.modified > since
    }
    return only(page, changed)
