"""What a board of 50,000 posts costs, counted by the stand-in on its own clock."""

import json
from datetime import timedelta

import pytest

from tests.chances import MORE_VARIABLE, TAKES_ALL
from tests.contract.kits.discourse import BoardKit
from tests.discourse.big_board import POSTS, QUIET, SlowHub, day, differences, read_hub

LISTS = 1_000 + 50
"""Fifty posts and a hundred topics in an answer: the API gives no more."""
STRETCHES = POSTS // 250 + 1
SHARE = -(-STRETCHES // 7)
A_STRETCH = 5 + 1
"""Answers of fifty posts, and a page of a hundred topics."""


@pytest.fixture(scope="module")
def first() -> SlowHub:
    """A hub that has read everything once, with what that cost; nothing changes it."""
    return read_hub()


@pytest.fixture
def hub() -> SlowHub:
    """A hub that has read everything once."""
    return read_hub()


@pytest.fixture
def kit(hub: SlowHub) -> BoardKit:
    return hub.kit


def test_first_reading_takes_the_fewest_requests_that_the_api_allows(first):
    """1,050 for what is there. Beside them: finding the parts (7); whether strangers may read,
    the last activity, the events (3); the members of two groups, for the posts and for the
    sign-ups (4); the categories at the beginning of each of 19 runs, since nothing may be shown
    by what was true before; and the sign-ups fall into a run of their own, which learns once
    more who may see what (5)."""
    ids = {external_id for found in first.ids.values() for external_id in found}
    assert ids == {f"post:{number}" for number in range(1, POSTS + 1)}
    assert first.records == POSTS, "each post is handed on once"
    assert first.runs == 19
    assert first.first_cost == LISTS + 7 + 3 + 4 + 19 + 5 == 1_088
    assert first.kit.small.service.refused == 0


def test_first_reading_keeps_the_pace_of_the_board(first):
    """1,088 requests at 60 a minute are 18 minutes; in each pause others are read."""
    assert timedelta(minutes=17) < first.first_took < timedelta(minutes=20)


def test_cursors_of_a_big_board_stay_small(first):
    assert max(len(cursor) for cursor in first.cursors.values()) < 20_000


def test_quiet_cycle_takes_four_requests_and_ten_for_the_second_look(hub, kit):
    costs = []
    for _ in range(12):
        kit.small.board.tick(hours=1)
        records = hub.records
        costs.append(hub.cycle())
        assert hub.records == records
    assert max(costs) <= QUIET


def test_event_whose_counts_moved_costs_one_request_more(hub, kit):
    board = kit.small.board
    board.announce(1, starts_in=timedelta(days=9), capacity=3)
    board.tick(hours=1)
    hub.cycle()
    board.tick(hours=1)
    quiet = hub.cycle()
    board.answer(1, 3, "going")
    board.tick(hours=1)
    invitees = [t for t in kit.small.service.asked if "invitees" in t]
    assert hub.cycle() <= quiet + 2
    asked = [t for t in kit.small.service.asked if "invitees" in t]
    assert len(asked) == len(invitees) + 1


def test_every_stretch_is_looked_at_again_in_as_many_cycles_as_there_are(hub, kit):
    """An edit of the oldest post and a deleted one, which nothing announces, are found."""
    board = kit.small.board
    board.edit(2, "<p>Written anew</p>")
    board.delete(33)
    hub.cursors = {k: _at_the_last_stretch(c) for k, c in hub.cursors.items()}
    found, gone = set(), set()
    take = hub.take

    def watched(page):
        found.update(r.external_id for r in page.records if "Written anew" in r.html)
        gone.update(page.gone)
        take(page)

    hub.take = watched
    board.tick(hours=1)
    hub.cycle()
    hub.take = take
    assert found == {"post:2"}
    assert gone == {"post:33"}


def test_topic_that_was_active_and_is_moved_away_is_closed_in_the_next_cycle(hub, kit):
    """Also where its posts lie in stretches that are not looked at for days."""
    board, closed = kit.small.board, kit.small.closed
    topic = next(n for n, t in board.topics.items() if t.category == kit.small.open)
    board.reply(topic, "<p>Still there</p>")
    board.tick(hours=1)
    hub.cycle()
    board.move(topic, closed)
    changed, take = {}, hub.take

    def watched(page):
        changed.update({c.external_id: c.audience for c in page.audience_changes})
        take(page)

    hub.take = watched
    board.tick(hours=1)
    hub.cycle()
    hub.take = take
    there = [number for number in board.topics[topic].posts[:-1] if not board.posts[number].deleted]
    old = {f"post:{number}" for number in there}
    assert old <= changed.keys()
    assert {audience.key for audience in changed.values()} == {f"group:{kit.small.assessors.id}"}


def _at_the_last_stretch(cursor: str) -> str:
    """Go forward to where the second look comes to the oldest posts."""
    value = json.loads(cursor)
    if "roll" in value:
        value["roll"] = 0
    return json.dumps(value)


# --- a board too large to be listed in one night ------------------------------------------------


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


@pytest.mark.skipif(not TAKES_ALL, reason=f"a fortnight of a large board: {MORE_VARIABLE}=1")
def test_week_of_shares_ends_in_the_state_of_the_board_at_a_stated_cost(hub, kit):
    """Each day 29 of 201 stretches, 174 requests in pieces of a minute's pace. Each of the four
    runs asks for the categories, and what it read of a stretch when the minute was over is read
    again. Whoever is found missing is asked for besides. Tags stand in lists of topics: a stretch
    that was read before the list told them follows with its next turn."""
    assert differences(kit, hub) == {}
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
