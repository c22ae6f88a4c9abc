"""One kit for each test: every way of every row of the registry, and the unregistered."""

from functools import cache

import pytest

from tests.contract.kit import KITS, Hub, Kit


@pytest.fixture(params=sorted(KITS))
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]()


@pytest.fixture
def hub(kit: Kit, request: pytest.FixtureRequest) -> Hub:
    """A hub that has read everything once."""
    return read_once(request.node.callspec.params["kit"]).at(kit)


@cache
def read_once(name: str) -> Hub:
    """Return a hub that has read such a kit; the tests of it begin with copies."""
    hub = Hub(KITS[name]())
    hub.cycle()
    assert not hub.failures
    return hub
