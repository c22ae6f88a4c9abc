"""Row 14: a day of 23 or 25 hours skips a run, doubles it, or never ends (apscheduler #606, #1021).

In Pacific/Auckland clocks went back on 5 April 2026 (3:00 became 2:00) and forward on
27 September 2026 (2:00 became 3:00).
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sync_jobs.schedule import next_night
from tests.databases import SqliteDatabases
from tests.engine import AUCKLAND, Engine
from tests.fake_place import record
from tests.faked_clock import LACKING, LIBRARY, TICK, faked

APRIL, SEPTEMBER = date(2026, 4, 5), date(2026, 9, 27)
CHANGES = pytest.mark.parametrize("day", [APRIL, SEPTEMBER], ids=["April", "September"])
BEFORE = {
    # The last second before the change, by the clock on the wall.
    APRIL: ("2026-04-05 02:59:59 NZDT", 13.0, 12.0),
    SEPTEMBER: ("2026-09-27 01:59:59 NZST", 12.0, 13.0),
}


def noon(day: date, days: int) -> datetime:
    """Return a noon around a day, in UTC."""
    there = day + timedelta(days=days)
    return datetime(there.year, there.month, there.day, 12, tzinfo=AUCKLAND).astimezone(UTC)


@CHANGES
@pytest.mark.parametrize("roll", [0.0, 0.5, 0.999])
def test_each_night_has_its_check_and_none_has_two(day: date, roll: float) -> None:
    now, nights = noon(day, -7), []
    while now < noon(day, 7):
        now = next_night(now, AUCKLAND, roll)
        nights.append(now.astimezone(AUCKLAND))
        now += timedelta(minutes=3)  # the check itself
    first = nights[0].date()
    assert [one.date() for one in nights] == [
        first + timedelta(days=number) for number in range(len(nights))
    ]
    assert len(nights) >= 14
    assert all(1 <= one.hour < 5 for one in nights)


@CHANGES
def test_from_any_minute_the_next_night_is_the_next_one(day: date) -> None:
    """Also from within the hour that comes twice, and around the one that does not come."""
    for minute in range(-24 * 60, 24 * 60, 7):
        now = noon(day, 0) + timedelta(minutes=minute)
        wait = next_night(now, AUCKLAND, 0.5) - now
        assert timedelta(hours=6) <= wait <= timedelta(hours=33), now


@CHANGES
def test_a_place_is_due_after_its_interval_not_an_hour_earlier_or_later(
    day: date, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    from connector.store.database import open_database

    with sqlite_databases.make(tmp_path) as url:
        engine = Engine(open_database(url))
        engine.clock.now = noon(day, 0) - timedelta(hours=10, minutes=30)
        engine.add().publish(record(1))
        engine.run()
        found = engine.source()
        assert found.due - engine.clock.now == found.interval  # the dice say neither more nor less
        engine.store.close()


@CHANGES
@pytest.mark.skipif(LIBRARY is None, reason=LACKING)
def test_the_real_scheduler_ticks_on_through_the_change(
    day: date, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    clock, offset_before, offset_after = BEFORE[day]
    settings = {"TZ": "Pacific/Auckland", "FAKETIME": f"@{clock[:19]}"}
    ticks = []
    with (
        sqlite_databases.make(tmp_path) as url,
        faked("ticks", url, **settings) as runner,
    ):
        while len([one for one in ticks if one["offset_hours"] == offset_after]) < 4:
            ticks.append(runner.line())
    assert ticks[0]["offset_hours"] in (offset_before, offset_after)
    moments = [one["utc"] for one in ticks]
    assert moments == sorted(moments)
    fit = (moments[-1] - moments[0]) / TICK.total_seconds()
    assert len(ticks) <= fit + 3  # the first look, the scheduler's first tick, and rounding
