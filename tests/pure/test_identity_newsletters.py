"""One address, one title, another post each week: what a feed says is weak evidence."""

from datetime import datetime, timedelta

import pytest

from connector.identity import MOST_CANDIDATES, Incoming, Match, Step
from tests.pure.ladder import NOW, OTHER_SOURCE, OWN, Hub, incoming, text

PAGE = f"{OWN}/panui"
WEEK = timedelta(days=7)
ISSUE = {"link": PAGE, "title": "panui"}


def issue(number: int, **changes: object) -> Incoming:
    """Return the newsletter of a week, by the title and the address of them all."""
    told = {"published": NOW + number * WEEK, **ISSUE, **changes}
    return incoming(number, **told)


def keep_issue(hub: Hub, number: int, **changes: object) -> None:
    hub.keep(number, **{"published": NOW + number * WEEK, **ISSUE, **changes})


@pytest.mark.parametrize("published", [NOW, None])
def test_another_text_under_the_same_title_and_address_is_another_post(
    published: datetime | None,
) -> None:
    hub = Hub()
    keep_issue(hub, 1, published=published)
    assert hub.place(issue(2, published=published)) == Match(Step.NEW)


def test_an_edit_under_a_new_id_is_the_same_post() -> None:
    hub = Hub()
    keep_issue(hub, 1, folded=f"{text(1, 30)} {text(5, 30)}")
    found = issue(1, external_id="feed#n", folded=f"{text(1, 30)} {text(6, 30)}")
    assert hub.place(found).step is Step.LINK


def test_half_of_the_text_is_no_sign_when_weeks_lie_between() -> None:
    """Newsletters have a heading and an ending that are always the same."""
    hub = Hub()
    keep_issue(hub, 1, folded=f"{text(1, 30)} {text(5, 30)}")
    found = issue(2, folded=f"{text(1, 30)} {text(6, 30)}")
    assert hub.place(found) == Match(Step.NEW)


def test_the_same_text_under_another_date_is_the_same_post() -> None:
    """A new theme may give every post a new id and the day of its installation."""
    hub = Hub()
    keep_issue(hub, 1)
    assert hub.place(issue(2, folded=text(1))).step is Step.LINK


def test_a_feed_without_dates_may_change_its_ids_too() -> None:
    hub = Hub()
    keep_issue(hub, 1, published=None)
    assert hub.place(issue(1, external_id="feed#n", published=None)).step is Step.LINK


def test_a_summary_in_another_feed_of_the_place_is_the_whole_post() -> None:
    hub = Hub()
    keep_issue(hub, 1, folded=text(1, 12))
    found = issue(1, external_id="other#1", folded=text(1, 200), title="renamed")
    assert hub.place(found).step is Step.LINK


@pytest.mark.parametrize("folded", ["", "out now", "the new panui is out now"])
@pytest.mark.parametrize(
    ("apart", "step"),
    [
        (timedelta(0), Step.LINK),
        (timedelta(hours=13, seconds=50), Step.LINK),  # local time taken for UTC
        (timedelta(minutes=-59.5), Step.LINK),
        (timedelta(minutes=5), Step.NEW),
        (timedelta(hours=15), Step.NEW),
        (timedelta(days=1), Step.NEW),
        (None, Step.NEW),
    ],
)
def test_where_little_is_said_the_dates_must_agree(
    folded: str, apart: timedelta | None, step: Step
) -> None:
    hub = Hub()
    keep_issue(hub, 1, folded=folded, published=NOW)
    published = None if apart is None else NOW + apart
    assert hub.place(issue(2, folded=folded, published=published)).step is step


def test_most_of_the_words_are_no_sign_from_one_day_to_the_next() -> None:
    """Daily notices are the same but for a line."""
    hub = Hub()
    hub.keep(1, folded=f"monday {text(1, 200)}", **ISSUE)
    tuesday = NOW + timedelta(days=1)
    found = issue(2, folded=f"tuesday {text(1, 200)}", published=tuesday)
    assert hub.place(found) == Match(Step.NEW)
    later = issue(2, folded=f"tuesday {text(1, 200)}", published=NOW + timedelta(minutes=90))
    assert hub.place(later).step is Step.LINK


def test_other_words_are_another_post_however_few() -> None:
    hub = Hub()
    keep_issue(hub, 1, folded="sports day tomorrow", published=NOW)
    found = issue(2, folded="bring your lunch", published=NOW + timedelta(days=1))
    assert hub.place(found) == Match(Step.NEW)


@pytest.mark.parametrize(("title", "step"), [("panui", Step.LINK), ("hui", Step.NEW)])
def test_a_post_whose_text_is_empty_at_one_of_two_times_goes_by_its_title(
    title: str, step: Step
) -> None:
    hub = Hub()
    keep_issue(hub, 1, folded="", published=NOW)
    assert hub.place(issue(2, title=title, published=NOW)).step is step


def test_an_address_that_two_entries_of_the_document_carry_is_no_permalink() -> None:
    """The third may not be joined with one of an older document."""
    hub = Hub()
    keep_issue(hub, 1)
    again = issue(1, external_id="feed#n", author="")
    assert hub.place(again, shared=True).step is Step.NEW
    keep_issue(hub, 2, item_id=hub.origins[0].item_id)
    assert hub.place(again, listed=["feed#2"]).step is Step.NEW


def test_an_address_that_two_posts_have_is_no_permalink() -> None:
    hub = Hub()
    keep_issue(hub, 1)
    keep_issue(hub, 2)
    assert hub.place(issue(1, external_id="feed#n", author="")) == Match(Step.NEW)


def test_such_an_address_still_joins_copies_of_one_text_at_two_places() -> None:
    hub = Hub()
    for number in (1, 2):
        keep_issue(hub, number)
    hub.keep(3, source_id=OTHER_SOURCE, **ISSUE)
    placed = hub.place(issue(3))
    assert placed.origin is hub.origins[2]
    assert "another place" in placed.reason


def test_an_address_that_very_many_carry_joins_nothing() -> None:
    hub = Hub()
    for number in range(MOST_CANDIDATES + 1):
        keep_issue(hub, 1, item_id=7, external_id=f"feed#{number}", author="")
    assert hub.place(issue(1, external_id="feed#n")) == Match(Step.NEW)
    assert hub.asked == []


def newest(number: int, **changes: object) -> Incoming:
    """Return what a feed of its newest entry alone says: one id and one address for ever."""
    told = {"external_id": "feed#newest", "title": f"week {number}", **changes}
    return issue(number, **told)


def keep_newest(hub: Hub, number: int, **changes: object) -> None:
    serial = len(hub.origins)
    told = {"external_id": "feed#newest", "title": f"week {number}", "generation": serial}
    keep_issue(hub, number, **{**told, **changes})


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("title", [None, "panui", ""])
def test_nine_posts_of_a_feed_that_shows_its_newest_are_nine(
    title: str | None, dated: bool
) -> None:
    hub = Hub()
    told: dict[str, object] = {} if dated else {"published": None}
    if title is not None:
        told["title"] = title
    for number in range(1, 10):
        placed = hub.place(newest(number, **told))
        assert placed.step is (Step.REUSED_ID if hub.origins else Step.NEW)
        keep_newest(hub, number, **told)
        again = hub.place(newest(number, **told))
        assert (again.step, again.origin) == (Step.SAME, hub.origins[-1])


def test_pictures_without_a_text_are_as_many_as_they_are() -> None:
    hub = Hub()
    keep_newest(hub, 1, folded="")
    assert hub.place(newest(2, folded="")).step is Step.REUSED_ID


@pytest.mark.parametrize("listed", [[], ["student:feed#newest"]])
def test_an_edit_of_the_newest_keeps_its_date(listed: list[str]) -> None:
    hub = Hub()
    keep_newest(hub, 1)
    found = newest(1, title="renamed", folded=text(2))
    assert hub.place(found, listed=listed).origin is hub.origins[0]
    later = newest(2, title="renamed", folded=text(2))
    assert hub.place(later, listed=listed).step is Step.REUSED_ID


def test_among_other_entries_an_id_and_its_address_are_believed() -> None:
    """A place that dates a rewritten post anew means the same post."""
    hub = Hub()
    keep_newest(hub, 1)
    found = newest(2, title="renamed", folded=text(2))
    assert hub.place(found, listed=["feed#other"]).origin is hub.origins[0]


def test_of_an_id_for_all_only_the_latest_are_compared() -> None:
    hub = Hub()
    for number in range(MOST_CANDIDATES + 5):
        keep_newest(hub, number)
    assert hub.place(newest(999)).generation == MOST_CANDIDATES + 5
    assert len(hub.asked) == MOST_CANDIDATES
