"""Row 10: old posts pushed again by a page view, a link checker or a save somewhere else.

Only a row that somebody said yes to is ever sent, and only near its time.
"""

from datetime import timedelta
from pathlib import Path

from connector.announce.moves import State
from connector.store.database import Store
from sync_jobs.push import send_due
from tests.fake_destination import FakeOutbox


def test_reading_and_saving_send_nothing(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    board = outbox.add()
    outbox.draft()
    for _ in range(3):
        assert send_due(outbox.tools) == 0
    outbox.add(title="Another title")  # the destination is configured anew
    outbox.send_until_quiet()
    assert board.asked == []


def test_an_old_one_is_not_sent_when_the_hub_wakes_up(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=1))
    assert outbox.send(days=90) == [State.EXPIRED]
    assert board.asked == []
