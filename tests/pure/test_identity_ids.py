"""First rung: the external id in this source (failure modes 1, 2, 3 and 5)."""

from datetime import timedelta

import pytest

from connector.identity import Match, Step
from tests.pure.ladder import NOW, Hub, incoming, text


def test_an_unknown_post_is_new() -> None:
    hub = Hub()
    hub.keep(1)
    assert hub.place(incoming(2)) == Match(Step.NEW)


def test_an_api_is_believed_whatever_else_changed() -> None:
    hub = Hub()
    kept = hub.keep(1)
    found = incoming(2, external_id="feed#1")
    assert hub.place(found, sloppy=False) == Match(Step.SAME, kept, 0)
    assert hub.asked == []


def test_an_api_means_the_newest_post_that_had_the_id() -> None:
    """A source that was a feed once may keep several under one id."""
    hub = Hub()
    newest = hub.keep(2, external_id="feed#1", generation=3)
    hub.keep(1)
    assert hub.place(incoming(1), sloppy=False) == Match(Step.SAME, newest, 3)


def test_an_edit_that_keeps_the_link_is_the_same_post() -> None:
    hub = Hub()
    kept = hub.keep(1)
    found = incoming(1, title="another title", folded=text(2))
    assert hub.place(found).origin is kept


def test_an_edit_that_keeps_the_title_is_the_same_post() -> None:
    hub = Hub()
    kept = hub.keep(1)
    found = incoming(1, link="http://elsewhere.example/9", folded=text(2))
    assert hub.place(found).origin is kept


@pytest.mark.parametrize(
    ("apart", "step"), [(timedelta(hours=13), Step.SAME), (timedelta(days=1), Step.REUSED_ID)]
)
def test_daily_notices_under_one_id_are_many(apart: timedelta, step: Step) -> None:
    """Only the title is the same, and another day has another text at another address."""
    hub = Hub()
    hub.keep(1, title="daily notices")
    found = incoming(2, external_id="feed#1", title="daily notices", published=NOW + apart)
    assert hub.place(found, listed=["feed#5"]).step is step


def test_an_edit_that_keeps_title_and_text_is_the_same_post() -> None:
    hub = Hub()
    kept = hub.keep(1, title="")
    found = incoming(1, title="", link="http://elsewhere.example/9")
    assert hub.place(found) == Match(Step.SAME, kept, 0)
    assert hub.asked == []


def test_another_link_and_title_over_a_kept_text_is_the_same_post() -> None:
    hub = Hub()
    kept = hub.keep(1, folded=text(1, 60))
    found = incoming(1, link="http://elsewhere.example/9", title="x", folded=text(1, 50))
    assert hub.place(found).origin is kept


def test_a_reused_guid_with_other_link_title_and_text_is_a_new_post() -> None:
    hub = Hub()
    hub.keep(1)
    placed = hub.place(incoming(2, external_id="feed#1"))
    assert (placed.step, placed.origin, placed.generation) == (Step.REUSED_ID, None, 1)
    assert "id" in placed.reason


def test_a_guid_reused_again_is_counted_on() -> None:
    hub = Hub()
    hub.keep(1, generation=4)
    hub.keep(2, external_id="feed#1", generation=2)
    assert hub.place(incoming(3, external_id="feed#1")).generation == 5


def test_one_guid_for_all_finds_the_post_that_it_means_now() -> None:
    """The kept posts stay what they are, whichever of them the feed shows."""
    hub = Hub()
    kept = [hub.keep(n, external_id="feed#all", generation=n) for n in (1, 2, 3)]
    for number, origin in zip((1, 2, 3), kept, strict=True):
        placed = hub.place(incoming(number, external_id="feed#all"))
        assert placed == Match(Step.SAME, origin, number)


def test_under_one_guid_the_most_alike_text_is_meant() -> None:
    hub = Hub()
    hub.keep(1, external_id="feed#all", generation=0, folded=f"{text(1, 30)} {text(5, 60)}")
    best = hub.keep(2, external_id="feed#all", generation=1, folded=f"{text(1, 55)} {text(6, 5)}")
    hub.keep(3, external_id="feed#all", generation=2)
    found = incoming(1, external_id="feed#all", link="http://x.example/", title="x")
    assert hub.place(found) == Match(Step.SAME, best, 1)


def test_under_one_guid_the_later_of_two_equals_is_meant() -> None:
    hub = Hub()
    later = hub.keep(1, external_id="feed#all", generation=1)
    hub.keep(1, external_id="feed#all", generation=0)
    assert hub.place(incoming(1, external_id="feed#all")).origin is later


def test_a_little_of_the_text_in_common_is_not_the_same_post() -> None:
    hub = Hub()
    hub.keep(1, folded=f"{text(9, 10)} {text(1, 90)}")
    found = incoming(
        2, external_id="feed#1", link="http://x.example/", folded=f"{text(9, 10)} {text(2, 90)}"
    )
    assert hub.place(found).step is Step.REUSED_ID


def test_two_posts_without_title_or_link_are_not_alike_for_that() -> None:
    """What is missing on both sides is nothing in common."""
    hub = Hub()
    hub.keep(1, title="", link=None)
    found = incoming(2, external_id="feed#1", title="", link=None)
    assert hub.place(found).step is Step.REUSED_ID


def test_a_retired_post_that_is_listed_again_is_the_kept_one() -> None:
    hub = Hub()
    kept = hub.keep(1, is_live=False)
    assert hub.place(incoming(1)) == Match(Step.SAME, kept, 0)


def test_an_id_counts_for_comments_too() -> None:
    hub = Hub()
    kept = hub.keep(1, is_comment=True)
    assert hub.place(incoming(1, is_comment=True)).origin is kept


def test_a_record_says_when_its_place_lists_it_in_another_stream() -> None:
    hub = Hub()
    kept = hub.keep(1, stream_id=99)
    placed = hub.place(incoming(1), sloppy=False)
    assert (placed.origin, placed.changes_stream) == (kept, True)


def test_a_record_in_its_own_stream_did_not_move() -> None:
    hub = Hub()
    hub.keep(1)
    assert not hub.place(incoming(1), sloppy=False).changes_stream
