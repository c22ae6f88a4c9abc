"""A board too large to be listed in one night: whatever happened in it is found within days.

Nothing announces these changes, and the board is quiet, so that it is read once a day.
"""

import pytest

from adapters.discourse.state import unpacked
from tests.discourse import big_board
from tests.discourse.big_board import QUIET, SlowHub, big_kit, day, differences


@pytest.fixture
def lesser(monkeypatch):
    """A hub that has read all of a board that is just too large for one night."""
    monkeypatch.setattr(big_board, "TOPICS", 400)
    monkeypatch.setattr(big_board, "POSTS", 4_000)
    hub = SlowHub(big_kit())
    hub.cycle()
    return hub


def test_share_is_read_once_a_day_whatever_the_interval(lesser):
    assert day(lesser) > QUIET
    for _ in range(3):
        lesser.board.tick(hours=6)
        assert lesser.cycle() <= QUIET


def test_many_posts_that_left_one_stretch_are_all_found(lesser):
    """More than are asked for at once, and the last that are left below them none at all."""
    for number in range(1, 251):
        if not lesser.board.posts[number].deleted:
            lesser.board.delete(number)
    for _ in range(8):
        day(lesser)
    assert differences(lesser.kit, lesser) == {}


@pytest.mark.parametrize("requests", [10, 12, 16, 18])
def test_a_slice_that_ends_between_two_streams_leaves_the_board_readable(lesser, requests):
    """Some streams have read a stretch then that the others have not: all of them go on."""
    hub = lesser
    hub.board.tick(days=1)
    hub.finished = set()
    hub.slice_requests = requests
    hub.run()
    hub.slice_requests = 200
    while not hub.run():
        pass
    new = hub.board.reply(1, "<p>Brand new</p>")
    day(hub)
    assert f"post:{new.id}" in hub.held
    shares = {unpacked(cursor).share for cursor in hub.cursors.values()}
    assert shares == {0}
