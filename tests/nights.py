"""Nights of ``bench.kills`` for tests: real runners in processes of their own, on both databases."""

import os
from collections.abc import Iterator

import pytest

from bench.kills import nights_of
from bench.sides.nights import Nights
from tests.conftest import BOTH
from tests.databases import POSTGRES_VARIABLE


@pytest.fixture(scope="module", params=BOTH)
def nights(request: pytest.FixtureRequest) -> Iterator[Nights]:
    """Two nights of two feeds, played undisturbed."""
    server = os.environ.get(POSTGRES_VARIABLE, "")
    with nights_of(request.param, server, first_feed=2, feeds=2, count=2) as played:
        yield played


@pytest.fixture(scope="module")
def sqlite_nights() -> Iterator[Nights]:
    """Two nights of two feeds on SQLite."""
    with nights_of("sqlite", "", first_feed=2, feeds=2, count=2) as played:
        yield played
