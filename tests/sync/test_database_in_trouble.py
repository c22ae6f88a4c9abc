"""A full disk, a database that takes no changes: one sentence, nothing half-written, recovery.

SQLite's disk is full by its own limit of pages, which is the same error; ``./run bench full_disk``
fills a real one. The server of PostgreSQL says itself that its disk is full, from a trigger.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event

from connector.errors import StoreError
from connector.store import clusters
from connector.store.database import Store, open_database, sqlite_url
from sync_jobs.local import LocalRunner
from tests.databases import POSTGRES_VARIABLE, PostgresDatabases, SqliteDatabases
from tests.engine import Engine
from tests.fake_place import record
from tests.store.kept import dump
from tests.sync.test_leases import expire
from tests.sync.test_runner import LONG, WatchedAdapter, wait_until_entered

NO_LIMIT = 4_294_967_294
NOBODY = 65_534


@dataclass
class Disk:
    """A store whose disk can be filled."""

    store: Store
    fill: Callable[[], None]
    make_room: Callable[[], None]
    sentence: str


@pytest.fixture
def file_disk(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Disk]:
    limit = {"pages": NO_LIMIT}
    with sqlite_databases.make(tmp_path) as url:
        store = open_database(url)

        @event.listens_for(store.engine, "begin")
        def set_limit(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={limit['pages']}")

        file = tmp_path / "hub.db"
        yield Disk(
            store,
            lambda: limit.update(pages=1),  # no page more than there are
            lambda: limit.update(pages=NO_LIMIT),
            f"The disk that holds {file} is full: nothing was written. Make room. "
            "The hub goes on by itself.",
        )
        store.close()


def script(store: Store, statement: str) -> Callable[[], None]:
    def run() -> None:
        with store.engine.begin() as conn:
            conn.exec_driver_sql(statement)

    return run


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON origin_text EXECUTE FUNCTION full_disk()
"""


@pytest.fixture
def server_disk(postgres_databases: PostgresDatabases, tmp_path: Path) -> Iterator[Disk]:
    with postgres_databases.make(tmp_path) as url:
        store = open_database(url)
        yield Disk(
            store,
            script(store, FULL),
            script(store, "DROP FUNCTION full_disk CASCADE"),
            "The disk of the database server is full: nothing was written. Make room. "
            "The hub goes on by itself.",
        )
        store.close()


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.postgres)])
def disk(request: pytest.FixtureRequest) -> Disk:
    return request.getfixturevalue(f"{request.param}_disk")


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(disk: Disk) -> None:
    engine = Engine(disk.store)
    engine.add().publish(*(record(number) for number in range(90)))
    disk.fill()
    with pytest.raises(StoreError) as told:
        engine.run()
    assert str(told.value) == disk.sentence
    disk.make_room()
    assert dump(disk.store)["origin"] == []


def test_the_runner_goes_on_by_itself_once_there_is_room(disk: Disk) -> None:
    engine = Engine(disk.store)
    watched = engine.adapter = WatchedAdapter()
    watched.go_on.set()
    engine.add().publish(*(record(number) for number in range(90)))
    disk.fill()
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    try:
        runner.tick()
        runner._pool.submit(int).result(60)  # the only thread has done what came before
        assert engine.titles() == []
        disk.make_room()
        engine.clock.move(minutes=30)
        expire(engine.store, engine.source().id)  # where it could not be given back
        runner.tick()
        wait_until_entered(watched, 2)
    finally:
        runner.stop()
    assert len(dump(disk.store)["origin"]) == 90


@pytest.fixture
def file(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Path]:
    """A database in a folder of its own, which whoever root becomes may reach."""
    folder = tmp_path / "data"
    folder.mkdir()
    for parent in [tmp_path, *tmp_path.parents][:4]:  # each process of a suite has its own
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    with sqlite_databases.make(folder):
        yield folder / "hub.db"
        folder.chmod(0o755)


@contextmanager
def nobody() -> Iterator[None]:
    """Have no more rights than the modes of files give; root has all of them otherwise."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("folder_mode", [0o777, 0o555], ids=["file", "file and folder"])
def test_a_file_that_may_only_be_read_is_one_sentence_until_it_may_be_written(
    file: Path, folder_mode: int
) -> None:
    store = open_database(sqlite_url(file))
    file.chmod(0o444)
    file.parent.chmod(folder_mode)
    with nobody(), pytest.raises(StoreError) as told:
        add_cluster(store)
    assert str(told.value) == (
        f"{file} cannot be written: check the owner and the rights of the file and of its folder, "
        "and that the disk takes changes. The hub goes on by itself."
    )
    file.parent.chmod(0o777)
    for one in file.parent.iterdir():
        one.chmod(0o666)
    with nobody():
        add_cluster(store)
        store.close()


def add_cluster(store: Store) -> None:
    with store.write() as conn:
        clusters.ensure_cluster(conn, "kauri", "Kauri cluster")


@pytest.mark.postgres
def test_a_server_that_takes_no_changes_is_one_sentence_until_it_does(
    postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    with (
        postgres_databases.make(tmp_path) as url,
        psycopg.connect(os.environ[POSTGRES_VARIABLE], autocommit=True) as server,
    ):
        store = open_database(url)
        setting = f"{store.engine.url.database} SET default_transaction_read_only"
        engine = Engine(store)
        engine.add().publish(record(1))
        server.execute(f"ALTER DATABASE {setting} = on")
        store.close()
        with pytest.raises(StoreError) as told:
            engine.run()
        server.execute(f"ALTER DATABASE {setting} = off")
        assert str(told.value) == (
            "The database server takes no changes at present (read-only): nothing was written. "
            "Let it take changes again. The hub goes on by itself."
        )
        assert engine.run().state == "done"
        store.close()
