"""Pure: what Moodle answers about its calendar, choices, feedback and assignments, as values.

See ``said``.
"""

from dataclasses import dataclass
from typing import Literal

from adapters.moodle.said import ids_in
from adapters.moodle.values import (
    at,
    count_at,
    flag_at,
    line_at,
    list_at,
    number_at,
    seconds_at,
    text_at,
)
from connector.errors import ParseError


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the calendar."""

    id: int
    name: str
    html: str
    kind: str
    """``course``, ``site``, ``category``, ``due``, ``facetofacesession`` and so on."""
    course: int
    group: int
    module: str
    """The plug-in that made it, or nothing."""
    instance: int
    start: int
    seconds: int
    modified: int
    is_shown: bool


def events(value: object) -> list[Event]:
    """Read ``core_calendar_get_calendar_events``, by id. Raises ParseError for no listing."""
    if not isinstance(at(value, "events"), list):
        raise ParseError(
            "Moodle does not list its calendar as expected. Note its version and report this."
        )
    found = [
        Event(
            id=number,
            name=line_at(each, "name"),
            html=text_at(each, "description"),
            kind=text_at(each, "eventtype")[:60],
            course=count_at(each, "courseid"),
            group=count_at(each, "groupid"),
            module=text_at(each, "modulename")[:60],
            instance=count_at(each, "instance"),
            start=seconds_at(each, "timestart"),
            seconds=count_at(each, "timeduration"),
            modified=seconds_at(each, "timemodified"),
            is_shown=flag_at(each, "visible", default=True),
        )
        for number, each in ids_in(list_at(value, "events"))
    ]
    return sorted(found, key=lambda each: each.id)


@dataclass(frozen=True, slots=True)
class Activity:
    """A choice, feedback or assignment as the list for its courses shows it."""

    id: int
    course: int
    module: int
    name: str
    html: str
    opens: int = 0
    shows_names: bool = False
    """Choices: every participant may always see who chose what."""


def activities(value: object, kind: Literal["choices", "feedbacks"]) -> dict[int, Activity]:
    """Read ``mod_choice_get_choices_by_courses`` or the same of feedback, by id."""
    return {
        number: Activity(
            id=number,
            course=count_at(each, "course"),
            module=count_at(each, "coursemodule"),
            name=line_at(each, "name"),
            html=text_at(each, "intro"),
            opens=seconds_at(each, "timeopen"),
            # 3: results are always shown to participants.
            shows_names=flag_at(each, "publish") and number_at(each, "showresults") == 3,
        )
        for number, each in ids_in(list_at(value, kind))
    }


def assignments(value: object) -> dict[int, Activity]:
    """Read ``mod_assign_get_assignments``, by id."""
    return {
        number: Activity(
            id=number,
            course=count_at(each, "course"),
            module=count_at(each, "cmid"),
            name=line_at(each, "name"),
            html=text_at(each, "intro"),
        )
        for course in list_at(value, "courses")
        for number, each in ids_in(list_at(course, "assignments"))
    }


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen."""

    id: int
    text: str
    places: int | None
    """None: as many as want to."""
    taken: int


def options(value: object) -> list[Option]:
    """Read ``mod_choice_get_choice_options``."""
    return [
        Option(number, line_at(each, "text"), _places(each), count_at(each, "countanswers"))
        for number, each in ids_in(list_at(value, "options"))
    ]


def _places(value: object) -> int | None:
    """Return how many may choose it; 0 stands for no limit."""
    return count_at(value, "maxanswers") or None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a choice, a piece of feedback, or a text handed in."""

    id: int
    user: int
    text: str
    modified: int


def choice_answers(value: object) -> list[Given]:
    """Read ``mod_choice_get_choice_results``: who chose what, by answer id."""
    found = [
        Given(
            number,
            count_at(each, "userid"),
            line_at(option, "text"),
            seconds_at(each, "timemodified"),
        )
        for option in list_at(value, "options")
        for number, each in ids_in(list_at(option, "userresponses"), "answerid")
    ]
    return sorted(found, key=lambda each: each.id)


def feedback_answers(value: object) -> tuple[int, list[Given]]:
    """Read ``mod_feedback_get_responses_analysis``: how many answered, and the named answers."""
    named = [
        Given(
            number,
            count_at(each, "userid"),
            "".join(
                f"<p>{_escaped(one, 'name')}: {_escaped(one, 'printval')}</p>"
                for one in list_at(each, "responses")
            ),
            seconds_at(each, "timemodified"),
        )
        for number, each in ids_in(list_at(value, "attempts"))
    ]
    total = count_at(value, "totalattempts") + count_at(value, "totalanonattempts")
    return total, sorted(named, key=lambda each: each.id)


def _escaped(value: object, key: str) -> str:
    return line_at(value, key).replace("&", "&amp;").replace("<", "&lt;")


def submissions(value: object) -> tuple[int, list[Given]]:
    """Read ``mod_assign_get_submissions``: how many handed in, and the texts among them."""
    handed_in = [
        (number, each)
        for assignment in list_at(value, "assignments")
        for number, each in ids_in(list_at(assignment, "submissions"))
        if text_at(each, "status") == "submitted"
    ]
    texts = [
        Given(number, count_at(each, "userid"), _submitted(each), seconds_at(each, "timemodified"))
        for number, each in handed_in
    ]
    written = [each for each in texts if each.text]
    return len(handed_in), sorted(written, key=lambda each: each.id)


def _submitted(value: object) -> str:
    return "".join(
        text_at(part, "text")
        for plugin in list_at(value, "plugins")
        for part in list_at(plugin, "editorfields")
    )


def completed_modules(value: object) -> list[int]:
    """Read ``core_completion_get_activities_completion_status``: what one person completed."""
    return [
        number
        for number, each in ids_in(list_at(value, "statuses"), "cmid")
        # 1: complete, 2: complete with a pass.
        if number_at(each, "state") in (1, 2)
    ]
