"""What the plugins of Apprise get in place of ``requests``: one POST, through the guard.

A plugin asks the network with the module ``requests`` that it has imported. Here that name is
replaced, once for each plugin that is used; what stands there afterwards opens no connection
by itself. It hands the request to the way out that is open in this thread, and where none is
open it refuses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from adapters.chat.services import HERE
from connector.errors import ConfigError, PermanentError, SourceError
from connector.http import Session

_SPEAKERS = frozenset({"aiohttp", "http", "httpx", "requests", "socket", "ssl", "urllib3"})
_TAKEN = ("data", "params", "headers", "auth", "json")
_OURS = frozenset({"content-length", "user-agent"})


class Refused(requests.RequestException):
    """What a plugin sees of any failure; it makes False out of it."""


class Way(Protocol):
    """Where a plugin's request goes."""

    def take(self, request: requests.PreparedRequest) -> requests.Response:
        """Return the answer. Raises Refused."""
        ...


class Recorded:
    """Notes what would be sent; nothing leaves."""

    def __init__(self) -> None:
        self.requests: list[requests.PreparedRequest] = []

    def take(self, request: requests.PreparedRequest) -> requests.Response:
        """Note it, and answer that all is well."""
        self.requests.append(request)
        return _answer(200, b"{}")


class Sent:
    """Sends one request with the guarded session, and knows what became of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.began = False
        """Whether the session was asked."""
        self.error: SourceError | None = None
        """Why there is no good answer."""
        self.answer = b""
        """What was answered, where that was well by its status."""

    def take(self, request: requests.PreparedRequest) -> requests.Response:
        """Send it; of a second request nothing leaves. Raises Refused."""
        url, body = request.url or "", request.body or b""
        if self.began:
            raise Refused("one message is one request")
        self.began = True
        headers = {k: str(v) for k, v in request.headers.items() if k.lower() not in _OURS}
        try:
            _refuse_open(url)
            answer = self._session.post(
                url, body=body.encode() if isinstance(body, str) else body, headers=headers
            )
        except SourceError as error:
            error.url = host_of(url)  # the path of a webhook is its secret
            self.error = error
            raise Refused("no good answer") from None
        self.answer = answer.body
        return _answer(answer.status, answer.body, answer.headers)


class _InPlaceOfRequests:
    """As much of ``requests`` as the plugins need."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **told: Any) -> requests.Response:
        """Hand a request to the way that is open in this thread. Raises Refused."""
        return self.request("post", url, **told)

    def request(self, method: str, url: str, **told: Any) -> requests.Response:
        """Do the same; only POST is known."""
        way = _open.get()
        if way is None or method.lower() != "post" or told.get("files"):
            raise Refused("there is no way out for this")
        kept = {name: told[name] for name in _TAKEN if name in told}
        return way.take(requests.Request("POST", url, **kept).prepare())


_open: ContextVar[Way | None] = ContextVar("way_out", default=None)
_IN_PLACE = _InPlaceOfRequests()


@contextmanager
def opened(way: Way) -> Iterator[None]:
    """Let plugins in this thread send that way meanwhile."""
    token = _open.set(way)
    try:
        yield
    finally:
        _open.reset(token)


def shut(module: ModuleType) -> None:
    """Take the network from a plugin's module.

    Raises ConfigError for a module that reaches it under another name: such a version of
    Apprise was not read.
    """
    for name, value in vars(module).items():
        of = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        if name != "requests" and str(of).partition(".")[0] in _SPEAKERS:
            raise ConfigError(
                "This version of Apprise is not the one that Cluster Hub was tested with: "
                "install the one of its extra chat."
            )
    module.requests = _IN_PLACE  # type: ignore[attr-defined]  # the plugin's own name for it


def host_of(url: str) -> str:
    """Return scheme and host of an address; all else of it may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def _refuse_open(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in HERE:
        raise PermanentError(
            "The chat server would be asked without encryption, so nothing was sent. Write the "
            "encrypted form of the URL."
        )


def _answer(status: int, body: bytes, headers: Any = ()) -> requests.Response:
    found = requests.Response()
    found.status_code = status
    found._content = body
    found.headers.update(headers)
    return found
