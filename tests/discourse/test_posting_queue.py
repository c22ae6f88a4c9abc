"""Topics that wait for a moderator of the board: known, changed and taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.announce.moves import State
from connector.store.database import Store
from tests.discourse.posting_hub import OTHER, PostingHub, posting_hub, until_sent


@pytest.fixture
def hub(sqlite_store: Store, tmp_path: Path) -> Iterator[PostingHub]:
    with posting_hub(sqlite_store, tmp_path) as hub:
        yield hub


def test_what_waits_for_a_moderator_is_known_once_it_is_let_through(hub: PostingHub) -> None:
    """The board forgets the external id of what waited."""
    hub.desk.reviews = True
    hub.announce()
    assert hub.send() is State.AWAITING_PLATFORM
    assert hub.send(minutes=61) is State.AWAITING_PLATFORM
    (number,) = hub.desk.waiting
    topic = hub.desk.let_through(number)
    assert topic.external_id is None
    assert hub.send(minutes=61) is State.SENT
    assert hub.receipt()[0] == f"post:{topic.posts[0]}"
    assert hub.copies() == 1


def test_a_lost_answer_about_the_queue_sends_nothing_twice(hub: PostingHub) -> None:
    hub.desk.reviews = True
    hub.announce()
    hub.server.fault("lost", times=1, method="POST")
    assert hub.send() is State.UNKNOWN
    assert hub.send(minutes=1) is State.AWAITING_PLATFORM
    assert len(hub.desk.waiting) == 1


@pytest.mark.parametrize("change", ["retract", "correct"])
def test_what_a_key_does_not_show_does_not_count_as_gone(hub: PostingHub, change: str) -> None:
    hub.desk.reviews = hub.desk.hides_queue = True
    hub.announce()
    assert hub.send() is State.AWAITING_PLATFORM
    if change == "retract":
        hub.retract()
    else:
        hub.correct(OTHER)
    assert hub.send(minutes=1) is State.FAILED
    assert "reject it" in (hub.delivery.sentence or "")
    assert len(hub.desk.waiting) == 1


def test_what_waits_is_changed_when_it_was_let_through(hub: PostingHub) -> None:
    hub.desk.reviews = True
    hub.announce()
    hub.send()
    hub.correct(OTHER)
    assert hub.send(minutes=1) is State.QUEUED
    assert "let it through" in (hub.delivery.sentence or "")
    (number,) = hub.desk.waiting
    topic = hub.desk.let_through(number)
    assert until_sent(hub) is State.SENT
    assert topic.title == OTHER.title


@pytest.mark.parametrize("agreed", [True, False])
def test_what_waits_is_taken_back_when_that_is_decided(hub: PostingHub, agreed: bool) -> None:
    hub.desk.reviews = True
    hub.announce()
    hub.send()
    hub.retract()
    assert hub.send(minutes=1) is State.QUEUED
    (number,) = hub.desk.waiting
    if agreed:
        hub.desk.let_through(number)
    else:
        hub.desk.turn_down(number)
    for _ in range(4):
        hub.send(hours=2)
    assert hub.delivery.state is State.RETRACTED
    assert hub.copies() == 0
