"""All functions that the stand-in knows, and which a token's service has."""

from types import MappingProxyType

from sample_cluster.moodle.calls import Function
from sample_cluster.moodle.functions import (
    assignments,
    blogs,
    calendar,
    choices,
    contents,
    courses,
    feedback,
    forum_writing,
    forums,
    groups,
    people,
    site,
    updates,
)

BATCH = "tool_mobile_call_external_functions"

FUNCTIONS: MappingProxyType[str, Function] = MappingProxyType(
    site.FUNCTIONS
    | courses.FUNCTIONS
    | contents.FUNCTIONS
    | groups.FUNCTIONS
    | updates.FUNCTIONS
    | forums.FUNCTIONS
    | forum_writing.FUNCTIONS
    | blogs.FUNCTIONS
    | choices.FUNCTIONS
    | feedback.FUNCTIONS
    | assignments.FUNCTIONS
    | calendar.FUNCTIONS
    | people.FUNCTIONS
)

KNOWN_ELSEWHERE = frozenset({"core_user_create_users", "core_course_create_courses"})
"""Functions that every Moodle has and no hub's service should: outside the service."""


def standard_service(version: str) -> dict[str, str]:
    """Return a service with all functions of the stand-in, each with a version."""
    return dict.fromkeys(sorted([*FUNCTIONS, BATCH]), version)
