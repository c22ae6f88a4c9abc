"""Who is an adult, and of which school; what is not known is a student."""

from typing import Any

import pytest

from adapters.moodle import said_people
from adapters.moodle.people import (
    People,
    adults_in,
    facilitators_in,
    is_adult_course,
    is_within,
    outside_courses,
    schools_of,
)
from adapters.moodle.said import Course
from adapters.moodle.said_people import Member
from adapters.moodle.settings import MoodleSettings
from connector.errors import AuthError
from connector.model import STREAM, Role
from tests.moodle.recorded import RECORDED


def settings(**more: Any) -> MoodleSettings:
    return MoodleSettings(address="vln.example.school.nz", token="t0p", courses=(2,), **more)


def member(number: int, *roles: str, **more: Any) -> Member:
    fields: dict[str, Any] = {"groups": frozenset(), "institution": "", "fields": (), **more}
    return Member(number, f"Person {number}", frozenset(roles), **fields)


ROSTERS = {
    2: (member(3, "editingteacher"), member(4, "student"), member(5), member(6, "observer")),
    3: (member(3, "student"), member(4, "student"), member(7, "manager")),
}


def people(adult_courses: set[int] | None = None, **more: Any) -> People:
    fields: dict[str, Any] = {"inactive": frozenset(), "schools": {}, **more}
    adults = adults_in(settings(), ROSTERS, adult_courses or set())
    return People(ROSTERS, adults, facilitators_in(settings(), ROSTERS), **fields)


@pytest.mark.parametrize(("account", "adults"), [(64, {64}), (4, set()), (0, set())])
def test_the_hubs_own_account_is_an_adult_outside_courses(account: int, adults: set[int]) -> None:
    assert outside_courses(account, ROSTERS) == adults


@pytest.mark.parametrize(
    ("number", "role"),
    [
        (3, Role.TEACHER),
        (4, Role.STUDENT),
        (5, Role.STUDENT),
        (6, Role.STUDENT),
        (7, Role.FACILITATOR),
        (99, Role.STUDENT),
    ],
)
def test_role(number: int, role: Role) -> None:
    account = people().account(number)
    assert account.role is role
    assert bool(account.name) == (role is not Role.STUDENT)


def test_everybody_in_an_adult_course_is_an_adult_everywhere() -> None:
    assert people({3}).account(4).role is Role.TEACHER
    assert people({3}).account(5).role is Role.STUDENT


def test_adult_who_left_stays_one_but_a_student_again_is_a_student() -> None:
    remembering = people(remembered=frozenset({99, 4}))
    assert remembering.account(99).role is Role.TEACHER
    assert remembering.account(4).role is Role.STUDENT


def test_nobody_is_taken_for_a_student_while_rosters_are_missing() -> None:
    waiting = people(lost=("Literacy",))
    assert waiting.account(3).role is Role.TEACHER
    with pytest.raises(AuthError, match=r"Literacy.*viewparticipants"):
        waiting.account(4)
    assert {each.external_id for each in waiting.accounts(2)} == {"user:3"}
    assert not waiting.is_certain(4)


def test_suspended_belong_to_nothing_and_say_so() -> None:
    found = people(inactive=frozenset({3}))
    assert found.account(3).suspended
    assert found.membership(STREAM, 2).members == ("user:4", "user:5", "user:6")
    assert "user:3" not in found.everybody()


@pytest.mark.parametrize(
    ("category", "wanted", "is_in"),
    [
        (5, {5}, True),
        (5, {4}, True),
        (5, {1}, True),
        (5, {6}, False),
        (9, {1}, False),
        (7, {1}, False),
    ],
)
def test_category_within_another(category: int, wanted: set[int], is_in: bool) -> None:
    above = {5: 4, 4: 1, 1: 0, 7: 8, 8: 7}
    assert is_within(category, wanted, above) == is_in


def test_adult_course_by_number_or_by_category() -> None:
    course = Course(12, "PLD", 5, True, None)
    assert is_adult_course(settings(adult_courses=(12,)), course, {})
    assert is_adult_course(settings(adult_categories=(4,)), course, {5: 4})
    assert not is_adult_course(settings(adult_categories=(6,)), course, {5: 4})


def test_school_from_institution_field_or_cohort() -> None:
    recorded = {
        3: said_people.members(RECORDED["core_enrol_get_enrolled_users-userfields"].response)
    }
    assert schools_of(settings(), recorded, {})[17] == "Harakeke School"
    by_field = settings(school_from="profile_field", school_field="schoolcode")
    assert schools_of(by_field, recorded, {})[17] == "1007"
    cohorts = {"Kōwhai Bush School": frozenset({3, 4}), "Rātā Valley School": frozenset({4})}
    assert schools_of(settings(school_from="cohort"), {}, cohorts) == {3: "Kōwhai Bush School"}
