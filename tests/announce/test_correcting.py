"""Corrections and taking back: every copy follows, or a message of its own says so."""

from datetime import timedelta

import pytest

from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.errors import (
    AuthError,
    PermanentError,
    StoreError,
    TemporaryError,
    UnknownOutcome,
)
from connector.store import announcements, destinations
from sync_jobs import approve
from tests.fake_destination import FakeOutbox, once
from tests.fake_place import NOON

LOST = UnknownOutcome("The answer was lost.")


def corrected(outbox: FakeOutbox, title: str = "Maths evening, moved") -> None:
    approve.correct(outbox.tools, outbox.announcement(), Written(title=title, body="To Friday."))


def test_a_correction_changes_the_copies_and_follows_where_it_cannot(outbox: FakeOutbox) -> None:
    board, chat, mail = outbox.add("board"), outbox.add("chat"), outbox.add("mail")
    mail.people = ["a@kauri.example"]
    outbox.announce()
    outbox.send()
    corrected(outbox)
    assert outbox.send() == [State.SENT] * 3
    assert board.shown() == ["Maths evening, moved"]
    assert chat.shown() == ["Maths evening", "Correction: Maths evening, moved"]
    assert mail.letters[1] == ("a@kauri.example", "Correction: Maths evening, moved")


def test_what_somebody_edited_there_is_shown_and_not_overwritten(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce()
    outbox.send()
    board.copies[0].version = 7
    corrected(outbox)
    assert outbox.send() == [State.NEEDS_ATTENTION]
    assert board.shown() == ["Maths evening"]
    assert outbox.delivery().cause == "conflict"
    approve.retry(outbox.tools, outbox.delivery(), over=True)
    assert outbox.send() == [State.SENT]
    assert board.shown() == ["Maths evening, moved"]


def test_an_edit_whose_answer_was_lost_is_done_again(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce()
    outbox.send()
    board.after["update"] = once(LOST)
    corrected(outbox)
    outbox.send()
    assert outbox.send(minutes=10) == [State.SENT]
    assert board.copies[0].version == 1
    assert len(board.copies) == 1


def test_a_copy_that_is_gone_is_not_made_anew_by_a_correction(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce()
    outbox.send()
    board.copies[0].removed = True
    corrected(outbox)
    assert outbox.send() == [State.RETRACTED]
    assert len(board.copies) == 1


def test_what_waits_is_corrected_in_place(outbox: FakeOutbox) -> None:
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    corrected(outbox)
    assert outbox.send(hours=1) == [State.SENT]
    assert board.shown() == ["Maths evening, moved"]


def test_nothing_is_corrected_while_it_is_in_doubt(outbox: FakeOutbox) -> None:
    board = outbox.add("chat")
    board.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    with pytest.raises(StoreError, match="settle"):
        corrected(outbox)
    assert outbox.announcement().version == 0


def test_taking_back(outbox: FakeOutbox) -> None:
    board, mail = outbox.add("board"), outbox.add("mail")
    later = outbox.add("late")
    mail.people = ["a@kauri.example"]
    outbox.announce("board", "mail")
    outbox.send()
    outbox.announce("late", at=outbox.clock.now + timedelta(hours=1))
    rows = [*outbox.deliveries(1), *outbox.deliveries(2)]
    approve.retract(outbox.tools, outbox.cluster_id, rows)
    outbox.send(hours=2)
    assert outbox.states(1, 2) == [State.CANCELLED, State.RETRACTED, State.RETRACTED]
    assert board.shown() == later.shown() == []
    assert mail.letters[-1] == ("a@kauri.example", "Withdrawn: Maths evening")


def test_a_withdrawal_does_not_post_the_text_again(outbox: FakeOutbox) -> None:
    chat = outbox.add("chat")
    event = Event(start=NOON, end=NOON + timedelta(hours=1), sign_up="https://kauri.example/s")
    picture = "https://kauri.example/hall.jpg"
    outbox.announce(written=Written(title="Evening", body="Nau mai.", event=event, picture=picture))
    outbox.send()
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries())
    outbox.send()
    before, told = (one.message for one in chat.copies)
    assert "does not hold any more" in told.text
    assert "does not hold any more" in told.html
    assert "Nau mai" not in told.text + told.html
    assert (told.picture, told.url, told.cancelled) == (None, None, True)
    assert (told.start, told.end, told.uid) == (before.start, before.end, before.uid)


def test_what_is_taken_back_after_a_correction_is_called_by_its_title(outbox: FakeOutbox) -> None:
    mail = outbox.add("mail")
    mail.people = ["a@kauri.example"]
    outbox.announce()
    outbox.send()
    corrected(outbox)
    outbox.send()
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries())
    outbox.send()
    assert [title for _, title in mail.letters][1:] == [
        "Correction: Maths evening, moved",
        "Withdrawn: Maths evening, moved",
    ]


def test_a_place_without_a_copy_is_in_no_correction_s_way(outbox: FakeOutbox) -> None:
    board, late = outbox.add("board"), outbox.add("late")
    outbox.announce()
    outbox.send()
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries()[1:])
    outbox.send()
    late.objects = "It takes no such thing."
    corrected(outbox)
    outbox.send()
    assert board.shown() == ["Maths evening, moved"]
    assert outbox.states() == [State.SENT, State.RETRACTED]
    board.objects = "Nor does this one."
    with pytest.raises(StoreError, match="Nor does this one"):
        corrected(outbox, "Maths evening, once more")


def test_a_wording_of_its_own_outlives_a_correction_until_it_is_replaced(
    outbox: FakeOutbox,
) -> None:
    board, late = outbox.add("board"), outbox.add("late")
    row = outbox.draft()
    with outbox.store.write(outbox.cluster_id) as conn:
        (first, second) = destinations.destinations_of(conn, outbox.cluster_id)
        announcements.put_wording(
            conn, outbox.cluster_id, row.id, first.id, title=None, body="Ours."
        )
    both = [first, second]
    approve.approve(outbox.tools, row, approve.previews(outbox.tools, row, both))
    outbox.send()
    fixed = Written(title="Moved", body="To Friday.")
    dry = approve.previews(outbox.tools, outbox.announcement(), both, {}, common=fixed)
    approve.correct(outbox.tools, outbox.announcement(), fixed, {})
    outbox.send()
    there = [board.copies[0].message, late.copies[0].message]
    assert [(one.title, one.text) for one in there] == [("Moved", "Ours."), ("Moved", "To Friday.")]
    assert [one.message.html for one in dry] == [one.html for one in there]
    approve.correct(outbox.tools, outbox.announcement(), fixed, {first.id: ("", "Ours, later.")})
    outbox.send()
    approve.correct(outbox.tools, outbox.announcement(), fixed)  # it is kept
    outbox.send()
    assert board.copies[0].message.text == "Ours, later."


# --- a taking back is never passed over -----------------------------------------------------


def take_back(outbox: FakeOutbox) -> tuple[str, ...]:
    """Take the first announcement back; return what was not."""
    return approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries()).left


@pytest.mark.parametrize("kind", ["board", "chat"])
def test_what_is_in_doubt_is_named_and_not_sent_again(outbox: FakeOutbox, kind: str) -> None:
    board = outbox.add(kind)
    board.hides, board.after["send"] = True, once(LOST)
    outbox.announce()
    outbox.send()
    (told,) = take_back(outbox)
    assert told.startswith(f"{kind.capitalize()}: ")
    outbox.send_until_quiet()
    row = outbox.delivery()
    assert (len(board.copies), row.state, row.doubt) == (1, State.HELD, True)
    assert take_back(outbox) == (told,)


def test_what_is_said_to_be_there_can_be_taken_back(outbox: FakeOutbox) -> None:
    chat = outbox.add("chat")
    chat.after["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    take_back(outbox)
    approve.settle(outbox.tools, outbox.delivery(), is_there=True)
    assert take_back(outbox) == ()
    assert outbox.send() == [State.RETRACTED]
    assert chat.shown()[1:] == ["Withdrawn: Maths evening"]


def test_what_is_said_to_be_absent_is_cancelled_then(outbox: FakeOutbox) -> None:
    chat = outbox.add("chat")
    chat.before["send"] = once(LOST)
    outbox.announce()
    outbox.send()
    take_back(outbox)
    approve.settle(outbox.tools, outbox.delivery(), is_there=False)
    assert outbox.send(hours=1) == [State.CANCELLED]
    assert chat.copies == []


def test_what_a_gone_sender_began_is_stopped_and_what_one_sends_is_named(
    outbox: FakeOutbox,
) -> None:
    board = outbox.add()
    board.hides, board.before["send"] = True, once(ZeroDivisionError())  # type: ignore[arg-type]
    told: list[tuple[str, ...]] = []

    def meanwhile(step: str) -> None:
        if step == "before send" and not told:
            told.append(take_back(outbox))

    board.on = meanwhile
    outbox.announce()
    assert outbox.send() == [State.SENDING]
    assert "being sent" in told[0][0]
    take_back(outbox)
    outbox.send_until_quiet()
    assert outbox.states() == [State.HELD]
    assert board.copies == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PermanentError("The title is too long there."), State.FAILED),
        (AuthError("Renew the token."), State.NEEDS_ATTENTION),
        (TemporaryError("No route."), State.QUEUED),
    ],
)
def test_a_correction_that_did_not_come_through_hinders_no_taking_back(
    outbox: FakeOutbox, error: Exception, state: State
) -> None:
    board = outbox.add()
    outbox.announce()
    outbox.send()
    board.before["update"] = once(error)
    corrected(outbox)
    assert outbox.send() == [state]
    outbox.add(settings={"token": "env:NEW"})  # configured anew: its access is believed
    assert take_back(outbox) == ()
    assert outbox.send(minutes=5) == [State.RETRACTED]
    assert board.shown() == []


def test_a_copy_whose_place_is_not_known_is_named(outbox: FakeOutbox) -> None:
    board = outbox.add()
    board.hides, board.after["send"] = True, once(LOST)
    outbox.announce()
    outbox.send()
    approve.settle(outbox.tools, outbox.delivery(), is_there=True)
    (told,) = take_back(outbox)
    assert "does not know where" in told


def test_letters_that_went_out_in_part_are_withdrawn(outbox: FakeOutbox) -> None:
    mail = outbox.add("mail")
    mail.people = ["a@kauri.example", "b@kauri.example"]
    mail.after["send_to"] = once(LOST)
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    assert take_back(outbox) == ()
    outbox.send()
    assert outbox.states() == [State.RETRACTED]
    assert [title for _, title in mail.letters][2:] == ["Withdrawn: Maths evening"] * 2


# --- a destination that cannot be opened ----------------------------------------------------

WRONG = {"adress": "misspelt"}


def test_wrong_settings_keep_no_other_copy_from_being_taken_back(outbox: FakeOutbox) -> None:
    chat, board = outbox.add("chat"), outbox.add("board")
    outbox.announce()
    outbox.send()
    outbox.add("chat", settings=WRONG)
    (told,) = take_back(outbox)
    assert "A setting of chat is wrong" in told
    assert sorted(outbox.send()) == [State.RETRACTED, State.SENT]
    assert board.shown() == []
    outbox.add("chat")
    assert take_back(outbox) == ()
    outbox.send()
    assert chat.shown()[1:] == ["Withdrawn: Maths evening"]


@pytest.mark.parametrize("is_paused", [False, True])
def test_what_cannot_be_opened_keeps_no_other_copy_from_being_corrected(
    outbox: FakeOutbox, is_paused: bool
) -> None:
    outbox.add("chat")
    board = outbox.add("board")
    outbox.announce()
    outbox.send()
    if is_paused:
        with outbox.store.write(outbox.cluster_id) as conn:
            destinations.pause_missing(conn, outbox.cluster_id, {"board"})
    else:
        outbox.add("chat", settings=WRONG)
    done = approve.correct(
        outbox.tools, outbox.announcement(), Written(title="Moved", body="To Friday.")
    )
    assert [told.split(":")[0] for told in done.left] == ["Chat"]
    assert outbox.send() == [State.SENT, State.SENT]
    assert board.shown() == ["Moved"]


def test_what_waits_where_no_correction_could_be_made_is_not_sent_by_itself(
    outbox: FakeOutbox,
) -> None:
    chat = outbox.add("chat")
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    outbox.add("chat", settings=WRONG)
    corrected(outbox)
    outbox.add("chat")
    assert outbox.send(hours=1) == [State.HELD]
    assert chat.copies == []
    corrected(outbox)
    approve.retry(outbox.tools, outbox.delivery())
    outbox.send()
    assert chat.shown() == ["Maths evening, moved"]
