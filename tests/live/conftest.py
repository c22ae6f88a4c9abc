"""Live tests talk to real services that they start themselves; they run when asked for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import wordpress_site
from tests.live.wordpress_site import WordPressSite

HERE = Path(__file__).parent


def report_needs(item: pytest.Item) -> None:
    """Name the servers a test needs in the JUnit report, where .ci/run looks for skipped ones."""
    needs = [name for name in ("live", "postgres") if item.get_closest_marker(name)]
    item.user_properties.extend(("needs", name) for name in needs)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies here as live, and leave it out unless CLUSTERHUB_TEST_LIVE is 1."""
    live = [item for item in items if HERE in item.path.parents]
    for item in live:
        item.add_marker(pytest.mark.live)
    for item in items:
        report_needs(item)
    if live and os.environ.get("CLUSTERHUB_TEST_LIVE") != "1":
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


@pytest.fixture(scope="session")
def site() -> Iterator[WordPressSite]:
    """One seeded blog for all tests; each works on posts of its own."""
    lacking = wordpress_site.missing()
    if lacking:
        pytest.skip(f"A WordPress of our own needs packages, see .ci/run; {lacking}")
    with WordPressSite() as running:
        running.seed()
        yield running
