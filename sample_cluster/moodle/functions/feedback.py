"""Feedback: what was asked, and what people said, with or without their names."""

import json
from collections import Counter
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import no_permission, no_record
from sample_cluster.moodle.functions.courses import of_courses
from sample_cluster.moodle.params import INT, Many, optional
from sample_cluster.moodle.state import Feedback, FeedbackAttempt, FeedbackItem


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
    total = len(feedback.attempts)
    count = given["perpage"] or total
    page = slice(given["page"] * count, (given["page"] + 1) * count)
    named = [] if feedback.anonymous else _named(feedback)[page]
    nameless = _nameless(feedback)[page] if feedback.anonymous else []
    return {
        "attempts": named,
        "totalattempts": 0 if feedback.anonymous else total,
        "anonattempts": nameless,
        "totalanonattempts": total if feedback.anonymous else 0,
        "warnings": [],
    }


def _named(feedback: Feedback) -> list[dict[str, Any]]:
    return [
        {
            "id": form.id,
            "courseid": 0,
            "userid": form.user.id,
            "timemodified": form.timemodified,
            "fullname": form.user.fullname,
            "responses": _values(feedback, form),
        }
        for form in sorted(feedback.attempts.values(), key=lambda form: -form.timemodified)
    ]


def _nameless(feedback: Feedback) -> list[dict[str, Any]]:
    return [
        {"id": form.id, "courseid": 0, "number": number, "responses": _values(feedback, form)}
        for number, form in enumerate(feedback.attempts.values(), 1)
    ]


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


_PAGED = {"groupid": optional("int", 0), "page": optional("int", 0), "perpage": optional("int", 0)}


_ONE_FEEDBACK = {"feedbackid": INT, "courseid": optional("int", 0)}


_IDS = {"courseids": Many(INT, ())}

FUNCTIONS = {
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
