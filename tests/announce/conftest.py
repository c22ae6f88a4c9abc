"""A hub that announces, on each kind of database."""

from pathlib import Path

import pytest

from connector.store.database import Store
from tests.fake_destination import FakeOutbox


@pytest.fixture
def outbox(store: Store, tmp_path: Path) -> FakeOutbox:
    """No destination yet."""
    return FakeOutbox(store, tmp_path / "data")
