"""A database that was put back, a copied folder, a clone: nothing is sent without a yes."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from connector import hub_files
from connector.announce.moves import State
from connector.errors import UnknownOutcome
from connector.store import instance
from connector.store.database import Store, open_database, sqlite_url
from sync_jobs import approve
from sync_jobs.outbox import hold_everything
from tests.databases import POSTGRES_VARIABLE
from tests.fake_destination import FakeOutbox, once
from tests.house.populated import move

SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRES_ONLY = pytest.mark.parametrize(
    "database_url",
    # A clone is made of what nobody is connected to.
    [pytest.param("postgresql of its own", marks=pytest.mark.postgres)],
    indirect=True,
)


def two_places(outbox: FakeOutbox) -> None:
    """Say yes to an announcement for a place that can be looked into, and one that cannot."""
    outbox.add("board")
    outbox.add("chat")
    outbox.announce(at=outbox.clock.now + timedelta(minutes=1))


def copied(outbox: FakeOutbox) -> int:
    return sum(len(one.copies) for one in outbox.boards.values())


def same_places(outbox: FakeOutbox, store: Store, folder: Path) -> FakeOutbox:
    """Return the hub in another database, which talks to the same places."""
    other = object.__new__(FakeOutbox)
    for name, value in vars(outbox).items():
        setattr(other, name, value)
    other.store, other.folder = store, folder
    return other


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_database(url)
    try:
        yield store
    finally:
        store.close()


@SQLITE_ONLY
def test_a_file_put_back_from_before_the_sends_sends_nothing(
    outbox: FakeOutbox, tmp_path: Path
) -> None:
    two_places(outbox)
    outbox.store.close()
    before = (tmp_path / "hub.db").read_bytes()
    assert outbox.send(minutes=1) == [State.SENT, State.SENT]
    outbox.store.close()
    for beside in ("hub.db-wal", "hub.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
    with (tmp_path / "hub.db").open("r+b") as file:  # the same file, with its former content
        file.write(before)
        file.truncate()
    assert outbox.send(minutes=1) == [State.HELD, State.HELD]
    outbox.send_until_quiet()
    assert copied(outbox) == 2


def test_a_restored_backup_sends_nothing_and_finds_what_is_there(
    outbox: FakeOutbox, tmp_path: Path, sqlite_databases: object
) -> None:
    two_places(outbox)
    with sqlite_databases.make(tmp_path / "data") as url, opened(url) as store:  # type: ignore[attr-defined]
        move(outbox.store, tmp_path / "backup", store)
        assert outbox.send(minutes=1) == [State.SENT, State.SENT]
        restored = same_places(outbox, store, outbox.folder)
        assert restored.send(minutes=1) == [State.HELD, State.HELD]
        hub_files.write_whereabouts(outbox.folder, instance.whereabouts(store))  # "moved"
        restored.send_until_quiet()
        assert copied(outbox) == 2
        approve.retry(restored.tools, restored.delivery(1))
        assert restored.send()[0] is State.SENT
        assert len(outbox.boards["fake://board"].copies) == 1


@SQLITE_ONLY
def test_a_copied_folder_sends_nothing(outbox: FakeOutbox, tmp_path: Path) -> None:
    two_places(outbox)
    outbox.store.close()
    copy = tmp_path / "copy"
    shutil.copytree(outbox.folder, copy)
    shutil.copyfile(tmp_path / "hub.db", copy / "hub.db")
    with opened(sqlite_url(copy / "hub.db")) as store:
        assert same_places(outbox, store, copy).send(minutes=1) == [State.HELD, State.HELD]
        assert copied(outbox) == 0
    assert outbox.send() == [State.SENT, State.SENT]


@POSTGRES_ONLY
def test_a_cloned_database_sends_nothing(outbox: FakeOutbox, database_url: str) -> None:
    two_places(outbox)
    outbox.store.close()
    with cloned(database_url) as url, opened(url) as store:
        clone = same_places(outbox, store, outbox.folder)
        assert clone.send(minutes=1) == [State.HELD, State.HELD]
        assert copied(outbox) == 0
    assert outbox.send() == [State.SENT, State.SENT]


@contextmanager
def cloned(url: str) -> Iterator[str]:
    server, name = os.environ[POSTGRES_VARIABLE], f"clusterhub_clone_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        source = make_url(url).database
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{source}"')  # type: ignore[arg-type]
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("what", ["missing", "another machine", "another hub", "newer epoch"])
def test_without_its_own_file_beside_it_a_hub_sends_nothing(outbox: FakeOutbox, what: str) -> None:
    two_places(outbox)
    here = instance.whereabouts(outbox.store)
    changed = {
        "another machine": replace(here, machine="0"),
        "another hub": replace(here, hub="0"),
        "newer epoch": replace(here, epoch=here.epoch + 1),
    }
    if what == "missing":
        (outbox.folder / hub_files.INSTANCE_FILE).unlink()
    else:
        hub_files.write_whereabouts(outbox.folder, changed[what])
    assert outbox.send(minutes=1) == [State.HELD, State.HELD]
    assert copied(outbox) == 0


def test_what_was_in_doubt_when_it_was_held_stays_in_doubt(outbox: FakeOutbox) -> None:
    board = outbox.add("chat")
    board.after["send"] = once(UnknownOutcome("Lost."))
    outbox.announce()
    outbox.send()
    hold_everything(outbox.store, outbox.clock.now)
    assert outbox.states() == [State.HELD]
    approve.retry(outbox.tools, outbox.delivery())
    outbox.send_until_quiet()
    assert outbox.states() == [State.UNKNOWN]
    assert len(board.copies) == 1
