"""What is over its time goes, exactly that, in slices, and leaves the files as well."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy import Engine as Database
from sqlalchemy.engine import make_url

from connector.model import Account
from connector.store import housekeeping, runs
from connector.store.database import Store, open_database
from connector.store.housekeeping import LIMITS, prune, would_go
from connector.store.tables import identity, metadata, origin, outcome, revision, run, run_day
from tests.engine import Engine
from tests.fake_place import NOON, record
from tests.store.aged import (
    CANARY,
    LEFT,
    age,
    leave_long_ago,
    put_days,
    put_revisions,
    put_runs,
    read_and_leave,
    student_left,
)
from tests.store.kept import dump

NOTHING = dict.fromkeys((one.name for one in LIMITS), 0)
DAY = timedelta(days=1)
SLICE = 10


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices are the same code at any size."""
    monkeypatch.setattr(housekeeping, "SLICE", SLICE)


def everything(engine: Engine) -> dict[str, list[str]]:
    """Return every row of every table."""
    with engine.store.read() as conn:
        return {
            table.name: sorted(repr(tuple(row)) for row in conn.execute(select(table)))
            for table in metadata.sorted_tables
        }


def count(engine: Engine, table: Any) -> int:
    with engine.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_what_left_keeps_its_words_for_thirty_days_to_the_second(engine: Engine) -> None:
    left = read_and_leave(engine)
    for kept in (left + 29 * DAY, left + 30 * DAY):
        assert would_go(engine.store, kept).counts == NOTHING
        assert prune(engine.store, kept).counts == NOTHING
    assert CANARY in str(everything(engine))
    over = {"names": 1, "retired_texts": 1, "retired_revisions": 1}
    just_over = left + 30 * DAY + timedelta(seconds=1)
    assert would_go(engine.store, just_over).counts == NOTHING | over
    assert prune(engine.store, just_over).counts == NOTHING | over
    assert CANARY not in str(everything(engine))


def test_a_former_text_is_kept_for_ninety_days_to_the_second(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.run()
    put_revisions(engine, "post:1", [NOON])
    for kept in (NOON + 89 * DAY, NOON + 90 * DAY):
        assert prune(engine.store, kept).counts == NOTHING
    gone = prune(engine.store, NOON + 90 * DAY + timedelta(seconds=1))
    assert gone.counts == NOTHING | {"old_revisions": 1}


@pytest.mark.parametrize("surplus", [0, 1])
def test_of_former_texts_the_newest_twenty_are_kept(engine: Engine, surplus: int) -> None:
    engine.add().publish(record(1))
    engine.run()
    put_revisions(engine, "post:1", [NOON - timedelta(hours=one) for one in range(20 + surplus)])
    assert prune(engine.store, NOON).counts == NOTHING | {"surplus_revisions": surplus}
    with engine.store.read() as conn:
        oldest = conn.execute(select(func.min(revision.c.replaced))).scalar_one()
    assert oldest == NOON - timedelta(hours=19)


def test_twenty_former_texts_are_kept_of_a_post_however_many_places_carry_it(
    engine: Engine,
) -> None:
    first, second = engine.add(), engine.add("six", host="http://six.example/")
    for number in range(13):
        for one in (first, second):
            one.publish(record(1, html=f"<p>{record(1).html} Edited {number}.</p>"))
    engine.run()
    engine.run("six")
    assert count(engine, origin) == 2
    assert count(engine, revision) == 20
    assert prune(engine.store, engine.clock.now).counts == NOTHING


@pytest.mark.parametrize("surplus", [0, 1, 7])
def test_twenty_runs_are_kept_and_the_others_become_totals(engine: Engine, surplus: int) -> None:
    engine.add()
    put_runs(engine, runs.KEPT_RUNS + surplus, NOON)
    assert prune(engine.store, NOON).counts == NOTHING | {"surplus_runs": surplus}
    assert count(engine, run) == runs.KEPT_RUNS
    with engine.store.read() as conn:
        totals = conn.execute(select(run_day)).all()
    assert sum(one.runs for one in totals) == sum(one.counts["new"] for one in totals) == surplus


def test_daily_totals_are_kept_for_four_hundred_days(engine: Engine) -> None:
    engine.add()
    days = [NOON.date() - timedelta(days=days) for days in (399, 400, 401)]
    put_days(engine, days)
    assert prune(engine.store, NOON).counts == NOTHING | {"old_days": 1}
    with engine.store.read() as conn:
        kept = conn.execute(select(run_day.c.day)).scalars().all()
    assert sorted(kept) == sorted(str(day) for day in days[:2])


def test_a_run_that_is_older_than_its_total_would_be_leaves_none(engine: Engine) -> None:
    engine.add()
    put_runs(engine, 1, NOON - 401 * DAY)
    put_runs(engine, runs.KEPT_RUNS, NOON)
    assert prune(engine.store, NOON).counts == NOTHING | {"surplus_runs": 1}
    assert count(engine, run_day) == 0
    assert prune(engine.store, NOON).counts == NOTHING


def test_a_dry_run_tells_the_numbers_of_the_real_one_and_changes_nothing(engine: Engine) -> None:
    wanted = age(engine)
    put_runs(engine, 5, engine.clock.now)
    wanted["surplus_runs"] = 5
    before = everything(engine)
    assert would_go(engine.store, engine.clock.now).counts == wanted
    assert everything(engine) == before
    assert prune(engine.store, engine.clock.now).counts == wanted


def test_pruning_twice_is_pruning_once(engine: Engine) -> None:
    age(engine)
    prune(engine.store, engine.clock.now)
    before = everything(engine)
    assert prune(engine.store, engine.clock.now).counts == NOTHING
    assert everything(engine) == before


def test_what_is_not_over_its_time_is_as_it_was(engine: Engine) -> None:
    """All that a visitor and a facilitator see, but for the former texts that went."""
    age(engine)
    seen = [engine.news(scope) for scope in (engine.visitor(), engine.facilitator())]
    texts = dump(engine.store)["origin_text"]
    prune(engine.store, engine.clock.now)
    assert [engine.news(scope) for scope in (engine.visitor(), engine.facilitator())] == seen
    assert dump(engine.store)["origin_text"] == [one for one in texts if CANARY not in one[1]]
    assert engine.found("edited still") == ["Week 2"]


class Killed(BaseException):
    """The process ends here: nothing catches it."""


class MortalStore(Store):
    """Ends the process after so many commits."""

    def __init__(self, database: Database, commits: int):
        super().__init__(database)
        self.left = commits

    @contextmanager
    def write(self, cluster_id: int = 0) -> Iterator[Connection]:
        with super().write(cluster_id) as conn:
            yield conn
        self.left -= 1
        if self.left == 0:
            raise Killed


def test_killed_after_any_commit_the_next_call_comes_to_the_same_end(engine: Engine) -> None:
    """Each death leaves a hub whose rows, index and totals agree, and that can be pruned on."""
    age(engine)
    put_runs(engine, 5, engine.clock.now)
    deaths = 0
    while would_go(engine.store, engine.clock.now).counts != NOTHING:
        with pytest.raises(Killed):
            prune(MortalStore(engine.store.engine, 1), engine.clock.now)
        deaths += 1
        seen = dump(engine.store)  # checks the index as well
        assert len(seen["origin"]) == 11
    assert deaths == 8  # one for each limit
    assert CANARY not in str(everything(engine))
    with engine.store.read() as conn:
        totals = conn.execute(select(func.sum(run_day.c.runs))).scalar_one()
    assert totals + count(engine, run) == 3 + 27 + 5 + 6


def test_a_stop_ends_it_between_slices_and_the_next_call_goes_on(engine: Engine) -> None:
    leave_long_ago(engine, 2 * SLICE + 1)
    asked = iter([False, True])
    stopped = prune(engine.store, engine.clock.now, stop=lambda: next(asked, True))
    assert stopped.counts == NOTHING | {"names": SLICE}
    assert not stopped.is_free
    rest = prune(engine.store, engine.clock.now)
    assert rest.counts == NOTHING | {"names": SLICE + 1, "retired_texts": 2 * SLICE + 1}


def test_no_transaction_deletes_more_than_a_slice(engine: Engine) -> None:
    """The right to write is given back between slices."""
    leave_long_ago(engine, 2 * SLICE + 1)

    class Watched(Store):
        transactions = 0

        @contextmanager
        def write(self, cluster_id: int = 0) -> Iterator[Connection]:
            Watched.transactions += 1
            before = count(engine, text("origin_text"))
            with super().write(cluster_id) as conn:
                yield conn
            assert before - count(engine, text("origin_text")) <= SLICE

    prune(Watched(engine.store.engine), engine.clock.now)
    assert Watched.transactions >= 6
    assert count(engine, text("origin_text")) == 0


def test_a_post_that_comes_back_meanwhile_keeps_its_text(engine: Engine) -> None:
    """Between finding and deleting, its place shows it again."""
    read_and_leave(engine)
    engine.clock.move(days=31)
    service = engine.adapter.services["http://blog.example/"]
    service.publish(record(1, html="<p>Back again.</p>", author=Account("name:gone", "Back")))

    class Racing(Store):
        @contextmanager
        def write(self, cluster_id: int = 0) -> Iterator[Connection]:
            if len(service.pages["posts"]) == 5 and engine.titles().count("Week 1") == 0:
                engine.run()
            with super().write(cluster_id) as conn:
                yield conn

    assert prune(Racing(engine.store.engine), engine.clock.now).counts == NOTHING
    assert engine.item("Week 1").html == "<p>Back again.</p>"
    assert engine.item("Week 1").summary.author == "Back"


def test_what_was_pruned_comes_back_as_itself_with_its_author(engine: Engine) -> None:
    read_and_leave(engine)
    engine.clock.move(days=31)
    prune(engine.store, engine.clock.now)
    service = engine.adapter.services["http://blog.example/"]
    service.publish(record(1, author=Account("name:gone", "Aroha")))
    assert engine.run().counts == {"updated": 1}
    assert engine.item("Week 1").summary.author == "Aroha"
    assert count(engine, origin) == 11


def names(engine: Engine) -> set[str]:
    with engine.store.read() as conn:
        return set(conn.execute(select(identity.c.name).where(identity.c.name != "")).scalars())


def test_an_author_is_named_as_long_as_one_of_their_posts_is_there(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2), record(3, author=Account("name:a", "Aroha")))
    engine.run()
    service.publish(gone=("post:1", "post:3"))
    engine.run()
    prune(engine.store, engine.clock.move(days=31))
    assert names(engine) == {"Hēmi Brown"}
    service.publish(gone=("post:2",))
    engine.run()
    assert prune(engine.store, engine.clock.move(days=31)).counts["names"] == 1
    assert names(engine) == set()
    assert "hemi" not in str(everything(engine)["identity"])


def test_somebody_who_is_listed_at_a_place_keeps_their_name(engine: Engine) -> None:
    from connector.model import STREAM, Membership

    service = engine.add()
    member = Membership(STREAM, ("name:hemi",))
    service.publish(record(1), memberships=(member,))
    engine.run()
    service.publish(gone=("post:1",))
    engine.run()
    assert prune(engine.store, engine.clock.move(days=31)).counts["names"] == 0
    assert names(engine) == {"Hēmi Brown"}


def test_a_students_pseudonym_stays_with_the_tombstone(engine: Engine) -> None:
    student_left(engine)
    before = dump(engine.store)["identity"]
    assert prune(engine.store, engine.clock.move(days=31)).counts == NOTHING
    assert dump(engine.store)["identity"] == before


def test_why_it_left_is_still_known(engine: Engine) -> None:
    from connector.store.why import why
    from tests.engine import PRIVACY

    read_and_leave(engine)
    prune(engine.store, engine.clock.move(days=31))
    with engine.store.read() as conn:
        answer = why(conn, engine.cluster_id, LEFT, PRIVACY)
        kept = conn.execute(select(outcome).where(outcome.c.external_id == LEFT)).all()
    assert [one.retired_reason is not None for one in answer.origins] == [True]
    assert answer.outcomes == ()
    assert kept == []


def test_every_cluster_is_pruned_and_each_keeps_what_is_its_own(engine: Engine) -> None:
    from connector.store import clusters

    read_and_leave(engine)
    with engine.store.write() as conn:
        other = clusters.ensure_cluster(conn, "rata", "Rātā")
    engine.cluster_id, first = other, engine.cluster_id
    engine.add("other", host="http://other.example/").publish(record(1))
    engine.run("other")
    assert prune(engine.store, engine.clock.move(days=31)).counts["retired_texts"] == 1
    assert engine.titles() == ["Week 1"]
    engine.cluster_id = first
    assert len(engine.news()) == 10


# --- nothing of it stays in the files ---------------------------------------------------------


def found_in_files(engine: Engine) -> set[str]:
    """Return which files of an SQLite database hold a byte of a canary word."""
    path = Path(make_url(str(engine.store.engine.url)).database or "")
    folded = ["kererūcanary", "kererucanary", "canary"]
    return {
        file.name
        for file in path.parent.glob(path.name + "*")
        if any(word.encode() in file.read_bytes().lower() for word in folded)
    }


def found_in_tables(engine: Engine) -> set[str]:
    """Return which columns of a PostgreSQL database hold a canary word: rows, index, statistics."""
    columns = text(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    found = set()
    with engine.store.read() as conn:
        for table, column in conn.execute(columns).all():
            query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~* \'canary\''
            if conn.exec_driver_sql(query).scalar_one():
                found.add(f"{table}.{column}")
        told = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND pg_stats::text ~* 'canary'"
        if conn.exec_driver_sql(told).scalar_one():
            found.add("statistics")
    return found


def remains(engine: Engine) -> Callable[[Engine], set[str]]:
    return found_in_files if engine.store.is_sqlite else found_in_tables


def test_what_was_deleted_is_nowhere_in_the_files(engine: Engine) -> None:
    """Not in tables, full-text index, free pages, log or statistics."""
    look = remains(engine)
    age(engine)
    if not engine.store.is_sqlite:
        engine.store.run_alone("ANALYZE")
    assert look(engine)
    assert prune(engine.store, engine.clock.now).is_free
    assert look(engine) == set()
    assert engine.found("room") != []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_delays_the_emptying_of_the_log_and_it_is_tried_again(
    engine: Engine, database_url: str
) -> None:
    read_and_leave(engine)
    engine.clock.move(days=31)
    other = open_database(database_url)
    reading = other.read()
    reading.__enter__().execute(select(origin)).all()
    waited = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            reading.__exit__(None, None, None)

    assert prune(engine.store, engine.clock.now, pause=pause).is_free
    assert len(waited) == 3
    assert found_in_files(engine) == set()
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_that_never_ends_is_told(engine: Engine, database_url: str) -> None:
    read_and_leave(engine)
    engine.clock.move(days=31)
    other = open_database(database_url)
    with other.read() as conn:
        conn.execute(select(origin)).all()
        pruned = prune(engine.store, engine.clock.now, pause=lambda seconds: None)
        assert pruned.counts["retired_texts"] == 1
        assert not pruned.is_free
    other.close()
    assert housekeeping.prune(engine.store, engine.clock.now).is_free
    assert found_in_files(engine) == set()
