"""Pages that are at hand are written together, and come out as if each was by itself."""

from pathlib import Path

import pytest

from connector.model import PUBLIC, STREAM, Stream
from connector.store.database import open_database
from sync_jobs.gathering import MOST_RECORDS
from sync_jobs.jobs import SourceRun
from sync_jobs.pull import run_source
from tests.databases import SqliteDatabases
from tests.engine import Engine
from tests.fake_place import FakeService, record
from tests.store.kept import dump
from tests.sync.test_replies import reply


def publish_village(service: FakeService) -> None:
    service.publish(record(1, audience=STREAM), record(2), reply(11, "post:1"), reply(12, "post:3"))
    service.publish(record(3, audience=PUBLIC), reply(13, "post:2"), reply(14, "comment:11"))
    service.publish(record(4), reply(15, "comment:14"), reply(16, "post:99"))


def pages_stored(engine: Engine) -> list[int]:
    """Read everything; return what was stored at each step."""
    stored: list[int] = []

    def note(run: SourceRun) -> None:
        stored.append(run.counts["new"])

    assert run_source(engine.jobs, engine.source().id, on_progress=note).state == "done"
    return stored


def test_pages_at_hand_are_written_in_one_transaction(engine: Engine) -> None:
    service = engine.add()
    service.is_at_hand = True
    publish_village(service)
    assert pages_stored(engine) == [10]
    assert "new" not in engine.run().counts


def test_pages_that_had_to_be_asked_for_are_written_as_they_come(engine: Engine) -> None:
    publish_village(engine.add())
    assert pages_stored(engine) == [4, 7, 10]


def test_entries_of_a_feed_are_written_page_by_page(engine: Engine) -> None:
    service = engine.add()
    service.is_at_hand = True
    service.streams = [Stream(key="posts", title="Blog", sloppy_ids=True)]
    publish_village(service)
    assert pages_stored(engine) == [4, 7, 10]


def test_news_is_written_page_by_page(engine: Engine) -> None:
    service = engine.add()
    service.is_at_hand = True
    service.publish(record(20))
    engine.run()
    publish_village(service)
    assert pages_stored(engine) == [4, 7, 10]


def test_no_transaction_holds_more_than_so_many(engine: Engine) -> None:
    service = engine.add()
    service.is_at_hand = True
    for start in range(0, 700, 100):
        service.publish(*map(record, range(start, start + 100)))
    assert pages_stored(engine) == [MOST_RECORDS, 700]


def test_what_was_at_hand_before_a_failure_is_kept(engine: Engine) -> None:
    service = engine.add()
    service.is_at_hand = True
    publish_village(service)
    service.fail["after posts"] = ValueError("a mistake")
    with pytest.raises(ValueError, match="a mistake"):
        engine.run()
    assert len(dump(engine.store)["origin"]) == 10
    del service.fail["after posts"]
    assert "new" not in engine.run().counts


def test_it_comes_out_as_if_each_page_was_by_itself(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    dumps = []
    for name in ("asked", "at-hand"):
        (tmp_path / name).mkdir()
        with sqlite_databases.make(tmp_path / name) as url:
            engine = Engine(open_database(url))
            service = engine.add()
            service.is_at_hand = name == "at-hand"
            publish_village(service)
            engine.run()
            dumps.append(dump(engine.store))
            engine.store.close()
    assert len(dumps[0]["origin"]) == 10
    assert dumps[0] == dumps[1]
