"""Reads one feed: its first page in each cycle, further pages when there is more to catch up.

A feed shows a window. A first reading goes through all pages that the server offers
(``?paged=N`` at WordPress, ``next`` links elsewhere); a later one only where the first page
shows nothing that was there the last time, for then posts have left the window unseen.

Of a first page that changed only the entries are read which the hub does not keep as they came
(``feed_rest``); where that is not sure, and on every other page, all are.

State: ``url``, ``comments``, ``paged``; ``etag``, ``modified``, ``top`` and ``frame`` of the
first page (``feed_walk.Settled``); during a walk also ``walk`` (``feed_walk.Walk``). Validators are kept
only when everything they vouch for has been handed on, and belong to the first page alone:
WordPress has one ETag for all of its feeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from adapters.blogs.client import BlogClient, with_query
from adapters.blogs.discovery import Answer
from adapters.blogs.feed_walk import (
    Settled,
    Walk,
    fingerprint,
    is_same_origin,
    overlaps,
    settled_in,
    short,
    walk_in,
)
from adapters.feeds.cursors import State, pack
from adapters.feeds.feed_rest import Wanted, read_rest
from adapters.feeds.harvest import in_slices
from adapters.feeds.parse import Document, Feed, open_document
from adapters.feeds.permalink import presence_of_page
from connector.contract import KeptAsCame, keeps_nothing
from connector.errors import ParseError, PermanentError
from connector.http import Response, Validators
from connector.model import Cursor, IdPage, Known, Page, Presence, Problem, ProblemKind

_NO_MORE = (400, 404, 410)
"""What WordPress (404) and others answer beyond the last page."""


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Where a feed is and how it is read."""

    url: str
    comments: bool = False
    """Its entries are comments."""
    paged: bool = False
    """The server understands ``?paged=N`` (WordPress)."""


class FeedReader:
    """One stream that is a feed."""

    def __init__(
        self,
        client: BlogClient,
        place: FeedPlace,
        *,
        stream: str,
        zone: ZoneInfo,
        whole_history: bool = True,
        fetched: Answer | None = None,
    ) -> None:
        self._client = client
        self._place = place
        self._stream = stream
        self._zone = zone
        self._whole_history = whole_history
        self._fetched = fetched
        """The first page, where it was fetched to find the feed; good for one first reading."""
        self._opened: Document | None = None

    def read(self, state: State | None, kept: KeptAsCame = keeps_nothing) -> Iterator[Page]:
        """Yield pages; see the module for how, and ``ChangeReader`` for ``kept``."""
        settled = settled_in(state)
        if state is not None and "walk" in state:
            yield from self._go_on(settled, walk_in(state["walk"]))
            return
        response = self._first_page(settled, first=state is None)
        if response.not_modified:
            yield Page(stream=self._stream)
        else:
            rest = self._rest(settled, response, kept)
            yield from self._begin(settled, response, first=state is None, rest=rest)

    def _rest(self, settled: Settled, response: Response, kept: KeptAsCame) -> Feed | None:
        """Return the first page without what is kept as it came, where that is sure.

        One that shows nothing that was there the last time has to be gone on from.
        """
        if not settled.frame:
            return None
        wanted = Wanted(response.url, self._stream, self._zone, self._place.comments)
        ask = partial(kept, self._stream)
        feed = read_rest(response.body, response.content_type, wanted, settled.frame, ask)
        return feed if feed and overlaps(feed.listed, settled.top) else None

    def _first_page(self, settled: Settled, *, first: bool) -> Response:
        fetched, self._fetched = self._fetched, None
        if first and fetched is not None:
            self._opened = fetched.document
            return fetched.response
        validators = Validators(settled.etag or None, settled.modified or None)
        return self._client.fetch(self._place.url, validators=validators)

    def count(self) -> int | None:
        """Return None: a feed does not tell."""
        return None

    def sweep(self) -> Iterator[IdPage]:
        """Refuse: a feed shows a window, never all."""
        raise PermanentError("A feed cannot list everything; what left is looked up one by one.")

    def lookup(self, known: Known) -> Presence:
        """Ask for the page that the record links to."""
        return presence_of_page(self._client, known.url)

    def _begin(
        self,
        settled: Settled,
        response: Response,
        *,
        first: bool,
        again: bool = False,
        rest: Feed | None = None,
    ) -> Iterator[Page]:
        """Hand on the first page, and go on where it does not reach what is known."""
        feed = rest or self._parse(response)
        pending = _vouched(response, feed)
        next_url = self._next_url(feed, response.url)
        if next_url is None or (not first and overlaps(feed.listed, settled.top)):
            yield from self._pages(feed, self._cursor(pending), baseline=first, complete=True)
            return
        walk = Walk(
            page=2,
            next=next_url,
            former=fingerprint(feed.listed),
            visited=(short(response.url), short(next_url)),
            pending=pending,
            first=first,
            again=again,
        )
        yield from self._pages(feed, self._cursor(settled, walk), baseline=first)
        yield from self._go_on(settled, walk)

    def _next_url(self, feed: Feed, url: str) -> str | None:
        """Return the next page's address; empty where it goes by number, None where it ends.

        Only this origin is followed: another would be another place.
        """
        if not self._whole_history or not (feed.records or feed.problems):
            return None
        if feed.next_url and is_same_origin(feed.next_url, url):
            return feed.next_url
        return "" if self._place.paged or feed.generator.startswith("WordPress") else None

    def _go_on(self, settled: Settled, walk: Walk | None) -> Iterator[Page]:
        while walk is not None:
            current = walk
            found = self._further(current)
            if not isinstance(found, Feed):
                yield from self._end(settled, current, found)
                return
            walk = self._after(settled, current, found)
            if fingerprint(found.listed) != current.former:
                cursor = self._cursor(settled, walk) if walk else None
                yield from self._pages(found, cursor, baseline=current.first)
        yield from self._end(settled, current, None)

    def _further(self, walk: Walk) -> Feed | Problem | None:
        """Return the page the walk stands before; None or a problem where there is none."""
        url = walk.next or with_query(self._place.url, paged=walk.page)
        response = self._client.fetch(url, answers=_NO_MORE)
        if response.status in _NO_MORE:
            return None
        try:
            return self._parse(response)
        except ParseError:
            # Without this end the newest posts would wait behind a page nobody can mend.
            reason = f"Page {walk.page} of the feed cannot be read; older posts are not here."
            return Problem(ProblemKind.NOTED, reason, url=self._place.url)

    def _after(self, settled: Settled, walk: Walk, feed: Feed) -> Walk | None:
        next_url = self._next_url(feed, walk.next or self._place.url)
        if next_url is None or (not walk.first and overlaps(feed.listed, settled.top)):
            return None
        return walk.onward(feed.listed, next_url)

    def _end(self, settled: Settled, walk: Walk, problem: Problem | None) -> Iterator[Page]:
        """Settle, unless the feed changed meanwhile: then pages may have shifted.

        A post that was removed during the walk pulls the next one onto a page already read.
        Going round again finds it; a second change is left to the next cycle, which gets the
        new first page because the older validators are kept.
        """
        pending = walk.pending
        validators = Validators(pending.etag or None, pending.modified or None)
        response = self._client.fetch(self._place.url, validators=validators)
        if not walk.again and self._is_changed(response, pending):
            yield from self._begin(settled, response, first=walk.first, again=True)
            return
        yield Page(
            stream=self._stream,
            problems=(problem,) if problem else (),
            cursor=self._cursor(pending),
            baseline=walk.first,
        )

    def _is_changed(self, response: Response, pending: Settled) -> bool:
        if response.not_modified:
            return False
        etag = response.validators.etag or ""
        return etag != pending.etag or _tops(self._parse(response)) != pending.top

    def _parse(self, response: Response) -> Feed:
        opened, self._opened = self._opened, None
        document = opened or open_document(
            response.body, url=response.url, content_type=response.content_type
        )
        return document.read(self._stream, zone=self._zone, comments=self._place.comments)

    def _cursor(self, settled: Settled, walk: Walk | None = None) -> Cursor:
        place = self._place
        walking = {"walk": walk.state()} if walk else {}
        return pack(
            {
                "way": "feed",
                "url": place.url,
                "comments": place.comments,
                "paged": place.paged,
                **settled.state(),
                **walking,
            }
        )

    def _pages(
        self, feed: Feed, cursor: Cursor | None, *, baseline: bool, complete: bool = False
    ) -> Iterator[Page]:
        """Yield the feed in slices; only the last one moves the cursor.

        A document is read as a whole or again: stopped in between, it is asked for once more.
        """
        *earlier, last = in_slices(feed.records)
        for some in earlier:
            yield Page(
                stream=self._stream,
                records=some,
                listed=feed.listed,
                baseline=baseline,
                complete=False,
            )
        yield Page(
            stream=self._stream,
            records=last,
            gone=_hidden(feed),
            problems=feed.problems,
            listed=feed.listed,
            unchanged=feed.unchanged,
            cursor=cursor,
            baseline=baseline,
            complete=complete,
        )


def _hidden(feed: Feed) -> tuple[str, ...]:
    """Return the posts that got a password: the feed's own word that nobody sees them now."""
    return tuple(
        problem.external_id
        for problem in feed.problems
        if problem.kind is ProblemKind.HIDDEN and problem.external_id
    )


def _vouched(response: Response, feed: Feed) -> Settled:
    validators = response.validators
    return Settled(
        etag=validators.etag or "",
        modified=validators.last_modified or "",
        top=_tops(feed),
        frame=feed.frame,
    )


def _tops(feed: Feed) -> tuple[str, ...]:
    return tuple(short(each) for each in feed.listed[:100])
