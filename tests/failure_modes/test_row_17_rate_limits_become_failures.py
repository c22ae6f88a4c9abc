"""Row 17: one "too many requests" made a board unread for days.

The wait that the board names is obeyed, in either of its two answers, and forgotten after it;
many of them in a row, each after some progress, put nothing off.
"""

from datetime import timedelta

import pytest

from tests.discourse.board_hub import BoardHub, expected
from tests.discourse.conftest import hub, small  # noqa: F401 - fixtures

SECONDS = {"json": 17, "text": 9}


@pytest.fixture
def board(hub: BoardHub) -> BoardHub:  # noqa: F811 - the fixture above
    hub.cycle()
    return hub


@pytest.mark.parametrize("shape", SECONDS)
def test_wait_is_as_long_as_the_board_says_and_no_shorter(board, shape):
    board.small.service.limits.storm = [shape]
    board.run()
    wait = board.source().due - board.board.now
    assert wait >= timedelta(seconds=SECONDS[shape])


@pytest.mark.parametrize("shape", SECONDS)
def test_after_the_wait_the_board_is_read_as_ever(board, shape):
    board.small.reply(board.small.first, "<p>After the storm</p>")
    board.small.service.limits.storm = [shape]
    board.run()
    board.board.now = board.source().due
    assert board.run().state == "done"
    assert board.source().failures == 0
    assert board.held() == expected(board.small)


def test_pause_in_every_run_of_a_long_reading_is_no_failure(hub):  # noqa: F811
    for number in range(900):
        hub.small.reply(hub.small.first, f"<p>{number}</p>")
    hub.small.service.limits.key_per_minute = 12
    states = []
    for _ in range(12):
        states.append(hub.run().state)
        assert hub.source().failures <= 1
        if states[-1] == "done":
            break
        hub.board.now = max(hub.board.now, hub.source().due)
    assert states[-1] == "done"
    assert "partial" in states
    assert hub.held() == expected(hub.small)
