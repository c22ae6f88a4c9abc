"""Row 16: dates in the future, in the wrong zone or missing pin posts on top or hide them."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.store.database import Store
from tests.identity.telling import HOME, add_blog, entry, read
from tests.identity.village import BEGIN, Village


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    return found


def test_a_date_in_the_future_pins_nothing_on_top(village: Village) -> None:
    read(village, entry(1))
    future = BEGIN + timedelta(days=3000)
    read(village, entry(1), entry(2, on=future), days=1)
    read(village, entry(1), entry(2, on=future), entry(3, on=BEGIN + timedelta(days=1.5)), days=1)
    assert village.titles() == ["Title3", "Title2", "Title1"]
    (pinned,) = [one for one in village.news() if one.title == "Title2"]
    assert pinned.published == future, "what its place says is kept"
    assert pinned.sorted_by == pinned.first_seen.replace(microsecond=0)


def test_undated_posts_of_a_first_reading_stay_among_their_neighbours(village: Village) -> None:
    read(village, entry(3), entry(2, on=None), entry(1))
    assert village.titles() == ["Title3", "Title2", "Title1"]


def test_an_undated_post_that_comes_later_is_dated_by_its_coming(village: Village) -> None:
    read(village, entry(1))
    read(village, entry(2, on=None), entry(1), days=1)
    read(village, entry(3, on=BEGIN + timedelta(days=1.5)), entry(2, on=None), entry(1), days=1)
    assert village.titles() == ["Title3", "Title2", "Title1"]


def test_a_date_without_a_zone_is_read_in_the_zone_of_the_place(village: Village) -> None:
    read(village, entry(1))
    url = f"{HOME}/feed/"
    written = b"2026-01-05 09:00:00"
    item = b"<item><title>Naive</title><guid>naive</guid><pubDate>%s</pubDate></item>" % written
    village.web[url] = village.web[url].replace(b"<item>", item + b"<item>", 1)
    village.run("blog")
    (naive,) = [one for one in village.news() if one.title == "Naive"]
    assert naive.published == datetime(2026, 1, 4, 20, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_date_that_nobody_means_is_none(village: Village, year: int) -> None:
    far = datetime(year, 6, 1, tzinfo=UTC)
    read(village, entry(2), entry(1, on=far))
    assert village.titles() == ["Title2", "Title1"]
    assert village.item("Title1").summary.published is None
