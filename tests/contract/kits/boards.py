"""Kits of the boards adapter: boards in memory that show a window of their newest posts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from adapters.boards.settings import BoardSettings
from adapters.registry import ADAPTERS
from connector.model import Presence
from tests.contract.fake_session import Answer, Request

HOME = "https://board.example.school.nz/"
WINDOW = 15
PRIVATE = ("canary-in-a-closed-forum",)
BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)


class FeedBoard:
    """A board whose feed shows topics of one open forum."""

    def __init__(self, forum: str, link: str) -> None:
        self.forum, self.link = forum, link
        self.topics = {n: (f"Topic {n}", f"<p>Kōrero {n}</p>") for n in range(1, 41)}
        self.closed = {99: ("Closed", f"<p>{PRIVATE[0]}</p>")}

    def url(self, number: int) -> str:
        return HOME + self.link.format(number)

    def shown(self) -> list[int]:
        return sorted(self.topics, reverse=True)[:WINDOW]

    def entry(self, number: int) -> str:
        title, html = self.topics[number]
        when = BEGIN + timedelta(hours=number)
        return (
            f"<item><title>{escape(title)}</title><link>{escape(self.url(number))}</link>"
            f"<guid>{escape(self.url(number))}</guid><category>{self.forum}</category>"
            f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<description>{escape(html)}</description></item>"
        )

    def feed(self) -> str:
        items = "".join(map(self.entry, self.shown()))
        head = f"<title>Teachers' board</title><link>{HOME}</link><description/>"
        return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'


class BoardKit:
    """One board by its address alone."""

    adapter = ADAPTERS["boards"]
    secrets: tuple[str, ...] = ()
    secret_in_url = False
    private = PRIVATE
    shows_public = True
    students: frozenset[str] = frozenset()
    lists_members = False
    parser_seam = ("adapters.boards.adapter:PARSER_VERSION",)
    whole = False
    paged = False
    sweeps = False
    removed = Presence.GONE

    def __init__(self, address: str, feed: str, link: str) -> None:
        self.board = FeedBoard("Staffroom", link)
        self.feed = HOME + feed
        self.main = f"feed:{self.feed}#staffroom"
        self.settings = BoardSettings(address=HOME + address)
        self.reshaped = self.settings.model_copy(update={"timezone": "UTC"})
        self.reselected = self.settings.model_copy(update={"feeds": (self.feed,)})

    def answer(self, request: Request) -> Answer:
        if request.url == self.feed:
            return Answer(self.board.feed().encode(), headers={"Content-Type": "text/xml"})
        if request.url in map(self.board.url, self.board.topics):
            return Answer(b"<html><p>A topic</p></html>", headers={"Content-Type": "text/html"})
        return Answer(b"<h1>Not found</h1>", 404, {"Content-Type": "text/html"})

    def _id(self, number: int) -> str:
        return f"feed:{self.feed}#{self.board.url(number)}"

    def _number(self, external_id: str) -> int:
        return next(n for n in self.board.topics if self._id(n) == external_id)

    def add(self) -> str:
        number = max(self.board.topics) + 1
        self.board.topics[number] = (f"Topic {number}", "<p>Something new</p>")
        return self._id(number)

    def edit(self, external_id: str) -> None:
        number = self._number(external_id)
        self.board.topics[number] = (self.board.topics[number][0], "<p>Written anew</p>")

    def remove(self, external_id: str) -> None:
        del self.board.topics[self._number(external_id)]

    def ids(self, stream: str) -> set[str]:
        return {self._id(number) for number in self.board.topics}

    def words(self) -> str:
        return repr(vars(self.board))


KITS: dict[str, Callable[[], BoardKit]] = {
    "phpbb": lambda: BoardKit("viewforum.php?f=2", "feed.php?f=2", "viewtopic.php?t={}"),
    "vbulletin": lambda: BoardKit(
        "forumdisplay.php?f=2",
        "external.php?type=RSS2&forumids=2",
        "showthread.php?t={}",
    ),
    "xenforo": lambda: BoardKit(
        "forums/staffroom.2/", "forums/staffroom.2/index.rss", "threads/topic.{}/"
    ),
    "elgg": lambda: BoardKit("groups/profile/7", "groups/profile/7?view=rss", "discussion/view/{}"),
}
