"""The check names what is missing, and holds the text to send to the administrator."""

from typing import Any

import pytest

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.questions import NEEDS
from adapters.moodle.settings import MoodleSettings
from connector.model import CheckLine
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.moodle import village
from tests.moodle.small_moodle import BATCH, FUNCTIONS, SITE, TOKEN, SmallMoodle


@pytest.fixture
def moodle() -> SmallMoodle:
    return village()


def lines(moodle: SmallMoodle, **more: Any) -> dict[str, CheckLine]:
    chosen = {"address": SITE, "token": TOKEN, "courses": (12, 13), **more}
    session = FakeSession(moodle.answer)
    place = ADAPTER.open(MoodleSettings(**chosen), session, NOW)
    return {line.ability: line for line in place.check().lines}


def missing(found: dict[str, CheckLine]) -> dict[str, str]:
    return {ability: line.sentence for ability, line in found.items() if not line.ok}


def test_all_is_well(moodle: SmallMoodle) -> None:
    found = lines(moodle, adult_courses=(13,))
    assert missing(found) == {}
    assert found["site"].sentence == "Virtual Learning Network, version 4.5.6 (Build: 20250811)."
    assert found["courses"].sentence == "2 of 2 chosen courses open."
    assert found["people"].sentence.startswith("5 people are enrolled; 2 of them are adults")


NEEDED = [
    name
    for name in FUNCTIONS
    if not NEEDS[name].is_optional
    and "cohort" not in name
    and "completion" not in name
    and "categories" not in name
    and "site_info" not in name
]


@pytest.mark.parametrize("function", NEEDED)
def test_function_that_the_service_does_not_hold_is_named_with_a_text_to_send(
    moodle: SmallMoodle, function: str
) -> None:
    moodle.functions.remove(function)
    found = lines(moodle)
    assert "Waiting for your administrator. Text to send" in missing(found)[function]
    assert f"add the function {function}" in missing(found)[function]


@pytest.mark.parametrize(
    ("lost", "ability", "named"),
    [
        ("viewdiscussion", "mod_forum_get_forums_by_courses", "mod/forum:viewdiscussion"),
        ("viewparticipants", "people:12", "moodle/course:viewparticipants"),
        ("choose", "mod_choice_get_choices_by_courses", "mod/choice:choose"),
        ("viewhiddenactivities", "restrictions:12", "moodle/course:viewhiddenactivities"),
    ],
)
def test_missing_capability_is_named_with_a_text_to_send(
    moodle: SmallMoodle, lost: str, ability: str, named: str
) -> None:
    moodle.capabilities.remove(lost)
    sentence = missing(lines(moodle))[ability]
    assert "Waiting for your administrator. Text to send: “Kia ora," in sentence
    assert named in sentence


def test_course_that_refuses_is_named(moodle: SmallMoodle) -> None:
    moodle.courses[13].visible = False
    assert missing(lines(moodle)) == {}
    for course in moodle.courses.values():
        course.visible = False
    assert "moodle/course:view" in missing(lines(moodle))["courses"]


def test_without_schools_it_says_where_they_would_be(moodle: SmallMoodle) -> None:
    for user in moodle.users.values():
        user.school = ""
    assert "showuseridentity" in missing(lines(moodle))["schools"]
    cohort = missing(lines(moodle, school_from="cohort"))["schools"]
    assert "moodle/cohort:view" in cohort


def test_cohorts_are_schools_where_that_is_set(moodle: SmallMoodle) -> None:
    moodle.cohorts[1] = ("Kōwhai Bush School", {2, 3})
    assert missing(lines(moodle, school_from="cohort")) == {}


def test_without_batches_it_is_well_but_slower(moodle: SmallMoodle) -> None:
    moodle.functions.remove(BATCH)
    found = lines(moodle)
    assert missing(found) == {}
    assert "many more calls" in found[BATCH].sentence


@pytest.mark.parametrize(
    ("kind", "way"), [("journal", "report"), ("diary", "report"), ("facetoface", "choice")]
)
def test_what_cannot_be_read_is_said_with_the_way_round(
    moodle: SmallMoodle, kind: str, way: str
) -> None:
    assert kind not in lines(moodle)
    moodle.add_module(12, kind, "Mine")
    line = lines(moodle)[kind]
    assert line.ok
    assert "cannot be read" in line.sentence
    assert way in line.sentence


def test_another_address_of_the_site_is_told(moodle: SmallMoodle) -> None:
    told = missing(lines(moodle, address="https://moodle.school.example"))["site"]
    assert "It calls itself vln.example.school.nz" in told


@pytest.mark.parametrize("code", ["invalidtoken", "sitemaintenance", "accessexception"])
def test_site_that_refuses_everything_is_one_line(moodle: SmallMoodle, code: str) -> None:
    moodle.refusing = code
    found = lines(moodle)
    assert list(found) == ["site"]
    assert "Moodle" in missing(found)["site"]
