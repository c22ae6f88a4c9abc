"""When a source runs next, also where the clocks change (failure mode 14)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.model import Shape
from sync_jobs.schedule import (
    SLOWEST,
    jittered,
    needs_fresh_read,
    next_interval,
    next_night,
)

AUCKLAND = ZoneInfo("Pacific/Auckland")
ZONES = [AUCKLAND, *map(ZoneInfo, ("Pacific/Chatham", "Europe/London", "America/Havana", "UTC"))]
# In 2026 the clocks of Auckland go back on 5 April and forward on 27 September.
LONG_DAY, SHORT_DAY = date(2026, 4, 5), date(2026, 9, 27)


def days_from(first: date, count: int) -> st.SearchStrategy[datetime]:
    """Return moments of so many days, in UTC."""
    start = datetime.combine(first, time(0), UTC)
    return st.timedeltas(timedelta(0), timedelta(days=count)).map(start.__add__)


moments = days_from(date(2026, 1, 1), 700)
around_changes = days_from(date(2026, 4, 3), 4) | days_from(date(2026, 9, 25), 4)
rolls = st.floats(0, 1)
intervals = st.timedeltas(timedelta(minutes=5), timedelta(days=3))
fastests = st.timedeltas(timedelta(minutes=5), timedelta(days=2))


@given(moments | around_changes, intervals, st.booleans(), fastests, rolls)
def test_the_next_run_is_always_later_than_now(
    now: datetime, current: timedelta, found: bool, fastest: timedelta, roll: float
) -> None:
    wait = jittered(next_interval(current, found_news=found, fastest=fastest), roll)
    assert now + wait > now


@given(moments | around_changes, st.sampled_from(ZONES), rolls)
def test_the_next_night_is_at_least_six_hours_away_and_soon(
    now: datetime, zone: ZoneInfo, roll: float
) -> None:
    night = next_night(now, zone, roll)
    assert timedelta(hours=6) <= night - now <= timedelta(hours=36)
    assert night.utcoffset() == timedelta(0)


@given(moments | around_changes, st.sampled_from(ZONES), rolls)
@example(datetime(2026, 9, 26, 0, 0, tzinfo=UTC), AUCKLAND, 1.0)
def test_a_night_is_from_one_to_five_by_the_clock_on_the_wall(
    now: datetime, zone: ZoneInfo, roll: float
) -> None:
    local = next_night(now, zone, roll).astimezone(zone)
    assert time(1) <= local.time() <= time(5)


@given(st.sampled_from(ZONES), st.lists(rolls, min_size=1, max_size=20), st.sampled_from([4, 9]))
def test_every_calendar_day_has_exactly_one_night(
    zone: ZoneInfo, chances: list[float], month: int
) -> None:
    """Each night asks for the next one; days of 23 and 25 hours make no difference."""
    now = datetime(2026, month, 1, 0, 0, tzinfo=UTC) + timedelta(days=20 if month == 9 else -8)
    days = []
    for turn in range(20):
        now = next_night(now, zone, chances[turn % len(chances)])
        days.append(now.astimezone(zone).date())
    assert days == [days[0] + timedelta(days=turn) for turn in range(20)]
    if zone is AUCKLAND:
        assert {LONG_DAY, SHORT_DAY} & set(days)


@pytest.mark.parametrize(
    ("local", "night"),
    [
        ((2026, 3, 2, 3, 0), (2026, 3, 3, 1, 0)),
        ((2026, 3, 2, 18, 59), (2026, 3, 3, 1, 0)),
        ((2026, 3, 2, 19, 0), (2026, 3, 3, 1, 0)),
        ((2026, 3, 2, 19, 1), (2026, 3, 4, 1, 0)),
        ((2026, 4, 4, 12, 0), (2026, 4, 5, 1, 0)),
        ((2026, 4, 5, 2, 30), (2026, 4, 6, 1, 0)),
        ((2026, 9, 26, 12, 0), (2026, 9, 27, 1, 0)),
        ((2026, 9, 27, 3, 30), (2026, 9, 28, 1, 0)),
    ],
)
def test_the_night_is_the_coming_one(local: tuple[int, ...], night: tuple[int, ...]) -> None:
    now = datetime(*local, tzinfo=AUCKLAND).astimezone(UTC)  # type: ignore[misc,arg-type]
    expected = datetime(*night, tzinfo=AUCKLAND)  # type: ignore[misc,arg-type]
    assert next_night(now, AUCKLAND, 0.0) == expected


def test_the_dice_spread_the_whole_night() -> None:
    now = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    at = [next_night(now, AUCKLAND, roll).astimezone(AUCKLAND).time() for roll in (0, 0.5, 1)]
    assert at == [time(1), time(3), time(5)]


def test_where_something_happens_it_is_read_more_often() -> None:
    hour, fastest = timedelta(hours=1), timedelta(minutes=10)
    assert next_interval(hour, found_news=True, fastest=fastest) == timedelta(minutes=30)
    assert next_interval(hour, found_news=False, fastest=fastest) == timedelta(minutes=90)


@given(intervals, st.booleans(), fastests)
def test_a_place_is_read_daily_and_never_faster_than_allowed(
    current: timedelta, found: bool, fastest: timedelta
) -> None:
    interval = next_interval(current, found_news=found, fastest=fastest)
    assert fastest <= interval <= max(SLOWEST, fastest)


def test_quiet_places_settle_at_a_day_and_busy_ones_at_the_fastest() -> None:
    fastest = timedelta(minutes=10)
    quiet = busy = timedelta(hours=1)
    for _ in range(20):
        quiet = next_interval(quiet, found_news=False, fastest=fastest)
        busy = next_interval(busy, found_news=True, fastest=fastest)
    assert (quiet, busy) == (timedelta(days=1), fastest)


@given(intervals, rolls)
def test_chance_moves_an_interval_by_a_tenth_at_most(interval: timedelta, roll: float) -> None:
    moved = jittered(interval, roll)
    assert interval * 0.899 <= moved <= interval * 1.101


def test_chance_moves_both_ways() -> None:
    hour = timedelta(hours=1)
    assert [jittered(hour, roll) for roll in (0, 0.5, 1)] == [
        timedelta(minutes=54),
        hour,
        timedelta(minutes=66),
    ]


WEEK = [datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(days=day) for day in range(7)]


def test_what_was_never_read_needs_no_fresh_read() -> None:
    """It is read from its beginning anyway."""
    assert not any(needs_fresh_read(None, Shape(1), stream_id=1, now=now) for now in WEEK)


def test_the_same_shape_needs_no_fresh_read() -> None:
    kept = Shape(1, "a")
    assert not any(needs_fresh_read(kept, Shape(1, "a"), stream_id=1, now=now) for now in WEEK)


@pytest.mark.parametrize("parser", [1, 2])
def test_changed_settings_count_at_once(parser: int) -> None:
    kept, wanted = Shape(1, "a"), Shape(parser, "b")
    assert all(needs_fresh_read(kept, wanted, stream_id=1, now=now) for now in WEEK)


@given(st.integers(1, 10_000))
def test_a_new_parser_counts_on_one_day_of_the_week(stream_id: int) -> None:
    days = [needs_fresh_read(Shape(1), Shape(2), stream_id=stream_id, now=now) for now in WEEK]
    assert days.count(True) == 1


def test_an_upgrade_is_spread_over_the_week() -> None:
    today = [needs_fresh_read(Shape(1), Shape(2), stream_id=n, now=WEEK[0]) for n in range(70)]
    assert today.count(True) == 10
