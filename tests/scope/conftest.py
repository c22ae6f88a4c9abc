"""Two clusters full of canaries, on both databases; grown once, for tests that only read."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from connector.store.database import open_database
from tests.conftest import BOTH
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.scope.hub import CanaryHub
from tests.scope.viewers import Person
from tests.scope.visiting import Visited, is_in_session, visit

Grow = Callable[[str, Person | None], CanaryHub]


@pytest.fixture(scope="session")
def grow(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grow]:
    """Grow a hub on a kind of database: whole, or only what somebody may see."""
    with ExitStack() as stack:

        def grown(kind: str, person: Person | None = None) -> CanaryHub:
            name = "sqlite_databases" if kind == "sqlite" else "postgres_databases"
            databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
            folder: Path = tmp_path_factory.mktemp("canaries")
            store = open_database(stack.enter_context(databases.make(folder)))
            stack.callback(store.close)
            return CanaryHub(store) if person is None else CanaryHub(store, person.grown)

        yield grown


@pytest.fixture(scope="session")
def whole_hub(grow: Grow) -> Callable[[str], CanaryHub]:
    """The whole hub on a kind of database; nobody changes it."""
    return cache(lambda kind: grow(kind, None))


@pytest.fixture(params=BOTH)
def hub(request: pytest.FixtureRequest, whole_hub: Callable[[str], CanaryHub]) -> CanaryHub:
    """The whole hub on each kind of database in turn; nobody changes it."""
    return whole_hub(request.param)


@pytest.fixture(scope="session")
def pages() -> Callable[[CanaryHub, Person], list[Visited]]:
    """What somebody is answered at every address; asked once for each scope."""
    kept: dict[object, list[Visited]] = {}

    def answered(hub: CanaryHub, person: Person) -> list[Visited]:
        key = (id(hub), person.scope(hub), is_in_session(person))
        if key not in kept:
            is_quick = hub.store.engine.dialect.name == "sqlite"
            kept[key] = visit(hub, person, every=every_for(person) if is_quick else 5)
        return kept[key]

    return answered


def every_for(person: Person) -> int:
    """Return how many of the lists are asked: all by a visitor and by a facilitator next door."""
    return 1 if person.name in ("visitor", "facilitator of the other") else 5
