"""Row 12: eleven copies, because each lost answer was followed by another attempt."""

from pathlib import Path

import pytest

from connector.announce.moves import State
from connector.errors import TemporaryError, UnknownOutcome
from connector.store.database import Store
from tests.fake_destination import FakeOutbox, once


@pytest.mark.parametrize("kind", ["board", "late", "chat"])
@pytest.mark.parametrize(
    "error", [UnknownOutcome("Lost."), TemporaryError("Broken.", status=500)], ids=["lost", "500"]
)
def test_a_place_that_never_answers_gets_one_copy(
    store: Store, tmp_path: Path, kind: str, error: Exception
) -> None:
    outbox = FakeOutbox(store, tmp_path / "data")
    board = outbox.add(kind)
    board.after["send"] = once(error, 50)
    outbox.announce()
    outbox.send()
    outbox.send_until_quiet()
    assert len(board.copies) == 1
    assert outbox.states() == [State.UNKNOWN if kind == "chat" else State.SENT]
