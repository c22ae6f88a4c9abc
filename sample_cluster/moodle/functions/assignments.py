"""Assignments: what was set, and what was handed in."""

from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.params import INT, TEXT, Many, optional
from sample_cluster.moodle.state import Assignment, Course, Submission


def get_assignments(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the assignments of some courses; others' courses only where asked for."""
    courses, warnings = [], []
    everything = call.world.courses.courses
    for number in given["courseids"] or everything:
        course = everything.get(number)
        is_open = course is not None and call.rights.may_enter(course)
        is_member = course is not None and call.user.id in course.enrolments
        if course is None or not is_open or not (is_member or given["includenotenrolledcourses"]):
            warnings.append(
                {
                    "item": "course",
                    "itemid": number,
                    "warningcode": "2",
                    "message": "User is not enrolled or does not have requested capability",
                }
            )
        else:
            courses.append(_assignments(call, course))
    return {"courses": courses, "warnings": warnings}


def get_submissions(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what was handed in since a moment."""
    found, warnings = [], []
    for number in given["assignmentids"]:
        assignment = call.world.activities.assignments.get(number)
        if assignment is None or not _may_grade(call, assignment):
            warnings.append(
                {
                    "item": "assignment",
                    "itemid": number,
                    "warningcode": "1",
                    "message": "No access rights in module context",
                }
            )
            continue
        newer = [
            _submission(each)
            for each in assignment.submissions.values()
            if each.timemodified >= given["since"]
            and (not given["before"] or each.timemodified <= given["before"])
        ]
        found.append({"assignmentid": number, "submissions": newer})
    return {"assignments": found, "warnings": warnings}


def _may_grade(call: Call, assignment: Assignment) -> bool:
    module = assignment.module
    if not call.rights.may_enter(module.course) or not call.rights.sees_module(module):
        return False
    return call.rights.can("mod/assign:viewgrades", module.course)


def _assignments(call: Call, course: Course) -> dict[str, Any]:
    known = call.world.activities.assignments
    shown = [
        known[module.instance]
        for module in course.modules
        if module.modname == "assign" and call.rights.sees_module(module)
    ]
    return {
        "id": course.id,
        "fullname": call.title(course.fullname),
        "shortname": call.title(course.shortname),
        "timemodified": course.timemodified,
        "assignments": [_assignment(call, each) for each in shown],
    }


_CONFIGS = (
    ("onlinetext", "enabled", "1"),
    ("onlinetext", "wordlimit", "0"),
    ("onlinetext", "wordlimitenabled", "0"),
    ("comments", "enabled", "0"),
)


_ALWAYS_OFF = (
    "completionsubmit", "cutoffdate", "gradingduedate", "teamsubmission",
    "requireallteammemberssubmit", "teamsubmissiongroupingid", "blindmarking", "hidegrader",
    "revealidentities",
)  # fmt: skip


_ALSO_OFF = (
    "markingworkflow", "markingallocation", "markinganonymous", "requiresubmissionstatement",
    "preventsubmissionnotingroup",
)  # fmt: skip


def _assignment(call: Call, assignment: Assignment) -> dict[str, Any]:
    module = assignment.module
    return {
        "id": assignment.id,
        "cmid": module.id,
        "course": module.course.id,
        "name": call.title(module.name),
        "nosubmissions": 0,
        "submissiondrafts": 0,
        "sendnotifications": 0,
        "sendlatenotifications": 0,
        "sendstudentnotifications": 1,
        "duedate": assignment.duedate,
        "allowsubmissionsfromdate": 0,
        "grade": 100,
        "timemodified": module.timemodified,
        **dict.fromkeys(_ALWAYS_OFF, 0),
        "attemptreopenmethod": "untilpass",
        "maxattempts": 1,
        **dict.fromkeys(_ALSO_OFF, 0),
        "configs": [
            {"plugin": plugin, "subtype": "assignsubmission", "name": name, "value": value}
            for plugin, name, value in _CONFIGS
        ],
        "intro": call.html(module.intro),
        "introformat": 1,
        "introfiles": [],
        "introattachments": [],
        "timelimit": 0,
        "submissionattachments": 0,
    }


def _submission(each: Submission) -> dict[str, Any]:
    words = {"name": "onlinetext", "description": "Online text submissions"}
    return {
        "id": each.id,
        "userid": each.user.id,
        "attemptnumber": 0,
        "timecreated": each.timecreated,
        "timemodified": each.timemodified,
        "timestarted": None,
        "status": "submitted",
        "groupid": 0,
        "plugins": [
            {
                "type": "onlinetext",
                "name": "Online text",
                "fileareas": [{"area": "submissions_onlinetext", "files": []}],
                "editorfields": [words | {"text": each.text, "format": 1}],
            },
            {"type": "comments", "name": "Submission comments"},
        ],
        "gradingstatus": "notgraded",
    }


_IDS = {"courseids": Many(INT, ())}

FUNCTIONS = {
    "mod_assign_get_assignments": Function(
        {
            **_IDS,
            "capabilities": Many(TEXT, ()),
            "includenotenrolledcourses": optional("bool", False),
        },
        get_assignments,
    ),
    "mod_assign_get_submissions": Function(
        {
            "assignmentids": Many(INT),
            "status": optional("text", ""),
            "since": optional("int", 0),
            "before": optional("int", 0),
        },
        get_submissions,
    ),
}
