"""Third rung: a blog that moved house, and all that only looks like it (failure mode 1)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.identity import MOST_CANDIDATES, Incoming, Match, Step
from tests.pure.ladder import NOW, OTHER_SOURCE, OTHER_STREAM, Hub, incoming, text

OLD = {"external_id": "feed#old", "link": "http://old.example/1"}


def moved(**changes: object) -> Incoming:
    """Return post 1 at its new address, under a new id."""
    return incoming(1, **{"external_id": "feed#new", **changes})


def test_a_post_at_a_new_address_under_a_new_id_is_the_old_one() -> None:
    hub = Hub()
    kept = hub.keep(1, **OLD)
    placed = hub.place(moved())
    assert (placed.step, placed.origin) == (Step.MOVED, kept)
    assert "same text" in placed.reason
    assert "same author" in placed.reason


def test_a_moved_post_may_be_a_little_other() -> None:
    hub = Hub()
    kept = hub.keep(1, folded=text(1, 200), **OLD)
    assert hub.place(moved(folded=f"{text(1, 200)} moved here")).origin is kept


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Step.MOVED),
        ({"published": NOW + timedelta(hours=13)}, Step.MOVED),  # local time taken for UTC
        ({"published": NOW + timedelta(days=1)}, Step.NEW),
        ({"title": "plan for tuesday"}, Step.NEW),
    ],
)
def test_a_little_other_is_an_edit_only_under_one_title_and_date(
    changes: dict[str, object], step: Step
) -> None:
    """The plan for Tuesday is Monday's with two words changed."""
    hub = Hub()
    hub.keep(1, folded=f"monday {text(1, 200)}", **OLD)
    found = moved(folded=f"tuesday {text(1, 200)}", **changes)
    assert hub.place(found).step is step


def test_every_word_the_same_may_have_another_title_and_date() -> None:
    hub = Hub()
    kept = hub.keep(1, **OLD)
    found = moved(title="mended", published=NOW + timedelta(hours=30))
    assert hub.place(found).origin is kept


def test_a_post_with_much_other_text_did_not_move() -> None:
    hub = Hub()
    hub.keep(1, folded=text(1, 200), **OLD)
    found = moved(folded=f"{text(1, 180)} {text(2, 20)}")
    assert hub.place(found) == Match(Step.NEW)


def test_a_post_with_a_long_addition_did_not_move() -> None:
    hub = Hub()
    hub.keep(1, folded=text(1, 200), **OLD)
    assert hub.place(moved(folded=text(1, 230))) == Match(Step.NEW)


@pytest.mark.parametrize("characters", [199, 200])
def test_a_text_of_at_least_200_characters_is_needed(characters: int) -> None:
    body = text(1)[:characters]
    hub = Hub()
    hub.keep(1, folded=body, **OLD)
    expected = Step.NEW if characters < 200 else Step.MOVED
    assert hub.place(moved(folded=body)).step is expected


def test_a_kept_text_of_less_than_200_characters_is_no_proof() -> None:
    """Without its signs the shorter one has the same words."""
    body = text(1)[:200].rpartition(" ")[0]
    hub = Hub()
    hub.keep(1, folded=body, **OLD)
    assert hub.place(moved(folded=f"{body} {'!' * 40}")) == Match(Step.NEW)


@pytest.mark.parametrize("author", ["mere walker", ""])
def test_another_author_is_another_post(author: str) -> None:
    hub = Hub()
    hub.keep(1, **OLD)
    assert hub.place(moved(author=author)) == Match(Step.NEW)


def test_two_nameless_authors_are_not_one() -> None:
    hub = Hub()
    hub.keep(1, author="", **OLD)
    assert hub.place(moved(author="")) == Match(Step.NEW)


@pytest.mark.parametrize(
    ("apart", "step"),
    [
        (timedelta(days=2), Step.MOVED),
        (timedelta(days=-2), Step.MOVED),
        (timedelta(days=2, seconds=1), Step.NEW),
        (timedelta(days=-3), Step.NEW),
        (timedelta(days=7), Step.NEW),
    ],
)
def test_only_days_apart_is_it_the_same_post(apart: timedelta, step: Step) -> None:
    hub = Hub()
    hub.keep(1, **OLD)
    assert hub.place(moved(published=NOW + apart)).step is step


@pytest.mark.parametrize(("kept", "found"), [(None, NOW), (NOW, None), (None, None)])
def test_without_dates_nothing_moved(kept: datetime | None, found: datetime | None) -> None:
    hub = Hub()
    hub.keep(1, published=kept, **OLD)
    assert hub.place(moved(published=found)) == Match(Step.NEW)


def test_two_possible_old_posts_are_none() -> None:
    hub = Hub()
    hub.keep(1, **OLD)
    hub.keep(1, external_id="feed#older", link="http://older.example/1")
    assert hub.place(moved()) == Match(Step.NEW)


def test_among_very_many_possible_old_posts_none_is_looked_for() -> None:
    hub = Hub()
    hub.keep(1, item_id=7, **OLD)
    for number in range(2, MOST_CANDIDATES + 1):
        hub.keep(number)
    assert hub.place(moved()).step is Step.MOVED
    hub.asked.clear()
    hub.keep(99)
    assert hub.place(moved()) == Match(Step.NEW)
    assert hub.asked == []


def test_two_origins_of_one_old_post_are_one() -> None:
    hub = Hub()
    hub.keep(1, item_id=7, **OLD)
    hub.keep(1, item_id=7, external_id="feed#older", link="http://older.example/1")
    assert hub.place(moved()).step is Step.MOVED


def test_a_post_that_this_document_still_lists_did_not_move() -> None:
    hub = Hub()
    hub.keep(1, **OLD)
    assert hub.place(moved(), listed=["feed#old"]) == Match(Step.NEW)


def test_an_apis_neighbour_that_lives_did_not_move() -> None:
    """An API lists no window: what it has not taken back is there still."""
    hub = Hub()
    hub.keep(1, **OLD)
    assert hub.place(moved(), sloppy=False) == Match(Step.NEW)


def test_an_apis_neighbour_that_left_may_have_moved() -> None:
    hub = Hub()
    kept = hub.keep(1, is_live=False, **OLD)
    assert hub.place(moved(), sloppy=False).origin is kept


def test_a_blog_that_changed_from_feed_to_api_moved() -> None:
    hub = Hub()
    kept = hub.keep(1, stream_id=OTHER_STREAM, **OLD)
    assert hub.place(moved(), sloppy=False).origin is kept


def test_a_comment_never_moves() -> None:
    hub = Hub()
    hub.keep(1, **OLD)
    assert hub.place(moved(is_comment=True)) == Match(Step.NEW)


def test_a_post_never_moves_onto_a_comment() -> None:
    hub = Hub()
    hub.keep(1, is_comment=True, **OLD)
    assert hub.place(moved()) == Match(Step.NEW)


def test_another_place_is_not_an_old_house() -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE, **OLD)
    assert hub.place(moved()) == Match(Step.NEW)


def test_the_declared_predecessor_is_an_old_house() -> None:
    hub = Hub()
    kept = hub.keep(1, source_id=OTHER_SOURCE, stream_id=OTHER_STREAM, **OLD)
    assert hub.place(moved(), predecessor_id=OTHER_SOURCE).origin is kept
    assert hub.place(moved(), predecessor_id=OTHER_SOURCE, sloppy=False).origin is kept


def test_the_successor_of_another_place_finds_nothing_here() -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE, **OLD)
    assert hub.place(moved(), predecessor_id=OTHER_SOURCE + 1) == Match(Step.NEW)


def test_a_blog_may_take_its_guids_along_to_its_new_house() -> None:
    """The old id stands in the new document because this very post has it."""
    hub = Hub()
    kept = hub.keep(1, source_id=OTHER_SOURCE, **OLD)
    found = moved(external_id="feed#old")
    assert hub.place(found, predecessor_id=OTHER_SOURCE).origin is kept


def test_a_guid_that_went_to_another_post_of_the_new_house_is_that_post() -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE, **OLD)
    placed = hub.place(moved(), predecessor_id=OTHER_SOURCE, listed=["feed#old"])
    assert placed == Match(Step.NEW)


def test_texts_are_asked_for_only_where_they_decide() -> None:
    """A page of new posts must not load the text of everything near it."""
    hub = Hub()
    hub.keep(1, author="mere walker", **OLD)
    hub.keep(2, published=NOW - timedelta(days=5), external_id="feed#b")
    hub.place(moved())
    hub.place(replace(moved(), folded="short"))
    assert hub.asked == []
