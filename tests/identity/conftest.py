"""One SQLite store for all cases of a module, each case in a cluster of its own."""

from collections.abc import Iterator

import pytest

from connector.store.database import Store, open_database
from tests.databases import SqliteDatabases


@pytest.fixture(scope="module")
def shared_store(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that a module's tests fill and empty."""
    with sqlite_databases.make(tmp_path_factory.mktemp("village")) as url:
        opened = open_database(url)
        yield opened
        opened.close()
