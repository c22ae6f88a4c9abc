"""The site's own blogs, with Moodle's copies of outside ones."""

from typing import Literal

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.state import BlogEntry, StoredFile, User


class Blogs:
    """All entries of all people."""

    def __init__(self, numbers: Numbers, clock: Clock) -> None:
        self._numbers = numbers
        self._clock = clock
        self.entries: dict[int, BlogEntry] = {}

    def write(
        self,
        user: User,
        subject: str,
        summary: str,
        *,
        publishstate: Literal["draft", "site", "public"] = "site",
        tags: tuple[str, ...] = (),
        attachments: tuple[StoredFile, ...] = (),
        course_id: int = 0,
    ) -> BlogEntry:
        now = self._clock.seconds
        entry = BlogEntry(self._numbers.next("entry"), user, subject, summary, now, now)
        entry.publishstate, entry.tags, entry.course_id = publishstate, tags, course_id
        entry.attachments = attachments
        self.entries[entry.id] = entry
        return entry

    def copy(
        self, user: User, subject: str, summary: str, permalink: str, published: int
    ) -> BlogEntry:
        """Take over an entry of somebody's outside blog, as Moodle does by itself."""
        number = self._numbers.next("entry")
        entry = BlogEntry(number, user, subject, summary, published, published)
        entry.permalink = permalink
        self.entries[number] = entry
        return entry

    def edit(
        self, entry: BlogEntry, *, subject: str | None = None, summary: str | None = None
    ) -> None:
        entry.subject = entry.subject if subject is None else subject
        entry.summary = entry.summary if summary is None else summary
        entry.lastmodified = self._clock.seconds

    def delete(self, entry: BlogEntry) -> None:
        del self.entries[entry.id]
