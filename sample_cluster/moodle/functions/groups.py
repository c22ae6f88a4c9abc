"""Groups of a course, for an account that may manage them."""

from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import no_permission, no_record
from sample_cluster.moodle.params import INT, Many


def get_course_groups(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of a course."""
    course = call.rights.enter(given["courseid"])
    if not call.rights.can("moodle/course:managegroups", course):
        raise no_permission("Manage groups")
    return [
        {
            "id": group.id,
            "courseid": course.id,
            "name": call.title(group.name),
            "description": call.html(group.description),
            "descriptionformat": 1,
            "enrolmentkey": "",
            "idnumber": "",
            "visibility": 0,
            "participation": True,
            "customfields": [],
        }
        for group in course.groups.values()
    ]


def get_group_members(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who is in some groups."""
    groups = {g.id: g for c in call.world.courses.courses.values() for g in c.groups.values()}
    found = []
    for number in given["groupids"]:
        if number not in groups:
            raise no_record("groups")
        course = call.rights.enter(groups[number].course_id)
        if not call.rights.can("moodle/course:managegroups", course):
            raise no_permission("Manage groups")
        found.append({"groupid": number, "userids": list(groups[number].members)})
    return found


FUNCTIONS = {
    "core_group_get_course_groups": Function({"courseid": INT}, get_course_groups),
    "core_group_get_group_members": Function({"groupids": Many(INT)}, get_group_members),
}
