"""A small HTTP server on loopback for tests: it answers as told and remembers what it was asked.

::

    with Loopback() as server:
        server.on("/feed", Reply(200, {"ETag": '"a"'}, b"<rss/>"))
        session.get(server.url("/feed"))
        assert server.seen[0].headers["user-agent"] == "..."

What stands in for a whole service (a WordPress, a Moodle) belongs in ``sample_cluster``.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; Content-Length is added unless a length or an encoding of it is given."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer written by hand: the function gets the connected socket, which then closes."""

    write: Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    """As it stood in the request line: path and query, or a whole URL at a proxy."""
    headers: Mapping[str, str]
    """Keys in lower case."""
    body: bytes
    connection: int
    """The client's port: the same for requests on one kept connection."""


Script = Reply | Raw | Callable[[Seen], Reply | Raw] | Sequence[Reply | Raw]


class Loopback:
    """A server on 127.0.0.1 and a free port, running between ``with`` and its end."""

    def __init__(self, *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
        self.seen: list[Seen] = []
        self._scripts: dict[str, Script] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._scheme = "http" if context is None else "https"
        self._server = _server_class(host)((host, 0), _handler_class(self))
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_address[1]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a path, under any name that leads here."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def on(self, path: str, script: Script) -> None:
        """Answer this path so from now on; of a list each once, the last for ever.

        A path with a query is scripted by its path alone; any other path answers 404.
        """
        with self._lock:
            self._scripts[path] = script
            self._counts[path] = 0

    def paths(self) -> list[str]:
        """Return the paths asked for so far, in order."""
        return [seen.path for seen in self.seen]

    def __enter__(self) -> "Loopback":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            _shut(connection)
        self._server.server_close()  # waits for the threads of all connections

    def answer(self, seen: Seen) -> Reply | Raw:
        """Return what is scripted for a request, having noted it."""
        path = seen.path.partition("?")[0]
        with self._lock:
            self.seen.append(seen)
            script = self._scripts.get(path, Reply(404))
            count = self._counts.get(path, 0)
            self._counts[path] = count + 1
        if isinstance(script, Reply | Raw):
            return script
        if callable(script):
            return script(seen)
        return script[min(count, len(script) - 1)]

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to close it when the server stops."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)


def _server_class(host: str) -> type[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = False
        request_queue_size = 64

        def server_bind(self) -> None:
            # HTTPServer would ask the resolver for its own name.
            socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Stay silent: clients that give up are what many tests are about."""

    return Server


def _handler_class(owner: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            owner.opened(self.request)
            super().setup()

        def finish(self) -> None:
            try:
                super().finish()
            finally:
                owner.closed(self.request)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            seen = Seen(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
                connection=self.client_address[1],
            )
            reply = owner.answer(seen)
            if isinstance(reply, Raw):
                self.close_connection = True
                self.wfile.flush()
                reply.write(self.request)
                return
            self._write(reply)

        def _write(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            given = {name.lower() for name in reply.headers}
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not given & {"content-length", "transfer-encoding"} and reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.status != 304:
                self.wfile.write(reply.body)

        do_GET = do_POST = do_CONNECT = _respond

    return Handler


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it may have gone by itself
        connection.shutdown(socket.SHUT_RDWR)
