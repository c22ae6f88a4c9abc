"""A session that asks a service in memory, and fails when it is told to.

It promises what ``connector.http.Session`` promises, as far as an adapter can see: statuses
become errors in the same way (``test_fake_session`` holds it to that), 304 comes only where
validators were sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from connector.errors import (
    AuthError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.http import Response, Validators


@dataclass(frozen=True)
class Request:
    """One question as a service gets it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What was sent along by POST; None for GET."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl((self.body or b"").decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What a service says."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    """Where it was found in the end; empty: where it was asked."""


Service = Callable[[Request], Answer]

GARBAGE = b"\x00\xff<rss<<&nope;\x80{]]" * 20


class FakeSession:
    """Asks one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.requests = 0
        self.bytes_read = 0
        self.asked: list[str] = []
        self.seen: list[Request] = []
        self.fault: str | None = None
        """A status, ``timeout``, ``truncated`` or ``garbage``."""
        self.fault_after = 0
        """How many requests are answered well before the fault begins."""

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        conditional = validators.request_headers() if validators else {}
        request = Request(url, {**(headers or {}), **conditional})
        return self._answered(request, {*answers, *([304] if conditional else [])}, sends=False)

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        return self._answered(Request(url, headers, body), answers, sends=not is_question)

    def _answered(self, request: Request, answers: Collection[int], *, sends: bool) -> Response:
        self.requests += 1
        self.asked.append(request.url)
        self.seen.append(request)
        answer = self._failed(request.url, sends=sends) or self._service(request)
        self.bytes_read += len(answer.body)
        if not 200 <= answer.status < 300 and answer.status not in answers:
            raise error_of(request.url, answer.status, sends=sends)
        found = {key.lower(): value for key, value in answer.headers.items()}
        kept = Validators(found.get("etag"), found.get("last-modified"))
        return Response(answer.url or request.url, answer.status, found, answer.body, kept)

    def _failed(self, url: str, *, sends: bool) -> Answer | None:
        if self.fault is None or self.requests <= self.fault_after:
            return None
        if self.fault in ("timeout", "truncated"):
            raise (UnknownOutcome if sends else TemporaryError)(self.fault, url=bare(url))
        if self.fault == "garbage":
            return Answer(GARBAGE, headers={"Content-Type": "text/html"})
        return Answer(b"<p>Sorry</p>", int(self.fault), {"Content-Type": "text/html"})


def error_of(url: str, status: int, *, sends: bool = False) -> SourceError:
    """Return the error that ``connector.http`` makes of a status."""
    if status in (401, 403):
        return AuthError("refused", url=bare(url), status=status)
    if sends and status in (502, 504):
        return UnknownOutcome("lost", url=bare(url), status=status)
    if status in (304, 408, 425, 429) or status >= 500:
        return TemporaryError("later", url=bare(url), status=status)
    return PermanentError("nothing here", url=bare(url), status=status)


def bare(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
