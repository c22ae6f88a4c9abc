"""Connections that look before they connect, and that never outlast their request.

``requests`` and urllib3 do the talking; what is added sits in their connection classes: the
address check at connect time, and one deadline over name, connect, headers and body. Which
addresses are refused is in ``connector.addresses``, what a status means in ``connector.http``.
"""

import http.client
import io
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any, cast

import certifi
import requests
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry
from urllib3.util.ssl_match_hostname import CertificateError

from connector.addresses import Address, AddressRange, Target, is_allowed, literal
from connector.errors import PermanentError, TemporaryError

Resolve = Callable[[str, int], Iterable[str]]
"""Gives the IP addresses of a host name; raises OSError when there are none."""

_MOST_ADDRESSES_TRIED = 4
# Servers close idle connections after 2 seconds or more.
_FRESH_SECONDS = 1.0


def system_resolve(host: str, port: int) -> list[str]:
    """Return what the operating system says, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Dialer:
    """Opens connections to vetted addresses only."""

    resolve: Resolve
    allow: tuple[AddressRange, ...]
    vets: bool
    """False when a proxy does the resolving: then the only address dialled is the proxy's."""

    def vetted(self, host: str, port: int) -> list[Address]:
        """Resolve once and return all addresses, refusing the host when one is refused."""
        written = literal(host)
        try:
            found = (
                [ip_address(text.partition("%")[0]) for text in self.resolve(host, port)]
                if written is None
                else [written]
            )
        except (OSError, UnicodeError) as error:
            raise TemporaryError(
                f"The name of {self.named(host)} was not found. "
                "Check its spelling and this machine's network."
            ) from error
        for address in found:
            if self.vets and not is_allowed(address, self.allow):
                raise PermanentError(
                    f"{host} leads to {address}, which is not a public address. "
                    "If that is meant, name its range under allow in [network]."
                )
        return found

    def named(self, host: str) -> str:
        """Return what a message calls the host that is dialled."""
        return host if self.vets else f"the web proxy {host}"


@dataclass(slots=True)
class Exchange:
    """One request and its answer: what its connection must know and what it tells."""

    dialer: Dialer
    deadline: float
    connect_seconds: float
    read_seconds: float
    sends: bool = False
    """It changes something: on a connection that the server has just closed for being idle,
    nobody could say whether it arrived."""
    is_connected: bool = False
    """A connection stands: from here on something may have been sent."""

    def remaining(self) -> float:
        """Return the seconds left, zero or less when time is over."""
        return self.deadline - time.monotonic()

    def __enter__(self) -> "Exchange":
        _here.exchange = self
        return self

    def __exit__(self, *_: object) -> None:
        del _here.exchange


# urllib3 has no way to hand a value down to the connection it picks. An exchange begins and
# ends in one thread, so it waits here; without one, no connection can be opened at all.
_here = threading.local()


def _current() -> Exchange:
    return cast(Exchange, _here.exchange)


class _PacedReader(io.RawIOBase):
    """Reads a socket so that neither a pause nor the sum of all pauses lasts too long."""

    def __init__(self, sock: socket.socket, exchange: Exchange):
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._exchange.remaining()
        if remaining <= 0:
            raise TimeoutError("total time is over")
        self._sock.settimeout(min(self._exchange.read_seconds, remaining))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


@dataclass(frozen=True, slots=True)
class _PacedSocket:
    sock: socket.socket

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_PacedReader(self.sock, _current()))


class _PacedResponse(http.client.HTTPResponse):
    """http.client's answer, whose every read keeps the deadline: status line to last chunk."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any):
        super().__init__(cast(socket.socket, _PacedSocket(sock)), *args, **kwargs)


def dial(host: str, port: int, exchange: Exchange) -> socket.socket:
    """Return a connected socket."""
    failure: OSError | None = None
    for address in exchange.dialer.vetted(host, port)[:_MOST_ADDRESSES_TRIED]:
        seconds = min(exchange.connect_seconds, exchange.remaining())
        if seconds <= 0:
            break
        try:
            sock = socket.create_connection((str(address), port), seconds)
        except OSError as error:
            failure = error
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise TemporaryError(
        f"No connection to {exchange.dialer.named(host)} came about. It is tried again later; "
        "if this stays, see whether the address opens in a browser."
    ) from failure


class _Guarded:
    """What both connection classes add to urllib3's."""

    response_class: type[http.client.HTTPResponse] = _PacedResponse
    _dns_host: str
    _tunnel_host: str | None
    port: int
    sock: socket.socket | None
    _used_at = 0.0

    def _new_conn(self) -> socket.socket:
        return dial(self._dns_host, self.port, _current())

    def connect(self) -> None:
        exchange = _current()
        host = self._tunnel_host or self._dns_host  # read now: a failure forgets the tunnel
        try:
            super().connect()  # type: ignore[misc]  # urllib3's, by the classes below
        except (ssl.SSLCertVerificationError, CertificateError) as error:
            raise PermanentError(
                f"The certificate of {host} is not trusted. If your network has its own "
                "certificate authority, name its file under ca_bundle in [network]."
            ) from error
        except OSError as error:
            raise _unsecured(host, error) from error
        exchange.is_connected = True

    @property
    def is_connected(self) -> bool:
        """Whether urllib3 may use this kept connection for the exchange at hand."""
        is_idle = time.monotonic() - self._used_at > _FRESH_SECONDS
        is_stale = is_idle and _current().sends
        return not is_stale and bool(super().is_connected)  # type: ignore[misc]  # as above

    def request(self, *args: Any, **kwargs: Any) -> None:
        exchange = _current()
        exchange.is_connected = exchange.is_connected or self.sock is not None
        self._used_at = time.monotonic()
        super().request(*args, **kwargs)  # type: ignore[misc]  # urllib3's, by the classes below


def _unsecured(host: str, error: OSError) -> TemporaryError | PermanentError:
    """Say why there is no TLS, or no way through the proxy."""
    refusal = re.match(r"Tunnel connection failed: (\d{3})", str(error))
    if refusal is None:
        return TemporaryError(
            f"No secure connection to {host} came about. It is tried again later."
        )
    if refusal[1] in ("403", "407"):
        return PermanentError(
            f"The web proxy refused the way to {host} ({refusal[1]}). Check the name and "
            "password in proxy in [network], or ask whoever runs the proxy to open it."
        )
    return TemporaryError(
        f"The web proxy found no way to {host} ({refusal[1]}). It is tried again later."
    )


class _GuardedHTTPConnection(_Guarded, HTTPConnection):
    pass


class _GuardedHTTPSConnection(_Guarded, HTTPSConnection):
    pass


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


_POOLS: dict[str, type[HTTPConnectionPool]] = {
    "http": _GuardedHTTPPool,
    "https": _GuardedHTTPSPool,
}


class Trust:
    """One TLS context for all connections: the system's, certifi's, and the operator's own CAs.

    Made on first use and once for a process: loading the lists takes 50 ms, which requests would
    spend on each new connection. Raises OSError at once when ``ca_bundle`` cannot be read.
    """

    def __init__(self, ca_bundle: str | None):
        self._ca_bundle = ca_bundle
        if ca_bundle is not None:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_bundle)

    def context(self) -> ssl.SSLContext:
        """Return the context."""
        with _making:  # threads that begin together need only one
            return _context_of(self._ca_bundle)


_making = threading.Lock()


@cache
def _context_of(ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


class Prepared(PreparedRequest):
    """A request whose address was taken apart already: requests would do it four times more."""

    target: Target


class GuardedAdapter(HTTPAdapter):
    """requests' adapter with guarded connections and one TLS context for all of them."""

    def __init__(self, trust: Trust, *, hosts: int, per_host: int):
        self._trust = trust
        # At DEBUG urllib3 writes whole URLs, and with them what their queries hold.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        # With 0 instead of False a failure would be wrapped in a message that holds the URL.
        super().__init__(pool_connections=hosts, pool_maxsize=per_host, max_retries=Retry(False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """Return the pools of connections through this proxy."""
        if proxy.startswith("https:"):
            kwargs["proxy_ssl_context"] = self._trust.context()
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return cast(ProxyManager, manager)

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """Return the pool for a request; its address was taken apart before."""
        if proxies or not isinstance(request, Prepared):
            found = super().get_connection_with_tls_context(request, verify, proxies, cert)
            return cast(HTTPConnectionPool, found)
        to = request.target
        more = {"ssl_context": self._trust.context()} if to.scheme == "https" else None
        found = self.poolmanager.connection_from_host(to.host, to.port, to.scheme, more)
        return cast(HTTPConnectionPool, found)

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Return what stands in the request line."""
        if proxies or not isinstance(request, Prepared):
            return str(super().request_url(request, proxies))
        return request.target.path

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:  # a pair of dicts, whose types have private names in requests
        """Say which pool a request takes; those of https get the one context."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = self._trust.context()
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Always verify, by the context alone: requests would load a file into it each time."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = None

    def build_response(self, req: PreparedRequest, resp: Any) -> requests.Response:
        """Return urllib3's answer in a bare shell: no cookie is looked at, let alone kept."""
        shell = requests.Response()
        shell.raw = resp
        return shell
