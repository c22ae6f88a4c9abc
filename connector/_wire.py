"""Asks one address once: gate, request, body, and what is said when no answer comes.

What a status means and where a redirect leads is decided in ``connector.http``.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests
from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from connector._body import (
    BrokenBodyError,
    TooLargeError,
    UnknownEncodingError,
    drop_body,
    read_body,
)
from connector._gates import HostGates
from connector._transport import Dialer, Exchange, GuardedAdapter, Prepared, Resolve, Trust, dial
from connector.addresses import (
    AddressRange,
    Target,
    is_allowed,
    is_local_name,
    literal,
)
from connector.errors import (
    ConfigError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)

_ERROR_BODY_BYTES = 16_384
_POOLED_HOSTS = 64
_POOLED_PER_HOST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """What the operator allows; made from ``[network]``."""

    allow: tuple[AddressRange, ...] = ()
    """Private ranges that may be asked."""
    proxy: str | None = field(default=None, repr=False)
    """Address of a web proxy, possibly with name and password."""
    ca_bundle: str | None = None
    """A file of further certificate authorities, PEM."""
    max_body_bytes: int = 20_000_000
    """Decoded."""
    total_seconds: float = 60.0
    """For one call, redirects and waiting included."""
    connect_seconds: float = 10.0
    """For one address of a host; at most four are tried."""
    read_seconds: float = 20.0
    """The longest pause in an answer."""
    max_redirects: int = 5
    requests_per_host: int = 2
    user_agent: str


@dataclass(slots=True)
class Ask:
    """One call of a session, as it moves along its redirects."""

    method: str
    target: Target
    headers: dict[str, str]
    """The caller's own."""
    deadline: float
    max_body_bytes: int
    requests_per_host: int
    wanted: Callable[[int], bool]
    """Whether a status is an answer and not an error: only then is its body read."""
    conditional: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    sends: bool = False
    """It may change something at the place, so that a lost answer leaves its outcome open."""
    hops: int = 0

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What came back, not yet judged."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """The pools and gates that all sessions of the process share."""

    def __init__(self, policy: NetworkPolicy, clock: Callable[[], datetime], resolve: Resolve):
        self.policy = policy
        self.gates = HostGates(clock)
        self._dialer = Dialer(resolve, policy.allow, vets=policy.proxy is None)
        self._proxies = _proxies(policy.proxy)
        self._resolve = resolve
        self._trust = _trusted(policy.ca_bundle)
        self._adapter = GuardedAdapter(self._trust, hosts=_POOLED_HOSTS, per_host=_POOLED_PER_HOST)

    def close(self) -> None:
        """Close all kept connections."""
        self._adapter.close()

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a connection to a vetted address; raises SourceError.

        A web proxy carries web requests only, so this never goes through one.
        """
        exchange = Exchange(
            dialer=Dialer(self._resolve, self.policy.allow, vets=True),
            deadline=time.monotonic() + self.policy.connect_seconds,
            connect_seconds=self.policy.connect_seconds,
            read_seconds=self.policy.read_seconds,
        )
        return dial(host, port, exchange)

    def tls(self) -> ssl.SSLContext:
        """Return the context that all connections verify by."""
        return self._trust.context()

    def answer(self, ask: Ask) -> Answer:
        """Ask within the host's gate.

        Raises:
            SourceError: no answer, or none that could be read; statuses are not judged.
        """
        wait = min(self.policy.total_seconds / 4, ask.remaining())
        try:
            self._refuse_behind_proxy(ask.target)
            with self.gates.passing(ask.target, limit=ask.requests_per_host, wait_seconds=wait):
                return self._exchange(ask)
        except SourceError as error:
            error.url = error.url or ask.target.shown
            raise

    def _exchange(self, ask: Ask) -> Answer:
        policy = self.policy
        exchange = Exchange(
            dialer=self._dialer,
            deadline=ask.deadline,
            connect_seconds=policy.connect_seconds,
            read_seconds=policy.read_seconds,
            sends=ask.sends,
        )
        try:
            with exchange:
                raw = self._send(ask)
                body = _body(raw, ask)
        except (requests.RequestException, HTTPError, BrokenBodyError, OSError) as error:
            raise _lost(ask, exchange, policy) from error
        except (TooLargeError, UnknownEncodingError) as error:
            raise _unreadable(ask, error) from error
        headers = {name.lower(): value for name, value in raw.headers.itermerged()}
        return Answer(raw.status, headers, body)

    def _send(self, ask: Ask) -> BaseHTTPResponse:
        response = self._adapter.send(
            _prepared(ask, self.policy.user_agent),
            stream=True,
            timeout=(
                max(0.001, min(self.policy.connect_seconds, ask.remaining())),
                max(0.001, min(self.policy.read_seconds, ask.remaining())),
            ),
            proxies=self._proxies,
        )
        raw: BaseHTTPResponse = response.raw
        return raw

    def _refuse_behind_proxy(self, asked: Target) -> None:
        """Refuse what can be seen to be private, since the proxy resolves all else."""
        if self._dialer.vets:
            return
        address = literal(asked.host)
        is_refused = (
            is_local_name(asked.host)
            if address is None
            else not is_allowed(address, self.policy.allow)
        )
        if is_refused:
            raise PermanentError(
                f"{asked.host} is not a public address. "
                "If that is meant, name its range under allow in [network]."
            )


def _prepared(ask: Ask, user_agent: str) -> PreparedRequest:
    """Return the request; preparing it by hand spares half of requests' time for a 304."""
    prepared = Prepared()
    prepared.target = ask.target
    prepared.method = ask.method
    prepared.url = ask.target.url
    prepared.headers = CaseInsensitiveDict(
        {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    )
    prepared.headers.update(ask.conditional)
    prepared.headers.update(ask.headers)
    prepared.body = ask.body
    if ask.body is not None:
        prepared.headers["Content-Length"] = str(len(ask.body))
    return prepared


def _body(raw: BaseHTTPResponse, ask: Ask) -> bytes:
    if ask.wanted(raw.status):
        return read_body(raw, ask.max_body_bytes)
    if raw.status != 429:
        drop_body(raw)
        return b""
    try:
        return read_body(raw, _ERROR_BODY_BYTES)
    except (TooLargeError, BrokenBodyError, UnknownEncodingError):
        return b""


def _lost(ask: Ask, exchange: Exchange, policy: NetworkPolicy) -> SourceError:
    """Say why there is no answer."""
    host = ask.target.host
    if exchange.sends and exchange.is_connected:
        return UnknownOutcome(
            f"{host} was sent something, and its answer was lost. "
            "Look there whether it arrived before sending it again."
        )
    if exchange.remaining() <= 0:
        return TemporaryError(
            f"{host} did not finish its answer within {policy.total_seconds:g} seconds. "
            "It is tried again later."
        )
    return TemporaryError(
        f"The answer of {host} broke off, was truncated, or paused for more than "
        f"{policy.read_seconds:g} seconds. It is tried again later."
    )


def _unreadable(ask: Ask, error: TooLargeError | UnknownEncodingError) -> SourceError:
    host = ask.target.host
    if ask.sends:
        return UnknownOutcome(
            f"{host} took something, and its answer could not be read. "
            "Look there whether it arrived before sending it again."
        )
    if isinstance(error, TooLargeError):
        return PermanentError(
            f"The answer of {host} is larger than the limit of {ask.max_body_bytes:,} bytes. "
            "If it is meant to be read, raise max_body_bytes in [network]."
        )
    return PermanentError(
        f"{host} compresses its answer in a way that the hub does not read. "
        "Tell whoever runs it that only gzip and deflate are asked for."
    )


def _trusted(ca_bundle: str | None) -> Trust:
    try:
        return Trust(ca_bundle)
    except OSError as error:
        raise ConfigError(
            f"ca_bundle in [network] names {ca_bundle}, which cannot be read as a file of "
            "certificates. Name a readable PEM file."
        ) from error


def _proxies(proxy: str | None) -> dict[str, str]:
    """Return the proxy as requests wants it."""
    if proxy is None:
        return {}
    if not proxy.startswith(("http://", "https://")):
        raise ConfigError(
            "proxy in [network] is not a web address. "
            "Write it as http://name:port, or leave it out."
        )
    return {"http": proxy, "https": proxy}
