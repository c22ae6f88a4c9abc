"""A board too large to be listed in one night: whatever happened in it is found within days.

Nothing announces these changes, and the board is quiet, so that it is read once a day.
"""

import pytest

from adapters.discourse.state import unpacked
from tests.discourse import big_board
from tests.discourse.big_board import POSTS, SlowHub, big_kit, read_hub

STRETCHES = POSTS // 250 + 1
SHARE = -(-STRETCHES // 7)
A_STRETCH = 5 + 1
"""Answers of fifty posts, and a page of a hundred topics."""
QUIET = 4 + 10


def expected(kit):
    """Return what of each post a reader can tell, by what the board itself holds."""
    board = kit.small.board
    found = {}
    for number, post in board.expected(kit.small.hub.id).items():
        topic, user = board.topics[post.topic], board.users[post.user]
        first = post.number == 1
        groups = "+".join(map(str, sorted(board.categories[topic.category].groups)))
        found[f"post:{number}"] = (
            topic.title if first else "",
            post.raw,
            user.name or user.username,
            f"group:{groups}" if groups else "",
            tuple(sorted(topic.tags)) if first else (),
            None if first else f"/t/{topic.id}",
        )
    return found


def held(hub):
    base = hub.board.base
    return {
        key: (
            record.title,
            record.html,
            record.author.name,
            record.audience.key,
            record.tags,
            record.in_reply_to and record.in_reply_to.removeprefix(base),
        )
        for key, record in hub.held.items()
    }


def differences(kit, hub):
    ours, theirs = held(hub), expected(kit)
    return {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    }


def day(hub):
    """Let a day pass and read; return the requests that it took."""
    hub.board.tick(days=1)
    return hub.cycle()


def happens(kit):
    """Let a year's worth of quiet changes happen all over the board."""
    board, small = kit.small.board, kit.small
    for number in range(7, POSTS, 2_500):
        board.edit(number, f"<p>{number}, written anew</p>")
    for number in (33, 24_999, 49_000):
        board.delete(number)
    for first in (101, 30_001):
        board.delete(first)
    for topic in (40, 2_500, 4_001):
        board.move(topic, small.closed if topic != 4_001 else small.open)
    board.split(3_000, board.topics[3_000].posts[4:8], "Apart")
    board.rename_tag("robotics", "robots")
    board.posts[12_345].hidden = True


@pytest.fixture
def hub():
    """A hub that has read everything once."""
    hub = read_hub()
    assert differences(hub.kit, hub) == {}
    return hub


@pytest.fixture
def kit(hub):
    return hub.kit


@pytest.fixture
def lesser(monkeypatch):
    """A hub that has read all of a board that is just too large for one night."""
    monkeypatch.setattr(big_board, "TOPICS", 400)
    monkeypatch.setattr(big_board, "POSTS", 4_000)
    hub = SlowHub(big_kit())
    hub.cycle()
    return hub


def test_week_of_shares_ends_in_the_state_of_the_board_at_a_stated_cost(hub, kit):
    """Each day 29 of 201 stretches, 174 requests in pieces of a minute's pace. Each of the four
    runs asks for the categories, and what it read of a stretch when the minute was over is read
    again. Whoever is found missing is asked for besides. Tags stand in lists of topics: a stretch
    that was read before the list told them follows with its next turn."""
    assert SHARE * A_STRETCH == 174
    assert day(hub) <= QUIET + 174 + 4 * (1 + 5 - 1)
    happens(kit)
    costs = [day(hub) for _ in range(7)]
    tagged = differences(kit, hub)
    assert all("robots" in pair[1][4] for pair in tagged.values()), tagged
    costs += [day(hub) for _ in range(7)]
    assert differences(kit, hub) == {}
    assert max(costs) <= 300
    assert kit.small.service.refused == 0


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
