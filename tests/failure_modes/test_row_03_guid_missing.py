"""Row 3: entries without a GUID, always or at times."""

import pytest

from connector.store.database import Store
from tests.identity.telling import HOME, add_blog, entry, read
from tests.identity.village import Village


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    return found


def test_the_link_stands_in_for_a_missing_guid(village: Village) -> None:
    for _ in range(2):
        read(village, entry(1, id=""), entry(2, id=""))
    read(village, entry(1, id="", title="Mended"), entry(2, id=""))
    assert village.titles() == ["Title2", "Mended"]


def test_title_and_date_stand_in_where_there_is_no_link_either(village: Village) -> None:
    for _ in range(2):
        read(village, entry(1, id="", link=""), entry(2, id="", link="", title="Title1"))
    assert village.titles() == ["Title1", "Title1"]


def test_guids_that_come_and_go_bring_nothing_twice(village: Village) -> None:
    """However often the feed changes its mind, each form is known once it was seen."""
    with_guids = [entry(1), entry(2)]
    without = [entry(1, id=""), entry(2, id="")]
    for shown in (with_guids, without, with_guids, without):
        read(village, *shown)
        assert village.titles() == ["Title2", "Title1"]


def test_a_guid_missing_from_one_entry_leaves_its_neighbours_alone(village: Village) -> None:
    read(village, entry(1), entry(2, id=""), entry(3))
    read(village, entry(1), entry(2), entry(3, id=""))
    assert village.titles() == ["Title3", "Title2", "Title1"]


def test_an_address_for_all_without_guids_makes_no_two_posts_one(village: Village) -> None:
    told = {"id": "", "link": f"{HOME}/"}
    for _ in range(2):
        read(village, *(entry(number, **told) for number in (1, 2, 3)))
    assert len(village.titles()) == 3
