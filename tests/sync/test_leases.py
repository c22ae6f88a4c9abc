"""Who may write for a source: leases, tokens, and what a run does that lost its own."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from connector.errors import LeaseLostError
from connector.store import leases, runs
from connector.store.database import Store
from connector.store.database_time import database_clock
from connector.store.prepared import Prepared
from connector.store.tables import origin, source
from sync_jobs.jobs import SourceRun
from sync_jobs.pull import Report, run_source
from tests.engine import Engine
from tests.fake_place import record


def set_lease(store: Store, source_id: int, *, start: timedelta, end: timedelta) -> None:
    """Move a lease to these times from the database's now."""
    with store.write() as conn:
        now = database_clock(conn)
        conn.execute(
            update(source)
            .where(source.c.id == source_id)
            .values(lease_start=now + start, lease_end=now + end)
        )


def expire(store: Store, source_id: int) -> None:
    """Let the lease of a source run out."""
    set_lease(store, source_id, start=timedelta(minutes=-9), end=timedelta(minutes=-6))


def claim(store: Store, source_id: int) -> leases.Lease | None:
    with store.write() as conn:
        claimed = leases.claim(conn, source_id)
    return claimed and claimed[0]


def must_claim(store: Store, source_id: int) -> leases.Lease:
    lease = claim(store, source_id)
    assert lease is not None
    return lease


def run_with(engine: Engine, on_progress: Callable[[SourceRun], None]) -> Report:
    return run_source(engine.jobs, engine.source().id, on_progress=on_progress)


def test_a_held_source_cannot_be_claimed_and_a_released_one_can(engine: Engine) -> None:
    engine.add()
    source_id = engine.source().id
    lease = must_claim(engine.store, source_id)
    assert claim(engine.store, source_id) is None
    with engine.store.write() as conn:
        assert leases.is_held(conn, source_id)
        leases.release(conn, lease)
        assert not leases.is_held(conn, source_id)
    assert must_claim(engine.store, source_id).token == lease.token + 1


def test_a_lease_lasts_while_it_is_renewed(engine: Engine) -> None:
    engine.add()
    source_id = engine.source().id
    lease = must_claim(engine.store, source_id)
    soon = timedelta(seconds=1)
    set_lease(engine.store, source_id, start=timedelta(minutes=-3) + soon, end=soon)
    with engine.store.write() as conn:
        leases.renew(conn, lease)
        end = conn.execute(select(source.c.lease_end)).scalar_one()
        assert end - database_clock(conn) > leases.LEASE - timedelta(seconds=30)


def test_a_lease_from_the_future_is_free(engine: Engine) -> None:
    """The clock was set back after it was made: waiting for it would take as long."""
    engine.add()
    source_id = engine.source().id
    must_claim(engine.store, source_id)
    set_lease(engine.store, source_id, start=timedelta(hours=5), end=timedelta(hours=6))
    assert claim(engine.store, source_id) is not None


def test_an_expired_lease_can_be_claimed_and_its_token_writes_no_more(engine: Engine) -> None:
    engine.add()
    source_id = engine.source().id
    former = must_claim(engine.store, source_id)
    expire(engine.store, source_id)
    later = must_claim(engine.store, source_id)
    with pytest.raises(LeaseLostError), engine.store.write() as conn:
        leases.renew(conn, former)
    with engine.store.write() as conn:
        leases.renew(conn, later)


def test_a_former_holder_cannot_give_back_what_another_holds(engine: Engine) -> None:
    engine.add()
    source_id = engine.source().id
    former = must_claim(engine.store, source_id)
    expire(engine.store, source_id)
    must_claim(engine.store, source_id)
    with engine.store.write() as conn:
        leases.release(conn, former)
        assert leases.is_held(conn, source_id)


def test_a_released_lease_cannot_be_renewed(engine: Engine) -> None:
    engine.add()
    lease = must_claim(engine.store, engine.source().id)
    with engine.store.write() as conn:
        leases.release(conn, lease)
    with pytest.raises(LeaseLostError), engine.store.write() as conn:
        leases.renew(conn, lease)


def test_the_first_statement_of_each_writing_transaction_renews_the_lease(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = engine.add()
    service.publish(record(1))
    service.list_all("post:1")
    said: list[str] = []
    listen = event.listens_for(engine.store.engine, "before_cursor_execute")

    @listen
    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    @event.listens_for(engine.store.engine, "begin")
    def begun(conn: Connection) -> None:
        if conn.get_execution_options().get("clusterhub_write"):
            said.append("BEGIN IMMEDIATE")

    execute = Prepared._execute

    def prepared(self: Prepared, conn: Connection, values: dict[str, Any]) -> Any:
        cursor = execute(self, conn, values)
        said.append(self._compiled[conn.dialect.name].text)
        return cursor

    monkeypatch.setattr(Prepared, "_execute", prepared)
    engine.run(sweep=True)
    marks = ("BEGIN IMMEDIATE", "SELECT pg_advisory_xact_lock")
    starts = [number for number, one in enumerate(said) if one.startswith(marks)]
    firsts = [said[number + 1] for number in starts]
    assert len(firsts) >= 4  # claim, streams, page, sweep, closing
    assert all("UPDATE source SET" in one and "lease_end" in one for one in firsts)


def test_a_run_whose_source_was_taken_writes_nothing_more(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    service.publish(record(2))

    def taken(run: SourceRun) -> None:
        expire(engine.store, run.source.id)
        must_claim(engine.store, run.source.id)

    report = run_with(engine, taken)
    assert report.state == "failed"
    assert "Another runner" in report.sentence
    assert engine.titles() == ["Week 1"]
    assert engine.source().last_read is None


def test_a_run_that_lost_its_source_in_another_thread_writes_nothing_more(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    service.publish(record(2))
    source_id = engine.source().id
    first_page, taken_over = threading.Event(), threading.Event()
    reports: list[Report] = []

    def wait(run: SourceRun) -> None:
        first_page.set()
        assert taken_over.wait(30)

    slow = threading.Thread(target=lambda: reports.append(run_with(engine, wait)))
    slow.start()
    assert first_page.wait(30)
    assert run_source(engine.jobs, source_id).state == "busy"
    expire(engine.store, source_id)
    assert run_source(engine.jobs, source_id).state == "done"
    taken_over.set()
    slow.join(30)
    assert [report.state for report in reports] == ["failed"]
    assert engine.titles() == ["Week 2", "Week 1"]
    with engine.store.read() as conn:
        assert len(conn.execute(select(origin.c.id)).all()) == 2


def test_the_run_before_is_marked_stalled(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    source_id = engine.source().id
    lease = must_claim(engine.store, source_id)
    with engine.store.write() as conn:
        runs.start_run(conn, lease.cluster_id, source_id, engine.clock.now)
    expire(engine.store, source_id)
    assert engine.run().state == "done"
    with engine.store.read() as conn:
        assert [run.state for run in runs.runs_of(conn, source_id)] == ["done", "stalled"]


def test_many_threads_claim_and_one_gets_it(engine: Engine) -> None:
    engine.add()
    source_id = engine.source().id
    start = threading.Barrier(8)
    got: list[leases.Lease | None] = []

    def race() -> None:
        start.wait(30)
        got.append(claim(engine.store, source_id))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 8
    assert sum(one is not None for one in got) == 1
