"""One connection to a stand-in: reads requests, writes answers, carries out faults.

HTTP/1.1 with kept connections; only what a reader needs. Which answer it is comes from
``servers``.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import BinaryIO

from sample_cluster.answers import Answer, Request, http_date, resolve
from sample_cluster.faults import GARBAGE, Fault, FaultKind

_MOST_HEADERS = 100
_LONGEST_LINE = 65536
_IDLE_SECONDS = 60.0
_SLOW_PAUSE_SECONDS = 0.05

Respond = Callable[[str, Request], tuple[bytes, Fault | None]]


class Connection:
    """One accepted connection with its own thread."""

    def __init__(
        self,
        accepted: socket.socket,
        slug: str,
        respond: Respond,
        closed: Callable[["Connection"], None],
    ) -> None:
        self.slug = slug
        self._socket = accepted
        self._respond = respond
        self._closed = closed
        self._hung_up = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"sample-{slug}", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def hang_up(self) -> None:
        """Cut the connection off, whatever it is doing."""
        self._hung_up.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Return when its thread has ended."""
        if self._thread.ident is not None:
            self._thread.join()

    def _serve(self) -> None:
        self._socket.settimeout(_IDLE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self._socket, self._socket.makefile("rb") as stream:
                while not self._hung_up.is_set() and self._answer_one(stream):
                    pass
        except (OSError, ValueError):
            pass  # the reader has gone, or sent what is no request; there is nobody to tell
        finally:
            self._closed(self)

    def _answer_one(self, stream: BinaryIO) -> bool:
        """Answer one request; False when the connection is to be closed."""
        request = _read_request(stream)
        if request is None:
            return False
        sent, fault = self._respond(self.slug, request)
        if fault is None or fault.answer() is not None or fault.kind is FaultKind.BROKEN_AFTER:
            self._socket.sendall(sent)
            return request.headers.get("connection", "").lower() != "close"
        self._fail(sent, fault)
        return False

    def _fail(self, sent: bytes, fault: Fault) -> None:
        head, _, body = sent.partition(b"\r\n\r\n")
        if fault.kind in (FaultKind.LOST, FaultKind.LATE):
            return  # it is done, now or later, and nobody hears of it
        if fault.kind is FaultKind.TIMEOUT:
            self._hung_up.wait(_IDLE_SECONDS)
        elif fault.kind is FaultKind.TRUNCATED:
            self._socket.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
        elif fault.kind is FaultKind.GARBAGE:
            self._socket.sendall(_with_length(head, len(GARBAGE)) + b"\r\n\r\n" + GARBAGE)
        elif fault.kind is FaultKind.SLOW:
            self._drip(sent)

    def _drip(self, sent: bytes) -> None:
        for index in range(len(sent)):
            self._socket.sendall(sent[index : index + 1])
            if self._hung_up.wait(_SLOW_PAUSE_SECONDS):
                return


def encoded(answer: Answer, request: Request, addresses: Mapping[str, str], now: datetime) -> bytes:
    """Return an answer as it goes over the wire, with real addresses in it.

    The Date is the world's own: a reader that asks for what changed since the server's last
    answer has to find it.
    """
    body = answer.body
    content = resolve(body, addresses).encode() if isinstance(body, str) else body
    headers = [(name, resolve(value, addresses)) for name, value in answer.headers]
    headers.append(("Date", http_date(now)))
    if answer.status != HTTPStatus.NOT_MODIFIED:
        headers.append(("Content-Length", str(len(content))))
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    shown = b"" if request.method == "HEAD" else content
    return "\r\n".join([*lines, "", ""]).encode() + shown


def _with_length(head: bytes, length: int) -> bytes:
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join([*kept, b"Content-Length: %d" % length])


def _read_request(stream: BinaryIO) -> Request | None:
    line = stream.readline(_LONGEST_LINE).decode("latin-1")
    if not line.strip():
        return None
    method, target, _version = line.split()
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        header = stream.readline(_LONGEST_LINE).decode("latin-1").strip()
        if not header:
            break
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)
