"""Pages over a real store: a visitor's client and a facilitator's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.store.database import Store, open_database
from tests.databases import SqliteDatabases
from tests.web.garden import Garden, plant
from tests.web.making import TOKEN, come_in, make_app


@pytest.fixture
def store(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Store]:
    """An empty store of the newest schema; what differs between databases has its own module."""
    with sqlite_databases.make(tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.close()


@pytest.fixture
def garden(store: Store) -> Garden:
    """A cluster without anything in it."""
    return Garden(store)


@pytest.fixture
def ids(garden: Garden) -> dict[str, int]:
    """The same cluster with something of everything; ids of a few items by name."""
    return plant(garden)


@pytest.fixture
def app(store: Store) -> Flask:
    return make_app(store)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def facilitator(app: Flask) -> FlaskClient:
    client = app.test_client()
    come_in(client, TOKEN)
    return client
