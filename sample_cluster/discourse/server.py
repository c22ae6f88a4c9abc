"""A board on a socket: loopback only, a thread for each connection, while a context lasts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from sample_cluster.answers import Request
from sample_cluster.discourse.answering import Service

_LOOPBACK = "127.0.0.1"
_IDLE_SECONDS = 60


class BoardServer:
    """Serves one board; its ``base`` becomes the address that it listens at.

    Args:
        service: What answers.
        port: Where to listen; None lets the system choose.
    """

    def __init__(self, service: Service, port: int | None = None) -> None:
        self.service = service
        self._wanted = port or 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """What a person would type."""
        return self.service.board.base

    def __enter__(self) -> Self:
        """Return when the board listens; raises OSError where the port is taken."""
        service, lock = self.service, self._lock

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = _IDLE_SECONDS

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self._serve()

            def _serve(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    answer = service.answer(Request(self.command, self.path, headers))
                body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: what was asked is in ``service.asked``."""

        server = ThreadingHTTPServer((_LOOPBACK, self._wanted), Handler)
        server.daemon_threads = True
        self._server = server
        service.board.base = f"http://{_LOOPBACK}:{server.server_address[1]}"
        self._thread = threading.Thread(target=server.serve_forever, name="sample-board")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when nothing listens any more."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
