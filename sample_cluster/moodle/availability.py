"""Whether somebody meets the restriction of an activity; pure.

The JSON is Moodle's own: a tree of ``op`` (``&``, ``|``, ``!&``, ``!|``) and conditions ``c``.
"""

import json
from collections.abc import Mapping
from typing import Any

from sample_cluster.moodle.state import Course, User


def is_met(restriction: str | None, user: User, course: Course, now: int, all_groups: bool) -> bool:
    """Whether a restriction lets somebody in; one of an unknown type lets nobody in.

    Args:
        restriction: The JSON, or None.
        user: Who wants in.
        course: Where.
        now: The site's seconds.
        all_groups: Whether they may enter all groups (moodle/site:accessallgroups).
    """
    if restriction is None:
        return True
    return _holds(json.loads(restriction), user, course, now, all_groups)


def is_announced(restriction: str | None) -> bool:
    """Whether those who may not enter still see the activity, greyed out."""
    if restriction is None:
        return False
    tree = json.loads(restriction)
    return bool(tree.get("show", all(tree.get("showc", [False]))))


def _holds(node: Mapping[str, Any], user: User, course: Course, now: int, all_groups: bool) -> bool:
    if "c" not in node:  # a condition; those of a profile have an "op" of their own
        return _condition(node, user, course, now, all_groups)
    found = [_holds(child, user, course, now, all_groups) for child in node["c"]]
    met = all(found) if node["op"].endswith("&") else any(found)
    return not met if node["op"].startswith("!") else met


def _condition(
    node: Mapping[str, Any], user: User, course: Course, now: int, all_groups: bool
) -> bool:
    if node["type"] == "group":
        return all_groups or _is_member(node.get("id"), user, course)
    if node["type"] == "date":
        is_after = now >= int(node["t"])
        return is_after if node["d"] == ">=" else not is_after
    if node["type"] == "profile" and node.get("op") == "isequalto":
        return bool(getattr(user, str(node.get("sf", "")), None) == node.get("v"))
    return False


def _is_member(group_id: int | None, user: User, course: Course) -> bool:
    """Whether somebody is in a group; None means in any."""
    mine = {group.id for group in course.groups_of(user)}
    return bool(mine) if group_id is None else group_id in mine
