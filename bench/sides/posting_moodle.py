"""A stand-in Moodle that outlives whoever posts there, and the line to it that loses answers.

The real adapters post; the site lives in a process of its own, so that none with threads forks.
"""

import http.client
import multiprocessing
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from adapters.registry import DESTINATIONS
from connector.errors import UnknownOutcome
from connector.http import Response, Validators
from connector.store.echoes import MARKER
from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.server import MoodleServer
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.world import MoodleWorld

MOODLE_KINDS: Mapping[str, Any] = {
    kind: DESTINATIONS[kind] for kind in ("moodle", "moodle_calendar")
}
_FORK = multiprocessing.get_context("fork")
SITE = "https://vln.example"
SETTINGS: Mapping[str, object] = {"token": "TOKEN", "course": 2}
_WRITES = {
    "mod_forum_add_discussion": "moodle",
    "core_calendar_create_calendar_events": "moodle_calendar",
}


def small_site(now: datetime) -> MoodleSite:
    """Return a site with the course of ``SETTINGS`` and an account that may post there."""
    world = MoodleWorld(Clock(now))
    hub = world.people.add("Hub", "Poster", username="svc_hub")
    world.people.grant(hub, "connector")
    world.people.allow("connector", "moodle/calendar:manageentries")
    world.people.add_token(hub)
    course = world.courses.add("Bridges", "BRIDGES", world.courses.add_category("Cluster"), id=2)
    world.forums.add(course, "Announcements", "news")
    return MoodleSite(world)


class StandInMoodle:
    """A Moodle in a process of its own while the context lasts."""

    def __init__(self, now: datetime):
        self._ours, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=_stand_in, args=(now, theirs), daemon=True)

    def __enter__(self) -> Self:
        """Return when it listens at ``address``."""
        self._process.start()
        self.address: str = self._ours.recv()
        return self

    def __exit__(self, *error: object) -> None:
        """Return when it has ended."""
        self._process.terminate()
        self._process.join()

    def markers(self) -> dict[str, list[str]]:
        """Return the markers of all copies there are, by kind of destination."""
        self._ours.send("markers")
        found: dict[str, list[str]] = self._ours.recv()
        return found


def _stand_in(now: datetime, asked: Connection) -> None:
    with MoodleServer(small_site(now)) as server:
        asked.send(server.address)
        while asked.recv():
            asked.send(markers_at(server.site))


def markers_at(site: MoodleSite) -> dict[str, list[str]]:
    """Return the markers of all copies there are, by kind of destination."""
    posts = [one.first.message for one in site.world.forums.discussions.values()]
    events = [one.description for one in site.world.calendar.events.values()]
    return {
        kind: [found[0] if (found := MARKER.search(text)) else "none" for text in texts]
        for kind, texts in zip(MOODLE_KINDS, (posts, events), strict=True)
    }


@dataclass
class MoodleLine:
    """A session to the stand-in; what it carries may be lost before or after it was stored."""

    address: str
    """Where the stand-in listens; empty where nothing is to be asked."""
    reached: Callable[[str], None]
    dice: Random
    lost: float
    """Answers in a hundred."""
    dropped: float
    """Messages in a hundred."""

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        """Ask, or store with a point that is reached before and one after it."""
        if is_question:
            return self._answered(url, body, headers)
        name = _WRITES[parse_qs(body.decode())["wsfunction"][0]]
        self.reached(f"before storing at {name}")
        if self.dice.random() * 100 < self.dropped:
            raise UnknownOutcome("Nobody answered.")
        answer = self._answered(url, body, headers)
        self.reached(f"after storing at {name}")
        if self.dice.random() * 100 < self.lost:
            raise UnknownOutcome("Nobody answered.")
        return answer

    def _answered(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        line = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        try:
            line.request("POST", urlsplit(url).path, body, dict(headers))
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Response(url, answer.status, found, answer.read(), Validators(None, None))
        finally:
            line.close()
