"""The guarded session: the only way out to the network, and the only place that turns an
HTTP status into an error.

One request and its limits are in ``connector._wire``, addresses in ``connector.addresses``.
What an answer means to a service belongs in its adapter.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable
from urllib.parse import urljoin

from connector._retry_after import not_before
from connector._transport import Resolve, system_resolve
from connector._wire import Answer, Ask, NetworkPolicy, Wire
from connector.addresses import Target, target
from connector.errors import AuthError, PermanentError, SourceError, TemporaryError, UnknownOutcome
from connector.turns import giving_way

__all__ = [
    "GuardedSession",
    "Network",
    "NetworkPolicy",
    "Response",
    "Session",
    "Validators",
]

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
# Anything else a caller sends may be a credential, under a name that only its service knows.
_TRAVELLING_HEADERS = frozenset(("accept", "accept-language"))
_MAX_VALIDATOR_CHARACTERS = 1_000
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask later whether anything is new."""

    etag: str | None = None
    last_modified: str | None = None

    def request_headers(self) -> dict[str, str]:
        """Return the conditional headers.

        Without ``W/``: a server behind a compressing proxy gets its own tag back weakened,
        compares it letter by letter, and never answers 304 again.
        """
        found = {}
        if etag := _sendable(self.etag):
            found["If-None-Match"] = etag.removeprefix("W/")
        if last_modified := _sendable(self.last_modified):
            found["If-Modified-Since"] = last_modified
        return found


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """An answer that is no error."""

    url: str
    """The final address, after redirects."""
    status: int
    headers: Mapping[str, str]
    """Keys in lower case; a repeated header is joined with commas."""
    body: bytes
    """Decoded; empty for 304."""
    validators: Validators = field(default_factory=Validators)

    @property
    def not_modified(self) -> bool:
        """Whether nothing is new since the validators."""
        return self.status == 304

    @property
    def content_type(self) -> str:
        """The whole header, or nothing."""
        return self.headers.get("content-type", "")

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


class Session(Protocol):
    """What an adapter asks the network with."""

    @property
    def requests(self) -> int:
        """Return how many were made so far by this session, redirects counted."""
        ...

    @property
    def bytes_read(self) -> int:
        """Return the bytes of bodies so far, decoded."""
        ...

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        """Return the answer: 2xx, 304 when validators were sent, or a status in ``answers``.

        Args:
            url: http or https, without user name.
            validators: From an earlier answer of the same address.
            headers: Sent to this origin only; after a redirect elsewhere they stay behind.
            answers: Statuses that mean something to the caller and are no error.
            max_body_bytes: A lower limit than the configured one.

        Raises:
            AuthError: 401, 403.
            TemporaryError: no connection, time over, damaged body, 408, 425, 429, 5xx.
            PermanentError: any other status, a refused address, too large, too many redirects.
        """
        ...

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        """Send once and return the answer; no redirect is followed.

        Args:
            url: http or https, without user name.
            body: Where a secret belongs that must not stand in the address.
            headers: Sent as they are.
            answers: Statuses that mean something to the caller and are no error.
            is_question: It changes nothing at the place: a lost answer leaves no doubt.

        Raises:
            UnknownOutcome: something may have arrived and the answer was lost (also 502, 504);
                never of a question, where it is TemporaryError.
            SourceError: as ``get``; nothing was taken.
        """
        ...


@runtime_checkable
class InSlices(Protocol):
    """A session whose owner works for a while and then lets others."""

    def slice_is_over(self) -> bool:
        """Whether it is time to leave off."""
        ...


def is_slice_over(session: Session) -> bool:
    """Whether a long step without any page is to end with UnfinishedError, and go on later."""
    return isinstance(session, InSlices) and session.slice_is_over()


@runtime_checkable
class Dialing(Protocol):
    """A session that also gives plain connections, to those who speak no HTTP."""

    @property
    def read_seconds(self) -> float:
        """Return the longest pause in an answer."""
        ...

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a connection to a vetted address.

        Raises:
            PermanentError: the address is refused.
            TemporaryError: no connection came about.
        """
        ...

    def tls(self) -> ssl.SSLContext:
        """Return the context to verify the other side by."""
        ...


def utc_now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


class Network:
    """The process's way out: pooled connections and the gates of all hosts.

    Raises ConfigError when the policy names an unreadable ca_bundle or no proper proxy.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        clock: Callable[[], datetime] = utc_now,
        *,
        resolve: Resolve = system_resolve,
    ):
        self.policy = policy
        self._clock = clock
        self._wire = Wire(policy, clock, resolve)

    def session(self, *, requests_per_host: int | None = None) -> "GuardedSession":
        """Return a session that counts its own requests and shares all else."""
        limit = requests_per_host or self.policy.requests_per_host
        return GuardedSession(self._wire, self._clock, limit)

    def close(self) -> None:
        """Close all kept connections."""
        self._wire.close()


class GuardedSession:
    """A Session that refuses private addresses and holds every limit; threads may share it."""

    def __init__(self, wire: Wire, clock: Callable[[], datetime], requests_per_host: int):
        self._wire = wire
        self._clock = clock
        self._requests_per_host = requests_per_host
        self._counting = threading.Lock()
        self.requests = 0
        self.bytes_read = 0

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        """Return the answer; see ``Session.get``."""
        conditional = validators.request_headers() if validators else {}
        limit = self._wire.policy.max_body_bytes
        ask = Ask(
            method="GET",
            target=target(url),
            headers=_checked(headers or {}),
            deadline=time.monotonic() + self._wire.policy.total_seconds,
            max_body_bytes=min(limit, limit if max_body_bytes is None else max_body_bytes),
            requests_per_host=self._requests_per_host,
            wanted=lambda status: _is_wanted(status, answers, conditional),
            conditional=conditional,
        )
        answer = self._counted(ask)
        while answer.status in _REDIRECTS and not ask.wanted(answer.status):
            _follow(ask, answer, self._wire.policy.max_redirects)
            answer = self._counted(ask)
        return self._judged(ask, answer)

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        """Send once and return the answer; see ``Session.post``."""
        ask = Ask(
            method="POST",
            target=target(url),
            headers=_checked(headers),
            deadline=time.monotonic() + self._wire.policy.total_seconds,
            max_body_bytes=self._wire.policy.max_body_bytes,
            requests_per_host=self._requests_per_host,
            wanted=lambda status: _is_wanted(status, answers, {}),
            body=body,
            sends=not is_question,
        )
        return self._judged(ask, self._counted(ask))

    @property
    def read_seconds(self) -> float:
        """Return the longest pause in an answer."""
        return self._wire.policy.read_seconds

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a connection to a vetted address; see ``Dialing.dial``."""
        return self._wire.dial(host, port)

    def tls(self) -> ssl.SSLContext:
        """Return the context to verify the other side by."""
        return self._wire.tls()

    def _counted(self, ask: Ask) -> Answer:
        with self._counting:
            self.requests += 1
        # For all of it: were the turn needed for each piece of a body, the time that others
        # work would count as the place's own, and end in its name.
        with giving_way():
            answer = self._wire.answer(ask)
        with self._counting:
            self.bytes_read += len(answer.body)
        return answer

    def _judged(self, ask: Ask, answer: Answer) -> Response:
        if not ask.wanted(answer.status):
            raise self._status_error(ask, answer)
        return Response(
            url=ask.target.url,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            validators=Validators(
                _sendable(answer.headers.get("etag")),
                _sendable(answer.headers.get("last-modified")),
            ),
        )

    def _status_error(self, ask: Ask, answer: Answer) -> SourceError:
        """Return the error of a status, having closed the host's gate when it asked for that."""
        moment = not_before(answer.status, answer.headers, answer.body, self._clock())
        if moment is not None:
            self._wire.gates.close_until(ask.target, moment)
        return _error(ask, answer.status, moment)


def _is_wanted(status: int, answers: Collection[int], conditional: Mapping[str, str]) -> bool:
    return 200 <= status < 300 or status in answers or (status == 304 and bool(conditional))


def _follow(ask: Ask, answer: Answer, max_redirects: int) -> None:
    """Point the ask at where the answer leads.

    Raises:
        PermanentError: nowhere, too far, or where the caller's headers would be in the open.
    """
    former = ask.target
    if ask.hops >= max_redirects:
        raise PermanentError(
            f"{former.host} redirects more than {max_redirects} times. "
            "Open the address in a browser and enter the one it ends at.",
            url=former.shown,
            status=answer.status,
        )
    following = _destination(former, answer)
    is_downgrade = former.scheme == "https" and following.scheme == "http"
    if following.origin != former.origin:
        kept = {k: v for k, v in ask.headers.items() if k.lower() in _TRAVELLING_HEADERS}
        if is_downgrade and len(kept) < len(ask.headers):
            raise PermanentError(
                f"{former.host} redirects from https to http, where the credential could be "
                "read on the way. Enter the https address that it ends at.",
                url=former.shown,
                status=answer.status,
            )
        ask.headers = kept
    ask.hops += 1
    ask.target = following


def _destination(former: Target, answer: Answer) -> Target:
    location = answer.headers.get("location", "").strip()
    try:
        if not location:
            raise ValueError("no location")
        # http.client reads headers as latin-1; servers write addresses as UTF-8.
        location = location.encode("latin-1").decode("utf-8", "replace")
        return target(urljoin(former.url, location))
    except ValueError as error:
        raise PermanentError(
            f"{former.host} redirects, but does not say properly where to. "
            "Open the address in a browser and enter the one it ends at.",
            url=former.shown,
            status=answer.status,
        ) from error


def _error(ask: Ask, status: int, moment: datetime | None) -> SourceError:
    """Return what a status means."""
    host, url = ask.target.host, ask.target.shown
    if status in (401, 403):
        return AuthError(
            f"{host} refused access ({status}). Renew the credential of this place, or see "
            "whether the address opens in a browser without signing in.",
            url=url,
            status=status,
        )
    if ask.sends and status in (502, 504):
        # A gateway speaks: what stands behind it may have done its work.
        return UnknownOutcome(
            f"{host} was sent something, and its answer was lost ({status}). "
            "Look there whether it arrived before sending it again.",
            url=url,
            status=status,
        )
    if status in (304, 408, 425, 429) or status >= 500:
        return TemporaryError(
            f"{host} {_TEMPORARY.get(status, 'cannot answer at the moment')} ({status}). "
            "It is asked again later.",
            url=url,
            status=status,
            not_before=moment,
        )
    what, next_step = _PERMANENT.get(status, ("did not accept the request", "Check the address."))
    return PermanentError(f"{host} {what} ({status}). {next_step}", url=url, status=status)


_TEMPORARY = {
    304: "says that nothing is new, though it was not asked that",
    429: "gets too many requests",
}
_PERMANENT = {
    404: ("has nothing at this address", "Check the address."),
    407: (
        "is not reached, since the web proxy wants a name and password",
        "Enter them in proxy in [network].",
    ),
    410: ("has removed what was at this address", "Check the address."),
}


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers; refuse what would end a line early, without repeating its value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise PermanentError(
                f"The value for {name[:50]!r} holds characters that cannot be sent. "
                "Enter the credential again."
            )
    return dict(headers)


def _sendable(validator: str | None) -> str | None:
    """Return a validator that can be sent back as a header, None for any other."""
    if not validator or len(validator) > _MAX_VALIDATOR_CHARACTERS:
        return None
    return validator if _HEADER_VALUE.fullmatch(validator) else None
