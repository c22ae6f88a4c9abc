"""Announcements on a board that answers badly, late or not at all: there once in the end."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from connector.announce.moves import State
from connector.store.database import Store
from sample_cluster.discourse.limits import Limits
from tests.chances import some_of
from tests.discourse.posting_hub import TITLE, PostingHub, posting_hub, until_sent


@pytest.fixture
def hub(sqlite_store: Store, tmp_path: Path) -> Iterator[PostingHub]:
    with posting_hub(sqlite_store, tmp_path) as hub:
        yield hub


@pytest.mark.parametrize("kind", ["lost", "500 after", "500", "truncated", "garbage"])
def test_a_lost_answer_leaves_one_topic(hub: PostingHub, kind: str) -> None:
    hub.announce()
    hub.desk.repeats_titles = True
    hub.server.fault(kind, times=1, method="POST")
    assert hub.send() is State.UNKNOWN
    assert until_sent(hub) is State.SENT
    assert hub.copies() == 1


def test_a_slow_board_is_left_and_looked_at(hub: PostingHub) -> None:
    hub.announce()
    hub.server.fault("slow", times=1, method="POST")
    assert hub.send() is State.UNKNOWN
    hub.server.mend()
    assert hub.send(minutes=1) is State.SENT
    assert hub.copies() == 1


def test_what_is_stored_after_the_last_look_is_there_once(hub: PostingHub) -> None:
    """The second sending is stored first; the board refuses the late one."""
    hub.announce()
    hub.desk.late = hub.desk.repeats_titles = True
    assert hub.send() is State.UNKNOWN
    hub.desk.late = False
    assert until_sent(hub) is State.SENT
    hub.desk.catch_up()
    assert hub.copies() == 1


def test_what_is_stored_just_before_the_second_sending_is_found(hub: PostingHub) -> None:
    """The look came too early; to the same request the board gives the first answer again."""
    hub.announce()
    hub.desk.late = hub.desk.repeats_titles = True
    assert hub.send() is State.UNKNOWN
    hub.desk.late = False
    answered = hub.small.service.answer

    def answer(request):  # type: ignore[no-untyped-def]
        if request.method == "POST":
            hub.desk.catch_up()
        return answered(request)

    hub.small.service.answer = answer  # type: ignore[method-assign]
    assert until_sent(hub) is State.SENT
    assert hub.copies() == 1
    assert len(hub.written()) == 2


@pytest.mark.parametrize("shape", ["json", "text"])
def test_a_board_that_asks_for_a_pause_gets_it(hub: PostingHub, shape: str) -> None:
    hub.announce()
    hub.small.service.limits.storm = [shape]
    assert hub.send() is State.QUEUED
    assert hub.copies() == 0
    asked = len(hub.small.service.asked)
    hub.send(seconds=5)
    assert len(hub.small.service.asked) == asked
    assert until_sent(hub) is State.SENT
    assert hub.copies() == 1


@pytest.mark.parametrize("shape", ["json", "text"])
def test_a_pause_asked_for_in_the_middle_leaves_no_doubt(hub: PostingHub, shape: str) -> None:
    hub.announce()
    limits = hub.small.service.limits
    hub.small.service.limits = at_the_post(hub, shape)
    assert hub.send() is State.QUEUED
    assert not hub.delivery.doubt
    assert hub.written() == ["/posts.json"]
    hub.small.service.limits = limits
    assert until_sent(hub) is State.SENT
    assert hub.copies() == 1


def at_the_post(hub: PostingHub, shape: str):  # type: ignore[no-untyped-def]
    """Return limits that refuse the first thing sent."""

    class Stormy(Limits):
        def refusal(self, who, now):  # type: ignore[no-untyped-def]
            if hub.small.service.asked[-1] == "/posts.json":
                self.storm.append(shape)
            return super().refusal(who, now)

    return Stormy()


@pytest.mark.parametrize("seed", range(some_of(100)))
def test_one_copy_whatever_goes_wrong(sqlite_store: Store, tmp_path: Path, seed: int) -> None:
    """Lost answers, errors before and after, pauses, late storing, a queue: by dice."""
    dice = Random(seed)
    with posting_hub(sqlite_store, tmp_path) as hub:
        hub.desk.reviews = dice.random() < 0.3
        # Where nothing waits for a moderator, no rule on titles may help.
        hub.desk.repeats_titles = not hub.desk.reviews
        hub.announce()
        for _ in range(dice.randrange(1, 6)):
            trouble(hub, dice)
            hub.send(minutes=dice.choice([1, 2, 5, 12, 31]))
            hub.server.mend()
            if dice.random() < 0.4:
                hub.desk.catch_up()
        hub.desk.late = False
        hub.small.service.limits.storm.clear()
        until_let_through(hub, dice)
        assert until_sent(hub) is State.SENT
        hub.desk.catch_up()
        assert hub.desk.shown(hub.small.open).count(TITLE) == hub.copies() == 1


def trouble(hub: PostingHub, dice: Random) -> None:
    """Choose what goes wrong next."""
    kinds = ["lost", "500 after", "500", "503", "truncated", "garbage", "storm", "late", "none"]
    kind = dice.choice(kinds)
    hub.desk.late = kind == "late"
    if kind == "storm":
        hub.small.service.limits.storm = [dice.choice(["json", "text"])]
    elif kind not in ("late", "none"):
        method = dice.choice(["POST", "POST", "GET", ""])
        hub.server.fault(kind, times=dice.choice([1, 1, 2, 4]), method=method)


def until_let_through(hub: PostingHub, dice: Random) -> None:
    """Let a moderator agree to what waits, now or after some looks."""
    for _ in range(12):
        hub.send(minutes=dice.choice([1, 5, 31]))
        for number in list(hub.desk.waiting):
            if dice.random() < 0.5:
                hub.desk.let_through(number)
