"""A run that is killed between any two commits resumes to the same end."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from connector.model import (
    STREAM,
    Account,
    AudienceChange,
    Count,
    Kind,
    Membership,
    Stream,
)
from connector.store.database import Store
from tests.engine import Engine
from tests.fake_place import FakeService, record
from tests.store.kept import Dump, dump
from tests.sync.test_leases import expire


class Killed(BaseException):
    """The process ends here: nothing catches it."""


class MortalStore(Store):
    """Ends the process after so many commits."""

    def __init__(self, engine: Database, commits: int):
        super().__init__(engine)
        self.commits_left = commits

    @contextmanager
    def write(self, cluster_id: int = 0) -> Iterator[Connection]:
        with super().write(cluster_id) as conn:
            yield conn
        self.commits_left -= 1
        if self.commits_left == 0:
            raise Killed


def fill(service: FakeService) -> None:
    """Publish four pages that use everything a page can carry."""
    service.streams = [Stream(key="posts", title="Blog", can_sweep=True)]
    service.publish(
        record(1),
        record(2, audience=STREAM),
        accounts=(Account("user:7", "Aroha Park"),),
        memberships=(Membership(STREAM, ("user:7",)),),
        counts=(Count("views", 12, "2026-03-01"),),
    )
    service.publish(
        record(10, kind=Kind.COMMENT, in_reply_to="post:2", url=None, title=""),
        record(3, author=Account("user:7")),
        streams=(Stream(key="late", title="Found late"),),
    )
    service.publish(
        record(1, html="<p>Another text of the first post.</p>"),
        gone=("post:3",),
        audience_changes=(AudienceChange("post:2", STREAM),),
        counts=(Count("views", 13, "2026-03-01"),),
    )
    service.publish(record(4), record(5))
    service.publish(record(20), stream="late")
    service.list_all("post:1", "post:2", "post:4", "post:5", "post:10")


def rest(engine: Engine) -> None:
    """Run until nothing is left to do."""
    for _ in range(2):
        assert engine.run(sweep=True).state == "done"


def unharmed(engine: Engine) -> Dump:
    """Return what a hub holds that was never killed; its place is another one."""
    fill(engine.add())
    rest(engine)
    return dump(engine.store)


def empty(engine: Engine) -> None:
    """Forget all that was read."""
    from connector.store.tables import metadata

    with engine.store.write() as conn:
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("instance", "cluster"):
                conn.execute(table.delete())
        if conn.dialect.name == "postgresql":
            # Digests of replies hold the number of their source, as on SQLite from one on.
            conn.exec_driver_sql("ALTER SEQUENCE source_id_seq RESTART")


def test_killed_after_any_commit_it_resumes_to_the_same_end(engine: Engine) -> None:
    wanted = unharmed(engine)
    deaths = 0
    while True:
        empty(engine)
        fill(fresh(engine))
        mortal = MortalStore(engine.store.engine, deaths + 1)
        if survives(engine, mortal):
            break
        deaths += 1
        no_cursor_is_ahead(engine)
        expire(engine.store, engine.source().id)
        rest(engine)
        assert dump(engine.store) == wanted, f"killed after commit {deaths}"
    assert deaths >= 7  # claim, streams, four pages, sweep, closing


def fresh(engine: Engine) -> FakeService:
    engine.adapter.services.clear()
    return engine.add()


def survives(engine: Engine, mortal: Store) -> bool:
    """Run on this store; False when the process died."""
    whole, engine.store = engine.store, mortal
    try:
        engine.run(sweep=True)
    except Killed:
        return False
    finally:
        engine.store = whole
    return True


def no_cursor_is_ahead(engine: Engine) -> None:
    """What the cursor says was read is there, and what stands there is what it says."""
    found = dump(engine.store)
    (cursor,) = [row[2] for row in found["stream"] if row[0] == "posts"] or [None]
    ids = {row[0][1] for row in found["origin"]}
    pages = [{"post:1", "post:2"}, {"post:10", "post:3"}, set(), {"post:4", "post:5"}]
    assert ids - {"post:20"} == set().union(*pages[: int(cursor or 0)])


def test_a_transaction_that_is_killed_leaves_no_trace(engine: Engine) -> None:
    """Killed inside the page's transaction, after its rows and before its commit."""
    service = engine.add()
    service.publish(record(1))
    before = dump(engine.store)

    class Cut(Store):
        @contextmanager
        def write(self, cluster_id: int = 0) -> Iterator[Connection]:
            with super().write(cluster_id) as conn:
                yield conn
                if "post:1" in str(conn.exec_driver_sql("SELECT external_id FROM origin").all()):
                    raise Killed

    assert not survives(engine, Cut(engine.store.engine))
    after = dump(engine.store)
    assert after["origin"] == before["origin"] == []
    assert [row[2] for row in after["stream"]] == [None]


@pytest.mark.parametrize("times", [2, 3])
def test_running_again_writes_nothing_twice(engine: Engine, times: int) -> None:
    wanted = unharmed(engine)
    for _ in range(times):
        engine.clock.move(minutes=1)
        rest(engine)
    assert dump(engine.store) == wanted
