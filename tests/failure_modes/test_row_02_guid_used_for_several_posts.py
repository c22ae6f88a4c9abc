"""Row 2: one GUID for all, or a GUID used again, and posts vanish."""

import pytest

from connector.store.database import Store
from tests.identity.telling import HOME, add_blog, entry, read
from tests.identity.village import Village


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    return found


def test_one_guid_for_all_entries_hides_none(village: Village) -> None:
    read(village, *(entry(number, id="the-blog") for number in (1, 2, 3)))
    read(village, *(entry(number, id="the-blog") for number in (1, 2, 3, 4)))
    assert village.titles() == ["Title4", "Title3", "Title2", "Title1"]


def test_a_new_article_under_an_old_guid_is_a_new_post(village: Village) -> None:
    read(village, entry(1), entry(2))
    read(village, entry(9, id=entry(1).id), entry(2))
    assert village.titles() == ["Title9", "Title2", "Title1"]
    assert village.found(entry(1).text.split()[5]) == ["Title1"]


def test_an_edit_under_a_kept_guid_is_no_new_post(village: Village) -> None:
    read(village, entry(1), entry(2))
    read(village, entry(1, title="Mended", text=entry(5).text), entry(2))
    read(village, entry(1, title="Mended", link=f"{HOME}/mended/", text=entry(5).text), entry(2))
    assert village.titles() == ["Title2", "Mended"]


def test_a_guid_used_a_third_time_is_a_third_post(village: Village) -> None:
    for number in (1, 5, 9, 9):
        read(village, entry(number, id="slot"), entry(2))
    assert village.titles() == ["Title9", "Title5", "Title2", "Title1"]
