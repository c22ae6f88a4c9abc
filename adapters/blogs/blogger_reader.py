"""Reads a Blogger blog through its JSON feeds, which page and sort where its RSS does not.

Modelled after the documentation, not proven against the service. ``updated-min`` is ignored
unless the order is by change, and the newest change comes first; a listing cannot be turned
round. Pages therefore overlap by one entry, which must be met again; if it is not, something
before it was removed and the walk steps back until it meets one it knows.

State: ``home`` (the blog's front door); ``index`` (where the next page of the first reading
begins), ``anchors`` (the last ids) and ``since`` (how far changes were read); ``seen``.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.blogs.blogger_json import BloggerPage, What, read_entries
from adapters.blogs.client import BlogClient, with_query
from adapters.feeds.cursors import State, time_in, time_text
from adapters.feeds.harvest import Harvest, closing_pages, merged, page_of
from adapters.feeds.json_values import list_at, number_at
from connector.model import IdPage, Known, Page, Presence

PER_PAGE = 100
"""Blogger clips longer pages, at 150 today."""

NEWEST = 25
"""How many of the newest are read in each cycle: a planned post appears with an old change."""

OVERLAP = timedelta(hours=1)
_ANCHORS = 10
MAX_PAGES = 1_000
_NUMBER = re.compile(r"[0-9]{1,25}")


class BloggerReader:
    """The stream ``posts`` or ``comments`` of one blog."""

    def __init__(
        self,
        client: BlogClient,
        home: str,
        what: What,
        now: datetime,
        *,
        whole_history: bool = True,
    ) -> None:
        self._client = client
        self._home = home
        self._what: What = what
        self._now = now
        self._whole_history = whole_history

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield pages; see the module for how."""
        if state is None or "index" in state:
            yield from self._from_the_beginning(state or {})
        else:
            yield from self._news(state)

    def count(self) -> int | None:
        """Return how many entries the blog counts."""
        return self._ask("summary", max_results=1).total

    def sweep(self) -> Iterator[IdPage]:
        """List all ids; whole when as many came as the blog counts all the way."""
        index, listed, totals = 1, 0, set[int | None]()
        for _ in range(MAX_PAGES):
            page = self._ask("summary", orderby="published", start_index=index)
            listed += len(page.ids)
            totals.add(page.total)
            end = _is_end(page, index)
            yield IdPage(page.ids, complete=end and totals == {listed})
            if end:
                return
            index += len(page.ids)

    def lookup(self, known: Known) -> Presence:
        """Ask for one post by its number; comments cannot be asked for one by one."""
        number = known.external_id.partition(":")[2]
        if self._what == "comments" or not _NUMBER.fullmatch(number):
            return Presence.UNKNOWN
        url = with_query(f"{self._home}feeds/posts/summary/{number}", alt="json")
        answer = self._client.ask_json(url, answers=(400, 401, 403, 404, 410))
        if answer.status in (404, 410):
            return Presence.GONE
        return Presence.PRESENT if answer.status == 200 else Presence.UNKNOWN

    def _state(self, **values: object) -> State:
        return {"way": "blogger", "home": self._home, **values}

    def _ask(self, form: str, **more: str | int) -> BloggerPage:
        parameters = {
            "alt": "json",
            "max-results": PER_PAGE,
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        url = with_query(f"{self._home}feeds/{self._what}/{form}", **parameters)
        return read_entries(self._client.ask_json(url).value, self._what)

    def _from_the_beginning(self, state: State) -> Iterator[Page]:
        since = time_in(state, "since") or self._beginning()
        index = number_at(state, "index") or 1
        anchors = [each for each in list_at(state, "anchors") if isinstance(each, str)]
        back = 1
        for _ in range(MAX_PAGES):
            page = self._ask("default", orderby="published", start_index=index)
            if index > 1 and not set(anchors) & set(page.ids):
                index, back = max(1, index - back), back * 2
                continue
            end = _is_end(page, index) or set(page.ids) <= set(anchors)
            back, end = 1, end or not self._whole_history
            index += max(1, len(page.ids) - 1)
            anchors = list(page.ids[-_ANCHORS:])
            if end:
                after = self._state(since=time_text(since))
            else:
                after = self._state(since=time_text(since), index=index, anchors=anchors)
            yield page_of(self._what, page.harvest, after, baseline=True, complete=end)
            if end:
                return

    def _beginning(self) -> datetime:
        """Return the latest change there is: what changes during the walk is later."""
        latest = self._ask("summary", orderby="updated", max_results=1).latest
        return min(latest, self._now) if latest else self._now - timedelta(days=1)

    def _news(self, state: State) -> Iterator[Page]:
        """Read what changed, and the newest; the cursor moves when all of it is handed on."""
        since = time_in(state, "since") or self._now
        parts, latest, index = list[Harvest](), since, 1
        for _ in range(MAX_PAGES):
            page = self._ask(
                "default",
                orderby="updated",
                start_index=index,
                updated_min=time_text(since - OVERLAP),
            )
            parts.append(page.harvest)
            latest = max(latest, min(page.latest or latest, self._now))
            if _is_end(page, index):
                break
            index += max(1, len(page.ids) - 1)
        newest = self._ask("default", orderby="published", max_results=NEWEST)
        harvest = merged([*parts, newest.harvest])
        after = self._state(since=time_text(latest))
        yield from closing_pages(self._what, harvest, after, seen=state.get("seen"))


def _is_end(page: BloggerPage, index: int) -> bool:
    """Whether nothing comes after this page; the length says nothing, pages are clipped."""
    if not page.ids:
        return True
    return page.total is not None and index + len(page.ids) > page.total
