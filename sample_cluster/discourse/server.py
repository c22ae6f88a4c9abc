"""A board on a socket: loopback only, while a context lasts."""

import threading
from typing import Self

from sample_cluster.answers import Answer, Request
from sample_cluster.blogs import turned_away
from sample_cluster.connections import encoded
from sample_cluster.discourse.answering import Service
from sample_cluster.faults import Fault, FaultKind
from sample_cluster.loopback import LoopbackServer


class BoardServer(LoopbackServer):
    """Serves one board; its ``base`` becomes the address that it listens at.

    Args:
        service: What answers.
        port: Where to listen; None lets the system choose.
    """

    def __init__(self, service: Service, port: int | None = None) -> None:
        super().__init__("sample-board", port)
        self.service = service
        self._answering = threading.Lock()

    def __enter__(self) -> Self:
        """Return when the board listens; raises OSError where the port is taken."""
        super().__enter__()
        self.service.board.base = self.address
        return self

    def respond(self, request: Request, fault: Fault | None) -> tuple[bytes, Fault | None]:
        """See ``LoopbackServer``; a board answers one request at a time."""
        with self._answering:
            answer = self._answer(request, fault)
            return encoded(answer, request, {}, self.service.board.now), fault

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        given = fault.answer() if fault else None
        if given is not None:
            return given
        answer = self.service.answer(request)
        return turned_away(500) if fault and fault.kind is FaultKind.BROKEN_AFTER else answer
