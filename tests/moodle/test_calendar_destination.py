"""A course's calendar as a destination, on the stand-in Moodle."""

from dataclasses import replace

import pytest

from connector.announce.plan import shown
from connector.errors import (
    AuthError,
    ConflictError,
    PermanentError,
    TemporaryError,
    UnknownOutcome,
)
from connector.model import CheckReport, Receipt
from sample_cluster.moodle.failures import Failure
from sample_cluster.moodle.state import Event
from tests.moodle.posting import (
    EDITED,
    MARKER,
    MESSAGE,
    START,
    calendar_of,
    session_to,
    small_moodle,
)
from tests.sample_cluster.moodle.small import Small

RIGHT = "moodle/calendar:manageentries"


@pytest.fixture
def small() -> Small:
    return small_moodle()


def entries(small: Small) -> list[Event]:
    return list(small.world.calendar.events.values())


def test_what_is_sent_is_found_with_the_same_receipt(small: Small) -> None:
    small.world.calendar.add("Another", int(START.timestamp()), course=small.course)
    to = calendar_of(small)
    assert to.find(MARKER) is None
    sent = to.send(MESSAGE, MARKER)
    entry = entries(small)[1]
    assert (entry.name, entry.timestart, entry.timeduration, entry.course) == (
        MESSAGE.title,
        int(START.timestamp()),
        90 * 60,
        small.course,
    )
    assert sent.external_id == f"event:{entry.id}"
    assert sent.version == str(entry.timemodified)
    assert calendar_of(small).find(MARKER) == sent


def test_a_calendar_takes_events_only(small: Small) -> None:
    to = calendar_of(small)
    assert to.objections(replace(MESSAGE, start=None))
    assert not to.objections(MESSAGE)
    assert to.preview(replace(MESSAGE, title="I <3 maths")).title == "I 3 maths"


def test_an_event_without_an_end_has_no_length(small: Small) -> None:
    calendar_of(small).send(replace(MESSAGE, end=None), MARKER)
    assert entries(small)[0].timeduration == 0


def test_a_missing_right_is_a_warning_and_is_told(small: Small) -> None:
    small.world.people.forbid("connector", RIGHT)
    with pytest.raises(AuthError, match=RIGHT):
        calendar_of(small).send(MESSAGE, MARKER)
    assert not entries(small)


@pytest.mark.parametrize("verb", ["find", "send"])
def test_a_dead_token_and_a_moved_course_are_told_before_anything_is_sent(
    small: Small, verb: str
) -> None:
    for more, words in (({"token": "another"}, "token"), ({"course": 999}, "no course 999")):
        to = calendar_of(small, **more)
        with pytest.raises(AuthError, match=words):
            to.find(MARKER) if verb == "find" else to.send(MESSAGE, MARKER)
    assert not small.site.functions["core_calendar_create_calendar_events"]


def test_a_correction_puts_one_in_the_place_of_the_former(small: Small) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    small.later(minutes=5)
    changed = calendar_of(small).update(sent, EDITED)
    (entry,) = entries(small)
    assert entry.name == EDITED.title
    assert changed.external_id == f"event:{entry.id}" != sent.external_id
    assert calendar_of(small).find(MARKER) == changed
    small.later(minutes=5)
    assert calendar_of(small).update(changed, EDITED) == changed
    again = calendar_of(small).update(changed, MESSAGE)
    assert [one.name for one in entries(small)] == [MESSAGE.title]
    assert calendar_of(small).find(MARKER) == again


@pytest.mark.parametrize("request_number", [1, 2, 3, 4])
@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("words", [EDITED, replace(EDITED, title="Moved once more")])
def test_a_correction_that_broke_off_goes_on_where_it_stopped(
    small: Small, request_number: int, is_over: bool, words
) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    small.site.at_request(request_number, lambda: small.site.fail(Failure.DATABASE_DOWN))
    with pytest.raises(TemporaryError):
        calendar_of(small).update(sent, EDITED)
    small.site.mend()
    known = replace(sent, version="") if is_over else sent
    changed = calendar_of(small).update(known, words)
    (entry,) = entries(small)
    assert (entry.name, f"event:{entry.id}") == (words.title, changed.external_id)


def test_a_correction_whose_last_answer_was_lost_is_whole(small: Small) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    changed = calendar_of(small).update(sent, EDITED)
    assert calendar_of(small).update(sent, EDITED) == changed
    assert len(entries(small)) == 1


def test_two_successors_become_one(small: Small) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    former = entries(small)[0]
    calendar_of(small).update(sent, EDITED)
    (heir,) = entries(small)
    small.world.calendar.add(
        heir.name, heir.timestart, course=small.course, description=heir.description
    )
    changed = calendar_of(small).update(Receipt(f"event:{former.id}"), EDITED)
    assert [f"event:{one.id}" for one in entries(small)] == [changed.external_id]


def test_the_successor_of_another_entry_is_not_mine(small: Small) -> None:
    first = calendar_of(small).send(MESSAGE, MARKER)
    for _ in range(20):
        first = calendar_of(small).update(first, replace(MESSAGE, title=f"{first.external_id}"))
    (entry,) = entries(small)
    assert 'class="hub-instead-of-20"' in entry.description
    with pytest.raises(PermanentError) as caught:
        calendar_of(small).update(Receipt("event:2"), EDITED)
    assert caught.value.status == 410


def test_what_somebody_edited_is_left_unless_that_was_said(small: Small) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    small.later(minutes=5)
    small.world.calendar.edit(entries(small)[0], name="Mine now")
    with pytest.raises(ConflictError, match="--over"):
        calendar_of(small).update(sent, EDITED)
    assert [one.name for one in entries(small)] == ["Mine now"]
    calendar_of(small).update(replace(sent, version=""), EDITED)
    assert [one.name for one in entries(small)] == [EDITED.title]


def test_what_is_gone_is_told_as_gone_and_is_taken_back(small: Small) -> None:
    sent = calendar_of(small).send(MESSAGE, MARKER)
    calendar_of(small).retract(sent)
    assert not entries(small)
    calendar_of(small).retract(sent)
    with pytest.raises(PermanentError) as caught:
        calendar_of(small).update(sent, EDITED)
    assert caught.value.status == 410


def test_where_the_copy_is_unknown_a_person_has_to_change_it(small: Small) -> None:
    with pytest.raises(PermanentError, match="change it in Moodle"):
        calendar_of(small).update(Receipt("https://vln.example.school.nz/calendar/"), EDITED)


def test_a_calendar_that_warns_and_shows_nothing_is_no_sign_of_absence(small: Small) -> None:
    session = session_to(small)
    answer = session._service
    told = b'{"events": [], "warnings": [{"warningcode": "nopermissions"}]}'

    def warns(request):
        if request.form["wsfunction"] == "core_calendar_get_calendar_events":
            return replace(answer(request), body=told)
        return answer(request)

    session._service = warns
    with pytest.raises(AuthError, match="moodle/course:view"):
        calendar_of(small, session).find(MARKER)


def test_an_answer_without_an_entry_leaves_doubt(small: Small) -> None:
    session = session_to(small)
    answer = session._service

    def silent(request):
        found = answer(request)
        if request.form["wsfunction"] == "core_calendar_create_calendar_events":
            return replace(found, body=b'{"events": [], "warnings": []}')
        return found

    session._service = silent
    with pytest.raises(UnknownOutcome):
        calendar_of(small, session).send(MESSAGE, MARKER)


def test_the_plan_has_every_field_and_no_token(small: Small) -> None:
    (planned,) = calendar_of(small).plan(MESSAGE, MARKER)
    told = shown(planned)
    assert f"events[0][timestart]={int(START.timestamp())}" in told
    assert f"events[0][courseid]={small.course.id}" in told
    assert MARKER in told
    assert "TOKEN" not in told
    assert calendar_of(small, token="another").plan(MESSAGE, MARKER) == (planned,)


# --- the check ----------------------------------------------------------------------------


def wrong(report: CheckReport) -> dict[str, str]:
    return {one.ability: one.sentence for one in report.lines if not one.ok}


def test_the_check_of_a_good_destination_finds_nothing(small: Small) -> None:
    report = calendar_of(small).check()
    assert wrong(report) == {}
    assert "enter" in {one.ability for one in report.lines}


def test_the_check_names_the_right_to_ask_for(small: Small) -> None:
    small.world.people.forbid("connector", RIGHT)
    found = wrong(calendar_of(small).check())
    assert RIGHT in found["enter"]
    assert "Text to send" in found["enter"]


def test_without_the_function_that_tells_the_check_says_so(small: Small) -> None:
    del small.site.service["core_calendar_get_calendar_access_information"]
    report = calendar_of(small).check()
    assert wrong(report) == {}
    (line,) = [one for one in report.lines if one.ability == "enter"]
    assert RIGHT in line.sentence


def test_the_check_tells_a_dead_token_a_moved_course_and_a_missing_function(small: Small) -> None:
    assert "token" in wrong(calendar_of(small, token="another").check())["sign in"]
    assert "no course 999" in wrong(calendar_of(small, course=999).check())["course"]
    del small.site.service["core_calendar_delete_calendar_events"]
    found = wrong(calendar_of(small).check())
    assert "take an event out" in found["core_calendar_delete_calendar_events"]
