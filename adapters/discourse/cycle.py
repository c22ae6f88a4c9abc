"""Reads the posts of a board: one walk through its latest posts serves all streams.

A board numbers its posts through, and lists them by falling number, fifty at a time. What
is still to be read is a set of gaps in these numbers: at first all of them, in a later cycle
those above the newest one that was met. The walk closes gaps from the top; each page holds a
cursor with the gaps that are left, so it goes on from anywhere. A short or empty answer ends
nothing: what the hub may not see is missing from the fifty. Older boards answer with a range
of fifty numbers instead, so each step goes down by at least fifty and by no more than was told.

What this walk cannot show (older posts that were edited, moved or removed) is in ``rolling``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.discourse.board import Board
from adapters.discourse.client import DiscourseClient
from adapters.discourse.harvest import Harvest
from adapters.discourse.idset import IdSet
from adapters.discourse.making import Making
from adapters.discourse.parse import Post, Topic, read_posts, read_topic_posts, read_whole_topic
from adapters.discourse.rolling import Rolling
from adapters.discourse.state import StreamState, digest_of, moment_in
from adapters.discourse.topics import Topics
from connector.errors import SourceError
from connector.model import (
    FACILITATORS,
    Account,
    Audience,
    AudienceKind,
    Page,
    Record,
)

WINDOW = 50
SAVE_EVERY = 10
"""After so many answers also the streams to which they gave nothing note how far it is."""
OVERLAP = timedelta(minutes=10)
SOON = timedelta(seconds=5)
LAST_POSTS = 20


@dataclass(frozen=True, slots=True)
class Window:
    """One answer: the posts from ``low`` to below ``high``."""

    posts: tuple[Post, ...]
    low: int
    high: int


def ask_window(client: DiscourseClient, before: int | None, *, newest: int = 0) -> Window:
    """Return the posts below a number, or the newest ones. Raises SourceError."""
    parameters: dict[str, str | int] = {} if before is None else {"before": before}
    answer = client.ask("/posts.json", parameters)
    posts = read_posts(answer.value)
    top = posts[0].id if posts else newest
    high = top + 1 if before is None else before
    posts = tuple(post for post in posts if post.id < high)
    lowest = posts[-1].id if posts else high
    # Above the newest that we are shown there may be others, which count among the fifty.
    low = lowest if before is None else min(lowest, high - WINDOW)
    return Window(posts, low if low > 1 else 0, high)


def ask_newest(client: DiscourseClient, active: Sequence[Topic]) -> Window:
    """Return the newest posts, given the topics by last activity. Raises SourceError."""
    window = ask_window(client, None)
    if window.posts or not active:
        return window
    # The newest fifty are all hidden from us; somewhere below them are those we may see.
    answer = client.ask(f"/t/{active[0].id}.json")
    highest = max(read_whole_topic(answer.value).stream, default=0)
    return ask_window(client, highest + 1)


class Cycle:
    """One reading of some streams of a board."""

    def __init__(
        self,
        client: DiscourseClient,
        board: Board,
        states: Mapping[str, StreamState],
        now: datetime,
    ) -> None:
        self._client = client
        self._board = board
        self._states = states
        self._now = now
        self._topics = Topics(client, board, states)
        self._making = Making(board, self._topics, now)
        self._harvests = {key: Harvest() for key in states}
        self._newest: Window | None = None
        self._active: tuple[Topic, ...] = ()
        self._lists_all = False
        """Whether the topics by activity are all there are."""
        for state in states.values():
            # Kept from the first page on, so that a slice does not ask again.
            state.groups, state.names = dict(board.groups), dict(board.names)
            state.needs_login = board.needs_login
        self._latest: dict[int, datetime] = {}
        """For each topic the last time that a post of it was seen to be written or edited."""

    def pages(self) -> Iterator[Page]:
        """Yield the pages of all streams. Raises SourceError."""
        states = self._states
        is_open = any(s.gaps or s.share for s in states.values())
        resumes = is_open and all(s.top >= 0 for s in states.values())
        yield from self._openings()
        yield from self._shown_to_others()
        if not resumes:
            self._look_at_newest()
        yield from self._walk()
        if not any(state.first for state in states.values()):
            yield from self._second_look(resumes=resumes)
        yield from self._closing()

    def _second_look(self, *, resumes: bool) -> Iterator[Page]:
        """Look at what else may have changed; on a large board also at the day's share of it."""
        rolling = Rolling(
            self._client, self._board, self._topics, self._making, self._states, self._harvests
        )
        if not resumes:
            self._reread_active()
            newest = self._newest.posts if self._newest else ()
            rolling.work(newest, self._active, lists_all=self._lists_all)
            rolling.open_share(self._now)
        while rolling.has_share():
            # What was found is kept before more is asked: the board may want a pause.
            yield from self._closing(complete=False)
            rolling.go_on()

    # Who sees what

    def _openings(self) -> Iterator[Page]:
        """Say who belongs to the groups of a new stream before anything is shown to them."""
        for key, state in self._states.items():
            audiences = self._board.audiences_of(key) if state.top < 0 else ()
            if audiences:
                yield self._listing(key, audiences, baseline=True)

    def _listing(self, key: str, audiences: tuple[Audience, ...], *, baseline: bool) -> Page:
        memberships = tuple(self._board.membership(one) for one in audiences)
        accounts: dict[str, Account] = {}
        for one in audiences:
            accounts |= {each.external_id: each for each in self._board.accounts(one)}
        return Page(
            stream=key,
            accounts=tuple(accounts.values()),
            memberships=memberships,
            baseline=baseline,
            complete=False,
        )

    def _shown_to_others(self) -> Iterator[Page]:
        """Where a category is shown to others than before, change all its posts at once."""
        for key, state in self._states.items():
            now = {number: _told(self._board.audience(number)) for number in self._board.categories}
            changed = {
                number for number, whom in state.audiences.items() if now.get(number) != whom
            }
            if state.top >= 0 and self._concerns(key, changed):
                yield from self._changed(key, state)
            state.audiences = now

    def _concerns(self, key: str, categories: set[int]) -> bool:
        kind, _, number = key.partition(":")
        return int(number) in categories if kind == "category" else bool(categories)

    def _changed(self, key: str, state: StreamState) -> Iterator[Page]:
        kind, _, number = key.partition(":")
        audiences = self._board.audiences_of(key)
        if audiences:
            yield self._listing(key, audiences, baseline=state.first)
        whom = self._board.audience(int(number)) if kind == "category" else FACILITATORS
        if kind == "tag":
            # Which of its posts are in that category is not kept: read all of them again.
            state.sums.clear()
            state.gaps = [(0, state.top + 1)]
        harvest = Harvest(changes=dict.fromkeys(state.ids, whom))
        for page in harvest.pages(key, state, baseline=state.first):
            yield replace(page, cursor=None, complete=False)

    # What is new

    def _look_at_newest(self) -> None:
        """Ask for the newest posts and the last activity; note what is still to be read."""
        self._look_at_activity()
        window = ask_newest(self._client, self._active)
        self._newest = window
        self._see(window.posts)
        newest = window.high - 1
        for state in self._states.values():
            if newest > state.top:
                state.gaps.append((state.top + 1, newest + 1))
                state.top = newest

    def _look_at_activity(self) -> None:
        known = [state.bumped for state in self._states.values()]
        since = moment_in(min(known)) if all(known) else None
        active: list[Topic] = []
        page = 0
        while True:
            found = self._topics.ask("activity", page)
            active += found.topics
            oldest = min((t.bumped for t in found.topics if t.bumped), default=None)
            reached = since is None or oldest is None or oldest < since - OVERLAP
            if reached or not found.has_more:
                break
            page += 1
        self._active = tuple(active)
        self._lists_all = not found.has_more

    def _see(self, posts: tuple[Post, ...]) -> None:
        for post in posts:
            for moment in (post.created, post.updated):
                if moment and moment > self._latest.get(post.topic, moment - SOON):
                    self._latest[post.topic] = moment

    # The walk

    def _walk(self) -> Iterator[Page]:
        unsaved: set[str] = set()
        walked = 0
        try:
            while high := max((s.gaps[-1][1] for s in self._states.values() if s.gaps), default=0):
                window = self._window(high)
                self._topics.cover(window.posts)
                self._see(window.posts)
                walked += 1
                yield from self._taken(window, unsaved)
                if walked % SAVE_EVERY == 0:
                    yield from self._saved(unsaved)
        except SourceError:
            # A pause may be long: nothing that was read is asked for again after it.
            yield from self._saved(unsaved)
            raise

    def _window(self, high: int) -> Window:
        if self._newest is not None and self._newest.high == high:
            return self._newest
        return ask_window(self._client, high)

    def _taken(self, window: Window, unsaved: set[str]) -> Iterator[Page]:
        """Yield a page for each stream to which a window gives something."""
        self._topics.write_down()
        for key, state in self._states.items():
            if not any(low < window.high and high > window.low for low, high in state.gaps):
                continue
            mine = [
                post
                for post in window.posts
                if post.is_shown and state.awaits(post.id) and self._topics.stream_of(post) == key
            ]
            records = [self._noted(post, state) for post in mine]
            state.cover(window.low, window.high)
            if not records:
                unsaved.add(key)
                continue
            unsaved.discard(key)
            yield Page(
                stream=key,
                records=tuple(records),
                cursor=state.packed(),
                baseline=state.first,
                complete=False,
                counts=tuple(count for post in mine for count in self._making.counts(post)),
            )

    def _noted(self, post: Post, state: StreamState) -> Record:
        record = self._making.record(post, state)
        state.note(post.id, digest_of(record))
        if post.topic not in state.topics:
            state.topics = state.topics | IdSet.of([post.topic])
        return record

    def _saved(self, unsaved: set[str]) -> Iterator[Page]:
        for key in sorted(unsaved):
            state = self._states[key]
            yield Page(stream=key, cursor=state.packed(), baseline=state.first, complete=False)
        unsaved.clear()

    # What was active

    def _reread_active(self) -> None:
        """Read topics again in which something happened that no new post explains."""
        for topic in self._active:
            key = self._board.stream_of(topic.category, topic.tags)
            state = self._states.get(key or "")
            if state is not None and topic.bumped and self._is_unexplained(topic, state):
                self._reread(topic, self._harvests[key or ""], state)

    def _is_unexplained(self, topic: Topic, state: StreamState) -> bool:
        assert topic.bumped is not None
        since = moment_in(state.bumped)
        if since is None or topic.bumped < since - OVERLAP:
            return False
        if state.recent.get(topic.id) == topic.bumped.isoformat():
            return False
        seen = self._latest.get(topic.id)
        return seen is None or seen < topic.bumped - SOON

    def _reread(self, topic: Topic, harvest: Harvest, state: StreamState) -> None:
        answer = self._client.ask(f"/t/{topic.id}.json", answers=(403, 404, 410))
        if answer.status != 200:
            return
        whole = read_whole_topic(answer.value)
        posts = {post.id: post for post in whole.posts}
        missing = [number for number in whole.stream[-LAST_POSTS:] if number not in posts]
        if missing:
            wanted = "&".join(f"post_ids[]={number}" for number in missing)
            more = self._client.ask(f"/t/{topic.id}/posts.json?{wanted}")
            title = whole.posts[0].title if whole.posts else ""
            found = read_topic_posts(more.value, topic=topic.id, title=title)
            posts |= {post.id: post for post in found}
        for post in posts.values():
            post = replace(post, category=topic.category)
            if whole.is_open and post.is_shown and post.id <= state.top:
                harvest.records[post.id] = self._making.record(post, state)

    # The end

    def _closing(self, *, complete: bool = True) -> Iterator[Page]:
        self._topics.write_down()
        for key, state in self._states.items():
            harvest = self._harvests[key]
            for number, record in harvest.records.items():
                state.note(number, digest_of(record))
            baseline, state.first = state.first, False
            if baseline:
                state.page = 0
                state.shared = self._now.isoformat()
            self._remember(key, state, harvest)
            yield from harvest.pages(key, state, baseline=baseline, complete=complete)
            self._harvests[key] = Harvest()

    def _remember(self, key: str, state: StreamState, harvest: Harvest) -> None:
        """Note what the next cycle compares with."""
        state.groups, state.names = dict(self._board.groups), dict(self._board.names)
        state.needs_login = self._board.needs_login
        bumps = {t.id: t.bumped for t in self._active if t.bumped}
        if bumps:
            newest = max(bumps.values())
            state.bumped = newest.isoformat()
            state.recent = {
                topic: bumped.isoformat()
                for topic, bumped in bumps.items()
                if bumped >= newest - OVERLAP
            }
        if self._newest is not None:
            state.newest = {
                post.id: digest_of(self._making.record(post, state)) % 2**32
                for post in self._newest.posts
                if post.is_shown and self._topics.stream_of(post) == key
            }
        offered = self._board.offered(state.top)
        if offered != state.offered:
            harvest.streams = self._board.streams(state.top)
            state.offered = offered


def _told(audience: Audience) -> str:
    return (
        f"{audience.kind}:{audience.key}" if audience.kind is AudienceKind.GROUP else audience.kind
    )
