"""Row 5: what was deleted or archived comes back as new."""

from datetime import timedelta

import pytest

from connector.identity import link_key
from connector.store import purging, tombstones
from connector.store.database import Store
from connector.store.tables import item
from tests.engine import PRIVACY, Engine
from tests.fake_place import FakeService, record
from tests.identity.telling import add_blog, entry, read
from tests.identity.village import Village


def items_kept(engine: Engine) -> int:
    with engine.store.read() as conn:
        return len(conn.execute(item.select()).all())


@pytest.fixture
def service(engine: Engine) -> FakeService:
    found = engine.add()
    found.publish(record(1), record(2))
    engine.run()
    found.publish(gone=("post:1",))
    engine.run()
    assert engine.titles() == ["Week 2"]
    return found


def test_a_post_that_is_back_is_the_old_one(engine: Engine, service: FakeService) -> None:
    service.publish(record(1))
    report = engine.run()
    assert engine.titles() == ["Week 2", "Week 1"]
    assert items_kept(engine) == 2
    assert "new" not in report.counts


def test_also_when_its_text_was_purged_meanwhile(engine: Engine, service: FakeService) -> None:
    engine.clock.move(days=31)
    with engine.store.write(engine.cluster_id) as conn:
        left = purging.retired_with_words(conn, engine.cluster_id, engine.clock.now)
        assert len(left) == 1
        purging.drop_words(conn, engine.cluster_id, left, engine.clock.now)
    service.publish(record(1))
    report = engine.run()
    assert items_kept(engine) == 2
    assert "new" not in report.counts
    assert engine.titles() == ["Week 2", "Week 1"]


def test_an_old_page_read_again_revives_nothing_by_another_name(
    engine: Engine, service: FakeService
) -> None:
    """The same address under a new id is still the retired post, not news."""
    service.publish(record(1, external_id="post:77"))
    report = engine.run()
    assert items_kept(engine) == 2
    assert report.counts.get("merged") == 1


@pytest.mark.parametrize("again", ["same id", "new id", "another place"])
def test_what_somebody_withdrew_never_comes_back(store: Store, again: str) -> None:
    village = Village(store)
    add_blog(village)
    add_blog(village, "planet", "https://planet.example")
    with store.write(village.cluster_id) as conn:
        tombstones.put_tombstone(
            conn,
            village.cluster_id,
            village.source("blog").id,
            PRIVACY,
            external_id=f"feed:https://kura.example/feed/#{entry(1).id}",
            link_key=link_key(entry(1).link),
            reason="withdrawn",
            now=village.clock.now,
        )
    shown = entry(1) if again == "same id" else entry(1, id="new")
    read(village, shown, entry(2), key="planet" if again == "another place" else "blog")
    assert village.titles(village.facilitator()) == ["Title2"]


def test_an_entry_that_left_the_window_and_returns_is_no_news(store: Store) -> None:
    village = Village(store)
    add_blog(village)
    read(village, entry(1), entry(2))
    read(village, entry(2), entry(3))
    village.clock.now += timedelta(days=200)
    read(village, entry(1), entry(3))
    assert village.titles() == ["Title3", "Title2", "Title1"]
    with store.read() as conn:
        assert len(conn.execute(item.select()).all()) == 3
