"""Databases for tests, on SQLite and on PostgreSQL; each test gets one of its own.

The schema is made once by the real chain of migrations; every test gets a copy of that.
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from connector.store.database import Store, open_database, sqlite_url
from connector.store.migrate import migrate

POSTGRES_VARIABLE = "CLUSTERHUB_TEST_POSTGRES"
_NUMBERS = itertools.count()


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path):
        self._template = folder / "template.db"
        with _opened(sqlite_url(self._template)) as store:
            migrate(store, datetime.now(UTC))

    def close(self) -> None:
        """Leave the files to whoever made the folders."""

    @contextmanager
    def make(self, folder: Path) -> Iterator[str]:
        """Give the address of a fresh database."""
        path = folder / "hub.db"
        shutil.copyfile(self._template, path)
        yield sqlite_url(path)


class PostgresDatabases:
    """Copies of one migrated database of a server: this one, or that the environment names."""

    def __init__(self, server: str = "") -> None:
        self._server = server or os.environ[POSTGRES_VARIABLE]
        self._template = f"clusterhub_test_{os.getpid()}_template"
        self._do(f"CREATE DATABASE {self._template}")
        with _opened(self._address(self._template)) as store:
            migrate(store, datetime.now(UTC))

    @contextmanager
    def make(self, folder: Path) -> Iterator[str]:
        """Give the address of a fresh database, dropped afterwards."""
        name = f"clusterhub_test_{os.getpid()}_{next(_NUMBERS)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        try:
            yield self._address(name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template."""
        self._do(f"DROP DATABASE {self._template} WITH (FORCE)")

    def _address(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names are our own


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = open_database(url)
    try:
        yield store
    finally:
        store.close()
