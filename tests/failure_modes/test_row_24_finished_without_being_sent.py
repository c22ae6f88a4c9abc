"""Row 24: mails never sent, but the campaign is marked as finished."""

from pathlib import Path

from connector.announce.moves import State
from connector.errors import TemporaryError, UnknownOutcome
from connector.store.database import Store
from tests.fake_destination import FakeOutbox, once


def mailing(store: Store, tmp_path: Path) -> FakeOutbox:
    outbox = FakeOutbox(store, tmp_path / "data")
    outbox.add("mail").people = [f"teacher{number}@kauri.example" for number in range(5)]
    return outbox


def test_it_is_not_sent_before_everybody_has_a_line(store: Store, tmp_path: Path) -> None:
    outbox = mailing(store, tmp_path)
    mail = outbox.boards["fake://mail"]
    mail.before["send_to"] = once(TemporaryError("Later."), 2)
    outbox.announce()
    assert outbox.send() == [State.QUEUED]
    assert len(mail.letters) == 3
    outbox.send_until_quiet()
    assert outbox.states() == [State.SENT]
    assert sorted(address for address, _ in mail.letters) == sorted(mail.people)


def test_what_is_unknown_of_one_keeps_the_whole_open(store: Store, tmp_path: Path) -> None:
    outbox = mailing(store, tmp_path)
    outbox.boards["fake://mail"].after["send_to"] = once(UnknownOutcome("Lost."))
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    assert "4 sent, 1 unknown" in (outbox.delivery().sentence or "")


def test_a_mailing_that_reaches_nobody_failed(store: Store, tmp_path: Path) -> None:
    outbox = mailing(store, tmp_path)
    mail = outbox.boards["fake://mail"]
    mail.refuses = set(mail.people)
    outbox.announce()
    assert outbox.send() == [State.FAILED]
