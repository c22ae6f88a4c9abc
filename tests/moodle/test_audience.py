"""Who may see what in a course; what is not understood is for facilitators."""

from typing import Any

import pytest

from adapters.moodle import said
from adapters.moodle.audience import (
    content_rule,
    discussion_audience,
    forum_rule,
    module_rule,
    plain_audience,
)
from adapters.moodle.parse import event_audience
from adapters.moodle.said import Course, Module
from adapters.moodle.said_activities import Event
from adapters.moodle.said_posts import Forum
from connector.model import FACILITATORS, STREAM, Audience, AudienceKind

OPEN = Course(2, "Course", 1, True, None)
GROUP_7 = Audience(AudienceKind.GROUP, "group:7")


def module(section: dict[str, Any] | None = None, **fields: Any) -> Module:
    """Return the one module of a course that Moodle describes so."""
    told = {"id": 9, "modname": "forum", "instance": 3, "visible": 1, "groupmode": 0}
    told |= {"availability": None, **fields}
    (only,) = said.modules([{"id": 1, "visible": 1, **(section or {}), "modules": [told]}]).values()
    return only


def forum(kind: str = "general") -> Forum:
    return Forum(3, 2, 9, kind, "Talk", 1)


ONLY_7 = '{"op":"&","c":[{"type":"group","id":7}],"showc":[true]}'


@pytest.mark.parametrize(
    ("told", "audience"),
    [
        (module(), STREAM),
        (module(availability='{"op":"&","c":[],"showc":[]}'), STREAM),
        (module(availability=ONLY_7), GROUP_7),
        (module(availability=ONLY_7.replace("&", "|")), GROUP_7),
        (module(visible=0), FACILITATORS),
        (module(uservisible=False), FACILITATORS),
        (module(visibleoncoursepage=0), FACILITATORS),
        (module(availabilityinfo="Not available unless ..."), FACILITATORS),
        (module(availability='{"op":"&","c":[{"type":"date","d":">=","t":1}]}'), FACILITATORS),
        (module(availability=ONLY_7.replace('"&"', '"!&"')), FACILITATORS),
        (module(availability='{"op":"&","c":[{"type":"group"}]}'), FACILITATORS),
        (
            module(availability='{"op":"&","c":[{"type":"group","id":7},{"type":"group","id":8}]}'),
            FACILITATORS,
        ),
        (module(availability="{broken"), FACILITATORS),
        (module({"visible": 0}), FACILITATORS),
        (module({"uservisible": False}), FACILITATORS),
        (module({"availabilityinfo": "Week 3"}), FACILITATORS),
        (None, FACILITATORS),
    ],
)
def test_activity_is_for_those_whom_moodle_lets_in(told: Module | None, audience: Audience) -> None:
    assert plain_audience(module_rule(OPEN, told)) == audience
    if told is None or told.only_group is None:
        assert discussion_audience(forum_rule(OPEN, told, forum()), -1) == audience


def test_what_moodle_does_not_tell_the_account_counts_as_restricted() -> None:
    """Without the right to hidden activities, one for a single group looks open to the hub."""
    bare = {"id": 9, "modname": "forum", "instance": 3, "visible": 1, "groupmode": 0}
    (untold,) = said.modules([{"id": 1, "visible": 1, "modules": [bare]}]).values()
    assert plain_audience(module_rule(OPEN, untold)) == FACILITATORS
    assert discussion_audience(forum_rule(OPEN, untold, forum()), 7) == FACILITATORS


@pytest.mark.parametrize("course", [None, Course(2, "Course", 1, False, None)])
def test_hidden_course_is_for_facilitators(course: Course | None) -> None:
    assert plain_audience(module_rule(course, module())) == FACILITATORS


@pytest.mark.parametrize(
    ("groupmode", "forced", "group", "audience"),
    [
        (0, None, 7, STREAM),
        (2, None, 7, STREAM),
        (1, None, 7, GROUP_7),
        (1, None, -1, STREAM),
        (None, None, 7, GROUP_7),
        (None, None, -1, STREAM),
        (0, 1, 7, GROUP_7),
        (1, 0, 7, STREAM),
        (1, None, -9, FACILITATORS),
    ],
)
def test_discussion_is_for_its_group_where_groups_are_apart(
    groupmode: int | None, forced: int | None, group: int, audience: Audience
) -> None:
    course = Course(2, "Course", 1, True, forced)
    rule = forum_rule(course, module(groupmode=groupmode), forum())
    assert discussion_audience(rule, group) == audience


@pytest.mark.parametrize(
    ("groupmode", "group", "audience"),
    [(0, 8, GROUP_7), (0, -1, GROUP_7), (1, 7, GROUP_7), (1, -1, GROUP_7), (1, 8, FACILITATORS)],
)
def test_two_groups_at_once_are_for_facilitators(
    groupmode: int, group: int, audience: Audience
) -> None:
    rule = forum_rule(OPEN, module(groupmode=groupmode, availability=ONLY_7), forum())
    assert discussion_audience(rule, group) == audience


def test_question_and_answer_forum_is_for_facilitators() -> None:
    assert discussion_audience(forum_rule(OPEN, module(), forum("qanda")), -1) == FACILITATORS


@pytest.mark.parametrize(
    ("groupmode", "audience"), [(0, STREAM), (2, STREAM), (1, FACILITATORS), (None, FACILITATORS)]
)
def test_answers_that_do_not_tell_their_group_are_for_facilitators(
    groupmode: int | None, audience: Audience
) -> None:
    assert plain_audience(content_rule(OPEN, module(groupmode=groupmode))) == audience


COURSE_12 = Audience(AudienceKind.GROUP, "course:12")


@pytest.mark.parametrize(
    ("changes", "behind", "audience"),
    [
        ({"kind": "course"}, None, COURSE_12),
        ({"kind": "site"}, None, STREAM),
        ({"kind": "category"}, None, FACILITATORS),
        ({"kind": "user"}, None, FACILITATORS),
        ({"kind": "anything new"}, None, FACILITATORS),
        ({"kind": "group", "group": 7}, None, GROUP_7),
        ({"kind": "due", "module": "assign"}, STREAM, COURSE_12),
        ({"kind": "due", "module": "assign"}, GROUP_7, GROUP_7),
        ({"kind": "due", "module": "assign"}, FACILITATORS, FACILITATORS),
        ({"kind": "course", "is_shown": False}, None, FACILITATORS),
    ],
)
def test_calendar_entry(
    changes: dict[str, Any], behind: Audience | None, audience: Audience
) -> None:
    fields: dict[str, Any] = {
        "id": 1,
        "name": "Hui",
        "html": "",
        "kind": "course",
        "course": 12,
        "group": 0,
        "module": "",
        "instance": 0,
        "start": 5,
        "seconds": 0,
        "modified": 5,
        "is_shown": True,
    }
    event = Event(**{**fields, **changes})
    assert event_audience(event, COURSE_12, behind) == audience
