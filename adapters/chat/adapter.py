"""The chat destination: what is shown before, what is sent, and what its outcome is."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import requests
from pydantic import BaseModel

from adapters.chat.room import Room
from adapters.chat.settings import ChatSettings
from adapters.chat.way_out import Sent
from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.errors import PermanentError, UnknownOutcome
from connector.http import Session
from connector.model import CheckLine, CheckReport, Message, PlannedRequest, Receipt

_SECRET = "(kept secret)"  # noqa: S105  # what stands in place of one
_LONG = 16
"""So long a part of the URL is no word that somebody writes, and is taken out of any text."""
_SHOWN_HEADER = "content-type"
_SAYS_NO = tuple(status for status in range(300, 500) if status not in (408, 425, 429))


class ChatRoom:
    """One room."""

    def __init__(self, settings: ChatSettings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._room = Room(settings.url.get_secret_value())

    def check(self) -> CheckReport:
        """Ask the room's server for its front page; raises SourceError where nobody answers.

        Nobody can ask a room whether it would take a message.
        """
        try:
            self._session.get(self._room.host, answers=_SAYS_NO)
        except PermanentError as error:
            return CheckReport((CheckLine("reach", False, str(error)),))
        told = f"{self._room.title} answers. Whether it takes messages shows with the first one."
        return CheckReport((CheckLine("reach", True, told),))

    def preview(self, message: Message) -> Message:
        """Return the message as far as the room shows it."""
        return fitted(message, self._room.limits(message.title))

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return what Apprise would post, without path and credentials of its URL."""
        return tuple(self._planned(one) for one in self._room.recorded(message))

    def objections(self, message: Message) -> Sequence[str]:
        """Return whether Apprise can make one message out of it."""
        if len(self._room.recorded(message)) == 1:
            return ()
        return (f"{self._room.title} would not get it as one message: shorten it.",)

    def _planned(self, request: requests.PreparedRequest) -> PlannedRequest:
        headers = [(name, str(value)) for name, value in request.headers.items()]
        shown = tuple(one for one in headers if one[0].lower() == _SHOWN_HEADER)
        return PlannedRequest(
            method="POST",
            address=f"{self._room.host}{_SECRET}",
            headers=shown,
            body=_body(request, self._room.secrets),
            secrets=tuple(name for name, _ in headers if name.lower() == "authorization"),
        )

    def find(self, marker: str) -> Receipt | None:
        """Nobody can look into a room."""
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        """Post once, and say what became of it.

        Raises:
            UnknownOutcome: It may stand there.
            SourceError: It does not, and why.
        """
        way = Sent(self._session)
        try:
            is_told = self._room.tell(message, way)
        except Exception:  # noqa: BLE001  # a mistake of a plugin: the way knows what has left
            is_told = False
        if way.error is not None:
            raise way.error from None
        if not way.began:
            raise PermanentError(
                f"Apprise sent nothing to {self._room.title}. Look over the room's url."
            )
        if self._room.refuses(way.answer):
            raise PermanentError(
                f"{self._room.title} refused the message. Look over the room's url, and whether "
                "its webhook or bot still may post there."
            )
        if not is_told:
            raise UnknownOutcome(
                f"{self._room.title} answered otherwise than Apprise expects. Look into the room "
                "whether it is there before sending it again."
            )
        return Receipt(external_id=f"chat:{marker}", url=self._settings.address)

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """A message in a room stays as it is."""
        raise NotImplementedError("a chat message cannot be changed")

    def retract(self, receipt: Receipt) -> None:
        """A message in a room stays where it is."""
        raise NotImplementedError("a chat message cannot be taken back")


def _body(request: requests.PreparedRequest, secrets: frozenset[str]) -> str:
    """Return a body as a person reads it, with no part of the room's URL in it."""
    raw = request.body or ""
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    try:
        told: Any = json.loads(text)
    except ValueError:
        told = dict(parse_qsl(text, keep_blank_values=True)) or text
    shown = json.dumps(_without(told, secrets), ensure_ascii=False, indent=1)
    for one in sorted(secrets, key=len, reverse=True):
        shown = shown.replace(one, _SECRET) if len(one) >= _LONG else shown
    return shown


def _without(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(one, secrets) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, secrets) for one in value]
    return _SECRET if isinstance(value, str) and value in secrets else value


class ChatAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="chat",
        title="Chat room",
        reads=frozenset(),
        delivers=frozenset({"send"}),
        find="none",
    )
    Settings: type[BaseModel] = ChatSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the room behind these settings; asks nobody yet. Raises ConfigError."""
        if not isinstance(settings, ChatSettings):
            raise TypeError(f"chat needs ChatSettings, got {type(settings).__name__}")
        return ChatRoom(settings, session)


ADAPTER = ChatAdapter()
