"""Runs of one process take turns, and give them away while they wait; see also test_http_turns."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from connector.store.database import open_database
from connector.turns import Turns, giving_way
from sync_jobs.pull import run_source
from tests.databases import SqliteDatabases
from tests.engine import Engine
from tests.fake_place import record

PATIENCE = 10.0
"""Seconds after which a test has failed rather than hangs."""


def test_while_one_works_nobody_else_does() -> None:
    turns, entered = Turns(), threading.Event()

    def other() -> None:
        with turns.work():
            entered.set()

    thread = threading.Thread(target=other)
    with turns.work():
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(PATIENCE)
    thread.join(PATIENCE)


def test_while_one_waits_for_the_network_another_works_and_then_it_goes_on() -> None:
    turns, entered, leave = Turns(), threading.Event(), threading.Event()

    def other() -> None:
        with turns.work():
            entered.set()
            leave.wait(PATIENCE)

    thread = threading.Thread(target=other)
    with turns.work():
        with giving_way():
            thread.start()
            assert entered.wait(PATIENCE)
            leave.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_turn_that_failed_is_given_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.work(), giving_way():
        raise ValueError("broken")
    with turns.work(), turns.work():  # a thread that has it keeps it
        pass


def test_a_thread_without_a_turn_gives_none_away() -> None:
    turns = Turns()
    with giving_way(), turns.work(), giving_way(), giving_way(), turns.work():
        pass
    with turns.work():
        pass


def test_a_database_server_is_waited_for_by_many_at_once() -> None:
    turns, entered = Turns(are_taken=False), threading.Event()

    def other() -> None:
        with turns.work():
            entered.set()

    thread = threading.Thread(target=other)
    with turns.work():
        thread.start()
        assert entered.wait(PATIENCE)
    thread.join(PATIENCE)


@pytest.fixture
def file_engine(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Engine]:
    with sqlite_databases.make(tmp_path) as url:
        store = open_database(url)
        yield Engine(store)
        store.close()


def test_whoever_has_to_wait_for_a_writer_lets_others_work(file_engine: Engine) -> None:
    jobs = file_engine.jobs
    waits, worked, written = threading.Event(), threading.Event(), threading.Event()

    def waiting() -> None:
        with jobs.turns.work():
            waits.set()
            with jobs.store.write():
                written.set()

    def working() -> None:
        with jobs.turns.work():
            worked.set()

    threads = [threading.Thread(target=one) for one in (waiting, working)]
    with jobs.store.write():
        threads[0].start()
        assert waits.wait(PATIENCE)
        threads[1].start()
        assert worked.wait(PATIENCE)
        assert not written.is_set()
    assert written.wait(PATIENCE)
    for thread in threads:
        thread.join(PATIENCE)


def test_while_records_are_written_others_work(file_engine: Engine) -> None:
    file_engine.add().publish(record(1))
    jobs = file_engine.jobs
    worked = threading.Event()

    def working() -> None:
        with jobs.turns.work():
            worked.set()

    @event.listens_for(jobs.store.engine, "before_cursor_execute")
    def _written(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith('INSERT INTO "origin_text"'):
            threading.Thread(target=working).start()
            assert worked.wait(PATIENCE)

    assert run_source(jobs, file_engine.source().id).counts["new"] == 1
    assert worked.is_set()


def test_after_a_transaction_that_failed_the_next_one_is_whole(file_engine: Engine) -> None:
    store = file_engine.store

    def fail() -> None:
        with store.write() as conn:
            conn.exec_driver_sql("UPDATE cluster SET name = 'half'")
            raise ValueError("mistake")

    with pytest.raises(ValueError, match="mistake"):
        fail()
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE cluster SET slug = 'whole'")
    with store.read() as conn:
        rows = conn.exec_driver_sql("SELECT slug, name FROM cluster").all()
    assert [row.slug for row in rows] == ["whole"]
    assert rows[0].name != "half"
