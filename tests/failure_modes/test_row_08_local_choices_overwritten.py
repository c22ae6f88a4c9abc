"""Row 8: what people chose in the hub is a layer of its own, and no poll overwrites it."""

import pytest
from sqlalchemy import select, update

from connector.audience import AudienceRef
from connector.errors import StoreError
from connector.model import CLUSTER, AudienceKind
from connector.store import holding, merges, sources, visibility
from connector.store.audiences import audience_ids
from connector.store.tables import merge, origin
from tests.engine import Engine
from tests.fake_place import NOON, record, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BODY = f"<p>{' '.join(words(1))}</p>"


def test_posts_taken_apart_stay_apart(engine: Engine) -> None:
    one = engine.add("one", host="http://one.example/")
    two = engine.add("two", host="http://two.example/")
    for poll in range(3):
        one.publish(record(1, html=f"{BODY}<p>Poll {poll}</p>"))
        two.publish(record(1, html=f"{BODY}<p>Poll {poll}, copied</p>", external_id="copy:1"))
        engine.run("one")
        engine.run("two")
        if poll == 0:
            assert len(engine.titles()) == 1
            with engine.store.write(engine.cluster_id) as conn:
                (number,) = conn.execute(select(merge.c.id)).scalars()
                merges.undo_merge(conn, engine.cluster_id, number, NOON)
        assert len(engine.titles()) == 2
    with pytest.raises(StoreError), engine.store.write(engine.cluster_id) as conn:
        merges.undo_merge(conn, engine.cluster_id, number + 1, NOON)


def test_what_was_released_stays_released(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    engine.run()
    engine.brake = 0
    news = NOON
    service.publish(record(2, published=news))
    engine.run()
    assert engine.titles() == ["Week 1"]
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.release(conn, engine.cluster_id, "room5", NOON) == 1
    for poll in range(3):
        service.publish(record(2, published=news, html=f"<p>Poll {poll}</p>"), record(1))
        engine.run()
        assert "Week 2" in engine.titles()


def test_a_facilitators_opening_outlasts_edits(engine: Engine) -> None:
    """There is no button yet; the column and its rule are."""
    service = engine.add()
    service.publish(record(1, audience=CLUSTER))
    engine.run()
    public = AudienceRef(AudienceKind.PUBLIC)
    with engine.store.write(engine.cluster_id) as conn:
        opened = audience_ids(conn, engine.cluster_id, [public])[public]
        conn.execute(update(origin).values(opened_audience_id=opened))
        ids = conn.execute(select(origin.c.item_id)).scalars().all()
        visibility.settle(conn, engine.cluster_id, ids)
    for poll in range(3):
        service.publish(record(1, audience=CLUSTER, html=f"<p>Poll {poll}</p>"))
        assert engine.run().counts == {"updated": 1}
        assert engine.titles() == ["Week 1"]


def test_a_paused_place_stays_paused(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    with engine.store.write(engine.cluster_id) as conn:
        sources.set_paused(conn, engine.source().id, True, NOON)
    engine.add()  # the configuration is read again at each start
    engine.clock.move(days=30)
    with engine.store.read() as conn:
        assert sources.due_sources(conn, engine.clock.now, 10) == []
    assert engine.source().paused


def test_an_agreed_removal_is_not_undone_by_a_poll(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2))
    engine.run()
    service.publish(record(2), gone=("post:1",))
    engine.run()
    for _ in range(3):
        service.publish(record(2))
        engine.run()
    assert engine.titles() == ["Week 2"]
