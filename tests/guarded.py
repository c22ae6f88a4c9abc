"""Networks for tests of the guarded session: loopback allowed, names given by hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from connector.http import Network, NetworkPolicy

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def names(known: Mapping[str, Sequence[str]]) -> Callable[[str, int], Sequence[str]]:
    """Return a resolver that knows these names and no others."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in known:
            raise OSError("no such name")
        return known[host]

    return resolve


class HandClock:
    """A clock that moves only by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


def network(
    known: Mapping[str, Sequence[str]] | None = None,
    *,
    clock: Callable[[], datetime] = lambda: NOON,
    **policy: Any,
) -> Network:
    """Return a Network that may ask loopback and waits briefly."""
    chosen: dict[str, Any] = {
        "allow": LOOPBACK,
        "user_agent": "ClusterHub/test",
        "read_seconds": 5.0,
        "total_seconds": 10.0,
    }
    return Network(NetworkPolicy(**(chosen | policy)), clock, resolve=names(known or {}))
