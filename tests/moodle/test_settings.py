"""What may be configured, and what is told about a mistake."""

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.moodle.settings import MoodleSettings

GOOD: dict[str, Any] = {"address": "https://vln.example.school.nz", "token": "t0p", "courses": [2]}


@pytest.mark.parametrize(
    "pasted",
    [
        "https://vln.example.school.nz",
        " https://vln.example.school.nz/ ",
        "vln.example.school.nz",
        "https://vln.example.school.nz/login/index.php",
        "https://vln.example.school.nz/course/view.php?id=12#section-3",
        "https://vln.example.school.nz/my/",
        "https://vln.example.school.nz/index.php",
    ],
)
def test_any_page_of_a_moodle_leads_to_its_address(pasted: str) -> None:
    assert MoodleSettings(**{**GOOD, "address": pasted}).address == "https://vln.example.school.nz"


def test_moodle_in_a_folder_keeps_it() -> None:
    found = MoodleSettings(
        **{**GOOD, "address": "https://school.example/moodle/mod/forum/view.php"}
    )
    assert found.address == "https://school.example/moodle"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"address": "ftp://x.example"}, "https://"),
        ({"address": "https://me:secret@x.example"}, "without a user name"),
        ({"address": "https://"}, "web address"),
        ({"token": "two words"}, "letters and digits"),
        ({"token": None}, "give a token"),
        ({"courses": []}, "name at least one"),
        ({"courses": [0]}, "greater than 0"),
        ({"rss_feeds": ["../x"]}, "around the key"),
        ({"timezone": "Auckland"}, "no time zone"),
        ({"school_from": "profile_field"}, "school_field"),
    ],
)
def test_mistake_is_told_and_no_secret_with_it(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MoodleSettings(**{**GOOD, **change})
    said = "; ".join(each["msg"] for each in caught.value.errors(include_input=False))
    assert told in said
    assert "two words" not in said


def test_feeds_need_no_token() -> None:
    found = MoodleSettings(address="x.example", rss_key="k1", rss_feeds=["87/mod_forum/13"] * 2)
    assert found.rss_feeds == ("87/mod_forum/13",)
