"""Row 6: what leaves its place leaves the hub, and nothing else does."""

import pytest

from connector.errors import TemporaryError
from connector.model import Presence
from connector.rules import Rules
from connector.store import holding
from tests.engine import Engine
from tests.fake_place import record
from tests.sync.test_sweep import GONE, leave, read, retired, shown, sweep

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_post_deleted_at_its_place_is_gone_after_the_next_nightly_check(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2)
    assert len(shown(engine)) == 3
    sweep(engine)
    assert shown(engine) == {"Week 1", "Week 3"}
    assert engine.found("room") == ["Week 3", "Week 1"]


def test_a_shorter_or_empty_document_retires_nothing(engine: Engine) -> None:
    """A feed shows its newest posts only: what it no longer lists is not deleted."""
    service = read(engine, *range(1, 21))
    for numbers in ((19, 20), (20,), ()):
        service.publish(*map(record, numbers), listed=tuple(f"post:{n}" for n in numbers))
        engine.run()
    sweep(engine)
    assert len(shown(engine)) == 20


def test_an_empty_listing_holds_at_most_and_retires_nothing(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 1, 2, 3)
    sweep(engine)
    assert retired(engine) == set()
    assert len(engine.news(engine.facilitator())) == 3
    service.list_all("post:1", "post:2", "post:3")
    sweep(engine)
    assert len(shown(engine)) == 3


def test_much_at_once_waits_for_a_yes(engine: Engine) -> None:
    service = read(engine, *range(1, 41))
    leave(service, GONE, *range(1, 16))
    sweep(engine)
    assert retired(engine) == set()
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.retire(conn, engine.cluster_id, "room5", engine.clock.now) == 15
    assert len(retired(engine)) == 15


@pytest.mark.parametrize("said", [Presence.UNKNOWN, None])
def test_a_listing_alone_is_not_believed(engine: Engine, said: Presence | None) -> None:
    """What a place cannot say for certain leaves after a second complete listing, or never."""
    service = read(engine, 1, 2, 3)
    leave(service, said, 2)
    sweep(engine)
    assert len(shown(engine)) == 3
    sweep(engine)
    assert len(shown(engine)) == (3 if said is None else 2)


def test_a_changed_rule_hides_nothing_that_was_kept(engine: Engine) -> None:
    """Another platform deleted all that its new filter no longer brought."""
    service = read(engine, 1, 2, 3)
    engine.add(rules=Rules(only_tags=("science",)))
    service.publish(*(record(n, tags=("sport",)) for n in (1, 2, 3)))
    engine.run()
    sweep(engine)
    assert retired(engine) == set()


def test_a_place_that_fails_takes_nothing_with_it(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 1, 2)
    service.fail["place"] = TemporaryError("The place does not answer.")
    for _ in range(3):
        sweep(engine)
    assert len(shown(engine)) == 3
