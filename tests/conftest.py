"""What tests of all parts share: stores on both databases, and an engine with a set clock."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

from connector.store.database import Store, open_database
from tests.chances import TAKES_ALL, some_of
from tests.compiled import shared_statements, shared_templates
from tests.databases import POSTGRES_VARIABLE, PostgresDatabases, SqliteDatabases
from tests.emptied import EmptiedPostgres, one_postgres
from tests.engine import Engine

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
DATABASES = {
    "sqlite": "sqlite_databases",
    "postgresql": "emptied_postgres",
    "postgresql of its own": "postgres_databases",
}
"""What makes a database, by the parameter of ``database_url``."""

ROOM_IN_MEMORY = 2 << 30
"""Bytes; a machine of less than twice as much memory has no such room there."""

LONG_FILES = (
    *("announce/test_correcting.py", "announce/test_killed.py", "announce/test_mail.py"),
    *("blogs/test_wordpress_reader.py", "cli/test_running.py", "contract/test_cursors.py"),
    *("contract/test_failures.py", "discourse/test_big_board.py", "discourse/test_history.py"),
    *("feeds/test_feed_hostile.py", "house/test_backup_store.py", "house/test_killed.py"),
    *("identity/test_taken_apart.py", "interact/test_in_the_hub.py", "moodle/test_history.py"),
    *("moodle/test_over_http.py", "moodle/test_posting_over_http.py", "scope/test_canaries.py"),
    *("scope/test_seeded_mistakes.py", "scope/test_without_the_hidden.py"),
    *("store/test_search.py", "sync/test_kill_nine.py", "web/test_browser.py"),
    "bench/test_history_server.py",
)
"""A quarter of a minute or more: where one came last, one core would work and others wait."""

if not TAKES_ALL:
    settings.register_profile("some", max_examples=some_of(settings.default.max_examples))  # type: ignore[union-attr]
    settings.load_profile("some")


def pytest_configure() -> None:
    """Keep the files of the tests in memory where there is room: they make a hundred thousand."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free > ROOM_IN_MEMORY:
        os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None  # found anew when it is asked for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, and skip what needs a server that nobody named."""
    items.sort(key=lambda item: not item.nodeid.partition("::")[0].endswith(LONG_FILES))
    if os.environ.get(POSTGRES_VARIABLE):
        return
    skip = pytest.mark.skip(reason=f"no PostgreSQL server: set {POSTGRES_VARIABLE}")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


def pytest_collection_finish() -> None:
    """Spare the collector what lives to the end: thousands of tests, and all modules."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are cores: tests wait for servers, deaths and time-outs."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def _everything_is_compiled_once() -> Iterator[None]:
    with shared_statements(), shared_templates():
        yield


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Fresh SQLite files."""
    return SqliteDatabases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Fresh PostgreSQL databases."""
    databases = PostgresDatabases()
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def emptied_postgres(
    postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmptiedPostgres]:
    """The one PostgreSQL database of all tests that need no other."""
    with one_postgres(postgres_databases, tmp_path_factory.mktemp("postgres")) as databases:
        yield databases


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the newest schema, on each kind in turn."""
    with request.getfixturevalue(DATABASES[request.param]).make(tmp_path) as url:
        yield url


@pytest.fixture
def store(database_url: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store of the newest schema, on each kind of database in turn."""
    if database_url.startswith("sqlite"):
        opening = closing(open_database(database_url))
    else:
        opening = request.getfixturevalue("emptied_postgres").opened(database_url)
    with opening as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite file of the newest schema, for what hardly comes as far as a database."""
    with sqlite_databases.make(tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.close()


@pytest.fixture
def engine(store: Store) -> Engine:
    """A hub with one cluster, a fake kind of place and a clock that is set by hand."""
    return Engine(store)
