"""A small board on loopback and a hub that reads it."""

from collections.abc import Iterator

import pytest

from connector.store.database import Store
from sample_cluster.discourse.server import BoardServer
from tests.discourse.board_hub import BoardHub
from tests.discourse.small_board import Small


@pytest.fixture
def small() -> Iterator[Small]:
    """A board that listens while the test runs."""
    small = Small()
    with BoardServer(small.service):
        yield small


@pytest.fixture
def hub(store: Store, small: Small) -> Iterator[BoardHub]:
    """A hub that knows the board and has not read it yet, on each kind of database."""
    hub = BoardHub(store, small)
    yield hub
    hub.close()
