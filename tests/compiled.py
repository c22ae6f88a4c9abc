"""What tests share of libraries: statements and templates that were compiled once.

SQLAlchemy keeps the one for each engine and Jinja the other for each application, and every
test has its own: to write the same SQL anew took an eighth of the time of all tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Engine, create_engine

from connector.store import database


@contextmanager
def shared_statements() -> Iterator[None]:
    """Give every engine the dialect of the first of its kind, and what that has compiled."""
    firsts: dict[str, Engine] = {}

    def create(url: URL | str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        first = firsts.setdefault(engine.dialect.name, engine)
        # Only with its first connection a dialect knows the database's version.
        if first.dialect.server_version_info:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        elif first is not engine:
            firsts[engine.dialect.name] = engine
        return engine

    with mock.patch.object(database, "create_engine", create):
        yield


class _InMemory(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def shared_templates() -> Iterator[None]:
    """Let every application load what another has compiled."""
    with mock.patch.dict(Flask.jinja_options, {"bytecode_cache": _InMemory()}):
        yield
