"""A real hub that reads one real blog over loopback: adapter, guarded network and engine.

Only the clock and the resolver are set by hand. What the blog answers is changed between runs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from adapters.registry import ADAPTERS
from connector.http import Network, NetworkPolicy
from connector.rules import Rules
from connector.store import sources
from connector.store.database import Store
from connector.store.sources import SourceRow, SourceSpec
from connector.store.streams import streams_of
from sync_jobs.jobs import Jobs
from sync_jobs.pull import Report, run_source
from tests.engine import PRIVACY, Engine
from tests.feeds.feed_reading import rss
from tests.guarded import names
from tests.loopback import Loopback, Reply, Script
from tests.store.kept import Dump, dump

NAME = "blog.example.school.nz"
"""Leads to the loopback server, until a test says otherwise."""


def posts(*numbers: int) -> bytes:
    """Return a feed with these posts, the newest first."""
    items = (
        f"<guid>p{number}</guid><link>http://{NAME}/{number}</link><title>Week {number}</title>"
        f"<description>What room {number} found out about kea and kererū.</description>"
        f"<pubDate>{number:02} Feb 2026 09:00:00 +1300</pubDate>"
        for number in sorted(numbers, reverse=True)
    )
    return rss(*items).encode()


def feed(*numbers: int) -> Reply:
    """Return the answer of a blog in good health."""
    return Reply(200, {"Content-Type": "application/rss+xml; charset=utf-8"}, posts(*numbers))


@dataclass
class HostileHub:
    """One hub, one source and the server behind it."""

    store: Store
    server: Loopback
    network: Network
    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    """What the resolver says of ``NAME`` at the moment."""

    def __post_init__(self) -> None:
        self.engine = Engine(self.store)

    @property
    def jobs(self) -> Jobs:
        """The tools of the jobs: all real but the clock and the dice."""
        return replace(
            self.engine.jobs,
            adapters=ADAPTERS,
            open_session=lambda per_host: self.network.session(requests_per_host=per_host),
        )

    def add(self, address: str, **settings: Any) -> None:
        """Add the place that everything here is about."""
        spec = SourceSpec(
            key="room5",
            kind="blogs",
            title="Room 5",
            address=address,
            settings=settings,
            rules=Rules().model_dump(mode="json"),
        )
        with self.store.write(self.engine.cluster_id) as conn:
            sources.put_source(
                conn, self.engine.cluster_id, spec, self.engine.clock.now, privacy=PRIVACY
            )

    def add_with_posts(self) -> None:
        """Add the place by its feed and keep two posts of it."""
        self.server.on("/feed", feed(1, 2))
        self.add(self.url("/feed"))
        assert self.run().counts == {"new": 2}

    def url(self, path: str) -> str:
        """Return the blog's address under its name."""
        return self.server.url(path, host=NAME)

    @property
    def source(self) -> SourceRow:
        """The place as it is kept."""
        return self.engine.source("room5")

    def run(self) -> Report:
        """Read the place once, at the moment it is."""
        return run_source(self.jobs, self.source.id)

    def wait_until_due(self) -> None:
        """Let time pass until the hub itself would read the place, and not before."""
        due = self.source.due
        assert not self._is_due(due - timedelta(seconds=1))
        self.engine.clock.now = max(due, self.engine.clock.now)
        assert self._is_due(self.engine.clock.now)

    def _is_due(self, moment: Any) -> bool:
        with self.store.read() as conn:
            return self.source.id in sources.due_sources(conn, moment, 10)

    def streams(self) -> list[str]:
        """Return the keys of what can be read."""
        with self.store.read() as conn:
            return [row.key for row in streams_of(conn, self.source.id)]

    def kept(self) -> Dump:
        """Return everything that the hub keeps: posts, texts, search, people, cursors."""
        return dump(self.store)

    def titles(self) -> list[str]:
        """Return what a visitor sees."""
        return self.engine.titles()


@contextmanager
def hostile_hub(store: Store, **policy: Any) -> Iterator[HostileHub]:
    """Give a hub whose network allows the loopback server's address and nothing else private."""
    chosen: dict[str, Any] = {"total_seconds": 20.0, "read_seconds": 10.0} | policy
    with Loopback() as server:
        hub: HostileHub

        def resolve(host: str, port: int) -> Sequence[str]:
            return names({NAME: hub.addresses})(host, port)

        network = Network(
            NetworkPolicy(
                allow=(ip_network("127.0.0.1/32"),), user_agent="ClusterHub/test", **chosen
            ),
            lambda: hub.engine.clock.now,
            resolve=resolve,
        )
        hub = HostileHub(store, server, network)
        try:
            yield hub
        finally:
            network.close()


@dataclass(frozen=True)
class Hostile:
    """One hostile answer, and the sentence that a facilitator reads about it."""

    script: Script
    sentence: str
    of_a_page: str = ""
    """Where it says something else of an address that was not read before."""
    policy: dict[str, Any] = field(default_factory=dict)
    temporary: bool = False
    """It is tried again soon, not in the slow lane."""
