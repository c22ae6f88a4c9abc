"""Lost answers: the copy is looked for, sent again a few times at most, and then a person asked."""

from datetime import timedelta

import pytest

from connector.announce.moves import State
from connector.errors import (
    AuthError,
    ParseError,
    TemporaryError,
    UnknownOutcome,
)
from sync_jobs import approve
from sync_jobs.probe import probe_due
from tests.fake_destination import FakeOutbox, once

LOST = UnknownOutcome("The answer was lost.")


def test_a_lost_answer_is_looked_for_after_1_5_and_30_minutes(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.before["send"] = once(LOST)
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    board.asked.clear()
    looked = []
    for minute in range(1, 32):
        outbox.send(minutes=1)
        looked += [minute] * board.asked.count("find")
        board.asked.clear()
    assert looked[:3] == [1, 5, 30]
    outbox.send(minutes=1)
    assert outbox.states() == [State.SENT]
    assert len(board.copies) == 1


def test_a_copy_that_was_stored_is_found_and_not_sent_again(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.after["send"] = once(LOST)
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    assert outbox.send(minutes=1) == [State.SENT]
    assert len(board.copies) == 1
    with outbox.store.read() as conn:
        from connector.store import deliveries

        (receipt,) = deliveries.receipts_of(conn, outbox.cluster_id, [1]).values()
    assert receipt.url == "http://board.example/0"


def test_a_copy_that_shows_up_late_is_found(outbox: FakeOutbox) -> None:
    board = outbox.add("late")
    board.after["send"], board.hides = once(LOST), True
    outbox.announce()
    outbox.send()
    outbox.send(minutes=1), outbox.send(minutes=5), outbox.send(minutes=30)
    board.hides = False
    assert outbox.send(minutes=120) == [State.SENT]
    assert len(board.copies) == 1


@pytest.mark.parametrize("error", [TemporaryError("Fell over.", status=500), ParseError("Odd.")])
def test_what_a_broken_server_did_is_unknown(outbox: FakeOutbox, error: Exception) -> None:
    board = outbox.add("chat")
    board.after["send"] = once(error)
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    outbox.send_until_quiet()
    assert outbox.states() == [State.UNKNOWN]
    assert len(board.copies) == 1


def test_no_answer_to_looking_is_no_answer(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    board.before["find"] = once(TemporaryError("No route."), 4)
    for _ in range(4):
        assert outbox.send(minutes=20) == [State.UNKNOWN]
    assert outbox.send(minutes=20) == [State.SENT]
    assert len(board.copies) == 1


def test_looking_where_nobody_answers_gets_rare_and_comes_when_it_may(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    later = outbox.clock.now + timedelta(hours=2)
    no_answer = TemporaryError("No route.")
    board.before["find"] = [TemporaryError("Rest.", not_before=later), *once(no_answer, 99)]
    before = board.asked.count("find")
    for _ in range(119):
        outbox.send(minutes=1)
    assert board.asked.count("find") - before == 1
    for _ in range(24 * 6):
        outbox.send(minutes=10)
    assert board.asked.count("find") - before < 20
    assert outbox.states() == [State.UNKNOWN]


def test_looking_without_access_waits_for_it_and_goes_on_in_doubt(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    before = board.asked.count("find")
    board.before["find"] = once(AuthError("Renew the token.", status=401), 99)
    assert outbox.send(minutes=1) == [State.NEEDS_ATTENTION]
    assert outbox.delivery().doubt
    for _ in range(20):
        outbox.send(hours=1)
    assert board.asked.count("find") - before == 1
    board.before["find"] = []
    outbox.clock.move(hours=4)
    probe_due(outbox.tools)
    assert outbox.send() == [State.SENT]
    assert len(board.copies) == 1


@pytest.mark.parametrize(("is_there", "copies"), [(True, 1), (False, 2)])
def test_where_nobody_can_look_a_person_decides(
    outbox: FakeOutbox, is_there: bool, copies: int
) -> None:
    board = outbox.add("chat")
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    outbox.send_until_quiet()
    row = outbox.delivery()
    assert row.state is State.UNKNOWN
    assert "settle" in (row.sentence or "")
    approve.settle(outbox.tools, row, is_there=is_there)
    assert outbox.send(minutes=1) == [State.SENT]
    assert len(board.copies) == copies


def test_what_is_stored_and_never_found_is_sent_a_few_times_at_most(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.hides, board.after["send"] = True, once(LOST, 30)
    outbox.announce()
    outbox.send()
    outbox.send_until_quiet(hours=11)
    row = outbox.delivery()
    assert (len(board.copies), row.state, row.doubt) == (4, State.HELD, True)
    assert "settle --there" in (row.sentence or "")
    approve.retry(outbox.tools, row)
    outbox.send_until_quiet(hours=11)
    assert (len(board.copies), outbox.states()) == (5, [State.HELD])
    approve.settle(outbox.tools, outbox.delivery(), is_there=True)
    assert outbox.states() == [State.SENT]


def test_what_was_begun_and_is_too_late_is_not_called_unsent(outbox: FakeOutbox) -> None:
    outbox.more = {"late_limit": timedelta(minutes=20)}
    tried, lost = outbox.add("board"), outbox.add("late")
    tried.before["send"] = once(TemporaryError("No route."), 30)
    lost.after["send"], lost.hides = once(LOST), True
    outbox.announce()
    outbox.send()
    outbox.send_until_quiet()
    first, second = outbox.deliveries()
    assert (first.state, first.doubt) == (State.EXPIRED, False)
    assert (second.state, second.doubt) == (State.HELD, True)
    for one in (first, second):
        assert "Look there" in (one.sentence or "")
        assert "not sent" not in (one.sentence or "")
    assert len(lost.copies) == 1


def test_letters_that_went_out_in_part_are_not_called_unsent(outbox: FakeOutbox) -> None:
    mail = outbox.add("mail")
    mail.people = ["a@kauri.example", "b@kauri.example"]

    def then_refuse(step: str) -> None:
        if step == "after send_to":
            mail.before["send_to"] = once(TemporaryError("No route."), 99)

    mail.on = then_refuse
    outbox.announce()
    outbox.send()
    outbox.send_until_quiet(hours=14)
    assert len(mail.letters) == 1
    assert outbox.states() == [State.EXPIRED]
    assert "Look there" in (outbox.delivery().sentence or "")
