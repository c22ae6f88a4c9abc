"""Pure but for its memory: a board's posts become records of a stream, with their counts."""

from datetime import datetime

from adapters.discourse.board import Board
from adapters.discourse.parse import Post, account_of, counts_of, record_of
from adapters.discourse.state import StreamState
from adapters.discourse.topics import Topics
from connector.html import fold
from connector.model import Account, Count, Record


class Making:
    """Makes records by what this run knows of the board."""

    def __init__(self, board: Board, topics: Topics, now: datetime) -> None:
        self._board = board
        self._topics = topics
        self._today = now.date().isoformat()
        settings = board.settings
        self._schools = {fold(group): school for group, school in settings.school_groups.items()}

    def record(self, post: Post, state: StreamState) -> Record:
        """Return a post as a record of this stream."""
        return record_of(
            post,
            base=self._board.client.base,
            audience=self._board.audience(post.category),
            tags=self._topics.tags_of(post.topic),
            school=self._school(post, state),
        )

    def _school(self, post: Post, state: StreamState) -> str | None:
        of_group = self._schools.get(fold(post.group)) if post.group else None
        return of_group or state.schools.get(post.user or 0) or None

    def author(self, post: Post, school: str) -> Account | None:
        """Return a post's author with the school that their profile names."""
        base = self._board.client.base
        return account_of(post.user, post.username, post.name, base, school)

    def school_of_group(self, name: str) -> str:
        """Return the school whose people a group of the board holds."""
        return self._schools.get(fold(name), "")

    def counts(self, post: Post) -> list[Count]:
        """Return a post's likes as of today, and its mentions on the day it was written."""
        written = post.created.date().isoformat() if post.created else self._today
        days = {"likes": self._today, "mentions": written}
        return [
            Count(name, value, days[name], f"post:{post.id}")
            for name, value in counts_of(post).items()
        ]

    def likes(self, topic: int, likes: int) -> Count:
        """Return the likes of all posts of a topic as of today."""
        return Count("likes", likes, self._today, f"topic:{topic}")
