"""What a listing says of what left, and how posts are ordered (failure modes 6 and 16)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.changes import dates_beside, is_mass_removal, missing_between, sort_time
from tests.pure.ladder import NOW

names = st.sampled_from("abcdefgh")
kept_posts = st.dictionaries(names, st.integers(0, 9)).map(
    lambda days: [(name, NOW + timedelta(days=day)) for name, day in days.items()]
)


@pytest.mark.parametrize(
    ("leaving", "kept", "listed", "mass"),
    [
        (0, 0, 0, False),
        (0, 100, 100, False),
        (1, 1, 0, True),
        (0, 5, 0, True),
        (10, 10, 1, False),
        (11, 11, 1, True),
        (10, 200, 190, False),
        (11, 200, 189, True),
        (15, 300, 285, False),
        (16, 300, 284, True),
        (5000, 100_000, 95_000, False),
        (5001, 100_000, 94_999, True),
    ],
)
def test_more_than_ten_and_a_twentieth_at_once_is_too_much(
    leaving: int, kept: int, listed: int, mass: bool
) -> None:
    assert is_mass_removal(leaving, kept, listed=listed) is mass


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_an_empty_listing_of_what_held_something_is_never_believed(kept: int, leaving: int) -> None:
    assert is_mass_removal(leaving, kept, listed=0)


def days(*names_of_days: str) -> list[tuple[str, datetime]]:
    """Return kept posts, one for each day, the oldest first."""
    return [(name, NOW + timedelta(days=day)) for day, name in enumerate(names_of_days)]


def test_a_post_between_two_listed_ones_is_missed() -> None:
    assert missing_between(["d", "b"], days("a", "b", "c", "d", "e")) == ["c"]


def test_what_fell_off_the_end_of_a_feed_is_not_missed() -> None:
    assert missing_between(["c", "d"], days("a", "b", "c", "d")) == []


def test_what_is_newer_than_the_feed_is_not_missed() -> None:
    assert missing_between(["a", "b"], days("a", "b", "c")) == []


@pytest.mark.parametrize("listed", [[], ["b"], ["x", "y"], ["b", "x"]])
def test_a_document_with_less_than_two_kept_posts_says_nothing(listed: list[str]) -> None:
    assert missing_between(listed, days("a", "b", "c")) == []


def test_a_post_of_the_same_moment_as_the_last_one_is_not_missed() -> None:
    """It may be the first that did not fit."""
    kept = [*days("a", "b"), ("c", NOW), ("d", NOW + timedelta(days=1))]
    assert missing_between(["a", "b"], kept) == []


@given(st.lists(names), kept_posts)
def test_only_kept_posts_that_are_not_listed_are_missed(
    listed: list[str], kept: list[tuple[str, datetime]]
) -> None:
    missing = missing_between(listed, kept)
    assert set(missing) <= {name for name, _ in kept} - set(listed)
    assert missing_between(listed[::-1], kept) == missing


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (None, NOW),
        (NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW, NOW),
        (NOW + timedelta(days=3), NOW),
        (NOW.replace(year=2099), NOW),
    ],
)
def test_posts_are_ordered_by_when_they_were_published_or_seen(
    published: datetime | None, expected: datetime
) -> None:
    """A date in the future pins nothing on top."""
    assert sort_time(published, NOW) == expected


def test_a_post_without_a_date_stands_beside_its_neighbour() -> None:
    old, older, future = NOW - timedelta(days=3), NOW - timedelta(days=9), NOW + timedelta(days=9)
    second = timedelta(seconds=1)
    beside = [old + second, old, older + second, older, older - second]
    assert dates_beside([None, old, future, older, None], NOW) == beside
    assert dates_beside([None, None, old], NOW) == [old + 2 * second, old + second, old]
    assert dates_beside([None, None], NOW) == [None, None]
    assert dates_beside([], NOW) == []


def test_in_a_first_reading_the_neighbours_date_sorts_a_post_without_one() -> None:
    old = NOW - timedelta(days=3)
    assert sort_time(None, NOW, old) == old
    assert sort_time(NOW + timedelta(days=1), NOW, old) == old
    assert sort_time(old, NOW, NOW) == old
    assert sort_time(None, NOW, NOW + timedelta(days=1)) == NOW
