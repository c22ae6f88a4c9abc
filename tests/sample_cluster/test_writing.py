"""Announcements on a stand-in WordPress, with everything that can go wrong there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.blogs.wordpress_destination import ADAPTER
from connector.announce.moves import State
from connector.store import destinations
from connector.store.database import Store
from connector.store.destinations import DestinationSpec
from sample_cluster.faults import FaultKind
from sample_cluster.posts import BlogKind
from sample_cluster.servers import SampleServers
from sample_cluster.wordpress_writing import PASSWORD, USER, Desk
from sample_cluster.world import DEFAULT_SEED, World
from sync_jobs import approve
from sync_jobs.outbox import Outbox
from sync_jobs.push import send_due
from tests.fake_destination import FakeOutbox
from tests.guarded import network


@pytest.fixture(scope="module")
def servers() -> Iterator[SampleServers]:
    with SampleServers(World(DEFAULT_SEED, date(2026, 11, 20))) as running:
        yield running


class Site:
    """A hub that posts on one stand-in."""

    def __init__(self, servers: SampleServers, outbox: FakeOutbox):
        blog = next(one for one in servers.world.blogs if one.kind is BlogKind.WORDPRESS)
        self.servers, self.slug, self.outbox = servers, blog.slug, outbox
        self.desk: Desk = servers.desks[blog.slug]
        for name, value in vars(Desk()).items():
            setattr(self.desk, name, value)
        self._net = network(read_seconds=2.0)
        self.configure()

    def configure(self, **more: str) -> None:
        spec = DestinationSpec(
            key="blog",
            kind="wordpress",
            title="Blog",
            address=self.servers.addresses[self.slug],
            settings={"user": USER, "application_password": PASSWORD, **more},
            audience_kind="public",
            account="blog",
        )
        with self.outbox.store.write() as conn:
            destinations.put_destination(conn, self.outbox.cluster_id, spec)

    @property
    def tools(self) -> Outbox:
        return replace(
            self.outbox.tools, kinds={"wordpress": ADAPTER}, open_session=self._net.session
        )

    def announce(self) -> None:
        row = self.outbox.draft(audience="public")
        with self.outbox.store.read() as conn:
            chosen = destinations.destinations_of(conn, self.outbox.cluster_id)
        approve.approve(self.tools, row, approve.previews(self.tools, row, chosen))

    def fault(self, kind: FaultKind, **more: Any) -> None:
        self.servers.fault(
            self.slug, kind, path="/wp-json/wp/v2/posts", method="POST", times=1, **more
        )

    def send(self, **later: float) -> State:
        self.outbox.clock.move(**later)
        send_due(self.tools)
        return self.outbox.delivery().state

    def send_until_quiet(self) -> State:
        for minutes in (0, 1, 4, 25, 5, 60, 60):
            self.send(minutes=minutes)
        return self.outbox.delivery().state


@pytest.fixture
def site(servers: SampleServers, sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    made = Site(servers, FakeOutbox(sqlite_store, tmp_path / "data"))
    yield made
    servers.mend(made.slug)


def test_it_is_published_edited_and_taken_back(site: Site) -> None:
    site.announce()
    assert site.send() is State.SENT
    assert site.desk.shown() == ["Maths evening"]
    approve.retract(site.tools, site.outbox.cluster_id, site.outbox.deliveries())
    assert site.send(minutes=1) is State.RETRACTED
    assert site.desk.shown() == []


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.LOST,
        FaultKind.BROKEN,
        FaultKind.BROKEN_AFTER,
        FaultKind.RATE_LIMITED,
        FaultKind.UNAVAILABLE,
        FaultKind.TRUNCATED,
        FaultKind.GARBAGE,
        FaultKind.TIMEOUT,
    ],
)
def test_through_every_fault_there_is_one_post(site: Site, kind: FaultKind) -> None:
    site.announce()
    site.fault(kind)
    assert site.send() is not State.SENT
    site.servers.mend(site.slug)
    assert site.send_until_quiet() is State.SENT
    assert site.desk.shown() == ["Maths evening"]
    assert len(site.desk.posts) == 1


def test_stored_late_it_is_found_and_not_sent_again(site: Site) -> None:
    site.announce()
    site.fault(FaultKind.LOST)
    site.desk.late = True
    site.send()
    site.send(minutes=1), site.send(minutes=4)
    site.desk.late = False
    assert site.send(minutes=25) is State.SENT
    assert len(site.desk.posts) == 1


def test_with_the_plugin_it_is_found_by_its_field(site: Site) -> None:
    site.configure(marker="field")
    site.announce()
    site.fault(FaultKind.LOST)
    assert site.send_until_quiet() is State.SENT
    (post,) = site.desk.posts.values()
    assert post["meta"]["hub_id"].startswith("hub-")
    assert not post["slug"].startswith("hub-")


def test_a_revoked_password_stops_before_anything_is_posted(site: Site) -> None:
    site.announce()
    site.desk.revoked = True
    assert site.send() is State.NEEDS_ATTENTION
    assert site.desk.posts == {}


def test_a_site_that_refuses_doubles_is_told_and_not_hammered(site: Site) -> None:
    site.desk.refuses_twice = True
    site.announce()
    site.announce()
    send_due(site.tools)
    assert sorted(site.outbox.states(1, 2)) == sorted([State.FAILED, State.SENT])
    assert len(site.desk.posts) == 1
