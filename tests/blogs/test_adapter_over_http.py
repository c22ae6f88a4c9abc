"""The adapter over the real, guarded network against the stand-ins of the sample cluster."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from adapters.blogs.adapter import ADAPTER
from adapters.blogs.settings import BlogSettings
from connector.errors import AuthError, TemporaryError
from connector.http import Network, NetworkPolicy
from connector.model import Kind, StreamFailed
from sample_cluster.posts import BlogKind, Health
from sample_cluster.servers import SampleServers
from sample_cluster.world import World

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WINDOWED = (BlogKind.GHOST,)
"""Without a key Ghost shows its newest posts only."""


@pytest.fixture(scope="module")
def servers() -> Iterator[SampleServers]:
    with SampleServers(World(1, date(2026, 11, 21))) as running:
        yield running


@pytest.fixture
def network() -> Iterator[Network]:
    loopback = (ipaddress.ip_network("127.0.0.0/8"),)
    policy = NetworkPolicy(
        allow=loopback, user_agent="test", total_seconds=5, connect_seconds=1, read_seconds=1
    )
    found = Network(policy)
    yield found
    found.close()


def opened(servers, network, blog):
    settings = BlogSettings(address=servers.address(blog))
    return ADAPTER.open(settings, network.session(), NOW)


def healthy(servers, kind):
    health = servers.expected()
    return next(
        blog
        for blog in servers.world.blogs
        if blog.kind is kind and health[blog.slug].health is Health.WELL
    )


@pytest.mark.parametrize("kind", list(BlogKind))
def test_every_kind_of_blog_is_found_and_read(servers, network, kind):
    blog = healthy(servers, kind)
    place = opened(servers, network, blog)
    pages = list(place.read({stream.key: None for stream in place.streams()}))
    assert [page for page in pages if isinstance(page, StreamFailed)] == []
    posts = {r.url for page in pages for r in page.records if r.kind is Kind.POST}
    expected = {post.permalink for post in servers.expected()[blog.slug].published}
    assert posts <= expected if kind in WINDOWED else posts == expected
    assert posts


@pytest.mark.parametrize("kind", list(BlogKind))
def test_second_cycle_hands_on_nothing_new(servers, network, kind):
    blog = healthy(servers, kind)
    place = opened(servers, network, blog)
    cursors, known = {stream.key: None for stream in place.streams()}, {}
    for page in place.read(dict(cursors)):
        cursors[page.stream] = page.cursor or cursors[page.stream]
        known.update({record.external_id: record for record in page.records})
    again = opened(servers, network, blog).read(cursors)
    assert [r for page in again for r in page.records if known[r.external_id] != r] == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", AuthError),
        ("500", TemporaryError),
        ("timeout", TemporaryError),
        ("truncated", TemporaryError),
        ("refuse", TemporaryError),
    ],
)
def test_faults_of_the_network_reach_the_caller_as_they_are(servers, network, fault, error):
    blog = healthy(servers, BlogKind.WORDPRESS)
    place = opened(servers, network, blog)
    cursors = {page.stream: page.cursor for page in place.read({"posts": None})}
    servers.fault(blog, fault)
    try:
        (failure,) = opened(servers, network, blog).read(cursors)
    finally:
        servers.mend(blog)
    assert type(failure.error) is error
