"""Configured places: put, paused, resumed, due."""

from datetime import timedelta

from connector.errors import AuthError
from connector.rules import Rules
from connector.store import sources, streams
from connector.store.sources import SourceRow
from tests.engine import Engine
from tests.fake_place import record


def due(engine: Engine) -> list[str]:
    with engine.store.read() as conn:
        ids = sources.due_sources(conn, engine.clock.now, 50)
        keys = {row.id: row.key for row in sources.all_sources(conn)}
        return [keys[one] for one in ids]


def pause_missing(engine: Engine, *keys: str) -> list[str]:
    with engine.store.write(engine.cluster_id) as conn:
        return sources.pause_missing(conn, engine.cluster_id, set(keys))


def all_sources(engine: Engine) -> list[SourceRow]:
    with engine.store.read() as conn:
        return sources.all_sources(conn, engine.cluster_id)


def test_a_new_place_is_due_at_once_and_after_a_run_no_more(engine: Engine) -> None:
    engine.add().publish(record(1))
    assert due(engine) == ["room5"]
    engine.run()
    assert due(engine) == []
    engine.clock.move(hours=2)
    assert due(engine) == ["room5"]


def test_the_longest_waiting_is_first(engine: Engine) -> None:
    for key in ("one", "two", "three"):
        engine.add(key, host=f"http://{key}.example/")
        engine.clock.move(minutes=1)
    assert due(engine) == ["one", "two", "three"]
    with engine.store.read() as conn:
        assert len(sources.due_sources(conn, engine.clock.now, 2)) == 2


def test_the_same_configuration_again_changes_nothing(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.run()
    before = engine.source()
    engine.clock.move(minutes=1)
    engine.add()
    assert engine.source() == before


def test_another_configuration_is_read_at_once_and_forgets_trouble(engine: Engine) -> None:
    service = engine.add()
    service.fail["place"] = AuthError("The place refuses us.")
    engine.run()
    assert due(engine) == []
    before = engine.source()
    engine.add(settings={"flavour": "sweet"})
    after = engine.source()
    assert (after.id, after.trouble, after.failures) == (before.id, None, 0)
    assert due(engine) == ["room5"]


def test_a_place_that_left_the_file_is_paused_and_keeps_its_posts(engine: Engine) -> None:
    engine.add("one", host="http://one.example/", in_file=True).publish(record(1))
    engine.add("two", host="http://two.example/", in_file=True)
    engine.add("by-hand", host="http://three.example/")
    engine.run("one")
    assert pause_missing(engine, "two") == ["one"]
    assert pause_missing(engine, "two") == []
    assert engine.source("one").paused
    assert due(engine) == ["two", "by-hand"]
    assert engine.titles() == ["Week 1"]
    engine.add("one", host="http://one.example/", in_file=True)
    assert not engine.source("one").paused
    assert "one" in due(engine)


def test_an_empty_file_pauses_all_of_its_places(engine: Engine) -> None:
    engine.add("one", host="http://one.example/", in_file=True)
    assert pause_missing(engine) == ["one"]


def test_a_pause_by_hand_outlasts_the_file(engine: Engine) -> None:
    engine.add("one", host="http://one.example/", in_file=True)
    with engine.store.write() as conn:
        sources.set_paused(conn, engine.source("one").id, True, engine.clock.now)
    pause_missing(engine)
    engine.add("one", host="http://one.example/", in_file=True)
    assert engine.source("one").paused


def test_a_resumed_place_is_due_at_once(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.run()
    source_id = engine.source().id
    with engine.store.write() as conn:
        sources.set_paused(conn, source_id, True, engine.clock.now)
    engine.clock.move(days=9)
    assert due(engine) == []
    with engine.store.write() as conn:
        sources.set_paused(conn, source_id, False, engine.clock.now)
    assert due(engine) == ["room5"]


def test_a_run_can_be_asked_for(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.run()
    with engine.store.write() as conn:
        sources.ask_for_run(conn, engine.source().id, engine.clock.now, sweep=True)
    assert due(engine) == ["room5"]
    assert engine.source().sweep_due == engine.clock.now


def test_the_nightly_check_makes_a_place_due(engine: Engine) -> None:
    engine.add(fastest=timedelta(days=9)).publish(record(1))
    engine.run()
    assert engine.source().due > engine.clock.now + timedelta(days=5)
    engine.clock.move(days=2)
    assert due(engine) == ["room5"]


def test_trouble_counts_from_its_beginning(engine: Engine) -> None:
    from connector.store import places

    service = engine.add()
    service.fail["place"] = AuthError("The place refuses us.")
    since = engine.clock.now
    for _ in range(3):
        engine.run()
        engine.clock.move(days=1)
    with engine.store.read() as conn:
        (view,) = places.places(conn, engine.facilitator())
    assert (view.state, view.since) == ("attention", since)
    assert engine.source().failures == 3


def test_a_stream_that_somebody_deselected_stays_so(engine: Engine) -> None:
    from sqlalchemy import update

    from connector.store.tables import stream

    service = engine.add()
    service.publish(record(1))
    engine.run()
    with engine.store.write() as conn:
        conn.execute(update(stream).values(selected=False))
    service.publish(record(2))
    engine.run(sweep=True)
    with engine.store.read() as conn:
        (row,) = streams.streams_of(conn, engine.source().id)
    assert not row.selected
    assert engine.titles() == ["Week 1"]


def test_all_places_are_listed_by_title(engine: Engine) -> None:
    for key in ("b", "c", "a"):
        engine.add(key, host=f"http://{key}.example/", rules=Rules())
    assert [one.title for one in all_sources(engine)] == ["Place a", "Place b", "Place c"]
