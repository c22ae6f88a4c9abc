"""The runner in this process: ticks, threads, two of them on one database, stopping."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import Connection

from connector.contract import Place
from connector.errors import StoreError
from connector.http import Session
from connector.model import Cursor, Page, StreamFailed
from connector.store import runs
from connector.store.database import Store, open_database
from connector.turns import giving_way
from sync_jobs.local import LocalRunner
from tests.engine import Engine
from tests.fake_place import FakeAdapter, FakePlace, FakeSettings, record

LONG = timedelta(hours=1)
PATIENCE = 30


class WatchedAdapter(FakeAdapter):
    """Notes who reads what at once, and lets nobody go on before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.entered = threading.Semaphore(0)
        self.inside: Counter[str] = Counter()
        self.most_inside = 0
        self.reads: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        assert isinstance(settings, FakeSettings)
        return WatchedPlace(self, settings)

    @contextmanager
    def reading(self, address: str) -> Iterator[None]:
        with self._lock:
            self.inside[address] += 1
            self.reads[address] += 1
            self.most_inside = max(self.most_inside, self.inside[address])
        self.entered.release()
        with giving_way():  # as in any question to a place
            assert self.go_on.wait(PATIENCE)
        try:
            yield
        finally:
            with self._lock:
                self.inside[address] -= 1


class WatchedPlace(FakePlace):
    def __init__(self, adapter: WatchedAdapter, settings: FakeSettings):
        super().__init__(adapter.services[settings.address], settings)
        self._adapter = adapter
        self._address = settings.address

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        with self._adapter.reading(self._address):
            yield from super().read(cursors)


@pytest.fixture
def watched(engine: Engine) -> WatchedAdapter:
    engine.adapter = WatchedAdapter()
    return engine.adapter


@pytest.fixture
def runner(engine: Engine, watched: WatchedAdapter) -> Iterator[LocalRunner]:
    one = LocalRunner(engine.jobs, threads=3, tick=LONG)
    yield one
    watched.go_on.set()
    one.stop()


def add_places(engine: Engine, count: int) -> None:
    for number in range(count):
        service = engine.add(f"room{number}", host=f"http://room{number}.example/")
        service.publish(record(number, external_id=f"post:{number}", url=None))


def wait_until_entered(watched: WatchedAdapter, count: int) -> None:
    for _ in range(count):
        assert watched.entered.acquire(timeout=PATIENCE)


def test_what_is_due_is_read_by_itself(
    engine: Engine, watched: WatchedAdapter, runner: LocalRunner
) -> None:
    add_places(engine, 5)
    watched.go_on.set()
    runner.start()
    wait_until_entered(watched, 5)
    runner.stop()
    assert watched.reads.total() == 5
    assert len(engine.news()) == 5


def test_no_more_places_are_read_at_once_than_there_are_threads(
    engine: Engine, watched: WatchedAdapter, runner: LocalRunner
) -> None:
    add_places(engine, 5)
    runner.tick()
    wait_until_entered(watched, 3)
    runner.tick()
    assert not watched.entered.acquire(blocking=False)


def test_two_runners_never_read_one_place_at_once(
    engine: Engine, watched: WatchedAdapter, runner: LocalRunner, database_url: str
) -> None:
    add_places(engine, 3)
    other_store = open_database(database_url)
    first_jobs, engine.store = engine.jobs, other_store
    other = LocalRunner(engine.jobs, threads=3, tick=LONG)
    engine.store = first_jobs.store
    try:
        for _ in range(3):
            runner.tick()
            other.tick()
        wait_until_entered(watched, 3)
    finally:
        watched.go_on.set()
        other.stop()
        runner.stop()
        other_store.close()
    assert watched.most_inside == 1
    assert len(engine.news()) == 3


def test_stopping_finishes_the_page_in_hand_and_closes_the_run(
    engine: Engine, watched: WatchedAdapter, runner: LocalRunner
) -> None:
    service = engine.add()
    service.publish(record(1))
    service.publish(record(2))
    runner.tick()
    wait_until_entered(watched, 1)
    stopping = threading.Thread(target=runner.stop)
    stopping.start()
    while not runner._stop.is_set():
        stopping.join(0.01)
    watched.go_on.set()
    stopping.join(PATIENCE)
    assert engine.titles() == ["Week 1"]
    with engine.store.read() as conn:
        assert [one.state for one in runs.runs_of(conn, engine.source().id)] == ["partial"]
    assert engine.run().state == "done"
    assert engine.titles() == ["Week 2", "Week 1"]


def test_a_stopped_runner_hands_out_nothing(
    engine: Engine, watched: WatchedAdapter, runner: LocalRunner
) -> None:
    add_places(engine, 1)
    watched.go_on.set()
    runner.stop()
    runner.tick()
    assert watched.reads.total() == 0


class BrokenStore(Store):
    """A database that fails as long as it is told to."""

    is_broken = True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._fail()
        with super().read() as conn:
            yield conn

    @contextmanager
    def write(self, cluster_id: int = 0) -> Iterator[Connection]:
        self._fail()
        with super().write(cluster_id) as conn:
            yield conn

    def _fail(self) -> None:
        if self.is_broken:
            raise StoreError("The database server does not answer.")


def test_a_tick_survives_a_failing_database(engine: Engine, watched: WatchedAdapter) -> None:
    add_places(engine, 1)
    watched.go_on.set()
    broken = BrokenStore(engine.store.engine)
    whole, engine.store = engine.store, broken
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    engine.store = whole
    try:
        runner.tick()
        assert watched.reads.total() == 0
        broken.is_broken = False
        runner.tick()
        wait_until_entered(watched, 1)
    finally:
        runner.stop()
    assert len(engine.news()) == 1


def test_a_mistake_of_ours_leaves_the_thread_to_the_next_place(
    engine: Engine, watched: WatchedAdapter
) -> None:
    add_places(engine, 2)
    watched.services["http://room0.example/"].fail["place"] = RuntimeError("a mistake")
    watched.go_on.set()
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    try:
        runner.tick()
        wait_until_entered(watched, 2)
    finally:
        runner.stop()
    assert [one.place_key for one in engine.news()] == ["room1"]
    assert engine.source("room0").trouble == "attention"
    assert engine.source("room0").trouble_sentence == (
        "Cluster Hub itself failed here: see its log."
    )


def test_a_failing_database_is_no_fault_of_the_place(engine: Engine) -> None:
    """It is read again soon, not in a day, and nobody is sent to mend the place."""
    engine.add().publish(record(1))

    class FullDisk(Store):
        @contextmanager
        def write(self, cluster_id: int = 0) -> Iterator[Connection]:
            with super().write(cluster_id) as conn:
                yield conn
                if conn.exec_driver_sql("SELECT count(*) FROM origin").scalar():
                    raise StoreError("The disk is full: nothing was written.")

    whole, engine.store = engine.store, FullDisk(engine.store.engine)
    with pytest.raises(StoreError):
        engine.run()
    engine.store = whole
    assert engine.titles() == []
    found = engine.source()
    assert (found.trouble, found.trouble_sentence) == (
        "waiting",
        "The disk is full: nothing was written.",
    )
    assert found.due - engine.clock.now < timedelta(hours=1)
    assert engine.run().state == "done"


class CountingStore(Store):
    """Notes each pruning, and lets none end before it is told to."""

    def __init__(self, store: Store):
        super().__init__(store.engine)
        self.go_on = threading.Event()
        self.ending = threading.Semaphore(0)

    def run_alone(self, statement: str) -> list[tuple[object, ...]]:
        self.ending.release()
        assert self.go_on.wait(PATIENCE)
        return super().run_alone(statement)


def prunings(store: CountingStore, runner: LocalRunner) -> int:
    """Wait for what is under way; return how many files were seen to since the last call."""
    runner._house.submit(int).result(PATIENCE)
    found = 0
    while store.ending.acquire(blocking=False):
        found += 1
    return found


def test_once_a_day_what_is_over_its_time_goes_by_itself(
    engine: Engine, watched: WatchedAdapter
) -> None:
    add_places(engine, 1)
    watched.go_on.set()
    engine.run("room0")
    watched.services["http://room0.example/"].publish(gone=("post:0",))
    engine.run("room0")
    engine.clock.move(days=31)
    engine.store = store = CountingStore(engine.store)
    store.go_on.set()
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    try:
        runner.tick()
        in_one = prunings(store, runner)
        assert in_one > 0
        runner.tick()
        assert prunings(store, runner) == 0
        engine.clock.move(days=1)
        runner.tick()
        assert prunings(store, runner) == in_one
    finally:
        runner.stop()
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM origin_text").scalar_one() == 0


def test_places_are_read_while_the_hub_is_pruned(engine: Engine, watched: WatchedAdapter) -> None:
    watched.go_on.set()
    engine.store = store = CountingStore(engine.store)
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    try:
        runner.tick()
        assert store.ending.acquire(timeout=PATIENCE)
        add_places(engine, 1)
        runner.tick()
        wait_until_entered(watched, 1)
        assert runner._keeping_house
    finally:
        store.go_on.set()
        runner.stop()
    assert len(engine.news()) == 1


def test_a_database_that_cannot_be_written_is_asked_once_a_tick(
    engine: Engine, watched: WatchedAdapter
) -> None:
    """Its places stay due; asking for them at once again would never end."""
    add_places(engine, 1)
    tried = threading.Semaphore(0)

    class FullDisk(Store):
        @contextmanager
        def write(self, cluster_id: int = 0) -> Iterator[Connection]:
            tried.release()
            raise StoreError("The disk is full.")
            yield

    whole, engine.store = engine.store, FullDisk(engine.store.engine)
    runner = LocalRunner(engine.jobs, threads=1, tick=LONG)
    engine.store = whole
    runner._run(engine.source("room0").id)
    runner._pool.shutdown(wait=True)  # a second try would wait there
    assert tried.acquire(timeout=PATIENCE)
    assert not tried.acquire(blocking=False)
