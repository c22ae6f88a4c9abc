"""Reads a Ghost site through its Content API, with the key of a custom integration.

Every change moves ``updated_at`` to the present, also publishing and unpublishing, so one
question is enough: what changed since, oldest change first. A post that changes meanwhile
moves to the end of the listing, where it is met again; none is skipped. Reading from the
beginning is the same question with an early time.

State: ``api``, ``since`` (how far it got), ``first`` (a first reading under way), ``lines`` (a
digest of what was listed since, asked for first) and ``seen`` (of what was handed on).
The key stands in the settings and in the question only.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from adapters.blogs.client import BlogClient, with_query
from adapters.blogs.ghost_json import GhostPage, read_posts
from adapters.feeds.cursors import State, digest_of, pack, time_in, time_text
from adapters.feeds.harvest import closing_pages, page_of
from connector.errors import AuthError
from connector.model import IdPage, Known, Page, Presence

PER_PAGE = 100
OVERLAP = timedelta(minutes=5)
_DAWN = datetime(2000, 1, 1, tzinfo=UTC)
MAX_PAGES = 1_000
_UUID = re.compile(r"[0-9a-f-]{36}")


class GhostReader:
    """The stream ``posts`` of one Ghost site."""

    def __init__(
        self,
        client: BlogClient,
        api: str,
        key: SecretStr,
        now: datetime,
        *,
        whole_history: bool = True,
    ) -> None:
        self._client = client
        self._api = api
        self._key = key
        self._now = now
        self._whole_history = whole_history

    def read(self, state: State | None) -> Iterator[Page]:
        """Yield pages; see the module for how."""
        if state is None and not self._whole_history:
            yield from self._newest_only()
            return
        state = state or {"first": True}
        since = time_in(state, "since") or _DAWN
        first = state.get("first") is True
        lines = self._lines(since - OVERLAP)
        if lines == state.get("lines"):
            yield Page(stream="posts", cursor=pack(state))
            return
        yield from self._changes(state, since, first=first, lines=lines)

    def _changes(self, state: State, since: datetime, *, first: bool, lines: str) -> Iterator[Page]:
        asked, number = since - OVERLAP, 1
        for _ in range(MAX_PAGES):
            page = self._changed(asked, number)
            since = max(since, min(page.latest or since, self._now))
            if not page.has_more:
                break
            yield page_of("posts", page.harvest, self._state(since, first=first), baseline=first)
            later = since - OVERLAP
            asked, number = (later, 1) if later > asked else (asked, number + 1)
        after = {**self._state(since), "lines": lines}
        seen = state.get("seen")
        yield from closing_pages("posts", page.harvest, after, seen=seen, baseline=first)

    def _lines(self, since: datetime) -> str:
        """Return a digest of what changed since, newest first, without its text."""
        page = self._ask(
            filter=_since(since),
            order="updated_at desc",
            fields="id,uuid,visibility,updated_at",
            limit=15,
        )
        return digest_of(repr((page.shown, page.harvest.gone, page.latest, page.total)))

    def count(self) -> int | None:
        """Return how many published posts the site counts."""
        return self._ask(fields="id,uuid,visibility", limit=1).total

    def sweep(self) -> Iterator[IdPage]:
        """List all ids; whole when as many came as the site counts all the way."""
        number, listed, totals = 1, 0, set[int | None]()
        while True:
            page = self._ask(
                fields="id,uuid,visibility", order="id asc", limit=PER_PAGE, page=number
            )
            listed += page.count
            totals.add(page.total)
            end = not page.has_more or number >= MAX_PAGES
            yield IdPage(page.shown, complete=end and totals == {listed})
            if end:
                return
            number += 1

    def lookup(self, known: Known) -> Presence:
        """Ask for one post; the API shows published ones only and says no more of others."""
        uuid = known.external_id.partition(":")[2]
        if not _UUID.fullmatch(uuid):
            return Presence.UNKNOWN
        page = self._ask(filter=f"uuid:'{uuid}'", fields="id,uuid,visibility", limit=1)
        if page.count == 0:
            return Presence.GONE
        if known.external_id in page.harvest.gone:
            return Presence.FORBIDDEN
        # A server that ignores the filter answers with any post.
        return Presence.PRESENT if known.external_id in page.shown else Presence.UNKNOWN

    def _state(self, since: datetime, *, first: bool = False) -> State:
        since_text = time_text(since)
        return {"way": "ghost", "api": self._api, "since": since_text, "first": first}

    def _changed(self, since: datetime, number: int) -> GhostPage:
        return self._ask(
            filter=_since(since),
            order="updated_at asc",
            include="authors,tags",
            limit=PER_PAGE,
            page=number,
        )

    def _newest_only(self) -> Iterator[Page]:
        page = self._ask(order="published_at desc", include="authors,tags", limit=PER_PAGE)
        since = min(page.latest or self._now, self._now)
        yield page_of("posts", page.harvest, self._state(since), baseline=True, complete=True)

    def _ask(self, **parameters: str | int) -> GhostPage:
        url = with_query(f"{self._api}posts/", key=self._key.get_secret_value(), **parameters)
        try:
            return read_posts(self._client.ask_json(url).value)
        except AuthError as error:
            raise AuthError(
                "Ghost does not know the key. Create a custom integration in Ghost's settings "
                "and save its Content API key as ghost_key.",
                url=error.url,
                status=error.status,
            ) from error


def _since(moment: datetime) -> str:
    return f"updated_at:>'{moment:%Y-%m-%d %H:%M:%S}'"
