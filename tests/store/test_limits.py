"""What is written when nothing changed, and how much of the past is kept."""

from datetime import timedelta

from sqlalchemy import func, select

from connector.changes import Outcome
from connector.model import Problem, ProblemKind
from connector.rules import Rules
from connector.store import housekeeping, outcomes, runs
from connector.store.outcomes import Became, RunRef
from connector.store.tables import metadata, revision, run_day
from connector.store.why import why
from tests.engine import Engine
from tests.fake_place import record

OF_EACH_RUN = {"run", "run_day", "source"}


def rows(engine: Engine) -> dict[str, list[str]]:
    """Return every row of every table that a quiet run has no reason to touch."""
    with engine.store.read() as conn:
        return {
            table.name: sorted(repr(tuple(row)) for row in conn.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name not in OF_EACH_RUN
        }


def test_a_quiet_run_writes_no_row_per_record(engine: Engine) -> None:
    service = engine.add(rules=Rules(only_tags=("science",)))
    problem = Problem(ProblemKind.HIDDEN, "It has a password.", "post:9")
    records = [record(number, tags=("science",) if number else ()) for number in range(4)]
    service.publish(*records, problems=(problem,))
    service.publish(*records, problems=(problem,))
    engine.run()
    before = rows(engine)
    assert before["outcome"]
    engine.clock.move(hours=1)
    service.publish(*records, problems=(problem,))
    service.pages["posts"].pop(0)
    service.pages["posts"].pop(0)
    service.pages["posts"] *= 2
    engine.run()
    service.pages["posts"] *= 2
    engine.run()
    after = rows(engine)
    before.pop("stream")  # its cursor moves on
    after.pop("stream")
    assert after == before


def kept_outcome(engine: Engine, external_id: str) -> tuple[str, str]:
    with engine.store.read() as conn:
        last = why(conn, engine.cluster_id, external_id, engine.jobs.privacy).outcomes[-1]
    return last.what, last.reason


def test_an_outcome_says_what_last_became_of_a_record(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), problems=(Problem(ProblemKind.FAILED, "No date.", "post:2"),))
    engine.run()
    assert kept_outcome(engine, "post:1")[0] == "new"
    assert kept_outcome(engine, "post:2") == ("failed", "No date.")
    service.publish(record(1, html="<p>Edited.</p>"), record(2))
    engine.run()
    assert kept_outcome(engine, "post:1") == ("updated", "edited")
    assert kept_outcome(engine, "post:2")[0] == "new"
    service.publish(gone=("post:1",))
    engine.run()
    assert kept_outcome(engine, "post:1")[0] == "retired"


def test_only_changed_outcomes_are_stored(engine: Engine) -> None:
    engine.add()
    ref = RunRef(engine.cluster_id, engine.source().id, engine.clock.now)
    told = [Became("post:1", Outcome.SKIPPED, "its author"), Became("post:2", Outcome.HIDDEN, "")]
    with engine.store.write() as conn:
        assert outcomes.record_if_changed(conn, ref, told) == told
        assert outcomes.record_if_changed(conn, ref, told) == []
        other = Became("post:1", Outcome.SKIPPED, "its title")
        assert outcomes.record_if_changed(conn, ref, [other, told[1]]) == [other]


def test_twenty_runs_are_kept_and_the_rest_is_totals_by_day_ten_at_once(engine: Engine) -> None:
    service = engine.add()
    for number in range(20 + runs.FOLDED_AT_ONCE + 3):
        service.publish(record(number))
        engine.clock.move(hours=6)
        engine.run()
    source_id = engine.source().id
    with engine.store.read() as conn:
        kept = runs.runs_of(conn, source_id, limit=99)
        days = conn.execute(select(run_day).order_by(run_day.c.day)).all()
    assert len(kept) == runs.KEPT_RUNS + 3 == 23
    assert [one.id for one in kept] == sorted((one.id for one in kept), reverse=True)
    assert sum(day.runs for day in days) == runs.FOLDED_AT_ONCE == 10
    assert sum(day.counts["new"] for day in days) == 10
    assert [day.day for day in days] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_failed_runs_are_counted_in_the_totals(engine: Engine) -> None:
    from connector.errors import TemporaryError

    service = engine.add()
    service.fail["place"] = TemporaryError("The place does not answer.")
    for _ in range(runs.KEPT_RUNS + runs.FOLDED_AT_ONCE):
        engine.run()
    with engine.store.read() as conn:
        (day,) = conn.execute(select(run_day)).all()
    assert (day.runs, day.failed) == (10, 10)


def count_revisions(engine: Engine) -> int:
    with engine.store.read() as conn:
        return conn.execute(select(func.count()).select_from(revision)).scalar_one()


def edit(engine: Engine, times: int) -> None:
    service = engine.add()
    for number in range(times):
        service.publish(record(1, html=f"<p>Text number {number}.</p>"))
        engine.run()


def test_twenty_revisions_of_a_post_are_kept_the_newest(engine: Engine) -> None:
    edit(engine, 25)
    view = engine.item("Week 1", engine.facilitator())
    assert [one.html for one in view.revisions] == [
        f"<p>Text number {number}.</p>" for number in range(23, 3, -1)
    ]


def test_revisions_go_after_ninety_days(engine: Engine) -> None:
    edit(engine, 3)
    housekeeping.prune(engine.store, engine.clock.now + timedelta(days=90))
    assert count_revisions(engine) == 2
    purged = housekeeping.prune(engine.store, engine.clock.now + timedelta(days=90, seconds=1))
    assert purged.counts["old_revisions"] == 2
    assert count_revisions(engine) == 0
    assert "number 2" in engine.item("Week 1").html


def test_details_without_text_make_no_revision(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    service.publish(record(1, tags=("garden",)))
    engine.run()
    assert count_revisions(engine) == 0
    assert engine.item("Week 1").tags == ("garden",)
