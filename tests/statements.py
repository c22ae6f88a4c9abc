"""All SQLite databases of a test process share what SQLAlchemy makes of a statement.

It keeps that for each engine, and every test has an engine of its own: to write the same SQL
anew took an eighth of the time of all tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Engine, create_engine

from connector.store import database


@contextmanager
def shared_statements() -> Iterator[None]:
    """Give every engine for SQLite the dialect of the first, and what that has compiled."""
    first = create_engine("sqlite://")
    first.connect().close()  # only then a dialect knows the database's version

    def create(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == first.dialect.name:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        return engine

    with mock.patch.object(database, "create_engine", create):
        yield
