"""Puts a stand-in on a socket: loopback only, a thread for each connection, faults on demand.

What it answers is its own module's business. ``servers`` does the same for the many blogs at
once, whose ports are refused and opened again.
"""

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sample_cluster.answers import Answer, Request
from sample_cluster.blogs import turned_away
from sample_cluster.connections import Connection, encoded
from sample_cluster.faults import Fault, FaultKind

_LOOPBACK = "127.0.0.1"


class LoopbackServer:
    """Listens at ``address`` while the context lasts; what is answered says ``respond``.

    Args:
        name: Of its threads.
        port: Where to listen; None lets the system choose.
    """

    def __init__(self, name: str, port: int | None = None) -> None:
        self.address = ""
        """``http://127.0.0.1:PORT``, without a final slash."""
        self._name = name
        self._port = port or 0
        self._fault: Fault | None = None
        self._connections: set[Connection] = set()
        self._stopping = False
        self._lock = threading.Lock()

    def respond(self, request: Request, fault: Fault | None) -> tuple[bytes, Fault | None]:
        """Return the bytes of an answer and the fault to send them with."""
        raise NotImplementedError

    def is_met(self, fault: Fault, request: Request) -> bool:
        """Whether this request meets the fault that is in force."""
        return fault.concerns(request)

    def __enter__(self) -> Self:
        """Return when it listens; raises OSError where the port is taken."""
        self._listener = socket.create_server((_LOOPBACK, self._port), backlog=64)
        self.address = f"http://{_LOOPBACK}:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept_all, name=self._name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when nothing listens and no thread is left."""
        self._stopping = True
        # Not every system wakes a thread that accepts when its socket is closed; a caller does.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()
        for connection in self._hung_up():
            connection.join()

    def fault(
        self,
        kind: FaultKind | str,
        *,
        retry_after: int | None = None,
        times: int | None = None,
        path: str = "",
        method: str = "",
        function: str = "",
    ) -> None:
        """Fail from now on, or for so many requests; not for ``refuse``.

        Args:
            kind: What goes wrong; a former fault ends.
            retry_after: Seconds, told with 429 and 503; None leaves the header out.
            times: How many requests meet it; None: until it is mended.
            path: Only addresses that begin like this fail.
            method: Only requests of this method fail.
            function: Only questions to this function fail (Moodle).
        """
        with self._lock:
            self._fault = Fault(FaultKind(kind), retry_after, times, path, method, function)

    def mend(self) -> None:
        """End the fault; connections of that time, and requests that hang, are cut off."""
        with self._lock:
            self._fault = None
        self._hung_up()

    def _hung_up(self) -> list[Connection]:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
        return connections

    def _accept_all(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                continue  # the caller has gone already
            if self._stopping:
                accepted.close()
                return
            connection = Connection(accepted, self._name, self._answered, self._closed)
            with self._lock:
                self._connections.add(connection)
            connection.start()

    def _closed(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _answered(self, name: str, request: Request) -> tuple[bytes, Fault | None]:
        return self.respond(request, self._fault_met(request))

    def _fault_met(self, request: Request) -> Fault | None:
        with self._lock:
            fault = self._fault
            if fault is None or not self.is_met(fault, request):
                return None
            if fault.is_spent():
                self._fault = None
            return fault


class StandInServer(LoopbackServer):
    """One that is a function of the request.

    Args:
        name: Of its threads.
        answer: What is asked for each request, one at a time; None hangs up without a word.
        port: Where to listen; None lets the system choose.
    """

    def __init__(
        self, name: str, answer: Callable[[Request], Answer | None], port: int | None = None
    ) -> None:
        super().__init__(name, port)
        self.seen: list[Request] = []
        """What was asked, faults included."""
        self._answer = answer
        self._answering = threading.Lock()

    def respond(self, request: Request, fault: Fault | None) -> tuple[bytes, Fault | None]:
        """See ``LoopbackServer``."""
        with self._answering:
            self.seen.append(request)
            given = fault.answer() if fault else None
            answer = given or self._answer(request)
        if answer is None:
            fault = Fault(FaultKind.LOST, None, None)
        if answer is None or (fault is not None and fault.kind is FaultKind.BROKEN_AFTER):
            answer = turned_away(500)
        return encoded(answer, request, {}, datetime.now(UTC)), fault
