"""Settings that several kinds of places have refuse what is none, and say what to write."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connector.setting_types import ZoneName, web_parts

EXAMPLE = "https://place.example.school.nz/"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "UTC", "Pacific/Chatham"])
def test_zone_is_a_name_that_the_database_of_zones_has(zone: str) -> None:
    assert TypeAdapter(ZoneName).validate_python(zone) == zone


@pytest.mark.parametrize(
    "zone", ["", "Auckland", "NZDT+13", "../etc/passwd", "/etc/passwd", "x" * 300]
)
def test_anything_else_is_told_with_an_example(zone: str) -> None:
    with pytest.raises(ValidationError, match="write one such as Pacific/Auckland"):
        TypeAdapter(ZoneName).validate_python(zone)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("  http://a.example  ", "http://a.example"),
        ("a.example:8080/x", "https://a.example:8080/x"),
    ],
)
def test_address_without_a_scheme_is_taken_for_https(value: str, meant: str) -> None:
    assert web_parts(value, example=EXAMPLE).geturl() == meant


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", f"such as {EXAMPLE}"),
        ("https://", f"such as {EXAMPLE}"),
        ("https://[", f"such as {EXAMPLE}"),
        ("https://a.example:0", f"such as {EXAMPLE}"),
        ("https://a.example:port", f"such as {EXAMPLE}"),
        ("https://a.example/a b", f"such as {EXAMPLE}"),
        ("ftp://a.example", "begins with https"),
        ("https://mere:secret@a.example", "without a user name"),
    ],
)
def test_what_is_no_web_address_is_told_in_a_sentence(value: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        web_parts(value, example=EXAMPLE)
    assert "secret" not in str(caught.value)


def test_scheme_is_asked_for_where_it_is_needed() -> None:
    with pytest.raises(ValueError, match="begins with https"):
        web_parts("a.example/feed", example=EXAMPLE, needs_scheme=True)
