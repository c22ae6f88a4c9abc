"""Fixtures of the sample cluster's tests: one world, and servers that show it."""

from collections.abc import Iterator

import pytest

from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World
from tests.sample_cluster.asking import TODAY, Asker


@pytest.fixture(scope="session")
def world() -> World:
    """One world for all tests: nothing in it ever changes."""
    return World(DEFAULT_SEED, TODAY)


@pytest.fixture
def ask(world: World) -> Asker:
    return Asker(world)


@pytest.fixture
def servers(world: World) -> Iterator[SampleServers]:
    with SampleServers(world) as running:
        yield running
