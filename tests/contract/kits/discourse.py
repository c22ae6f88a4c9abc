"""Kits of the discourse adapter: the stand-in board, asked without a socket."""

from collections.abc import Callable

from adapters.discourse.settings import DiscourseSettings
from adapters.registry import ADAPTERS
from connector.model import Presence
from sample_cluster.answers import Request as Asked
from tests.contract.fake_session import Answer, Request
from tests.discourse.small_board import HUB, PRIVATE, Small

ADDRESS = "https://board.example.school.nz"
SECRET_KEY = "TOKEN-of-the-board"


class BoardKit:
    """A board with open and private categories."""

    adapter = ADAPTERS["discourse"]
    secrets: tuple[str, ...] = (SECRET_KEY,)
    secret_in_url = False
    private = PRIVATE
    shows_public = True
    students: frozenset[str] = frozenset()
    lists_members = True
    parser_seam = ("adapters.discourse.adapter:PARSER_VERSION",)
    whole = True
    paged = True
    sweeps = True
    removed = Presence.GONE

    def __init__(self, **settings: object) -> None:
        self.small = Small(ADDRESS)
        self.small.service.keys = {SECRET_KEY: self.small.hub.id}
        self.talk = self.small.topic(self.small.open, "Every day", "<p>About anything</p>")
        for number in range(130):
            post = self.talk if number % 3 else self.small.secret
            self.small.reply(post, f"<p>Reply {number}</p>")
        self.main = f"category:{self.small.open}"
        key = {"api_key": SECRET_KEY, "api_username": HUB} if self.secrets else {}
        self.settings = DiscourseSettings(address=ADDRESS, **key, **settings)
        self.reshaped = self.settings.model_copy(update={"school_groups": {"rimuwai": "Rimuwai"}})
        self.reselected = self.settings.model_copy(update={"categories": ("Staffroom",)})

    def answer(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.removeprefix(ADDRESS)
        method = "GET" if request.body is None else "POST"
        said = self.small.service.answer(Asked(method, target, headers))
        body = said.body if isinstance(said.body, bytes) else said.body.encode()
        return Answer(body, said.status, dict(said.headers))

    def add(self) -> str:
        return f"post:{self.small.reply(self.talk, '<p>Something new</p>').id}"

    def edit(self, external_id: str) -> None:
        self.small.board.edit(number_of(external_id), "<p>Written anew</p>")

    def remove(self, external_id: str) -> None:
        self.small.board.delete(number_of(external_id))

    def ids(self, stream: str) -> set[str]:
        board = self.small.board
        reader = self.small.hub.id if self.secrets else None
        return {
            f"post:{post.id}"
            for post in board.expected(reader).values()
            if f"category:{board.topics[post.topic].category}" == stream
        }

    def words(self) -> str:
        return repr(self.small.board.posts)


class StrangerKit(BoardKit):
    """The same board, read without a key: only what everybody may see."""

    secrets = ()
    lists_members = False


def number_of(external_id: str) -> int:
    return int(external_id.partition(":")[2])


def older() -> BoardKit:
    """A version that gives tags as names and ranges of ids."""
    kit = BoardKit()
    kit.small.board.tags_are_objects = False
    kit.small.board.windows_are_ranges = True
    return kit


KITS: dict[str, Callable[[], BoardKit]] = {
    "key": BoardKit,
    "stranger": StrangerKit,
    "older": older,
    "tags": lambda: BoardKit(tags=("robotics",)),
}
