"""How often a board lets itself be asked, and the two ways in which it says "too often"."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from sample_cluster.answers import Answer


@dataclass(slots=True)
class Window:
    """At most so many requests within so many seconds, counted as a sliding window."""

    most: int
    seconds: int
    code: str
    in_front: bool = False
    """Counted in front of the board, which then answers in plain text."""
    taken: deque[datetime] = field(default_factory=deque)

    def wait(self, now: datetime) -> int:
        """Return for how many seconds nothing more is taken; 0: take one now."""
        since = now - timedelta(seconds=self.seconds)
        while self.taken and self.taken[0] <= since:
            self.taken.popleft()
        if len(self.taken) < self.most:
            return 0
        return max(1, ceil((self.taken[0] - since).total_seconds()))


@dataclass(slots=True)
class Limits:
    """The limits of one board; none unless somebody sets them."""

    key_per_minute: int | None = None
    per_ten_seconds: int | None = None
    _windows: dict[str, Window] = field(default_factory=dict)
    storm: list[str] = field(default_factory=list)
    """Refusals to come, whatever was asked before: ``json`` or ``text``."""

    def refusal(self, who: str, now: datetime) -> Answer | None:
        """Count one request of somebody; return why it is refused."""
        if self.storm:
            shape = self.storm.pop(0)
            return _as_json(17, "admin_api_key_rate_limit") if shape == "json" else _as_text(9)
        for window in self._of(who):
            seconds = window.wait(now)
            if seconds:
                return _as_text(seconds) if window.in_front else _as_json(seconds, window.code)
        for window in self._of(who):
            window.taken.append(now)
        return None

    def _of(self, who: str) -> list[Window]:
        wanted = []
        if self.per_ten_seconds:
            front = Window(self.per_ten_seconds, 10, "ip_10_secs_limit", in_front=True)
            wanted.append(self._windows.setdefault("ip", front))
        if self.key_per_minute:
            inner = Window(self.key_per_minute, 60, "admin_api_key_rate_limit")
            wanted.append(self._windows.setdefault(who, inner))
        return wanted


def _as_json(seconds: int, code: str) -> Answer:
    body = {
        "errors": ["You've performed this action too many times, please try again later."],
        "error_type": "rate_limit",
        "extras": {"wait_seconds": seconds, "time_left": f"{seconds} seconds"},
    }
    kind = ("Content-Type", "application/json; charset=utf-8")
    # The header is rounded and may be less than what the body says.
    later = (("Retry-After", str(seconds)), ("Discourse-Rate-Limit-Error-Code", code))
    return Answer(429, json.dumps(body), (kind, *later))


def _as_text(seconds: int) -> Answer:
    code = "ip_10_secs_limit"
    body = f"Slow down, you're making too many requests.\nPlease retry again in {seconds} seconds.\nError code: {code}.\n"
    later = (("Retry-After", str(seconds)), ("Discourse-Rate-Limit-Error-Code", code))
    return Answer(429, body, (("Content-Type", "text/plain"), *later))
