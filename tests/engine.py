"""A whole hub in a test: a store, fake places, a clock and dice that are set by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from connector.audience import Scope, facilitator_scope, visitor_scope
from connector.http import Session
from connector.privacy import Privacy
from connector.rules import Rules
from connector.store import clusters, reading, sources
from connector.store.database import Store
from connector.store.sources import SourceRow, SourceSpec
from connector.store.views import ItemView, Summary
from sync_jobs.jobs import Jobs
from sync_jobs.pull import Report, run_source
from tests.fake_place import NOON, FakeAdapter, FakeService

PRIVACY_KEY = bytes(range(32))
PRIVACY = Privacy(PRIVACY_KEY)
AUCKLAND = ZoneInfo("Pacific/Auckland")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class NoSession:
    """The session of a place that asks nobody; it counts what would be asked."""

    requests: int = 0
    bytes_read: int = 0

    def get(self, url: str, **_more: object) -> None:
        self.requests += 1


@dataclass
class Engine:
    """One cluster and its fake places."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    adapter: FakeAdapter = field(default_factory=FakeAdapter)
    brake: int = 50
    slice_requests: int = 200

    def __post_init__(self) -> None:
        with self.store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint=PRIVACY.fingerprint(), now=self.clock.now)
            self.cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")

    @property
    def jobs(self) -> Jobs:
        """The tools of the jobs, with this clock."""
        return Jobs(
            store=self.store,
            adapters={"fake": self.adapter},
            open_session=lambda _per_host: cast(Session, NoSession()),
            privacy=PRIVACY,
            zone=AUCKLAND,
            clock=self.clock,
            roll=lambda: 0.5,
            brake=self.brake,
            slice_requests=self.slice_requests,
        )

    def add(
        self,
        key: str = "room5",
        *,
        host: str = "http://blog.example/",
        school: str | None = None,
        rules: Rules | None = None,
        **spec: Any,
    ) -> FakeService:
        """Add a place, or configure it anew; return the service behind it."""
        rules = rules or Rules()
        with self.store.write(self.cluster_id) as conn:
            school_id = clusters.ensure_school(conn, self.cluster_id, school) if school else None
            sources.put_source(
                conn,
                self.cluster_id,
                SourceSpec(
                    key=key,
                    kind="fake",
                    title=spec.pop("title", f"Place {key}"),
                    address=host,
                    settings=spec.pop("settings", {}),
                    rules=rules.model_dump(mode="json"),
                    school_id=school_id,
                    **spec,
                ),
                self.clock.now,
                privacy=PRIVACY,
            )
        return self.adapter.services.setdefault(host, FakeService())

    def source(self, key: str = "room5") -> SourceRow:
        """Return a place as it is kept."""
        with self.store.read() as conn:
            found = sources.find_source(conn, self.cluster_id, key)
        assert found is not None
        return found

    def run(self, key: str = "room5", *, sweep: bool = False) -> Report:
        """Read a place for one slice."""
        return run_source(self.jobs, self.source(key).id, force_sweep=sweep)

    def visitor(self) -> Scope:
        """The scope of somebody who has not signed in."""
        return visitor_scope(self.cluster_id)

    def facilitator(self) -> Scope:
        """The scope of a facilitator."""
        return facilitator_scope(self.cluster_id)

    def news(self, scope: Scope | None = None, **more: Any) -> tuple[Summary, ...]:
        """Return the first page of what's new, for a visitor unless said otherwise."""
        with self.store.read() as conn:
            return reading.news(conn, scope or self.visitor(), **more).items

    def titles(self, scope: Scope | None = None) -> list[str]:
        """Return the titles of what's new, newest first."""
        return [one.title for one in self.news(scope)]

    def found(self, words: str, scope: Scope | None = None) -> list[str]:
        """Return the titles that a search finds."""
        with self.store.read() as conn:
            return [one.title for one in reading.search(conn, scope or self.visitor(), words).items]

    def item(self, title: str, scope: Scope | None = None) -> ItemView:
        """Return the one item with this title."""
        chosen = scope or self.visitor()
        (summary,) = [one for one in self.news(chosen) if one.title == title]
        with self.store.read() as conn:
            view = reading.item(conn, chosen, summary.item_id)
        assert view is not None
        return view
