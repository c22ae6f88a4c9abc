"""A session that asks a service in memory, and fails when it is told to.

It promises what ``connector.http.Session`` promises, as far as an adapter can see: statuses
become errors in the same way, 304 comes only where validators were sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from connector.errors import AuthError, PermanentError, SourceError, TemporaryError
from connector.http import Response, Validators


@dataclass(frozen=True)
class Request:
    """One question as a service gets it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


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
        self.requests += 1
        self.asked.append(url)
        conditional = validators.request_headers() if validators else {}
        answer = self._failed(url) or self._service(
            Request(url, {**(headers or {}), **conditional})
        )
        self.bytes_read += len(answer.body)
        is_wanted = 200 <= answer.status < 300 or answer.status in answers
        if not is_wanted and not (answer.status == 304 and conditional):
            raise error_of(url, answer.status)
        found = {key.lower(): value for key, value in answer.headers.items()}
        kept = Validators(found.get("etag"), found.get("last-modified"))
        return Response(answer.url or url, answer.status, found, answer.body, kept)

    def _failed(self, url: str) -> Answer | None:
        if self.fault is None or self.requests <= self.fault_after:
            return None
        if self.fault in ("timeout", "truncated"):
            raise TemporaryError(f"{self.fault}", url=bare(url))
        if self.fault == "garbage":
            return Answer(GARBAGE, headers={"Content-Type": "text/html"})
        return Answer(b"<p>Sorry</p>", int(self.fault), {"Content-Type": "text/html"})

    def post(self, url: str, **given: object) -> Response:
        raise AssertionError("reading sends nothing")


def error_of(url: str, status: int) -> SourceError:
    """Return the error that ``connector.http`` makes of a status."""
    if status in (401, 403):
        return AuthError("refused", url=bare(url), status=status)
    if status in (408, 425, 429) or status >= 500:
        return TemporaryError("later", url=bare(url), status=status)
    return PermanentError("nothing here", url=bare(url), status=status)


def bare(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
