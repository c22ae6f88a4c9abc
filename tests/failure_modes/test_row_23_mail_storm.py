"""Row 23: an import, a deleted account or a loop of sending fills everybody's mailbox."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from adapters.mail.settings import MailSettings
from connector.announce.moves import State
from connector.store import deliveries
from connector.store.database import Store
from sync_jobs.push import send_due
from tests.engine import Engine
from tests.fake_destination import FakeBoard, FakeOutbox
from tests.fake_place import record

PEOPLE = [f"teacher{number}@kauri.example" for number in range(4)]


def mailing(outbox: FakeOutbox) -> FakeBoard:
    mail = outbox.add("mail")
    mail.people = list(PEOPLE)
    return mail


def letters_each(mail: FakeBoard) -> set[int]:
    """Return how many letters people got."""
    return set(Counter(address for address, _ in mail.letters).values())


def test_reading_a_years_posts_sends_nobody_a_letter(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    mail = mailing(outbox)
    engine = Engine(store)
    engine.add("blog").publish(*(record(number) for number in range(1, 101)))
    engine.run("blog")
    assert send_due(outbox.tools) == 0
    assert (mail.letters, mail.asked) == ([], [])


def test_nobody_gets_more_than_a_few_letters_a_day(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    mail = mailing(outbox)
    for _ in range(5):
        outbox.announce()
        outbox.send(minutes=1)
    for _ in range(10):
        outbox.send(hours=2)
    assert letters_each(mail) == {3}
    # The rest comes the day after: who waits because the hub makes them wait is never too late.
    outbox.clock.now += timedelta(hours=3)
    outbox.send_until_quiet()
    assert letters_each(mail) == {5}
    assert set(outbox.states(*range(1, 6))) == {State.SENT}


def test_one_address_twice_on_the_list_is_one_person() -> None:
    settings = MailSettings(
        address="smtp://localhost",
        security="none",
        sender="hub@kauri.example",
        people=("Anna@kauri.example", "anna@kauri.example "),
    )
    assert settings.people == ("anna@kauri.example",)


def test_sending_it_again_and_again_reaches_nobody_twice(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    mail = mailing(outbox)
    outbox.announce()
    outbox.send_until_quiet()
    row = outbox.delivery()
    with store.write(outbox.cluster_id) as conn:
        # As a loop of ours would: the whole delivery is put back to its beginning.
        table = deliveries.delivery
        conn.execute(table.update().values(state=str(State.QUEUED), doubt=False))
    outbox.send_until_quiet()
    assert outbox.delivery().id == row.id
    assert letters_each(mail) == {1}


def test_many_at_once_wait_for_a_yes(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data", more={"flood_brake": 3, "daily_mails": 100})
    mail = mailing(outbox)
    for _ in range(6):
        outbox.announce()
        outbox.send(minutes=1)
    assert letters_each(mail) == {3}
    assert Counter(outbox.states(*range(1, 7))) == {State.SENT: 3, State.HELD: 3}
