"""The words of the pages: numbers, edits, and what is said where nothing is."""

import re

from flask.testing import FlaskClient
from lxml import html as lxml_html

from tests.web.garden import Garden, record

HERE = "/c/tarapunga"


def words(page: str) -> str:
    """Return a page's text as somebody reads it, in single spaces."""
    return " ".join(lxml_html.document_fromstring(page).text_content().split())


def test_several_places_need_attention_and_one_needs_it(
    garden: Garden, facilitator: FlaskClient
) -> None:
    garden.verdict(garden.place("a", "A"), "attention", "Renew it.")
    assert "1 place: 1 needs attention" in words(facilitator.get(f"{HERE}/places").text)
    garden.verdict(garden.place("b", "B"), "attention", "Renew it.")
    assert "2 places: 2 need attention" in words(facilitator.get(f"{HERE}/places").text)


def test_both_pages_say_the_same_where_there_are_no_places(
    garden: Garden, facilitator: FlaskClient
) -> None:
    said = [
        re.search(r"No places yet .*? within a few minutes\.", words(facilitator.get(path).text))
        for path in (f"{HERE}/", f"{HERE}/places")
    ]
    assert said[0]
    assert said[1]
    assert said[0][0] == said[1][0]
    assert "config.example.toml" not in said[0][0]


def test_where_rules_leave_everything_out_the_page_says_so(
    garden: Garden, facilitator: FlaskClient, visitor: FlaskClient
) -> None:
    bed = garden.place("a", "A")
    assert "New places are read for the first time" in facilitator.get(f"{HERE}/").text
    garden.verdict(bed)
    assert "rules leave all of them out" in facilitator.get(f"{HERE}/").text
    assert "rules leave" not in visitor.get(f"{HERE}/").text


def test_visitors_learn_that_facilitators_see_how_places_are(
    garden: Garden, facilitator: FlaskClient, visitor: FlaskClient
) -> None:
    garden.keep(garden.place("a", "A"), record(1))
    line = "Facilitators also see here how each place is"
    assert line in visitor.get(f"{HERE}/places").text
    assert line not in facilitator.get(f"{HERE}/places").text


def test_an_edit_is_its_places_and_its_replacement_is_the_hubs(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    post = f"{HERE}/item/{ids['edited']}"
    assert "replaced here" in words(facilitator.get(f"{post}/former").text)
