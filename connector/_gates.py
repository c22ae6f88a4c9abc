"""How many requests one host gets at once, and when it asked to be left alone.

One set of gates serves the whole process. Statuses are read in ``connector.http``.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from connector.addresses import Target
from connector.errors import TemporaryError

Origin = tuple[str, str, int]


@dataclass(slots=True)
class _Gate:
    under_way: int = 0
    waiting: int = 0
    not_before: datetime | None = None


class HostGates:
    """Counts what is under way at each scheme, host and port."""

    def __init__(self, clock: Callable[[], datetime]):
        self._clock = clock
        self._changed = threading.Condition()
        self._gates: dict[Origin, _Gate] = {}

    @contextmanager
    def passing(self, target: Target, *, limit: int, wait_seconds: float) -> Iterator[None]:
        """Hold one of the host's places while the block runs.

        Raises:
            TemporaryError: the host asked us to wait, or no place came free in time.
        """
        self._enter(target, limit, wait_seconds)
        try:
            yield
        finally:
            self._leave(target.origin)

    def close_until(self, target: Target, moment: datetime) -> None:
        """Let nobody ask this host before the moment; a later one that is known stays."""
        with self._changed:
            gate = self._gates.setdefault(target.origin, _Gate())
            gate.not_before = max(gate.not_before or moment, moment)

    def _enter(self, target: Target, limit: int, wait_seconds: float) -> None:
        with self._changed:
            gate = self._gates.setdefault(target.origin, _Gate())
            self._refuse_early(gate, target)
            if gate.under_way >= limit:
                self._wait(gate, target, limit, wait_seconds)
            gate.under_way += 1

    def _wait(self, gate: _Gate, target: Target, limit: int, seconds: float) -> None:
        gate.waiting += 1
        try:
            if not self._changed.wait_for(lambda: gate.under_way < limit, seconds):
                raise TemporaryError(
                    f"{target.host} is busy with other requests of the hub. "
                    "This one is tried again later.",
                    url=target.shown,
                )
            # The host may have said "wait" to the request that left.
            self._refuse_early(gate, target)
        finally:
            gate.waiting -= 1

    def _refuse_early(self, gate: _Gate, target: Target) -> None:
        if gate.not_before is None:
            return
        if self._clock() < gate.not_before:
            raise TemporaryError(
                f"{target.host} asked the hub to wait. It is asked again when that time is over.",
                url=target.shown,
                not_before=gate.not_before,
            )
        gate.not_before = None

    def _leave(self, origin: Origin) -> None:
        with self._changed:
            gate = self._gates[origin]
            gate.under_way -= 1
            if gate.waiting:
                self._changed.notify_all()
            elif not gate.under_way and gate.not_before is None:
                del self._gates[origin]
