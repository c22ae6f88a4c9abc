"""How like two texts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.likeness import COMPARED_CHARACTERS, Shingles, containment, shingles, similarity
from tests.pure.ladder import text

few_words = st.lists(st.sampled_from("kereru tui kaka weka".split()), max_size=14).map(" ".join)
runs = few_words.map(shingles)


@given(runs, runs)
def test_likeness_is_the_same_from_both_sides_and_within_bounds(
    one: Shingles, other: Shingles
) -> None:
    for likeness in (similarity, containment):
        assert likeness(one, other) == likeness(other, one)
        assert 0.0 <= likeness(one, other) <= 1.0


@given(runs)
def test_a_text_is_wholly_like_itself(one: Shingles) -> None:
    assert similarity(one, one) == 1.0


@given(runs, runs)
def test_only_equal_runs_are_wholly_alike(one: Shingles, other: Shingles) -> None:
    assert (similarity(one, other) == 1.0) is (one == other)


def test_a_long_text_is_its_runs_of_three_words() -> None:
    assert shingles("the tui sings at dawn") == {
        ("the", "tui", "sings"),
        ("tui", "sings", "at"),
        ("sings", "at", "dawn"),
    }


def test_texts_are_compared_by_their_beginning() -> None:
    beginning = "tui " * COMPARED_CHARACTERS
    assert shingles(beginning) == shingles(beginning + text(1))


def test_punctuation_and_line_ends_are_no_words() -> None:
    assert shingles("the tui,\nsings!") == shingles("the tui sings")


@pytest.mark.parametrize(
    ("short", "expected"),
    [("", set()), ("...", set()), ("tui", {("tui",)}), ("tui sings", {("tui", "sings")})],
)
def test_a_short_text_is_one_run_or_none(short: str, expected: set[tuple[str, ...]]) -> None:
    assert shingles(short) == expected


def test_texts_of_other_words_have_nothing_in_common() -> None:
    assert similarity(shingles(text(1)), shingles(text(2))) == 0.0


def test_half_of_the_runs_in_common_is_counted_against_all_of_them() -> None:
    one, other = shingles("a b c d"), shingles("b c d e")
    assert similarity(one, other) == pytest.approx(1 / 3)


def test_a_summary_stands_wholly_in_its_post() -> None:
    summary, whole = shingles(text(1, 10)), shingles(text(1, 60))
    assert containment(summary, whole) == 1.0
    assert similarity(summary, whole) < 0.2


def test_a_few_words_in_common_are_no_summary() -> None:
    """Under eight runs the whole of both texts counts."""
    line, whole = shingles(text(1, 9)), shingles(text(1, 60))
    assert len(line) == 7
    assert containment(line, whole) == similarity(line, whole)


def test_no_text_stands_in_no_other_text() -> None:
    """Nothing in common with nothing is no sign that two posts are one."""
    assert containment(shingles(""), shingles("")) == 0.0
    assert containment(shingles(""), shingles(text(1))) == 0.0
