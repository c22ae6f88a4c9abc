"""The clock of a stand-in site: every time in its world and the ``Date`` of its answers.

It stands still until somebody moves it, so that a test says itself what time passes.
"""

from datetime import UTC, datetime, timedelta


class Clock:
    """What the site takes for now."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    @property
    def now(self) -> datetime:
        """The site's now, aware, UTC."""
        return self._now

    @property
    def seconds(self) -> int:
        """The site's now in whole seconds since 1970, as Moodle stores all times."""
        return int(self._now.timestamp())

    def advance(self, by: timedelta) -> None:
        """Let time pass; a negative time sets the clock back, as an administrator may."""
        self._now += by

    def set(self, moment: datetime) -> None:
        """Make it this moment: a clock that runs 10 minutes late is one set 10 minutes back."""
        self._now = moment.astimezone(UTC)
