"""The clock is set back an hour: leases from the future end, and reading goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.store import runs
from connector.store.database import open_database
from sync_jobs.local import LocalRunner
from tests.databases import SqliteDatabases
from tests.engine import Engine
from tests.fake_place import record
from tests.faked_clock import LACKING, LIBRARY, faked, publish_two_pages
from tests.store.kept import dump

pytestmark = pytest.mark.skipif(LIBRARY is None, reason=LACKING)


def test_a_runner_that_ticks_goes_on_ticking(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    """APScheduler alone would wait for the hour that comes twice."""
    ahead = tmp_path / "ahead"
    ahead.write_text("+1h\n")
    settings = {"FAKETIME_TIMESTAMP_FILE": str(ahead), "FAKETIME_NO_CACHE": "1"}
    with (
        sqlite_databases.make(tmp_path) as url,
        faked("ticks", url, **settings) as runner,
    ):
        before = [runner.line() for _ in range(3)]
        ahead.write_text("+0\n")
        after = [runner.line() for _ in range(6)]
    assert before[-1]["utc"] - after[-1]["utc"] > 3000


def test_who_died_with_a_lease_from_the_future_keeps_nobody_waiting(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.make(tmp_path) as url:
        with faked("dies", url, FAKETIME="+1h") as runner:
            assert runner.line() == {"new": 2}
            runner.process.wait(60)
        assert runner.process.returncode == -9
        engine = Engine(open_database(url))
        engine.clock.now = datetime.now(UTC)
        publish_two_pages(engine)
        assert engine.run().counts["new"] == 1
        assert engine.titles() == ["Week 3", "Week 2", "Week 1"]
        with engine.store.read() as conn:
            states = [one.state for one in runs.runs_of(conn, engine.source().id)]
        assert states == ["done", "stalled"]
        assert len(dump(engine.store)["origin"]) == 3
        engine.store.close()


def test_what_was_read_by_the_former_clock_is_read_again_within_its_interval(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    """The hour that comes twice is the longest wait that is added."""
    with sqlite_databases.make(tmp_path) as url:
        engine = Engine(open_database(url))
        engine.add().publish(record(1))
        engine.run()
        interval = engine.source().due - engine.clock.now
        engine.clock.move(hours=-1)
        assert engine.source().due - engine.clock.now == interval + timedelta(hours=1)
        engine.clock.now = engine.source().due
        assert engine.run().state == "done"
        engine.store.close()


def test_the_log_says_that_the_clock_was_set_back(
    sqlite_databases: SqliteDatabases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Here the next tick was planned an hour ahead, which is what APScheduler is left with."""
    with sqlite_databases.make(tmp_path) as url:
        engine = Engine(open_database(url))
        runner = LocalRunner(engine.jobs, threads=1, tick=timedelta(seconds=0.05))
        runner._job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=1))
        runner.start()
        while not caplog.records:
            runner._watch.join(0.02)
        runner.stop()
        engine.store.close()
    assert caplog.messages[0] == (
        "The clock was set back by about 60 minutes: reading goes on by the new one."
    )
