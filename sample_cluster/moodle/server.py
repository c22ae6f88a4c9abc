"""A stand-in Moodle on loopback: sockets, connection faults and the site's own ``Date``."""

import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from sample_cluster.answers import Request
from sample_cluster.blogs import turned_away
from sample_cluster.connections import Connection, encoded
from sample_cluster.faults import Fault, FaultKind
from sample_cluster.moodle.protocol import question_of
from sample_cluster.moodle.site import MoodleSite

_LOOPBACK = "127.0.0.1"


class MoodleServer:
    """A site that listens at ``address`` while the context lasts.

    Args:
        site: What to show; its ``wwwroot`` becomes the real address.
        port: Where to listen; None lets the system choose.
        pause: How long every answer takes at least, as a far or slow server does.
        pause_each: How much longer it takes for each call inside a batch but the first.
    """

    def __init__(
        self,
        site: MoodleSite,
        port: int | None = None,
        pause: timedelta = timedelta(),
        pause_each: timedelta = timedelta(),
    ) -> None:
        self.site = site
        self.address = ""
        """``http://127.0.0.1:PORT``, without a final slash."""
        self._port = port or 0
        self._pause_seconds = pause.total_seconds()
        self._pause_each_seconds = pause_each.total_seconds()
        self._listener: socket.socket | None = None
        self._connections: set[Connection] = set()
        self._fault: Fault | None = None
        self._late: list[Request] = []
        self._stopping = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept_all, name="sample-moodle", daemon=True)

    def __enter__(self) -> Self:
        """Return when the site listens; raises OSError where the port is taken."""
        self._listener = socket.create_server((_LOOPBACK, self._port), backlog=64)
        self.address = f"http://{_LOOPBACK}:{self._listener.getsockname()[1]}"
        self.site.wwwroot = self.address
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
        self._hang_up_all(lambda connection: connection.join())

    def show(self, site: MoodleSite) -> None:
        """Show another state of the site from the next request on, at the same address."""
        site.wwwroot = self.address
        self.site = site

    def fault(
        self,
        kind: FaultKind | str,
        *,
        retry_after: int | None = None,
        times: int | None = None,
        function: str = "",
    ) -> None:
        """Let the connection fail from now on, or for so many requests; not for ``refuse``.

        Args:
            kind: What goes wrong.
            retry_after: Seconds, told with 429 and 503; None leaves the header out.
            times: How many requests meet the fault; None: until it is mended.
            function: Only questions to this function fail: reading goes on beside writing.
        """
        with self._lock:
            self._fault = Fault(FaultKind(kind), retry_after, times, function=function)

    def mend(self) -> None:
        """End the fault; connections of that time, and requests that hang, are cut off.

        What came ``late`` is done now.
        """
        with self._lock:
            self._fault = None
            late, self._late = self._late, []
        for request in late:
            self.site.answer(request)
        self._hang_up_all(lambda connection: None)

    def _hang_up_all(self, also: Callable[[Connection], None]) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
            also(connection)

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
            connection = Connection(accepted, "moodle", self._respond, self._closed)
            with self._lock:
                self._connections.add(connection)
            connection.start()

    def _closed(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _respond(self, slug: str, request: Request) -> tuple[bytes, Fault | None]:
        fault = self._fault_met(request)
        given = fault.answer() if fault else None
        if fault is not None and fault.kind is FaultKind.LATE:
            with self._lock:
                self._late.append(request)
            return b"", fault
        site = self.site
        with site.lock:
            answer = given or site.answer(request)
            if fault is not None and fault.kind is FaultKind.BROKEN_AFTER:
                answer = turned_away(500)
            now = site.world.clock.now
            inner = len(site.requests[-1].inner) if site.requests else 0
        pause = self._pause_seconds + self._pause_each_seconds * max(inner - 1, 0)
        if pause:
            time.sleep(pause)  # outside the lock: a real server works on several at once
        return encoded(answer, request, {}, now), fault

    def _fault_met(self, request: Request) -> Fault | None:
        with self._lock:
            fault = self._fault
            if fault and fault.function and question_of(request).function != fault.function:
                return None
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._fault = None
            return fault
