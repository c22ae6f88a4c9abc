"""What somebody withdrew is not read again, wherever it comes from."""

import pytest

from connector.identity import link_key
from connector.rules import Rules
from connector.store import tombstones
from connector.store.tables import tombstone
from tests.engine import PRIVACY, Engine
from tests.fake_place import record
from tests.store.kept import dump


def withdraw(engine: Engine, number: int, key: str = "room5") -> None:
    with engine.store.write(engine.cluster_id) as conn:
        tombstones.put_tombstone(
            conn,
            engine.cluster_id,
            engine.source(key).id,
            PRIVACY,
            external_id=f"post:{number}",
            link_key=link_key(f"http://blog.example/{number}"),
            reason="its author asked",
            now=engine.clock.now,
        )


def test_a_withdrawn_record_is_barred_by_its_id(engine: Engine) -> None:
    service = engine.add()
    withdraw(engine, 1)
    service.publish(record(1, url="http://blog.example/elsewhere"), record(2))
    assert engine.run().counts == {"hidden": 1, "new": 1}
    assert engine.titles() == ["Week 2"]
    assert "post:1" not in str(dump(engine.store)["origin"])


@pytest.mark.parametrize("url", ["http://blog.example/1", "https://BLOG.example/1/?utm_source=x"])
def test_a_withdrawn_record_is_barred_by_its_permalink_elsewhere(engine: Engine, url: str) -> None:
    engine.add()
    withdraw(engine, 1)
    other = engine.add("planet", host="http://planet.example/")
    other.publish(record(1, external_id="copy:1", url=url))
    engine.run("planet")
    assert engine.titles(engine.facilitator()) == []


def test_the_same_id_of_another_place_is_another_record(engine: Engine) -> None:
    engine.add()
    withdraw(engine, 1)
    other = engine.add("six", host="http://six.example/")
    other.publish(record(1, url="http://six.example/1"))
    engine.run("six")
    assert engine.titles() == ["Week 1"]


def test_a_withdrawn_student_is_barred_too(engine: Engine) -> None:
    service = engine.add(rules=Rules(authors_are_students=True))
    withdraw(engine, 1)
    service.publish(record(1), record(2, external_id="copy:2", url="http://blog.example/1"))
    assert engine.run().counts == {"hidden": 2}


def test_withdrawing_twice_is_withdrawing_once(engine: Engine) -> None:
    engine.add()
    withdraw(engine, 1)
    withdraw(engine, 1)
    assert len(dump(engine.store)["tombstone"]) == 1


def test_the_database_does_not_tell_what_was_withdrawn(engine: Engine) -> None:
    engine.add()
    withdraw(engine, 1)
    with engine.store.read() as conn:
        (row,) = conn.execute(tombstone.select()).all()
    everything = repr(tuple(row))
    assert "post:1" not in everything
    assert str(link_key("http://blog.example/1")) not in everything
