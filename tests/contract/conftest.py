"""One kit for each test: every way of every row of the registry, and the unregistered."""

import pytest

from tests.contract.kit import KITS, Hub, Kit


@pytest.fixture(params=sorted(KITS))
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]()


@pytest.fixture
def hub(kit: Kit) -> Hub:
    """A hub that has read everything once."""
    hub = Hub(kit)
    hub.cycle()
    assert not hub.failures
    return hub
