"""What a listing says of what left, and how posts are ordered (failure modes 6 and 16)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.changes import dates_beside, is_mass_removal, sort_time
from tests.pure.ladder import NOW


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
