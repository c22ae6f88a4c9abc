"""Row 18: a token ends, and everything looks well until the announcement does not arrive."""

from datetime import timedelta
from pathlib import Path

from connector.announce.moves import State
from connector.errors import AuthError
from connector.store import destinations
from connector.store.database import Store
from sync_jobs.probe import probe_due
from tests.fake_destination import FakeOutbox, once


def test_it_is_told_a_day_before_and_no_attempt_is_wasted(store: Store, tmp_path: Path) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    board = outbox.add()
    outbox.announce(at=outbox.clock.now + timedelta(hours=20))
    board.before["check"] = once(AuthError("The token has ended.", status=401), 9)
    probe_due(outbox.tools)
    with store.read() as conn:
        (row,) = destinations.destinations_of(conn, outbox.cluster_id)
    assert row.trouble_sentence == "The token has ended."
    assert outbox.send(hours=20) == [State.NEEDS_ATTENTION]
    assert "send" not in board.asked
