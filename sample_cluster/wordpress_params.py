"""The parameters of WordPress's REST interface: read, checked, or refused as WordPress does.

What they select is in ``wordpress_rest``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sample_cluster.answers import Request
from sample_cluster.archive import ZONE
from sample_cluster.wordpress_objects import Json

_MOST_PER_PAGE = 100


class RestError(Exception):
    """A request that REST turns down."""

    def __init__(self, status: int, code: str, message: str, **data: Any):
        super().__init__(message)
        self.body = {"code": code, "message": message, "data": {"status": status, **data}}
        self.status = status


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a collection is asked for, checked."""

    page: int
    size: int
    offset: int | None


def time_tests(
    request: Request, after: str, before: str, moment_of: Callable[[Any], datetime]
) -> list[Callable[[Any], bool]]:
    """Return the tests that two bounds ask for.

    Both are exclusive and compared in the site's local time, as WordPress does it.
    """
    tests: list[Callable[[Any], bool]] = []
    if (floor := _local_time(request, after)) is not None:
        tests.append(lambda thing: _wall(moment_of(thing)) > floor)
    if (ceiling := _local_time(request, before)) is not None:
        tests.append(lambda thing: _wall(moment_of(thing)) < ceiling)
    return tests


def _wall(moment: datetime) -> datetime:
    return moment.astimezone(ZONE).replace(tzinfo=None)


def _local_time(request: Request, name: str) -> datetime | None:
    text = request.value(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text if "T" in text else "no time of day")
    except ValueError:
        raise bad_parameter(name, "Invalid date.", "rest_invalid_date") from None
    return _wall(found) if found.tzinfo else found


def numbers_in(request: Request, name: str) -> set[int]:
    """Return a parameter's list of whole numbers."""
    values = request.values(name)
    for index, value in enumerate(values):
        if not value.removeprefix("-").isdecimal():
            said = f"{name}[{index}] is not of type integer."
            raise bad_parameter(name, said, "rest_invalid_type", {"param": f"{name}[{index}]"})
    return {int(value) for value in values}


def window_in(request: Request) -> Window:
    """Return which part of a collection is asked for."""
    size = _whole(request, "per_page", 10, 1, _MOST_PER_PAGE)
    page = _whole(request, "page", 1, 1, None)
    has_offset = request.value("offset") is not None
    return Window(page, size, _whole(request, "offset", 0, 0, None) if has_offset else None)


def _whole(request: Request, name: str, otherwise: int, least: int, most: int | None) -> int:
    text = request.value(name)
    if text is None:
        return otherwise
    if not text.removeprefix("-").isdecimal():
        said = f"{name} is not of type integer."
        raise bad_parameter(name, said, "rest_invalid_type", {"param": name})
    number = int(text)
    if most is not None and not least <= number <= most:
        said = f"{name} must be between {least} (inclusive) and {most} (inclusive)"
        raise bad_parameter(name, said, "rest_out_of_bounds")
    if number < least:
        said = f"{name} must be greater than or equal to {least}"
        raise bad_parameter(name, said, "rest_out_of_bounds")
    return number


def bad_parameter(name: str, said: str, code: str, data: Json | None = None) -> RestError:
    """Return the refusal of one parameter."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: said},
        details={name: {"code": code, "message": said, "data": data}},
    )
