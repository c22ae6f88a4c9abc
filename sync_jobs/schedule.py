"""When a source runs next. Pure: the moment and the dice are arguments.

Everything is decided in UTC; a zone is only asked where night is.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.model import Shape

SLOWEST = timedelta(days=1)
QUIETER, BUSIER = 1.5, 0.5
JITTER = 0.1
NIGHT_STARTS, NIGHT_ENDS = time(1, 0), time(5, 0)


def next_interval(current: timedelta, *, found_news: bool, fastest: timedelta) -> timedelta:
    """Return how long to wait: shorter where something happens, longer where nothing does."""
    wanted = current * (BUSIER if found_news else QUIETER)
    return min(max(wanted, fastest), max(SLOWEST, fastest))


def jittered(interval: timedelta, roll: float) -> timedelta:
    """Return the interval up to a tenth shorter or longer, so that sources spread out.

    Args:
        interval: how long to wait.
        roll: 0 to 1.
    """
    return interval * (1 - JITTER + 2 * JITTER * roll)


def next_night(now: datetime, zone: ZoneInfo, roll: float) -> datetime:
    """Return a moment of the coming night, at least six hours from now, in UTC.

    The night is 1:00 to 5:00 by the clock of ``zone``. Built from the local date, so that a
    day of 23 or 25 hours neither skips a night nor gives two.
    """
    earliest = now.astimezone(UTC) + timedelta(hours=6)
    night = earliest.astimezone(zone).date()
    if _at(night, NIGHT_STARTS, zone) < earliest:
        night += timedelta(days=1)
    starts, ends = _at(night, NIGHT_STARTS, zone), _at(night, NIGHT_ENDS, zone)
    return starts + (ends - starts) * roll


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def needs_fresh_read(kept: Shape | None, wanted: Shape, *, stream_id: int, now: datetime) -> bool:
    """Whether a stream is read from its beginning because its records would differ.

    Changed settings count at once. A new parser version counts on one day of the week for
    each stream, so that an upgrade does not ask everything of every place at once.
    """
    if kept is None or kept.settings != wanted.settings:
        return kept is not None
    return kept.parser != wanted.parser and now.weekday() == stream_id % 7
