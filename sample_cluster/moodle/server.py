"""A stand-in Moodle on loopback: connection faults and the site's own ``Date``."""

import time
from datetime import timedelta
from typing import Self

from sample_cluster.answers import Request
from sample_cluster.blogs import turned_away
from sample_cluster.connections import encoded
from sample_cluster.faults import Fault, FaultKind
from sample_cluster.loopback import LoopbackServer
from sample_cluster.moodle.protocol import question_of
from sample_cluster.moodle.site import MoodleSite


class MoodleServer(LoopbackServer):
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
        super().__init__("sample-moodle", port)
        self.site = site
        self._pause_seconds = pause.total_seconds()
        self._pause_each_seconds = pause_each.total_seconds()
        self._late: list[Request] = []

    def __enter__(self) -> Self:
        """Return when the site listens; raises OSError where the port is taken."""
        super().__enter__()
        self.site.wwwroot = self.address
        return self

    def show(self, site: MoodleSite) -> None:
        """Show another state of the site from the next request on, at the same address."""
        site.wwwroot = self.address
        self.site = site

    def mend(self) -> None:
        """End the fault, as every server does; what came ``late`` is done now."""
        super().mend()
        with self._lock:
            late, self._late = self._late, []
        for request in late:
            self.site.answer(request)

    def is_met(self, fault: Fault, request: Request) -> bool:
        """Whether this question meets the fault: reading may go on beside writing."""
        wanted = fault.function in ("", question_of(request).function)
        return wanted and super().is_met(fault, request)

    def respond(self, request: Request, fault: Fault | None) -> tuple[bytes, Fault | None]:
        """See ``LoopbackServer``."""
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
