"""Which tags the topics of a board have: posts do not say it, lists of topics do.

A topic's tags are kept in the cursor, as sets of topic ids; in a first reading the list of
topics by creation is read beside the posts, a page at a time, as far as the posts have come.
"""

from collections.abc import Iterable, Mapping

from adapters.discourse.board import Board
from adapters.discourse.client import DiscourseClient
from adapters.discourse.idset import IdSet
from adapters.discourse.parse import Post, Topic, TopicList, read_topics
from adapters.discourse.state import StreamState
from connector.html import fold

AT_ONCE = 100


class Topics:
    """The tags of topics, as far as this run knows them."""

    def __init__(
        self, client: DiscourseClient, board: Board, states: Mapping[str, StreamState]
    ) -> None:
        self._client = client
        self._board = board
        self._states = states
        self._tags: dict[int, tuple[str, ...]] = {}
        self._learned: dict[int, Topic] = {}
        for state in states.values():
            for tag, topics in state.tags.items():
                for topic in topics:
                    known = self._tags.get(topic, ())
                    self._tags[topic] = tuple(sorted({*known, tag}))

    def ask(self, order: str, page: int) -> TopicList:
        """Return a page of topics in this order, newest first, and learn their tags."""
        answer = self._client.ask(
            "/latest.json", {"order": order, "per_page": AT_ONCE, "page": page}
        )
        found = read_topics(answer.value)
        for topic in found.topics:
            self._tags[topic.id] = tuple(sorted(topic.tags))
            self._learned[topic.id] = topic
        return found

    def tags_of(self, topic: int) -> tuple[str, ...]:
        """Return a topic's tags, in the order of the alphabet."""
        return self._tags.get(topic, ())

    def stream_of(self, post: Post) -> str | None:
        """Return the stream that a post belongs to."""
        return self._board.stream_of(post.category, self.tags_of(post.topic))

    def cover(self, posts: Iterable[Post]) -> None:
        """Read on in the list of topics until it has reached these posts' topics."""
        reading = [state for state in self._states.values() if state.first and state.page >= 0]
        if not reading:
            return
        # Only a tag that is a stream of its own says where a reply belongs.
        needs_replies = bool(self._board.settings.tags)
        wanted = {post.topic for post in posts if post.number == 1 or needs_replies}
        lowest = min(wanted - self._tags.keys(), default=0)
        while lowest:
            page, until = max((state.page, state.until) for state in reading)
            if page < 0 or (until and lowest >= until):
                return
            found = self.ask("created", page)
            last = found.topics[-1].id if found.topics else until
            for state in reading:
                state.page = page + 1 if found.has_more else -1
                state.until = min(until or last, last)

    def write_down(self) -> None:
        """Bring what was learned into the states, so that later runs know it."""
        if not self._learned:
            return
        chosen = {fold(tag) for tag in self._board.settings.tags}
        for key, state in self._states.items():
            mine = {
                topic.id
                for topic in self._learned.values()
                if self._board.stream_of(topic.category, topic.tags) == key
            }
            self._write_into(state, mine, chosen)
        self._learned.clear()

    def _write_into(self, state: StreamState, mine: set[int], chosen: set[str]) -> None:
        met = IdSet.of(self._learned)
        wanted: dict[str, list[int]] = {tag: [] for tag in state.tags}
        for topic in self._learned.values():
            for tag in topic.tags:
                if topic.id in mine or fold(tag) in chosen:
                    wanted.setdefault(tag, []).append(topic.id)
        for tag, topics in wanted.items():
            kept = (state.tags.get(tag, IdSet()) - met) | IdSet.of(topics)
            if kept:
                state.tags[tag] = kept
            else:
                state.tags.pop(tag, None)
