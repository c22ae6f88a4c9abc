"""What follows a failed run. Pure: the moment and the dice are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connector.errors import TemporaryError
from sync_jobs.schedule import jittered

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)
SLOW_LANE = timedelta(days=1)
ATTENTION_AFTER = 6
"""So many temporary failures in a row, two and a half hours or more: somebody should look."""


@dataclass(frozen=True, slots=True)
class Setback:
    """When to try again, and how the source is shown until then."""

    due: datetime
    trouble: Literal["waiting", "attention"]


def after_failure(error: Exception, *, failures: int, now: datetime, roll: float) -> Setback:
    """Return when to try again after a failure.

    Temporary trouble is tried again soon, then ever more rarely, and never before the place
    said. Everything else goes to the slow lane: one probe a day, until it works again.

    Args:
        error: what went wrong.
        failures: how many runs in a row have failed, this one included; at least 1.
        now: the moment.
        roll: 0 to 1.
    """
    if not isinstance(error, TemporaryError):
        return Setback(now + jittered(SLOW_LANE, roll), "attention")
    due = now + jittered(wait_after(failures), roll)
    if error.not_before is not None:
        due = max(due, error.not_before)
    return Setback(due, "attention" if failures >= ATTENTION_AFTER else "waiting")


def wait_after(failures: int) -> timedelta:
    """Return the wait after so many temporary failures: it doubles, up to a day."""
    doublings = min(max(failures, 1) - 1, 16)
    wait: timedelta = FIRST_WAIT * 2**doublings
    return min(wait, LONGEST_WAIT)
