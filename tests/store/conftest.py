"""Stores for these tests: a fresh SQLite file, or the one PostgreSQL database emptied."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BOTH
from tests.databases import PostgresDatabases
from tests.store.emptied import EmptiedPostgres, one_postgres


@pytest.fixture(scope="session")
def emptied_databases(
    postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmptiedPostgres]:
    """The one PostgreSQL database."""
    with one_postgres(postgres_databases, tmp_path_factory.mktemp("postgres")) as databases:
        yield databases


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the newest schema, on each kind in turn."""
    kind = "sqlite" if request.param == "sqlite" else "emptied"
    with request.getfixturevalue(f"{kind}_databases").make(tmp_path) as url:
        yield url
