"""What comes again just as it is kept is passed over, and nothing is lost by that."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from connector.contract import Place
from connector.errors import ConfigError, StoreError, TemporaryError
from connector.http import Session
from connector.model import STREAM, Cursor, Page, Problem, ProblemKind, Stream, StreamFailed
from connector.store import database, runs, tables
from connector.store.database import Store
from connector.store.streams import streams_of
from sync_jobs import pull
from tests.engine import Engine
from tests.fake_place import NOON, FakeAdapter, FakePlace, FakeSettings, record


def kept(engine: Engine, *columns: Any) -> list[Any]:
    with engine.store.read() as conn:
        return list(conn.execute(select(*columns).order_by(columns[0])))


def test_a_post_that_moved_to_another_part_of_its_place_is_moved(engine: Engine) -> None:
    """Who sees it follows the stream, though not a word of it has changed."""
    service = engine.add()
    service.streams = [
        Stream(key=key, title=key.title(), can_sweep=True) for key in ("staff", "open")
    ]
    service.publish(record(1, audience=STREAM), stream="open")
    service.publish(record(2, audience=STREAM), stream="staff")
    engine.run()
    service.publish(record(1, audience=STREAM), stream="staff")
    engine.clock.move(hours=2)
    engine.run()
    with engine.store.read() as conn:
        ids = {row.key: row.id for row in streams_of(conn, engine.source().id)}
    found = kept(engine, tables.origin.c.external_id, tables.origin.c.stream_id)
    assert found == [("post:1", ids["staff"]), ("post:2", ids["staff"])]


def test_a_new_post_of_the_address_of_one_that_is_passed_over_is_another(engine: Engine) -> None:
    service = engine.add()
    one, other = (
        record(
            number,
            url="http://blog.example/notices",
            title="Notices",
            html=f"<p>{text}</p>",
            published=NOON,
        )
        for number, text in ((1, "a b c d e f"), (2, "g h i j k l"))
    )
    service.publish(one)
    engine.run()
    engine.clock.move(hours=2)
    service.publish(one, other)
    engine.run()
    assert len({row.item_id for row in kept(engine, tables.origin.c.item_id)}) == 2


def test_a_note_is_taken_back_when_the_stream_is_as_it_should_be(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), problems=(Problem(ProblemKind.NOTED, "odd"),))
    engine.run()
    assert kept(engine, tables.stream.c.note) == [("odd",)]
    engine.clock.move(hours=2)
    service.publish(listed=("post:1",))
    service.publish(record(2))
    engine.run()
    assert kept(engine, tables.stream.c.note) == [(None,)]


class BrokenPlace(FakePlace):
    """Fails after its first page."""

    def __init__(self, service: Any, settings: FakeSettings, error: Exception):
        super().__init__(service, settings)
        self._error = error

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        for page in super().read(cursors):
            assert isinstance(page, Page)
            yield replace(page, complete=False)
        raise self._error


class BrokenAdapter(FakeAdapter):
    def __init__(self, error: Exception):
        super().__init__()
        self._error = error

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        assert isinstance(settings, FakeSettings)
        return BrokenPlace(self.services[settings.address], settings, self._error)


@pytest.mark.parametrize(
    "error", [TemporaryError("no answer"), ConfigError("no such setting"), ValueError("a mistake")]
)
def test_a_page_before_a_failure_of_any_kind_is_kept(engine: Engine, error: Exception) -> None:
    engine.adapter = BrokenAdapter(error)
    engine.add().publish(record(1))
    if isinstance(error, ValueError):
        with pytest.raises(ValueError, match="a mistake"):
            engine.run()
    else:
        assert engine.run().state == "failed"
    assert engine.titles() == ["Week 1"]


def test_where_the_end_cannot_be_written_the_page_is_not_either(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.add().publish(record(1))
    write_end, states = pull._write_end, []

    def failing(*arguments: Any) -> None:
        write_end(*arguments)
        states.append(arguments[2])
        if len(states) == 1:
            raise StoreError("The disk is full.")

    monkeypatch.setattr(pull, "_write_end", failing)
    with pytest.raises(StoreError):
        engine.run()
    assert states == ["done", "failed"]
    assert engine.titles() == []
    source_id = engine.source().id
    with engine.store.read() as conn:
        assert [one.state for one in runs.runs_of(conn, source_id)] == ["failed"]
        assert [one.cursor for one in streams_of(conn, source_id)] == [None]
    assert kept(engine, tables.source.c.lease_end) == [(None,)]


def test_a_commit_stands_though_no_thread_can_be_had_to_bring_it_in(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_CHECKPOINT_BYTES", 1)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with sqlite_store.write() as conn:
            conn.execute(tables.cluster.insert().values(slug="kauri", name="Kauri"))
    with sqlite_store.write() as conn:
        conn.execute(tables.cluster.insert().values(slug="rata", name="Rata"))
    with sqlite_store.read() as conn:
        assert len(conn.execute(select(tables.cluster)).all()) == 2
    sqlite_store.close()
