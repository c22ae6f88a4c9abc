"""When: late, quiet, looked for, tried again; on both sides of a change of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.announce.timing import (
    RETRY_LONGEST,
    after_quiet,
    is_flood,
    is_too_late,
    next_attempt,
    next_look,
    probe_is_due,
)

NZ = ZoneInfo("Pacific/Auckland")
NOON = datetime(2026, 3, 2, tzinfo=UTC)
NIGHT = (time(21), time(7))
MINUTE = timedelta(minutes=1)


def local(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NZ).astimezone(UTC)


def test_a_lost_copy_is_looked_for_after_1_5_and_30_minutes() -> None:
    waits = [next_look("exact", looks, NOON) for looks in range(4)]
    assert waits == [NOON + 1 * MINUTE, NOON + 5 * MINUTE, NOON + 30 * MINUTE, None]


def test_a_place_that_shows_posts_late_is_asked_once_more_after_two_hours() -> None:
    assert next_look("delayed", 3, NOON) == NOON + 120 * MINUTE
    assert next_look("delayed", 4, NOON) is None


def test_where_nothing_can_be_found_nobody_looks() -> None:
    assert next_look("none", 0, NOON) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (local(2, 20, 59), local(2, 20, 59)),
        (local(2, 21), local(3, 7)),
        (local(2, 23, 30), local(3, 7)),
        (local(3, 3), local(3, 7)),
        (local(3, 7), local(3, 7)),
    ],
)
def test_quiet_hours_move_a_sending_to_their_end(moment: datetime, expected: datetime) -> None:
    assert after_quiet(moment, NIGHT, NZ) == expected


@pytest.mark.parametrize(("month", "day"), [(4, 5), (9, 27)])
def test_quiet_hours_end_by_the_local_clock_when_it_changes(month: int, day: int) -> None:
    evening = local(day - 1, 22, month=month)
    end = after_quiet(evening, NIGHT, NZ)
    assert end.astimezone(NZ).time() == time(7)
    assert end.astimezone(NZ).date().day == day


def test_without_quiet_hours_nothing_moves() -> None:
    assert after_quiet(NOON, None, NZ) == NOON
    assert after_quiet(NOON, (time(7), time(7)), NZ) == NOON


@given(
    st.timedeltas(timedelta(0), timedelta(days=800)).map(lambda later: NOON + later),
    st.times(),
    st.times(),
)
def test_quiet_hours_never_send_earlier_nor_a_day_later(
    moment: datetime, begin: time, end: time
) -> None:
    moved = after_quiet(moment, (begin, end), NZ)
    assert moment <= moved <= moment + timedelta(hours=25)
    assert after_quiet(moved, (begin, end), NZ) - moved <= timedelta(hours=1)


def test_late_is_more_than_the_limit_after_its_time() -> None:
    limit = timedelta(hours=12)
    assert not is_too_late(NOON, NOON + limit, limit)
    assert is_too_late(NOON, NOON + limit + MINUTE, limit)


@given(st.integers(1, 100))
def test_waits_grow_and_are_bounded(attempts: int) -> None:
    wait = next_attempt(attempts, NOON) - NOON
    assert next_attempt(attempts + 1, NOON) - NOON >= wait > timedelta(0)
    assert wait <= RETRY_LONGEST


def test_nobody_comes_back_before_the_place_said() -> None:
    asked = NOON + timedelta(hours=5)
    assert next_attempt(1, NOON, asked) == asked


def test_the_flood_brake_counts_what_was_sent() -> None:
    assert not is_flood(19, 20)
    assert is_flood(20, 20)


@pytest.mark.parametrize(
    ("probed_hours_ago", "due_in_hours", "expected"),
    [(None, 23, True), (None, 25, False), (1, 5, False), (24, 5, True), (None, None, False)],
)
def test_a_destination_is_tried_once_a_day_when_something_is_due_within_one(
    probed_hours_ago: int | None, due_in_hours: int | None, expected: bool
) -> None:
    probed = None if probed_hours_ago is None else NOON - timedelta(hours=probed_hours_ago)
    due = None if due_in_hours is None else NOON + timedelta(hours=due_in_hours)
    assert probe_is_due(probed, due, NOON) is expected
