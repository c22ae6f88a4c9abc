"""When a host that refused for now wants to be asked again; pure.

Which statuses are errors is decided in ``connector.http``, who waits in ``connector._gates``.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST_WAIT_SECONDS = 86_400.0


def not_before(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> datetime | None:
    """Return when the host wants to be asked again, at most a day ahead; None if it says not."""
    if status not in (429, 503):
        return None
    seconds = _body_seconds(headers, body) if status == 429 else None
    if seconds is None:
        seconds = _header_seconds(headers.get("retry-after", "").strip(), now)
    if seconds is None:
        return None
    # One second more: clocks and rounding differ, and asking too early starts the wait anew.
    return now + timedelta(seconds=min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS) + 1)


def _body_seconds(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return Discourse's ``extras.wait_seconds``, which is exact where its header is not.

    https://meta.discourse.org/t/available-settings-for-global-rate-limits-and-throttling/78612
    """
    if "json" not in headers.get("content-type", ""):
        return None
    try:
        seconds = json.loads(body)["extras"]["wait_seconds"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return float(min(seconds, _LONGEST_WAIT_SECONDS)) if is_number and seconds >= 0 else None


def _header_seconds(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header means, whichever of its two forms it has."""
    if re.fullmatch(r"\d{1,18}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()
