"""A board on a socket: loopback only, a thread for each connection, while a context lasts."""

import socket
import threading
from types import TracebackType
from typing import Self

from sample_cluster.answers import Answer, Request
from sample_cluster.blogs import turned_away
from sample_cluster.connections import Connection, encoded
from sample_cluster.discourse.answering import Service
from sample_cluster.faults import Fault, FaultKind

_LOOPBACK = "127.0.0.1"


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
        self._answering = threading.Lock()
        self._listener: socket.socket | None = None
        self._connections: set[Connection] = set()
        self._fault: Fault | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._accept_all, name="sample-board", daemon=True)

    @property
    def address(self) -> str:
        """What a person would type."""
        return self.service.board.base

    def __enter__(self) -> Self:
        """Return when the board listens; raises OSError where the port is taken."""
        self._listener = socket.create_server((_LOOPBACK, self._wanted), backlog=64)
        self.service.board.base = f"http://{_LOOPBACK}:{self._listener.getsockname()[1]}"
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when nothing listens and no thread is left."""
        assert self._listener is not None
        self._stopping = True
        # Not every system wakes a thread that accepts when its socket is closed; a caller does.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()
        for connection in self._hang_up_all():
            connection.join()

    def fault(
        self,
        kind: FaultKind | str,
        *,
        retry_after: int | None = None,
        times: int | None = None,
        path: str = "",
        method: str = "",
    ) -> None:
        """Let the board fail from now on, or for so many requests; not for ``refuse``.

        ``path`` and ``method`` keep it to requests that begin like this, or are sent so.
        """
        with self._lock:
            self._fault = Fault(FaultKind(kind), retry_after, times, path, method)

    def mend(self) -> None:
        """End the fault; connections of that time, and requests that hang, are cut off."""
        with self._lock:
            self._fault = None
        self._hang_up_all()

    def _hang_up_all(self) -> list[Connection]:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
        return connections

    def _accept_all(self) -> None:
        assert self._listener is not None
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                continue  # the caller has gone already
            if self._stopping:
                accepted.close()
                return
            connection = Connection(accepted, "board", self._respond, self._closed)
            with self._lock:
                self._connections.add(connection)
            connection.start()

    def _closed(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _respond(self, slug: str, request: Request) -> tuple[bytes, Fault | None]:
        fault = self._fault_met(request)
        with self._answering:
            answer = self._answer(request, fault)
            return encoded(answer, request, {}, self.service.board.now), fault

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        given = fault.answer() if fault else None
        if given is not None:
            return given
        answer = self.service.answer(request)
        return turned_away(500) if fault and fault.kind is FaultKind.BROKEN_AFTER else answer

    def _fault_met(self, request: Request) -> Fault | None:
        with self._lock:
            fault = self._fault
            if fault is None or not request.path.startswith(fault.path):
                return None
            if fault.method not in ("", request.method):
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._fault = None
            return fault
