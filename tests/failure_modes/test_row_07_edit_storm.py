"""Row 7: a post whose adverts and counters change on each poll is not edited."""

import pytest
from sqlalchemy import func, select

from connector.store.revisions import KEPT_REVISIONS
from connector.store.tables import origin, revision
from tests.engine import Engine
from tests.fake_place import record, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTS, POLLS = 40, 5


def dressed(number: int, poll: int) -> str:
    """The same words with other adverts, counters, trackers and dressing around them."""
    return (
        f"<script>views({poll})</script><style>.ad{poll}{{}}</style>"
        f"<div class='x{poll}' data-views='{poll}'><p id='p{poll}'>  {' '.join(words(number))}"
        f"{' ' * poll}</p></div><!-- rendered in {poll} ms -->"
        f"<img src='https://ads.example/pixel.gif?poll={poll}' width=1 height=1>"
        f"<p><a href='https://ads.example/?click={poll}'>Read on</a></p>"
    )


def polled(engine: Engine, service: object, poll: int, **more: object) -> dict[str, int]:
    posts = (record(n, html=dressed(n, poll), **more) for n in range(POSTS))
    service.publish(*posts)  # type: ignore[attr-defined]
    engine.clock.move(hours=1)
    return engine.run().counts


def revisions(engine: Engine) -> int:
    with engine.store.read() as conn:
        return conn.execute(select(func.count()).select_from(revision)).scalar_one()


def test_other_adverts_and_counters_are_no_edit(engine: Engine) -> None:
    service = engine.add()
    polled(engine, service, 0)
    for poll in range(1, POLLS):
        counts = polled(engine, service, poll)
        assert (counts.get("updated", 0), counts["unchanged"]) == (0, POSTS)
    assert revisions(engine) == 0


def test_another_date_of_change_alone_writes_nothing(engine: Engine) -> None:
    service = engine.add()
    polled(engine, service, 0)
    counts = polled(engine, service, 0, updated=engine.clock.now)
    assert counts["unchanged"] == POSTS


def test_a_real_edit_among_them_is_seen(engine: Engine) -> None:
    """Otherwise the tests above would pass with a hub that never looks."""
    service = engine.add()
    polled(engine, service, 0)
    service.publish(record(7, html=dressed(8, 1)))
    assert engine.run().counts["updated"] == 1
    assert revisions(engine) == 1


def test_endless_edits_keep_a_few_former_texts_and_tell_nobody(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2))
    engine.run()
    order = engine.titles()
    for edit in range(30):
        service.publish(record(1, html=f"<p>View number {edit} of this page.</p>"))
        engine.clock.move(hours=1)
        assert engine.run().counts == {"updated": 1}
    assert revisions(engine) == KEPT_REVISIONS
    assert engine.titles() == order
    with engine.store.read() as conn:
        assert conn.execute(select(origin.c.is_news)).scalars().all() == [False, False]
