"""A blog in memory, read as a hub would read it."""

from typing import Any

from adapters.blogs.adapter import ADAPTER
from adapters.blogs.settings import BlogSettings
from connector.model import Cursor, Page, StreamFailed
from tests.contract.fake_session import FakeSession, Service
from tests.contract.kit import NOW
from tests.contract.kits.blog_services import HOME


class Reading:
    """Reads one stream of one blog, cycle by cycle."""

    def __init__(self, service: Service, stream: str = "posts", **settings: Any) -> None:
        self.service = service
        self.stream = stream
        self.settings = BlogSettings(address=HOME, **settings)
        self.cursor: Cursor | None = None
        self.session = FakeSession(service)

    def place(self, now=NOW):
        self.session = FakeSession(self.service)
        return ADAPTER.open(self.settings, self.session, now)

    def cycle(self, now=NOW) -> list[Page]:
        """Return the pages of one cycle; a failure is raised."""
        pages = []
        for page in self.place(now).read({self.stream: self.cursor}):
            if isinstance(page, StreamFailed):
                raise page.error
            pages.append(page)
            self.cursor = page.cursor or self.cursor
        return pages

    def ids(self, now=NOW) -> list[str]:
        """Return the ids that one cycle hands on."""
        return [record.external_id for page in self.cycle(now) for record in page.records]

    def settle(self) -> None:
        """Read until nothing comes any more."""
        while self.ids():
            pass
