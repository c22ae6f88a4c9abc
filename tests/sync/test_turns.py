"""Runs of one process take turns, and give them away while they ask the network."""

import threading

import pytest

from sync_jobs.pull import run_source
from sync_jobs.turns import Turns, WaitingSession
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
        with turns.wait():
            thread.start()
            assert entered.wait(PATIENCE)
            leave.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_turn_that_failed_is_given_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.work(), turns.wait():
        raise ValueError("broken")
    with turns.work(), turns.work():  # a thread that has it keeps it
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


def test_asking_gives_the_turn_away(engine: Engine) -> None:
    """The run of a slow place does not keep another from its own."""
    slow, quick = engine.add("slow"), engine.add("quick")
    slow.publish(record(1))
    quick.publish(record(2))
    jobs = engine.jobs
    asked, answered = threading.Event(), threading.Event()

    class Slow:
        def get(self, url: str, **rest: object) -> object:
            asked.set()
            assert answered.wait(PATIENCE)
            raise ConnectionError

    session = WaitingSession(Slow(), jobs.turns)

    def ask() -> None:
        with jobs.turns.work(), pytest.raises(ConnectionError):
            session.get("https://slow.example/")

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(PATIENCE)
    assert run_source(jobs, engine.source("quick").id).state == "done"
    answered.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
