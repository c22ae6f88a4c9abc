"""When something is sent, looked for again, or is too late. Pure: ``now`` is an argument."""

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Find = Literal["exact", "delayed", "none"]

LOOKS: dict[Find, tuple[timedelta, ...]] = {
    "exact": tuple(timedelta(minutes=n) for n in (1, 5, 30)),
    "delayed": tuple(timedelta(minutes=n) for n in (1, 5, 30, 120)),
    "none": (),
}
"""After a lost answer a copy is looked for so long after it was lost, before another attempt."""
RETRY_FIRST = timedelta(minutes=2)
RETRY_LONGEST = timedelta(hours=2)
REVIEW_EVERY = timedelta(hours=1)
"""What waits for a moderator is looked for so often."""
MISSED_AGAIN = timedelta(hours=12)
REVIEW_MISSES = 3
"""What waited for a moderator and is not found is looked for so often, and so far apart."""
PROBE_EVERY = timedelta(hours=24)
PROBE_BEFORE = timedelta(hours=24)
"""So long before something is due its destination is tried, to tell in time what is wrong."""

Quiet = tuple[time, time]
"""Local times between which nobody is disturbed; the second may be on the next day."""


MOST_AGAIN = 3
"""So often what is not found is sent again by itself: messages are rarely lost each time."""


def next_look(find: Find, looks: int, lost: datetime) -> datetime | None:
    """Return when to look next after ``looks`` looks; None: often enough, or no way to look."""
    waits = LOOKS[find]
    return lost + waits[looks] if looks < len(waits) else None


def next_attempt(attempts: int, now: datetime, not_before: datetime | None = None) -> datetime:
    """Return when to try again after so many attempts (1 or more), never before it was asked."""
    doubled: int = 2 ** min(attempts - 1, 16)
    wait = min(RETRY_FIRST * doubled, RETRY_LONGEST)
    return max(now + wait, not_before or now)


def after_quiet(moment: datetime, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it falls into; UTC."""
    if quiet is None or quiet[0] == quiet[1]:
        return moment
    begin, end = quiet
    local = moment.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    crosses_midnight = begin > end
    inside = (clock >= begin or clock < end) if crosses_midnight else begin <= clock < end
    if not inside:
        return moment
    day = local.date() + timedelta(days=1 if crosses_midnight and clock >= begin else 0)
    # Where the clock is moved at that hour the zone's own rule decides, and it is not before.
    return max(moment, datetime.combine(day, end, zone).astimezone(moment.tzinfo))


def is_too_late(planned: datetime, now: datetime, limit: timedelta) -> bool:
    """Whether an announcement's time was missed by more than the limit.

    ``planned`` is the moment that was agreed to, moved behind the quiet hours.
    """
    return now - planned > limit


def is_flood(sent_lately: int, limit: int) -> bool:
    """Whether a destination got so much in the last day that the rest waits for a yes."""
    return sent_lately >= limit


def probe_is_due(probed: datetime | None, next_due: datetime | None, now: datetime) -> bool:
    """Whether a destination is to be tried: once a day, where something is due within a day."""
    if next_due is None or next_due - now > PROBE_BEFORE:
        return False
    return probed is None or now - probed >= PROBE_EVERY
