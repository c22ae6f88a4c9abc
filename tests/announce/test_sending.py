"""Sending: once, to each place, whatever goes wrong; and only what somebody agreed to."""

import json
from datetime import timedelta

import pytest

from connector.announce.moves import State
from connector.errors import (
    AuthError,
    LeaseLostError,
    PermanentError,
    StoreError,
    TemporaryError,
    UnknownOutcome,
)
from connector.hub_files import INSTANCE_FILE
from connector.store import destinations
from connector.store.instance import read_instance
from sync_jobs import approve
from sync_jobs.probe import probe_due
from sync_jobs.push import send_due
from tests.fake_destination import FakeOutbox, once

LOST = UnknownOutcome("The answer was lost.")


def test_one_announcement_goes_to_each_place_once(outbox: FakeOutbox) -> None:
    board, chat, mail = outbox.add("board"), outbox.add("chat"), outbox.add("mail")
    mail.people = ["a@kauri.example", "b@kauri.example"]
    outbox.announce()
    assert outbox.send() == [State.SENT] * 3
    assert board.shown() == chat.shown() == ["Maths evening"]
    assert [address for address, _ in mail.letters] == mail.people
    outbox.send_until_quiet()
    assert len(board.copies) == len(chat.copies) == 1
    assert len(mail.letters) == 2


def test_all_deliveries_are_made_together_or_none(outbox: FakeOutbox) -> None:
    outbox.add("board"), outbox.add("late")
    row = outbox.draft()
    shown = approve.previews(outbox.tools, row, [outbox_row(outbox, "board")] * 2)
    with pytest.raises(StoreError):  # the second would break a rule of the table
        approve.approve(outbox.tools, row, shown)
    assert outbox.deliveries() == []
    assert outbox.announcement().state == "draft"


def outbox_row(outbox: FakeOutbox, key: str) -> destinations.DestinationRow:
    with outbox.store.read() as conn:
        known = destinations.destinations_of(conn, outbox.cluster_id)
    return next(one for one in known if one.key == key)


def test_what_was_approved_is_not_approved_again(outbox: FakeOutbox) -> None:
    outbox.add()
    outbox.announce()
    row = outbox.announcement()
    shown = approve.previews(outbox.tools, row, [outbox_row(outbox, "board")])
    with pytest.raises(StoreError, match="before"):
        approve.approve(outbox.tools, row, shown)


def test_a_scheduled_one_waits_for_its_time(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=2))
    assert outbox.send(hours=1) == [State.SCHEDULED]
    assert board.asked == []
    assert outbox.send(hours=1) == [State.SENT]


# --- other failures -------------------------------------------------------------------------


def test_what_was_not_taken_is_tried_again_later(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.before["send"] = once(TemporaryError("No route."), 3)
    outbox.announce()
    assert outbox.send() == [State.QUEUED]
    assert outbox.send(minutes=1) == [State.QUEUED]
    assert board.asked.count("send") == 1
    outbox.send_until_quiet()
    assert outbox.states() == [State.SENT]
    assert board.asked.count("send") == 4


def test_nobody_comes_before_the_place_said_not_even_for_another_announcement(
    outbox: FakeOutbox,
) -> None:
    board = outbox.add()
    outbox.add("other", "board", account="board")
    later = outbox.clock.now + timedelta(hours=1)
    board.before["send"] = once(TemporaryError("Too many.", status=429, not_before=later))
    outbox.announce("board")
    outbox.send()
    outbox.announce("other")
    outbox.send(minutes=59)
    assert outbox.states(1, 2) == [State.QUEUED, State.QUEUED]
    outbox.send(minutes=1)
    assert outbox.states(1, 2) == [State.SENT, State.SENT]


def test_a_refusal_is_told_and_not_repeated(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.before["send"] = once(PermanentError("The title is too short there.", status=422))
    outbox.announce()
    assert outbox.send() == [State.FAILED]
    outbox.send_until_quiet()
    assert board.asked.count("send") == 1
    assert outbox.delivery().sentence == "The title is too short there."
    approve.retry(outbox.tools, outbox.delivery())
    assert outbox.send() == [State.SENT]


def test_what_waits_for_a_moderator_is_sent_once_it_shows(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.reviews = True
    outbox.announce()
    assert outbox.send() == [State.AWAITING_PLATFORM]
    assert outbox.send(hours=1) == [State.AWAITING_PLATFORM]
    board.copies[0].waiting = False
    assert outbox.send(hours=1) == [State.SENT]
    assert len(board.copies) == 1


def test_what_a_moderator_refused_waits_for_a_person(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.reviews = True
    outbox.announce()
    outbox.send()
    for is_hidden in (True, False, True):  # only what is missing three times running is believed
        board.hides = is_hidden
        assert outbox.send(hours=12) == [State.AWAITING_PLATFORM]
    assert outbox.send(hours=12) == [State.AWAITING_PLATFORM]
    assert outbox.send(hours=12) == [State.NEEDS_ATTENTION]
    assert "moderator" in (outbox.delivery().sentence or "")
    outbox.send_until_quiet()
    assert len(board.copies) == 1
    approve.settle(outbox.tools, outbox.delivery(), is_there=True)
    assert outbox.states() == [State.SENT]


def test_a_lost_access_lets_nothing_that_waits_there_be_sent_again(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.reviews = True
    outbox.announce()
    outbox.send()
    before = board.asked.count("find")
    board.before["find"] = once(AuthError("Renew the token.", status=401), 5)
    for _ in range(30):
        outbox.send(minutes=10)
    assert outbox.states() == [State.AWAITING_PLATFORM]
    assert board.asked.count("find") - before == 5
    assert len(board.copies) == 1


def test_a_copy_found_in_the_bin_is_taken_back_and_not_sent_again(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    board.copies[0].removed = True
    assert outbox.send(minutes=1) == [State.RETRACTED]
    outbox.send_until_quiet()
    assert len(board.copies) == 1


# --- rules ----------------------------------------------------------------------------------


def test_more_open_than_meant_is_refused_until_somebody_says_so(outbox: FakeOutbox) -> None:
    board = outbox.add(audience="public")
    with pytest.raises(StoreError, match="--make-public"):
        outbox.announce()
    assert outbox.deliveries() == []
    outbox.announce(made_public=True)
    outbox.send()
    assert board.shown() == ["Maths evening"]


def test_a_destination_that_was_opened_since_gets_nothing(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    outbox.add(audience="public")
    assert outbox.send(hours=1) == [State.HELD]
    assert board.copies == []


def test_only_what_was_agreed_to_is_sent(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    board.suffix = " and more"
    assert outbox.send(hours=1) == [State.HELD]
    assert board.copies == []
    approve.retry(outbox.tools, outbox.delivery())
    assert outbox.send() == [State.SENT]


def test_a_new_secret_changes_nothing_about_what_was_agreed_to(outbox: FakeOutbox) -> None:
    outbox.add(settings={"token": "env:OLD"})
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    outbox.add(settings={"token": "env:NEW"})
    assert outbox.send(hours=1) == [State.SENT]


def test_what_is_too_late_is_not_sent(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    assert outbox.send(hours=13, minutes=1) == [State.EXPIRED]
    assert board.asked == []


def test_quiet_hours_are_kept_and_are_not_late(outbox: FakeOutbox) -> None:
    from datetime import time

    outbox.more = {"quiet": (time(12), time(7)), "late_limit": timedelta(hours=1)}
    board = outbox.add()
    outbox.announce()  # at 13:00 in Auckland
    assert outbox.send(hours=17, minutes=59) == [State.SCHEDULED]
    assert board.asked == []
    assert outbox.send(minutes=1) == [State.SENT]


def test_the_flood_brake_lets_the_rest_wait_for_a_yes(outbox: FakeOutbox) -> None:
    outbox.more = {"flood_brake": 3}
    board = outbox.add()
    for _ in range(5):
        outbox.announce()
        outbox.send(minutes=1)
    assert len(board.copies) == 3
    held = [one for one in outbox.deliveries(4, 5) if one.state is State.HELD]
    assert len(held) == 2
    approve.retry(outbox.tools, held[0])
    outbox.send()
    assert len(board.copies) == 4


def test_by_hand_a_person_posts_and_says_so(outbox: FakeOutbox) -> None:
    outbox.add("by_hand")
    outbox.announce()
    assert outbox.send() == [State.NEEDS_ATTENTION]
    row = approve.settle(
        outbox.tools, outbox.delivery(), is_there=True, url="http://notice.example/7"
    )
    assert row.state is State.SENT
    outbox.send_until_quiet()
    assert outbox.states() == [State.SENT]


# --- dead tokens ----------------------------------------------------------------------------


def test_a_dead_token_is_found_before_the_announcement_is_due(
    outbox: FakeOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=30))
    assert probe_due(outbox.tools) == 0
    board.trouble = "The token has ended: reconnect the board."
    outbox.clock.move(hours=7)
    for _ in range(4):
        probe_due(outbox.tools)
        outbox.send(hours=1)
    assert outbox_row(outbox, "board").trouble_sentence == board.trouble
    assert outbox.send(hours=20) == [State.NEEDS_ATTENTION]
    assert "send" not in board.asked
    assert [one.message for one in caplog.records].count(
        f"to=board reconnect: {board.trouble}"
    ) == 1


def test_renewed_access_lets_it_go_on_by_itself(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.before["send"] = once(AuthError("Renew the token.", status=401))
    outbox.announce()
    outbox.announce()
    outbox.send()
    assert outbox.states(1, 2) == [State.NEEDS_ATTENTION] * 2
    assert board.asked.count("send") == 1
    outbox.clock.move(hours=11)
    outbox.add(settings={"token": "env:NEW"})  # configured anew: believed until tried
    probe_due(outbox.tools)
    outbox.send()
    assert outbox.states(1, 2) == [State.SENT] * 2
    assert len(board.copies) == 2


# --- one sender, and the count of sendings --------------------------------------------------


def test_an_account_has_one_sender(outbox: FakeOutbox) -> None:
    board = outbox.add()
    other = outbox.add("other", "board", account="board")
    outbox.announce()
    begun = []

    def meanwhile(step: str) -> None:
        if step == "before send" and not begun:
            begun.append(step)
            assert send_due(outbox.tools) == 0

    board.on = other.on = meanwhile
    outbox.send()
    assert begun
    assert len(board.copies) == len(other.copies) == 1


def test_a_sender_that_lost_its_account_writes_nothing(outbox: FakeOutbox) -> None:
    outbox.add()
    with outbox.store.write() as conn:
        lease = destinations.claim(conn, "board", timedelta(minutes=5))
        assert lease is not None
        destinations.let_go_of_all(conn)
    with pytest.raises(LeaseLostError), outbox.store.write() as conn:
        destinations.renew(conn, lease, timedelta(minutes=5))


def test_each_sending_is_counted_before_it_begins(outbox: FakeOutbox) -> None:
    board = outbox.add()
    seen = []

    def note(step: str) -> None:
        if step == "before send":
            with outbox.store.read() as conn:
                kept = read_instance(conn).sent
            noted = json.loads((outbox.folder / INSTANCE_FILE).read_text())["sent"]
            seen.append((kept, noted, outbox.delivery(len(seen) + 1).state))

    board.on = note
    outbox.announce(), outbox.announce()
    outbox.send()
    assert seen == [(1, 1, State.SENDING), (2, 2, State.SENDING)]


# --- what stands in nobody's way ------------------------------------------------------------


def test_a_mistake_of_ours_at_one_account_keeps_no_other_from_sending(
    outbox: FakeOutbox,
) -> None:
    broken, board = outbox.add("chat"), outbox.add("board")
    broken.before["send"] = once(ZeroDivisionError())  # type: ignore[arg-type]
    outbox.announce()
    outbox.send()
    assert sorted(outbox.states()) == [State.SENDING, State.SENT]
    assert board.shown() == ["Maths evening"]
    outbox.send(minutes=1)
    assert sorted(outbox.states()) == [State.SENT, State.UNKNOWN]
    assert broken.copies == []


def test_taking_back_is_not_held_by_any_rule(outbox: FakeOutbox) -> None:
    outbox.more = {"flood_brake": 1}
    board = outbox.add()
    outbox.announce()
    outbox.send()
    board.suffix = " changed since"
    outbox.add(audience="public")
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries())
    assert outbox.send() == [State.RETRACTED]


def test_two_lists_with_one_person_send_them_one_letter(outbox: FakeOutbox) -> None:
    first, second = outbox.add("mail"), outbox.add("more", "mail")
    first.people, second.people = ["a@kauri.example", "b@kauri.example"], ["b@kauri.example"]
    outbox.announce()
    assert outbox.send() == [State.SENT, State.SENT]
    assert len(first.letters + second.letters) == 2


def test_a_retry_that_falls_into_quiet_hours_is_not_late_in_the_morning(
    outbox: FakeOutbox,
) -> None:
    from datetime import time

    outbox.more = {"quiet": (time(13, 1), time(7)), "late_limit": timedelta(hours=1)}
    board = outbox.add()
    board.before["send"] = once(TemporaryError("No route."))
    outbox.announce()  # at 13:00 in Auckland
    assert outbox.send() == [State.QUEUED]
    assert outbox.send(minutes=5) == [State.QUEUED]
    assert outbox.send(hours=17, minutes=55) == [State.SENT]
