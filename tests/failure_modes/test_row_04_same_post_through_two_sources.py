"""Row 4: one post comes through two sources and stands in the hub twice."""

import pytest

from connector.store.database import Store
from tests.identity.telling import add_blog, entry, read
from tests.identity.village import Village


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    add_blog(found, "planet", "https://planet.example")
    return found


@pytest.mark.parametrize("order", [("blog", "planet"), ("planet", "blog")])
def test_it_is_one_post_with_two_places(village: Village, order: tuple[str, str]) -> None:
    for key in order:
        own = "" if key == "blog" else "planet-"
        read(village, *(entry(n, id=f"{own}{n}") for n in (1, 2, 3)), key=key)
    everybody = village.facilitator()
    assert village.titles() == village.titles(everybody) == ["Title3", "Title2", "Title1"]
    view = village.item("Title2", everybody)
    assert {view.summary.place_key, *(one.place_key for one in view.elsewhere)} == {*order}
    assert village.found("Title2", everybody) == ["Title2"]


def test_the_text_shown_is_that_of_its_own_blog(village: Village) -> None:
    frame = f"{entry(1).text} Framed by the planet."
    read(village, entry(1, id="planet-1", text=frame), key="planet")
    assert "Framed" in village.item("Title1").html
    read(village, entry(1))
    assert "Framed" not in village.item("Title1").html


def test_another_text_under_the_same_address_is_not_joined(village: Village) -> None:
    read(village, entry(1))
    read(village, entry(1, id="p", text=entry(7).text, title="About Title1"), key="planet")
    assert sorted(village.titles()) == ["About Title1", "Title1"]
