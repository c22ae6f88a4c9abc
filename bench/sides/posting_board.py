"""A Discourse board, in a process of its own, as a place that outlives whoever sends.

The hub's own destination sends to it over a socket; a sender dies before what it sends is there,
or after.
"""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from adapters.registry import DESTINATIONS
from connector.contract import AdapterInfo, Destination
from connector.errors import UnknownOutcome
from connector.http import Network, NetworkPolicy, Response, Session
from sample_cluster.answers import Answer, Request
from sample_cluster.discourse.answering import Service
from sample_cluster.discourse.server import BoardServer
from sample_cluster.discourse.world import Board

NAME = "discourse"
_KEY, _USER = "TOKEN", "hub"
_CATEGORY = 4
_PLANNED = "http://board.example"
"""Where somebody says yes to; the board of a case listens at an address of its own."""
_ADDRESS = "discourse.address"
_KIND = DESTINATIONS[NAME]
_FORK = multiprocessing.get_context("fork")


class _Impatient(Service):
    """A board on which three minutes pass with each request: it gives no first answer again."""

    def answer(self, request: Request) -> Answer:
        """Return what the board says."""
        self.board.tick(minutes=3)
        return super().answer(request)


def _serve(parent: Connection) -> None:
    board = Board()
    user = board.add_user("Hub", _USER)
    assert board.add_category("Staffroom", "staffroom") == _CATEGORY
    service = _Impatient(board, keys={_KEY: user.id})
    service.desk.repeats_titles = True
    service.desk.least_title = 5
    with BoardServer(service) as server:
        parent.send(server.address)
        parent.recv()
        parent.send([(one.external_id, one.title) for one in board.topics.values()])


@contextmanager
def running_board(folder: Path) -> Iterator[None]:
    """Let a board listen for senders of this folder; leave its copies there, a line for each."""
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=_serve, args=(theirs,))
    process.start()
    (folder / _ADDRESS).write_text(ours.recv())
    try:
        yield
    finally:
        ours.send("end")
        lines = [json.dumps({"marker": marker, "title": title}) for marker, title in ours.recv()]
        (folder / f"{NAME}.lines").write_text("".join(f"{line}\n" for line in lines))
        process.join()


@dataclass(frozen=True)
class MortalSession:
    """The guarded session of a sender that may die, and whose messages and answers get lost."""

    session: Session
    address: str
    reached: Callable[[str], None]
    is_lost: Callable[[str], bool]
    """Whether a message (``dropped``) or an answer (``lost``) is lost this time."""

    def get(self, url: str, **more: Any) -> Response:
        """Return the answer."""
        return self.session.get(self._there(url), **more)

    def post(self, url: str, **more: Any) -> Response:
        """Send, unless the message is lost; return the answer, unless that is."""
        self.reached(f"before storing at {NAME}")
        if self.is_lost("dropped"):
            raise UnknownOutcome("Nobody answered.")
        answer = self.session.post(self._there(url), **more)
        self.reached(f"after storing at {NAME}")
        if self.is_lost("lost"):
            raise UnknownOutcome("Nobody answered.")
        return answer

    def _there(self, url: str) -> str:
        return self.address + url.removeprefix(_PLANNED)


@dataclass(frozen=True)
class BoardKind:
    """A row of the registry: the board of a folder, whatever the settings say."""

    folder: Path
    reached: Callable[[str], None]
    chance: Any
    """Of what is lost; see ``posting.Chance``."""
    Settings: type[BaseModel]
    INFO: AdapterInfo = _KIND.INFO

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the board's only category."""
        told = {"api_key": _KEY, "api_username": _USER, "least_title": 5, "least_text": 1}
        chosen = _KIND.Settings.model_validate({"address": _PLANNED, "category": _CATEGORY, **told})
        where = self.folder / _ADDRESS
        dice = Random(f"{self.chance.seed} {NAME} {now}")
        allowed = (ip_network("127.0.0.0/8"),)
        policy = NetworkPolicy(allow=allowed, user_agent="ClusterHub/bench")
        mortal: Any = MortalSession(
            Network(policy).session(),
            where.read_text() if where.exists() else "",
            self.reached,
            lambda kind: dice.random() * 100 < getattr(self.chance, kind),
        )
        return _KIND.open_destination(chosen, mortal, now)
