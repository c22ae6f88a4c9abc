"""Choices: what can be chosen, and who chose it."""

from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import no_permission, no_record
from sample_cluster.moodle.functions.courses import of_courses
from sample_cluster.moodle.params import INT, Many
from sample_cluster.moodle.state import (
    Choice,
    ChoiceAnswer,
    ChoiceOption,
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


_IDS = {"courseids": Many(INT, ())}

FUNCTIONS = {
    "mod_choice_get_choice_options": Function({"choiceid": INT}, get_choice_options),
    "mod_choice_get_choice_results": Function({"choiceid": INT}, get_choice_results),
    "mod_choice_get_choices_by_courses": Function(_IDS, get_choices_by_courses),
}
