"""One kit for each test: every way of every row of the registry."""

import pytest

from tests.contract.kit import Hub, Kit, can_sweep, kits

KITS = kits()
WHOLE = [name for name, make in sorted(KITS.items()) if make().whole]
SWEEPABLE = [name for name, make in sorted(KITS.items()) if can_sweep(make())]


@pytest.fixture(params=sorted(KITS))
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]()


@pytest.fixture(params=WHOLE)
def whole_kit(request: pytest.FixtureRequest) -> Kit:
    """A place whose main stream shows everything, not a window of the newest."""
    return KITS[request.param]()


@pytest.fixture(params=SWEEPABLE)
def sweepable_kit(request: pytest.FixtureRequest) -> Kit:
    """A place that can list all ids of its main stream."""
    return KITS[request.param]()


@pytest.fixture
def hub(kit: Kit) -> Hub:
    """A hub that has read everything once."""
    hub = Hub(kit)
    hub.cycle()
    assert not hub.failures
    return hub
