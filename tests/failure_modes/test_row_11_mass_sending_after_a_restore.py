"""Row 11: a restored or cloned hub sends everything again. See also tests/announce/test_put_back."""

from datetime import timedelta
from pathlib import Path

from connector import hub_files
from connector.announce.moves import State
from connector.store import instance
from connector.store.database import Store
from tests.fake_destination import FakeOutbox


def test_a_database_that_knows_of_fewer_sendings_than_were_made_sends_nothing(
    store: Store, tmp_path: Path
) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    board = outbox.add()
    for hour in range(5):
        outbox.announce(at=outbox.clock.now + timedelta(hours=hour))
    here = instance.whereabouts(store)
    ahead = hub_files.Whereabouts(
        hub=here.hub, epoch=here.epoch, machine=here.machine, database=here.database, sent=5
    )
    hub_files.write_whereabouts(outbox.folder, ahead)
    outbox.send_until_quiet()
    assert outbox.states(1, 2, 3, 4, 5) == [State.HELD] * 5
    assert board.copies == []
