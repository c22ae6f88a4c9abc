"""Row 19: a place that blocks the hub cannot keep anybody from leaving it."""

import pytest

from connector.errors import AuthError
from connector.store import sources
from tests.engine import Engine
from tests.fake_place import NOON, FakeService, record, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REFUSED = "The place refused the hub (403). Ask its administrator, or pause it here."


@pytest.fixture
def blocked(engine: Engine) -> FakeService:
    """A place that was read, and now refuses everything."""
    service = engine.add()
    service.publish(record(1), record(2))
    engine.run()
    for what in ("place", "streams", "sweep", "lookup"):
        service.fail[what] = AuthError(REFUSED)
    engine.run(sweep=True)
    service.asked.clear()
    return service


def test_what_was_read_stays_readable(engine: Engine, blocked: FakeService) -> None:
    assert engine.titles() == ["Week 2", "Week 1"]
    assert engine.source().trouble_sentence == REFUSED


def test_pausing_asks_nobody_and_counts_at_once(engine: Engine, blocked: FakeService) -> None:
    with engine.store.write(engine.cluster_id) as conn:
        sources.set_paused(conn, engine.source().id, True, NOON)
    engine.clock.move(days=60)
    with engine.store.read() as conn:
        assert sources.due_sources(conn, engine.clock.now, 10) == []
    assert blocked.asked == []


def test_leaving_the_file_pauses_without_asking(engine: Engine, blocked: FakeService) -> None:
    engine.add(in_file=True)
    with engine.store.write(engine.cluster_id) as conn:
        assert sources.pause_missing(conn, engine.cluster_id, set()) == ["room5"]
    assert engine.source().paused
    assert blocked.asked == []


def test_closing_its_posts_asks_nobody(engine: Engine, blocked: FakeService) -> None:
    engine.add(audience_kind="facilitators")
    assert engine.titles() == []
    assert blocked.asked == []


def test_another_place_takes_over_without_the_first(engine: Engine, blocked: FakeService) -> None:
    """The blog moved house; the posts known already are not told again."""
    moved = engine.add("new-house", host="http://new.example/", successor_of="room5")
    long = f"<p>What room 1 found out about {' '.join(words(1))}.</p>"
    moved.publish(
        record(1, url="http://new.example/1", external_id="post:91", html=long), record(3)
    )
    engine.run("new-house")
    assert sorted(engine.titles()) == ["Week 1", "Week 2", "Week 3"]
    assert blocked.asked == []
