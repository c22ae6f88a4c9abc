"""Choices, feedback and assignments."""

import json
from collections import Counter
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import no_permission, no_record
from sample_cluster.moodle.functions.courses import of_courses
from sample_cluster.moodle.params import INT, TEXT, Many, optional
from sample_cluster.moodle.state import (
    Assignment,
    Choice,
    ChoiceAnswer,
    ChoiceOption,
    Course,
    Feedback,
    FeedbackAttempt,
    FeedbackItem,
    Submission,
)

_NEVER, _AFTER_ANSWER, _AFTER_CLOSE, _ALWAYS = range(4)


def get_choices_by_courses(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the choices of some courses; without mod/choice:choose only what they are called."""
    modules, warnings = of_courses(call, given["courseids"], "choice")
    choices = [call.world.activities.choices[module.instance] for module in modules]
    return {"choices": [_choice(call, choice) for choice in choices], "warnings": warnings}


def get_choice_options(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what can be chosen, with the places and how many are taken."""
    choice = _open_choice(call, given["choiceid"])
    return {"options": [_option(choice, each) for each in choice.options], "warnings": []}


def get_choice_results(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return who chose what; hidden results are an empty list without a warning."""
    choice = _open_choice(call, given["choiceid"], needs_choose=False)
    if not _shows_results(call, choice):
        return {"options": [], "warnings": []}
    total = len(choice.answers)
    return {
        "options": [
            {
                "id": option.id,
                "text": call.title(option.text),
                "maxanswer": option.places,
                "userresponses": _responses(call, choice, option),
                "numberofuser": len(choice.taken(option)),
                "percentageamount": 100 * len(choice.taken(option)) // total if total else 0,
            }
            for option in choice.options
        ],
        "warnings": [],
    }


def get_feedbacks_by_courses(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the feedback activities of some courses."""
    modules, warnings = of_courses(call, given["courseids"], "feedback")
    found = [call.world.activities.feedbacks[module.instance] for module in modules]
    return {"feedbacks": [_feedback(call, each) for each in found], "warnings": warnings}


def get_items(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the questions of a feedback."""
    feedback = _open_feedback(call, given["feedbackid"], "mod/feedback:view")
    items = [_item(feedback, item, place) for place, item in enumerate(feedback.items, 1)]
    return {"items": items, "warnings": []}


def get_analysis(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return counts and words for each question, without people."""
    feedback = _open_feedback(call, given["feedbackid"], "mod/feedback:viewreports")
    return {
        "completedcount": len(feedback.attempts),
        "itemscount": len(feedback.items),
        "itemsdata": [
            {"item": _item(feedback, item, place), "data": _summed_up(feedback, place - 1)}
            for place, item in enumerate(feedback.items, 1)
        ],
        "warnings": [],
    }


def get_responses_analysis(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return each filled-in form, newest first; anonymous ones apart and without a person."""
    feedback = _open_feedback(call, given["feedbackid"], "mod/feedback:viewreports")
    count = given["perpage"] or len(feedback.attempts)
    begin = given["page"] * count
    forms = sorted(feedback.attempts.values(), key=lambda form: -form.timemodified)
    shown = forms[begin : begin + count]
    total = len(forms)
    if feedback.anonymous:
        nameless = sorted(feedback.attempts.values(), key=lambda form: form.id)
        numbered = list(enumerate(nameless, 1))[begin : begin + count]
        anonymous = [
            {"id": form.id, "courseid": 0, "number": number}
            | {"responses": _values(feedback, form)}
            for number, form in numbered
        ]
        return {"attempts": [], "totalattempts": 0, "anonattempts": anonymous} | {
            "totalanonattempts": total,
            "warnings": [],
        }
    return {
        "attempts": [
            {
                "id": form.id,
                "courseid": 0,
                "userid": form.user.id,
                "timemodified": form.timemodified,
                "fullname": form.user.fullname,
                "responses": _values(feedback, form),
            }
            for form in shown
        ],
        "totalattempts": total,
        "anonattempts": [],
        "totalanonattempts": 0,
        "warnings": [],
    }


def get_non_respondents(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return who of the course has not filled in the form."""
    feedback = _open_feedback(call, given["feedbackid"], "mod/feedback:viewreports")
    answered = {form.user.id for form in feedback.attempts.values()}
    members = feedback.module.course.enrolments.values()
    missing = [each.user for each in members if each.user.id not in answered]
    begin = given["page"] * given["perpage"]
    return {
        "users": [
            {"courseid": 0, "userid": user.id, "fullname": user.fullname, "started": False}
            for user in missing[begin : begin + given["perpage"]]
        ],
        "total": len(missing),
        "warnings": [],
    }


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


def _open_choice(call: Call, number: int, *, needs_choose: bool = True) -> Choice:
    choice = call.world.activities.choices.get(number)
    if choice is None or not call.world.activities.is_there(choice.module):
        raise no_record("choice")
    refused = no_permission("Record a choice")
    capability = "mod/choice:choose" if needs_choose else "moodle/course:view"
    call.rights.enter_module(choice.module, capability, refused)
    return choice


def _choice(call: Call, choice: Choice) -> dict[str, Any]:
    module = choice.module
    found = {
        "id": choice.id,
        "coursemodule": module.id,
        "course": module.course.id,
        "name": call.title(module.name),
        "intro": call.html(module.intro),
        "introformat": 1,
        "introfiles": [],
        "lang": "",
    }
    if not call.rights.can("mod/choice:choose", module.course):
        return found
    return found | {
        "publish": choice.publish_names,
        "showresults": choice.show_results,
        "display": 0,
        "allowupdate": True,
        "allowmultiple": False,
        "showunanswered": False,
        "includeinactive": True,
        "limitanswers": choice.limit_answers,
        "timeopen": choice.timeopen,
        "timeclose": choice.timeclose,
        "showpreview": False,
        "showavailable": False,
    }


def _option(choice: Choice, option: ChoiceOption) -> dict[str, Any]:
    taken = len(choice.taken(option))
    return {
        "id": option.id,
        "text": option.text,
        "maxanswers": option.places,
        "displaylayout": False,
        "countanswers": taken,
        "checked": False,
        "disabled": bool(choice.limit_answers and option.places and taken >= option.places),
    }


def _shows_results(call: Call, choice: Choice) -> bool:
    if call.rights.can("mod/choice:readresponses", choice.module.course):
        return True
    has_answered = any(answer.user is call.user for answer in choice.answers.values())
    is_closed = 0 < choice.timeclose <= call.world.clock.seconds
    allowed = {_ALWAYS: True, _AFTER_ANSWER: has_answered, _AFTER_CLOSE: is_closed}
    return allowed.get(choice.show_results, False)


def _responses(call: Call, choice: Choice, option: ChoiceOption) -> list[dict[str, Any]]:
    """Return who chose an option; a choice published without names tells only how many."""
    if not choice.publish_names:
        return []
    return [_response(call, answer) for answer in choice.taken(option)]


def _response(call: Call, answer: ChoiceAnswer) -> dict[str, Any]:
    return {
        "userid": answer.user.id,
        "fullname": answer.user.fullname,
        "profileimageurl": call.picture(),
        "answerid": answer.id,
        "timemodified": answer.timemodified,
    }


def _open_feedback(call: Call, number: int, capability: str) -> Feedback:
    feedback = call.world.activities.feedbacks.get(number)
    if feedback is None or not call.world.activities.is_there(feedback.module):
        raise no_record("feedback")
    call.rights.enter_module(feedback.module, capability, no_permission("View reports"))
    return feedback


def _feedback(call: Call, feedback: Feedback) -> dict[str, Any]:
    module = feedback.module
    return {
        "id": feedback.id,
        "course": module.course.id,
        "name": call.title(module.name),
        "intro": call.html(module.intro),
        "introformat": 1,
        "lang": None,
        "anonymous": 1 if feedback.anonymous else 2,
        "multiple_submit": False,
        "autonumbering": False,
        "page_after_submitformat": 0,
        "publish_stats": False,
        "completionsubmit": False,
        "coursemodule": module.id,
        "introfiles": [],
    }


def _item(feedback: Feedback, item: FeedbackItem, place: int) -> dict[str, Any]:
    choices = "|".join(item.choices)
    return {
        "id": item.id,
        "feedback": feedback.id,
        "template": 0,
        "name": item.name,
        "nameformat": 1,
        "label": item.label,
        "presentation": f"r>>>>>{choices}" if item.choices else "40|20",
        "presentationformat": 1,
        "typ": "multichoice" if item.choices else "textarea",
        "hasvalue": 1,
        "position": place,
        "required": bool(item.choices),
        "dependitem": 0,
        "dependvalue": "",
        "options": "h" if item.choices else "",
        "itemfiles": [],
        "itemnumber": place,
        "otherdata": None,
    }


def _summed_up(feedback: Feedback, place: int) -> list[str]:
    item = feedback.items[place]
    given = [form.values[place] for form in feedback.attempts.values()]
    if not item.choices:
        return given
    counts = Counter(given)
    total = len(given) or 1
    return [
        json.dumps(
            {
                "answertext": choice,
                "answercount": counts[str(number)],
                "quotient": counts[str(number)] / total,
            },
            ensure_ascii=False,
        )
        for number, choice in enumerate(item.choices, 1)
    ]


def _values(feedback: Feedback, form: FeedbackAttempt) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id,
            "name": f"({item.label}) {item.name}",
            "printval": item.choices[int(value) - 1] if item.choices else value,
            "rawval": value,
        }
        for item, value in zip(feedback.items, form.values, strict=True)
    ]


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
_PAGED = {"groupid": optional("int", 0), "page": optional("int", 0), "perpage": optional("int", 0)}
_ONE_FEEDBACK = {"feedbackid": INT, "courseid": optional("int", 0)}

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
    "mod_choice_get_choice_options": Function({"choiceid": INT}, get_choice_options),
    "mod_choice_get_choice_results": Function({"choiceid": INT}, get_choice_results),
    "mod_choice_get_choices_by_courses": Function(_IDS, get_choices_by_courses),
    "mod_feedback_get_analysis": Function(
        {**_ONE_FEEDBACK, "groupid": optional("int", 0)}, get_analysis
    ),
    "mod_feedback_get_feedbacks_by_courses": Function(_IDS, get_feedbacks_by_courses),
    "mod_feedback_get_items": Function(_ONE_FEEDBACK, get_items),
    "mod_feedback_get_non_respondents": Function(
        {**_ONE_FEEDBACK, **_PAGED, "sort": optional("text", "lastaccess")}, get_non_respondents
    ),
    "mod_feedback_get_responses_analysis": Function(
        {**_ONE_FEEDBACK, **_PAGED}, get_responses_analysis
    ),
}
