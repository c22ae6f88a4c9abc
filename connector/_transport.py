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

from connector.addresses import Address, AddressRange, is_allowed, is_public, literal
from connector.errors import PermanentError, TemporaryError

Resolve = Callable[[str, int], Iterable[str]]
"""Gives the IP addresses of a host name; raises OSError when there are none."""

_MOST_ADDRESSES_TRIED = 4


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
    is_connected: bool = False
    """A connection made for this exchange stands: from here on something may have been sent."""
    is_public: bool = False
    """The answer came from a public address."""

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


def _dial(host: str, port: int, exchange: Exchange) -> tuple[socket.socket, bool]:
    """Return a connected socket and whether its address is public."""
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
        return sock, is_public(address)
    raise TemporaryError(
        f"No connection to {exchange.dialer.named(host)} came about. It is tried again later; "
        "if this stays, see whether the address opens in a browser."
    ) from failure


class _Guarded:
    """What both connection classes add to urllib3's."""

    response_class: type[http.client.HTTPResponse] = _PacedResponse
    _dns_host: str
    port: int
    _reaches_public = False

    def _new_conn(self) -> socket.socket:
        sock, self._reaches_public = _dial(self._dns_host, self.port, _current())
        return sock

    def connect(self) -> None:
        exchange = _current()
        try:
            super().connect()  # type: ignore[misc]  # urllib3's, by the classes below
        except (ssl.SSLCertVerificationError, CertificateError) as error:
            raise PermanentError(
                f"The certificate of {self._asked_host()} is not trusted. If your network has "
                "its own certificate authority, name its file under ca_bundle in [network]."
            ) from error
        except OSError as error:
            raise self._failed(error) from error
        exchange.is_connected = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)  # type: ignore[misc]  # urllib3's, by the classes below
        # Told with each request, since a kept connection is not made anew.
        _current().is_public = self._reaches_public

    def _asked_host(self) -> str:
        return getattr(self, "_tunnel_host", None) or self._dns_host

    def _failed(self, error: OSError) -> TemporaryError | PermanentError:
        host = self._asked_host()
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


def trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a context that trusts the system, certifi's list and the operator's own file.

    Made once: loading certifi's list takes 25 ms, which requests would spend per connection.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


class GuardedAdapter(HTTPAdapter):
    """requests' adapter with guarded connections and one TLS context for all of them."""

    def __init__(self, context: ssl.SSLContext, *, hosts: int, per_host: int):
        self._context = context
        # At DEBUG urllib3 writes whole URLs, and with them what their queries hold.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        # With 0 instead of False a failure would be wrapped in a message that holds the URL.
        super().__init__(pool_connections=hosts, pool_maxsize=per_host, max_retries=Retry(False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """Return the pools of connections through this proxy."""
        manager = super().proxy_manager_for(
            proxy, ssl_context=self._context, proxy_ssl_context=self._context, **kwargs
        )
        manager.pool_classes_by_scheme = _POOLS
        return cast(ProxyManager, manager)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Always verify, by the context alone: requests would load a file into it each time."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = None

    def build_response(self, req: PreparedRequest, resp: Any) -> requests.Response:
        """Return urllib3's answer in a bare shell: no cookie is looked at, let alone kept."""
        shell = requests.Response()
        shell.raw = resp
        return shell
