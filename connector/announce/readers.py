"""Whether more people could read a copy than an announcement is for. Pure."""

from typing import Literal

AnnouncedTo = Literal["public", "cluster", "facilitators"]
ShownTo = Literal["public", "cluster", "members", "facilitators"]
"""Who can see what stands at a destination; members are those of its course or group."""

_WIDEST_FIRST = ("public", "cluster", "members", "facilitators")


def is_too_open(shown_to: str, announced_to: str) -> bool:
    """Whether a place shows to people whom the announcement is not for.

    Members of a course are teachers of the cluster; whether they are facilitators nobody knows.
    """
    return _WIDEST_FIRST.index(shown_to) < _WIDEST_FIRST.index(announced_to)
