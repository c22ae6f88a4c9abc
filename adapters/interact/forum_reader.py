"""Reads the forums of a running Interact by their pages, one stream for each. Modelled, unproven.

The forum's page lists its threads. A thread is opened where what is told of it has changed, and
in each cycle the two that were written in last, since an edit shows nowhere else: a cycle in
which nothing happened asks for three pages. The nightly check opens every thread, and hands on
what it meets; of a large forum the reading itself opens a share each day (``forum_round``).

A thread that cannot be read is passed over only when another one that is opened after it looks
as expected; otherwise the site has changed, and reading stops.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime

from adapters.interact import addresses
from adapters.interact.forum_pages import Forum, Thread, posts, threads
from adapters.interact.forum_progress import Gathering, Progress, in_parts, number_of
from adapters.interact.forum_round import MOST_LISTED
from adapters.interact.pages import number_at
from adapters.interact.settings import InteractSettings
from adapters.interact.site_client import SiteClient
from connector.errors import ParseError, PermanentError, SourceError
from connector.model import Cursor, IdPage, Known, Page, Presence, Problem, ProblemKind, Record

MOST_DOUBTFUL = 10
_ID = re.compile(r"post:([1-9][0-9]{0,8})", re.ASCII)
_GONE = (404, 410)
_MUCH_IS_GONE = (
    "many posts of this forum disappeared at once; those beyond the first few stay in the hub"
)
_CANNOT_SHOW = (500,)
"""An old site may fail at one thread for ever, which is not to hold up all others."""


class ForumReader:
    """The forums of one Interact, over its pages."""

    def __init__(self, settings: InteractSettings, client: SiteClient, now: datetime) -> None:
        self._settings = settings
        self._client = client
        self._now = now
        self._thread_of: dict[tuple[Forum, int], int] = {}
        """By post, as far as this place has met them."""

    def listed(self, forum: Forum) -> list[Thread]:
        """Return the threads of a forum, by key. Raises SourceError."""
        numbers = {"space_key": forum.space, "module_key": forum.key}
        response = self._client.get(addresses.FORUM_PATH, **numbers)
        return threads(response.body, self._settings)

    def address(self, forum: Forum) -> str:
        """Return where a forum stands."""
        numbers = {"space_key": forum.space, "module_key": forum.key}
        return addresses.readable(self._settings.base, addresses.FORUM_PATH, **numbers)

    def found(self, forum: Forum) -> str:
        """Return in words what there is, having opened a thread too. Raises SourceError."""
        listed = self.listed(forum)
        newest = self._posts(forum, listed[-1])
        return f"{len(listed):,} threads, {len(newest):,} posts in the newest."

    def _posts(self, forum: Forum, thread: Thread) -> list[Record]:
        numbers = {"space_key": forum.space, "module_key": forum.key, "thread_key": thread.key}
        response = self._client.get(addresses.THREAD_PATH, **numbers, post_key=thread.key)
        found = posts(response.body, self._settings, forum, thread)
        self._thread_of |= {(forum, number_of(one)): thread.key for one in found}
        return found

    def _opened(
        self, forum: Forum, wanted: Sequence[Thread]
    ) -> Iterator[tuple[Thread, list[Record] | None]]:
        """Yield the posts of each thread, None for one that cannot be read. Raises SourceError."""
        good: Thread | None = None
        doubtful: list[tuple[Thread, SourceError]] = []
        for one in wanted:
            found: list[Record] | None = None
            try:
                found = self._posts(forum, one)
            except SourceError as error:
                if not _is_of_one_thread(error) or len(doubtful) == MOST_DOUBTFUL:
                    raise
                doubtful.append((one, error))
                if good is None:
                    continue
                self._posts(forum, good)
            yield from ((each, None) for each, _ in doubtful)
            doubtful = []
            if found is not None:
                good = one
                yield one, found
        if doubtful:
            raise doubtful[0][1]

    # --- reading ----------------------------------------------------------------------------

    def read(self, stream: str, forum: Forum, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what was written since the cursor. Raises SourceError."""
        progress = Progress.after(cursor)
        before = progress.cursor()
        wanted = progress.due(self.listed(forum), self._now)
        page = Page(stream=stream, baseline=progress.is_first, complete=False)
        gathering = Gathering(page)
        try:
            for thread, found in self._opened(forum, wanted):
                new = progress.new_of(thread, found or ())
                if not gathering.has_room_for(new):
                    yield gathering.taken(progress.cursor())
                *full, rest = in_parts(new)
                for part in full:
                    progress.in_part(thread, part[-1])
                    yield replace(page, records=tuple(part), cursor=progress.cursor())
                gone = progress.round.gone_from(thread, self._there(forum, thread, found))
                is_unread = found is None and bool(thread.told)
                gathering.add(rest, gone, self._unread(forum, thread) if is_unread else None)
                progress.done(thread, found)
                if self._client.slice_is_over():
                    yield gathering.taken(progress.cursor())
        except SourceError:
            if gathering.threads:
                yield gathering.taken(progress.cursor())
            raise
        progress.is_first = False
        if progress.round.holds_back:
            gathering.problems.append(Problem(ProblemKind.NOTED, _MUCH_IS_GONE))
        after = progress.cursor()
        yield replace(gathering.taken(None if after == before else after), complete=True)

    def _unread(self, forum: Forum, thread: Thread) -> Problem:
        base, start = self._settings.base, thread.key
        return Problem(
            ProblemKind.FAILED,
            "a thread is listed, but its page shows none of its posts",
            f"post:{start}",
            addresses.thread(base, forum.space, forum.key, start, start),
        )

    def _there(
        self, forum: Forum, thread: Thread, found: Sequence[Record] | None
    ) -> Set[int] | None:
        """Return which posts a thread has; None where nobody can say."""
        if found is not None:
            return {number_of(one) for one in found}
        # It is listed, or it was not there a moment ago.
        return None if thread.told else self._numbers_in(forum, thread.key)

    # --- what is there ----------------------------------------------------------------------

    def can_sweep(self, forum: Forum) -> bool:
        """Whether a night is long enough for all threads; not of a forum that does not answer."""
        try:
            return len(self.listed(forum)) <= MOST_LISTED
        except SourceError:
            return False

    def sweep(self, forum: Forum) -> Iterator[IdPage]:
        """List the ids of all posts, with the posts themselves. Raises SourceError."""
        listed = self.listed(forum)
        if len(listed) > MOST_LISTED:
            raise PermanentError("The forum is too large to be listed in a night.")
        for _, found in self._opened(forum, listed):
            for part in in_parts(found or ()):
                yield IdPage(tuple(one.external_id for one in part), records=tuple(part))
        yield IdPage((), complete=True)

    def lookup(self, forum: Forum, known: Sequence[Known]) -> dict[str, Presence]:
        """Say of each post whether its thread still shows it."""
        found: dict[str, Presence] = {}
        by_thread: dict[int, dict[str, int]] = {}
        for each in known:
            match = _ID.fullmatch(each.external_id)
            key = int(match[1]) if match else 0
            thread = self._thread_of.get((forum, key)) or _thread_in(each)
            if key and thread:
                by_thread.setdefault(thread, {})[each.external_id] = key
            else:
                found[each.external_id] = Presence.UNKNOWN
        for thread, ids in by_thread.items():
            there = self._numbers_in(forum, thread)
            if there is not None:
                there_or_gone = (Presence.GONE, Presence.PRESENT)
                found |= {one: there_or_gone[key in there] for one, key in ids.items()}
        return found

    def _numbers_in(self, forum: Forum, thread: int) -> set[int] | None:
        """Return which posts a thread shows, none where it is gone; None where nobody can say."""
        try:
            return {number_of(one) for one in self._posts(forum, Thread(thread, "", {}))}
        except PermanentError as error:
            return set() if error.status in _GONE else None
        except ParseError:
            # No thread, or no page as it was: the forum's own page tells which.
            is_listed = self._is_listed(forum, thread)
            return set() if is_listed is False else None
        except SourceError:
            return None

    def _is_listed(self, forum: Forum, thread: int) -> bool | None:
        try:
            return any(one.key == thread for one in self.listed(forum))
        except SourceError:
            return None


def _is_of_one_thread(error: SourceError) -> bool:
    return isinstance(error, ParseError | PermanentError) or error.status in _CANNOT_SHOW


def _thread_in(known: Known) -> int:
    return number_at(known.url or "", "thread_key")
