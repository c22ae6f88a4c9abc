"""What a destination in a Moodle may be told."""

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.registry import DESTINATIONS

KINDS = ("moodle", "moodle_calendar")
pytestmark = pytest.mark.parametrize("kind", KINDS)
GOOD: dict[str, Any] = {
    "address": "https://vln.example.school.nz/course/view.php?id=12",
    "token": "inventedsecret",
    "course": 12,
}


def test_a_pasted_page_is_taken_for_its_site_and_the_token_is_not_shown(kind: str) -> None:
    settings: Any = DESTINATIONS[kind].Settings.model_validate(GOOD)
    assert settings.address == "https://vln.example.school.nz"
    assert "inventedsecret" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "with a blank"},
        {"token": None},
        {"course": 0},
        {"course": None},
        {"address": "ftp://vln.example"},
        {"courses": [12]},
    ],
)
def test_what_cannot_be_is_refused(kind: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DESTINATIONS[kind].Settings.model_validate(GOOD | wrong)


def test_other_settings_than_its_own_are_a_mistake_of_ours(kind: str) -> None:
    other = DESTINATIONS["by_hand"].Settings.model_validate({"address": "https://a.example/"})
    with pytest.raises(TypeError):
        DESTINATIONS[kind].open_destination(other, None, None)  # type: ignore[arg-type]


def test_a_row_says_its_own_kind_and_that_copies_are_found(kind: str) -> None:
    info = DESTINATIONS[kind].INFO
    assert (info.kind, info.find) == (kind, "exact")
    assert {"update", "retract"} <= info.delivers
