"""The places of one case, each a stand-in on a socket, all in a process that outlives senders.

Every kind of ``adapters.registry`` that posts has its stand-in here, by the key of its
destination. Settings and addresses are the same in every case, since somebody says yes to
them; where the stand-ins of a case listen is the sender's line to know.
"""

import multiprocessing
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any, Self

from adapters.registry import DESTINATIONS
from connector.contract import DestinationAdapter
from connector.store.destinations import DestinationSpec
from connector.store.echoes import MARKER
from sample_cluster import chat_room, interact_web, wordpress_writing
from sample_cluster.answers import Answer, Request
from sample_cluster.chat_room import ChatRoomServer
from sample_cluster.discourse.answering import Service
from sample_cluster.discourse.server import BoardServer
from sample_cluster.discourse.world import Board
from sample_cluster.interact_server import InteractServer
from sample_cluster.interact_web import InteractWeb
from sample_cluster.mailbox import MailboxServer
from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.server import MoodleServer
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.world import MoodleWorld
from sample_cluster.wordpress_writing import DeskServer

FORK = multiprocessing.get_context("fork")
MAIL, BY_HAND = "mail", "by_hand"
PEOPLE = tuple(f"teacher{number}@kauri.example" for number in range(4))
_CATEGORY, _COURSE = 4, 2
_SHOWN_AFTER = timedelta(minutes=100)
"""So long after it came the late site shows a post: behind the third look of four."""
_BLOG = {"user": wordpress_writing.USER, "application_password": wordpress_writing.PASSWORD}


def _spec(key: str, kind: str = "", address: str = "", **settings: Any) -> DestinationSpec:
    return DestinationSpec(
        key=key,
        kind=kind or key,
        title=key,
        address=address or f"https://{key}.example",
        settings=settings,
        audience_kind="cluster",
        account=key,
    )


SPECS = (
    _spec("wordpress", **_BLOG),
    _spec("wordpress-field", "wordpress", marker="field", **_BLOG),
    _spec("delayed", **_BLOG),
    _spec(
        "interact",
        username=interact_web.LEADER,
        password=interact_web.LEADERS_WORD,
        space=interact_web.SPACE,
    ),
    _spec("chat", url=f"mmosts://chat.example/{chat_room.TOKEN}"),
    # Letters go without encryption to this machine alone; the line knows the port.
    _spec(MAIL, address="smtp://127.0.0.1", security="none", sender=PEOPLE[0], people=PEOPLE),
    _spec(
        "discourse",
        api_key="TOKEN",
        api_username="hub",
        category=_CATEGORY,
        least_title=5,
        least_text=1,
    ),
    _spec("moodle", token="TOKEN", course=_COURSE),  # noqa: S106  # opens nothing
    _spec("moodle_calendar", token="TOKEN", course=_COURSE),  # noqa: S106  # opens nothing
    _spec(BY_HAND, address="The notice board"),
)


_WORDPRESS = DESTINATIONS["wordpress"]
_LATE: Any = SimpleNamespace(
    INFO=replace(_WORDPRESS.INFO, kind="delayed", find="delayed"),
    Settings=_WORDPRESS.Settings,
    open_destination=_WORDPRESS.open_destination,
)
"""A kind that shows late what it has: no adapter has one, so a WordPress stands for it."""
KINDS: Mapping[str, DestinationAdapter] = {**DESTINATIONS, "delayed": _LATE}
FINDABLE = frozenset(one.key for one in SPECS if KINDS[one.kind].INFO.find != "none")

Copies = Callable[[], list[str]]
"""Asks a place for a line for each copy it has: a marker, an address, or what was said."""


class _LateDeskServer(DeskServer):
    """A WordPress that shows nothing while its newest post is young."""

    def _asked(self, request: Request) -> Answer:
        shown = f"{self._clock() - _SHOWN_AFTER:%Y-%m-%dT%H:%M:%S}"
        self.desk.late = any(one["modified_gmt"] > shown for one in self.desk.posts.values())
        return super()._asked(request)


class _ForgetfulBoard(Service):
    """A board on which three minutes pass with each request: it gives no first answer again."""

    def answer(self, request: Request) -> Answer:
        """Return what the board says."""
        self.board.tick(minutes=3)
        return super().answer(request)


class StandIns:
    """The places of a case while the context lasts; ``addresses`` says where each listens."""

    def __init__(self, clock: Callable[[], datetime]):
        self._ours, self._theirs = FORK.Pipe()
        order = (clock, self._ours, self._theirs)
        self._process = FORK.Process(target=_serve, args=order, daemon=True)

    def __enter__(self) -> Self:
        """Return when all of them listen."""
        self._process.start()
        self._theirs.close()
        self.addresses: Mapping[str, str] = self._ours.recv()
        return self

    def __exit__(self, *error: object) -> None:
        """Return when the process has ended."""
        self._process.kill()  # it holds nothing that anybody wants
        self._process.join()
        self._ours.close()

    def copies(self) -> Mapping[str, list[str]]:
        """Return a line for each copy there is, by the key of its destination."""
        self._ours.send("copies")
        found: Mapping[str, list[str]] = self._ours.recv()
        return found


def _serve(clock: Callable[[], datetime], parent: Connection, asked: Connection) -> None:
    parent.close()  # so that the end of whoever asks is noticed here
    with ExitStack() as running, suppress(EOFError):
        places = {**_sites(running, clock), **_rooms(running), **_moodle(running, clock())}
        asked.send({key: address for key, (address, _) in places.items()})
        while asked.recv():
            asked.send({key: copies() for key, (_, copies) in places.items()})


_Places = dict[str, tuple[str, Copies]]


def _sites(running: ExitStack, clock: Callable[[], datetime]) -> _Places:
    slugs, fields, late = (
        running.enter_context(made(clock)) for made in (DeskServer, DeskServer, _LateDeskServer)
    )
    board = Board()
    service = _ForgetfulBoard(board, keys={"TOKEN": board.add_user("Hub", "hub").id})
    assert board.add_category("Staffroom", "staffroom") == _CATEGORY
    service.desk.repeats_titles, service.desk.least_title = True, 5
    discourse = running.enter_context(BoardServer(service))
    return {
        "wordpress": (slugs.address, lambda: [one["slug"] for one in _posts(slugs)]),
        "wordpress-field": (
            fields.address,
            lambda: [one["meta"]["hub_id"] for one in _posts(fields)],
        ),
        "delayed": (late.address, lambda: [one["slug"] for one in _posts(late)]),
        "discourse": (
            discourse.address,
            lambda: [one.external_id for one in board.topics.values()],
        ),
    }


def _posts(server: DeskServer) -> list[dict[str, Any]]:
    return list(server.desk.posts.values())


def _rooms(running: ExitStack) -> _Places:
    web = InteractWeb()
    web.needs_login = True
    interact = running.enter_context(InteractServer(web))
    chat = running.enter_context(ChatRoomServer())
    mailbox = running.enter_context(MailboxServer())
    return {
        "interact": (interact.address, lambda: [_marker(one.body) for one in web.news]),
        "chat": (chat.address, lambda: list(chat.messages)),
        MAIL: (mailbox.address, lambda: [one.to for one in mailbox.box.letters]),
    }


def _moodle(running: ExitStack, now: datetime) -> _Places:
    world = MoodleWorld(Clock(now))
    hub = world.people.add("Hub", "Poster", username="svc_hub")
    world.people.grant(hub, "connector")
    world.people.allow("connector", "moodle/calendar:manageentries")
    world.people.add_token(hub)
    category = world.courses.add_category("Cluster")
    course = world.courses.add("Bridges", "BRIDGES", category, id=_COURSE)
    world.forums.add(course, "Announcements", "news")
    moodle = running.enter_context(MoodleServer(MoodleSite(world)))
    posts, events = world.forums.discussions, world.calendar.events
    return {
        "moodle": (moodle.address, lambda: [_marker(one.first.message) for one in posts.values()]),
        "moodle_calendar": (
            moodle.address,
            lambda: [_marker(one.description) for one in events.values()],
        ),
    }


def _marker(text: str) -> str:
    found = MARKER.search(text)
    return found[0] if found else ""
