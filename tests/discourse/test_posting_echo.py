"""An announcement on a board, read back: one more place of it, and never news."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connector.announce.moves import State
from connector.announce.writing import Written
from connector.model import Kind
from connector.store.database import Store
from connector.store.tables import item, origin, origin_text
from tests.discourse.board_hub import BoardHub
from tests.discourse.posting_hub import OTHER, TITLE, WITH_EVENT, PostingHub, posting_hub

CHANGED = Written(title=TITLE, body="Nau mai, *haere mai*, at half past seven.")


@pytest.fixture
def posting(store: Store, tmp_path: Path) -> Iterator[PostingHub]:
    with posting_hub(store, tmp_path, events=True) as hub:
        yield hub


@pytest.fixture
def reading(posting: PostingHub) -> Iterator[BoardHub]:
    """The same hub reads the board, and has read what stood there before."""
    hub = BoardHub(posting.outbox.store, posting.small)
    hub.cycle()
    yield hub
    hub.close()


def later(posting: PostingHub) -> None:
    """Bring the sender's clock to where reading has brought the board's."""
    posting.outbox.clock.now = max(posting.outbox.clock.now, posting.small.board.now)


def origins(posting: PostingHub) -> list[tuple[bool, str, str, bool]]:
    query = (
        select(origin.c.is_news, origin.c.kind, origin_text.c.html, origin.c.is_live)
        .join(origin_text, origin_text.c.origin_id == origin.c.id)
        .where(origin.c.title.in_([TITLE, OTHER.title]))
        .order_by(origin.c.id)
    )
    with posting.outbox.store.read() as conn:
        return [tuple(row) for row in conn.execute(query)]


def items(posting: PostingHub) -> int:
    with posting.outbox.store.read() as conn:
        return len(conn.execute(select(item.c.id)).all())


def test_our_copy_is_no_news_and_follows_its_changes(
    posting: PostingHub, reading: BoardHub
) -> None:
    before = items(posting)
    posting.announce()
    assert posting.send() is State.SENT
    reading.cycle()
    ((is_news, kind, html, _),) = origins(posting)
    assert (is_news, kind) == (False, Kind.ANNOUNCEMENT)
    assert "hub-" not in html
    assert items(posting) == before + 1
    assert posting.outbox.announcement().item_id is not None

    later(posting)
    posting.correct(CHANGED)
    assert posting.send(minutes=1) is State.SENT
    reading.cycle()
    ((is_news, kind, html, _),) = origins(posting)
    assert (is_news, kind) == (False, Kind.ANNOUNCEMENT)
    assert "half past seven" in html
    assert items(posting) == before + 1

    later(posting)
    posting.retract()
    assert posting.send(minutes=1) is State.RETRACTED
    reading.cycle(sweep=True)
    assert [live for _, _, _, live in origins(posting)] in ([], [False])


def test_our_copy_is_known_before_its_receipt_is(posting: PostingHub, reading: BoardHub) -> None:
    """The answer was lost, and the board is read before it is looked at again."""
    posting.announce()
    posting.server.fault("lost", times=1, method="POST")
    assert posting.send() is State.UNKNOWN
    reading.cycle()
    assert [news for news, *_ in origins(posting)] == [False]
    later(posting)
    assert posting.send(minutes=1) is State.SENT
    reading.cycle()
    assert [news for news, *_ in origins(posting)] == [False]


def test_what_a_moderator_let_through_is_known_without_an_external_id(
    posting: PostingHub, reading: BoardHub
) -> None:
    posting.desk.reviews = True
    posting.announce()
    assert posting.send() is State.AWAITING_PLATFORM
    (number,) = posting.desk.waiting
    posting.desk.let_through(number)
    reading.cycle()
    assert [news for news, *_ in origins(posting)] == [False]


def test_our_event_on_the_board_is_a_workshop_and_no_news(
    posting: PostingHub, reading: BoardHub
) -> None:
    """People sign up for it there, so it stays what it is."""
    posting.announce(WITH_EVENT)
    assert posting.send() is State.SENT
    reading.cycle()
    assert [(news, kind) for news, kind, *_ in origins(posting)] == [(False, Kind.WORKSHOP)]


def test_the_same_words_by_somebody_else_are_news(posting: PostingHub, reading: BoardHub) -> None:
    reading.small.topic(reading.small.open, TITLE, "<p>Nau mai</p>")
    reading.cycle()
    assert [news for news, *_ in origins(posting)] == [True]
