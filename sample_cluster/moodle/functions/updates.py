"""What changed in a course since a moment.

``since`` is strictly greater, in whole seconds. An edited post changes nothing here: of a forum
only the discussions whose last reply is newer are named, by the id of their first post.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.functions.forums import visible_discussions
from sample_cluster.moodle.params import INT, TEXT, Many, Record, optional
from sample_cluster.moodle.state import Module

WITHOUT_CALLBACK = frozenset({"attendance", "diary", "facetoface", "journal", "scheduler"})
"""Plugins that cannot say what changed."""

_FILTER: Many = Many(TEXT, ())


def get_updates_since(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the activities of a course with what is newer in each."""
    course = call.rights.enter(given["courseid"])
    modules = [module for module in course.modules if call.rights.sees_module(module)]
    return _updates(call, ((module, given["since"]) for module in modules), given["filter"])


def check_updates(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is newer in the named activities of a course."""
    course = call.rights.enter(given["courseid"])
    modules = {m.id: m for m in course.modules if call.rights.sees_module(m)}
    asked = [(modules[e["id"]], e["since"]) for e in given["tocheck"] if e["id"] in modules]
    found = _updates(call, asked, given["filter"])
    found["warnings"] += [
        {
            "item": "module",
            "itemid": each["id"],
            "warningcode": "cmidnotincourse",
            "message": "This module id does not belong to this course.",
        }
        for each in given["tocheck"]
        if each["id"] not in modules
    ]
    return found


def _updates(
    call: Call, asked: Iterable[tuple[Module, int]], wanted: Collection[str]
) -> dict[str, Any]:
    instances, warnings = [], []
    for module, since in asked:
        if module.modname in WITHOUT_CALLBACK:
            warnings.append(_cannot_say(module))
            continue
        updates = list(_newer(call, module, since))
        if wanted:
            # As recorded: a filter drops the change of settings, and keeps all the others.
            updates = [update for update in updates if update["name"] != "configuration"]
        if updates:
            instances.append({"contextlevel": "module", "id": module.id, "updates": updates})
    return {"instances": instances, "warnings": warnings}


def _newer(call: Call, module: Module, since: int) -> Iterable[dict[str, Any]]:
    if module.timemodified > since:
        yield {"name": "configuration", "timeupdated": module.timemodified}
    area = _AREAS.get(module.modname)
    name, times = area(call, module) if area else module.changes or ("", {})
    newer = [number for number, changed in times.items() if changed > since]
    if newer:
        yield {"name": name, "itemids": newer}


def _of_forum(call: Call, module: Module) -> tuple[str, dict[int, int]]:
    forum = call.world.forums.forums.get(module.instance)
    if forum is None or not call.rights.can("mod/forum:viewdiscussion", module.course):
        return "discussions", {}
    seen = visible_discussions(call, forum)
    return "discussions", {each.first.id: each.timemodified for each in seen}


def _of_choice(call: Call, module: Module) -> tuple[str, dict[int, int]]:
    choice = call.world.activities.choices.get(module.instance)
    if choice is None or not call.rights.can("mod/choice:readresponses", module.course):
        return "answers", {}
    return "answers", {answer.id: answer.timemodified for answer in choice.answers.values()}


def _of_feedback(call: Call, module: Module) -> tuple[str, dict[int, int]]:
    feedback = call.world.activities.feedbacks.get(module.instance)
    if feedback is None or not call.rights.can("mod/feedback:viewreports", module.course):
        return "userattemptsfinished", {}
    attempts = feedback.attempts.values()
    return "userattemptsfinished", {attempt.id: attempt.timemodified for attempt in attempts}


def _of_assignment(call: Call, module: Module) -> tuple[str, dict[int, int]]:
    assignment = call.world.activities.assignments.get(module.instance)
    if assignment is None or not call.rights.can("mod/assign:viewgrades", module.course):
        return "usersubmissions", {}
    handed_in = assignment.submissions.values()
    return "usersubmissions", {each.id: each.timemodified for each in handed_in}


_AREAS: dict[str, Callable[[Call, Module], tuple[str, dict[int, int]]]] = {
    "assign": _of_assignment,
    "choice": _of_choice,
    "feedback": _of_feedback,
    "forum": _of_forum,
}


def _cannot_say(module: Module) -> dict[str, Any]:
    return {
        "item": "module",
        "itemid": module.id,
        "warningcode": "missingcallback",
        "message": "This module does not implement the check_updates_since callback: module",
    }


_CHECKED = Many(Record({"contextlevel": TEXT, "id": INT, "since": optional("int", 0)}))

FUNCTIONS = {
    "core_course_check_updates": Function(
        {"courseid": INT, "tocheck": _CHECKED, "filter": _FILTER}, check_updates
    ),
    "core_course_get_updates_since": Function(
        {"courseid": INT, "since": INT, "filter": _FILTER}, get_updates_since
    ),
}
