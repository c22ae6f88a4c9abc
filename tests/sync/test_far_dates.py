"""A date that nobody can have meant sinks neither its place nor its page."""

from datetime import UTC, datetime

import pytest

from connector.model import Kind
from connector.store.candidates import load_kept
from connector.web.app import create_app
from tests.engine import AUCKLAND, Engine
from tests.fake_place import record
from tests.pure.ladder import incoming

FAR = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]


@pytest.mark.parametrize("far", FAR)
def test_a_post_with_a_far_date_is_read_with_the_others(engine: Engine, far: datetime) -> None:
    engine.add().publish(record(1), record(2, published=far))
    engine.run()
    assert sorted(engine.titles()) == ["Week 1", "Week 2"]
    assert engine.source().trouble is None


@pytest.mark.parametrize("far", FAR)
def test_a_comment_with_a_far_date_has_its_place_on_the_page(engine: Engine, far: datetime) -> None:
    answer = record(5, kind=Kind.COMMENT, in_reply_to="post:1", published=far)
    engine.add().publish(record(1), answer)
    engine.run()
    app = create_app(
        store=engine.store,
        secret_key=bytes(32),
        facilitator_token=None,
        hosts=frozenset(),
        zone=AUCKLAND,
        now=engine.clock,
    )
    (post,) = engine.news()
    page = app.test_client().get(f"/c/kauri/item/{post.item_id}")
    assert (page.status_code, "1 reply" in page.text) == (200, True)


@pytest.mark.parametrize("far", FAR)
def test_neighbours_are_looked_for_at_the_ends_of_the_calendar(
    engine: Engine, far: datetime
) -> None:
    engine.add().publish(record(1))
    engine.run()
    with engine.store.read() as conn:
        kept = load_kept(
            conn, engine.cluster_id, 1, [incoming(9, published=far)], predecessor_id=None
        )
    assert kept.near == []
