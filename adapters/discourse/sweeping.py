"""Lists all posts of a board at night, once for all streams, and looks up single ones.

Only boards of a size that half a minute's requests list are swept; of larger ones what is
gone is found stretch by stretch, a share of them each day, see ``rolling``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from adapters.discourse.board import REFUSALS, Board
from adapters.discourse.client import DiscourseClient
from adapters.discourse.cycle import ask_newest, ask_window
from adapters.discourse.parse import read_post, read_topics, read_whole_topic
from connector.errors import SourceError
from connector.model import IdPage, Known, Presence

_POST = re.compile(r"post:([0-9]{1,15})")
MAX_FAILED_LOOKUPS = 3


class Sweeping:
    """The listings and look-ups of one run."""

    def __init__(self, client: DiscourseClient, board: Board) -> None:
        self._client = client
        self._board = board
        self._listed: dict[str, list[int]] | None = None

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List a stream's ids, newest first. Raises SourceError."""
        if self._listed is None:
            self._listed = self._listing()
        ids = tuple(f"post:{number}" for number in self._listed.get(stream, ()))
        yield IdPage(ids, complete=True)

    def _listing(self) -> dict[str, list[int]]:
        tagged = {tag: self._tagged(tag) for tag in dict.fromkeys(self._board.settings.tags)}
        listed: dict[str, list[int]] = {}
        active = self._client.ask("/latest.json", {"order": "activity", "per_page": 1})
        window = ask_newest(self._client, read_topics(active.value).topics)
        while True:
            for post in window.posts:
                tags = [tag for tag, topics in tagged.items() if post.topic in topics]
                stream = self._board.stream_of(post.category, tags)
                if post.is_shown and stream:
                    listed.setdefault(stream, []).append(post.id)
            if not window.low:
                return listed
            window = ask_window(self._client, window.low)

    def _tagged(self, tag: str) -> set[int]:
        """Return the topics with a tag; a board that does not know it has none."""
        topics: set[int] = set()
        page, has_more = 0, True
        while has_more:
            answer = self._client.ask(
                f"/tag/{quote(tag)}.json", {"per_page": 100, "page": page}, answers=(404,)
            )
            if answer.status == 404:
                return topics
            found = read_topics(answer.value)
            topics |= {topic.id for topic in found.topics}
            page, has_more = page + 1, found.has_more
        return topics

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Ask for each post; what got no answer is left out."""
        found: dict[str, Presence] = {}
        failed = 0
        for each in known:
            if failed >= MAX_FAILED_LOOKUPS:
                break
            try:
                found[each.external_id] = self._presence(each)
            except SourceError:
                failed += 1
        return found

    def _presence(self, known: Known) -> Presence:
        number = _POST.fullmatch(known.external_id)
        if number is None:
            return Presence.UNKNOWN
        answer = self._client.ask(f"/posts/{int(number[1])}.json", answers=REFUSALS)
        if answer.status in REFUSALS:
            return Presence.FORBIDDEN if answer.status == 403 else Presence.GONE
        post = read_post(answer.value)
        if not post.is_shown:
            return Presence.GONE
        if known.url is not None and not self._is_open(post.topic):
            # Staff are shown single posts of a topic that was deleted.
            return Presence.GONE
        has_left = known.stream.startswith("category:") and post.category is not None
        if has_left and known.stream != f"category:{post.category}":
            # Moved: nobody should see it here; its new part hands it on.
            return Presence.FORBIDDEN
        return Presence.PRESENT

    def _is_open(self, topic: int) -> bool:
        answer = self._client.ask(f"/t/{topic}.json", answers=REFUSALS)
        return answer.status == 200 and read_whole_topic(answer.value).is_open
