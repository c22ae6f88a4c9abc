"""Second rung: the permalink, in this place and across places (failure modes 1 and 4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.identity import Match, Step
from tests.pure.ladder import NOW, OTHER_SOURCE, OWN, Hub, incoming, text

ARTICLE = "http://museum.example/tui"


def test_a_new_guid_scheme_brings_no_post_again() -> None:
    """The ids all change, the permalinks stay."""
    hub = Hub()
    kept = hub.keep(1)
    placed = hub.place(incoming(1, external_id="feed#new-1"))
    assert placed == Match(Step.LINK, kept, reason="the same address in this place")


def test_from_http_to_https_brings_no_post_again() -> None:
    hub = Hub()
    kept = hub.keep(1, external_id="feed#http://blog.example/1")
    found = incoming(
        1,
        external_id="feed#https://blog.example/1",
        link="https://blog.example/1/",
        owns_link=True,
    )
    assert hub.place(found).origin is kept


def test_a_blog_with_and_without_www_are_two_places() -> None:
    hub = Hub()
    hub.keep(1, published=None)
    found = incoming(1, external_id="feed#w", link="http://www.blog.example/1")
    assert hub.place(found) == Match(Step.NEW)


def test_an_own_permalink_with_a_rewritten_text_is_the_same_post_of_an_api() -> None:
    hub = Hub()
    kept = hub.keep(1)
    found = incoming(1, external_id="feed#n", folded=text(2))
    assert hub.place(found, sloppy=False).origin is kept


def test_an_own_permalink_with_an_unchanged_text_is_the_same_post_of_an_api() -> None:
    hub = Hub()
    kept = hub.keep(1, title="", folded="tui")
    found = incoming(1, external_id="post:1", title="", folded="tui")
    assert hub.place(found, sloppy=False).origin is kept


def test_anothers_permalink_needs_a_like_text_in_an_api_too() -> None:
    hub = Hub()
    kept = hub.keep(1, link=ARTICLE, title="kept")
    found = incoming(1, external_id="post:1", link=ARTICLE)
    assert hub.place(found, sloppy=False).origin is kept
    assert hub.place(replace(found, folded=text(2)), sloppy=False).step is Step.NEW


def test_an_own_permalink_with_another_title_is_the_same_post() -> None:
    hub = Hub()
    kept = hub.keep(1)
    assert hub.place(incoming(1, external_id="feed#n", title="renamed")).origin is kept


def test_an_own_permalink_under_another_title_and_text_is_another_post() -> None:
    hub = Hub()
    hub.keep(1, author="", published=None)
    found = incoming(1, external_id="feed#n", title="renamed", folded=text(2))
    assert hub.place(found) == Match(Step.NEW)


def test_two_posts_without_a_title_do_not_share_one() -> None:
    hub = Hub()
    hub.keep(1, title="", published=None)
    found = incoming(1, external_id="feed#n", title="", folded=text(2))
    assert hub.place(found) == Match(Step.NEW)


def test_files_without_a_text_on_one_page_are_as_many_as_they_are() -> None:
    """A course's files have titles, no text, and the address of the course."""
    hub = Hub()
    hub.keep(1, title="worksheet 1", folded="", link=f"{OWN}/course")
    found = incoming(2, title="worksheet 2", folded="", link=f"{OWN}/course")
    assert hub.place(found, sloppy=False) == Match(Step.NEW)


def test_a_link_blog_may_link_twice_to_one_article_in_one_document() -> None:
    hub = Hub()
    kept = hub.keep(1, link=ARTICLE)
    found = incoming(2, link=ARTICLE, title=kept.title, folded=text(1))
    assert hub.place(found, listed=[kept.external_id]) == Match(Step.NEW)


def test_a_link_blog_may_link_again_to_an_article_of_an_older_document() -> None:
    hub = Hub()
    hub.keep(1, link=ARTICLE)
    assert hub.place(incoming(2, link=ARTICLE)) == Match(Step.NEW)


def test_a_link_blog_without_texts_may_link_twice_to_one_article() -> None:
    """Its titles are all it says; that both say no more does not make them one."""
    hub = Hub()
    hub.keep(1, link=ARTICLE, title="worth reading", folded="")
    found = incoming(2, link=ARTICLE, title="read again", folded="")
    assert hub.place(found) == Match(Step.NEW)


def test_two_entries_that_say_nothing_at_all_are_two() -> None:
    hub = Hub()
    hub.keep(1, link=ARTICLE, title="", folded="")
    assert hub.place(incoming(2, link=ARTICLE, title="", folded="")) == Match(Step.NEW)


@pytest.mark.parametrize("sloppy", [True, False])
def test_a_comments_permalink_is_never_matched(sloppy: bool) -> None:
    hub = Hub()
    hub.keep(1, link=f"{OWN}/1#comment-5", is_comment=True)
    found = incoming(1, external_id="c", link=f"{OWN}/1#comment-5", is_comment=True)
    assert hub.place(found, sloppy=sloppy) == Match(Step.NEW)


def test_a_post_is_never_matched_with_a_comment() -> None:
    """Some feeds give their comments the address of the post."""
    hub = Hub()
    hub.keep(1, is_comment=True)
    assert hub.place(incoming(1, external_id="feed#n")) == Match(Step.NEW)
    hub.keep(2)
    assert hub.place(incoming(2, external_id="feed#c", is_comment=True)) == Match(Step.NEW)


def test_a_comments_fragment_is_another_place_than_the_post() -> None:
    hub = Hub()
    hub.keep(1, published=None)
    found = incoming(1, external_id="feed#n", link=f"{OWN}/1#comment-5")
    assert hub.place(found) == Match(Step.NEW)


def test_the_same_post_through_two_places_is_one() -> None:
    hub = Hub()
    kept = hub.keep(1, source_id=OTHER_SOURCE)
    placed = hub.place(incoming(1, external_id="planet#1"))
    assert placed == Match(Step.LINK, kept, reason="the same address in another place")


def test_a_summary_elsewhere_is_the_whole_post_here() -> None:
    hub = Hub()
    kept = hub.keep(1, source_id=OTHER_SOURCE, folded=text(1, 12), author="")
    assert hub.place(incoming(1, folded=text(1, 200))).origin is kept


def test_a_feed_that_claims_anothers_links_is_not_believed() -> None:
    """The same address and title, another text: across places only the text counts."""
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE)
    assert hub.place(incoming(1, external_id="planet#1", folded=text(2))) == Match(Step.NEW)


QUOTED = f"{text(7, 40)} {text(1)}"


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Step.NEW),
        ({"title": "week 1"}, Step.LINK),
        ({"author": "hemi brown"}, Step.LINK),
        ({"folded": f"{text(1)} in short"}, Step.LINK),
        ({"folded": "", "text_hash": b"x"}, Step.NEW),
    ],
)
def test_under_another_name_and_title_a_whole_quotation_is_a_post_of_its_own(
    changes: dict[str, object], step: Step
) -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE)
    told = {"title": "read this", "author": "mere walker", "folded": QUOTED, **changes}
    assert hub.place(incoming(1, external_id="mine#1", **told)).step is step


@pytest.mark.parametrize("days", [0, 365])
def test_what_an_api_replaces_each_year_at_one_address_is_two_posts(days: int) -> None:
    hub = Hub()
    hub.keep(1, external_id="post:1", title="prize-giving")
    dated = NOW + timedelta(days=days)
    told = {"external_id": "post:9", "title": "prize-giving", "published": dated}
    found = incoming(1, folded=text(2), **told)
    assert hub.place(found, sloppy=False).step is (Step.NEW if days else Step.LINK)


def test_the_own_host_is_no_proof_for_another_place() -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE, owns_link=False, title="", folded="", text_hash=b"x")
    found = incoming(1, title="", folded="", text_hash=b"y")
    assert hub.place(found) == Match(Step.NEW)


def test_the_window_of_this_document_says_nothing_of_another_place() -> None:
    hub = Hub()
    kept = hub.keep(1, source_id=OTHER_SOURCE, external_id="planet#1")
    assert hub.place(incoming(1), listed=["planet#1"]).origin is kept


def test_this_place_goes_before_others() -> None:
    hub = Hub()
    hub.keep(1, source_id=OTHER_SOURCE)
    home = hub.keep(1, external_id="feed#old")
    assert hub.place(incoming(1)).origin is home


def test_two_items_at_one_address_are_no_match() -> None:
    hub = Hub()
    hub.keep(1, external_id="feed#a", published=None)
    hub.keep(1, external_id="feed#b", published=None)
    assert hub.place(incoming(1)) == Match(Step.NEW)


def test_two_origins_of_one_item_are_one_match() -> None:
    hub = Hub()
    hub.keep(1, external_id="feed#a", item_id=7)
    hub.keep(1, external_id="feed#b", item_id=7)
    placed = hub.place(incoming(1))
    assert placed.origin is not None
    assert (placed.step, placed.origin.item_id) == (Step.LINK, 7)


def test_a_record_without_a_link_is_no_links_match() -> None:
    hub = Hub()
    hub.keep(1, link=None, published=None)
    assert hub.place(incoming(1, external_id="feed#n", link=None)) == Match(Step.NEW)


def test_same_titles_by_two_teachers_are_two_posts() -> None:
    hub = Hub()
    hub.keep(1, title="our garden")
    found = incoming(2, title="our garden", author="mere walker")
    assert hub.place(found) == Match(Step.NEW)


def test_weekly_posts_with_one_title_are_as_many_as_they_are() -> None:
    hub = Hub()
    for week in (1, 2, 3):
        hub.keep(week, title="this week")
    assert hub.place(incoming(4, title="this week")) == Match(Step.NEW)


def student(number: int, **changes: object) -> dict[str, object]:
    """Return what is told of a student's post: where and when, no title, no text."""
    told = {"title": "", "folded": "", "author": "", "text_hash": b""}
    return {"external_id": f"student:{number}", **told, **changes}


def test_a_students_permalink_is_the_same_post_under_a_new_guid_scheme() -> None:
    hub = Hub()
    kept = hub.keep(1, **student(1))
    assert hub.place(incoming(1, **student(2))).origin is kept


def test_students_posts_of_two_weeks_at_one_address_are_two() -> None:
    hub = Hub()
    hub.keep(1, **student(1))
    found = incoming(1, **student(2, published=NOW + timedelta(days=7)))
    assert hub.place(found) == Match(Step.NEW)


def test_students_who_link_to_one_article_are_two() -> None:
    hub = Hub()
    hub.keep(1, **student(1, link=ARTICLE))
    assert hub.place(incoming(1, **student(2, link=ARTICLE))) == Match(Step.NEW)


def test_students_of_two_places_are_never_joined_without_a_text() -> None:
    hub = Hub()
    hub.keep(1, **student(1, source_id=OTHER_SOURCE))
    assert hub.place(incoming(1, **student(2))) == Match(Step.NEW)


def test_an_apis_ids_of_students_are_believed() -> None:
    """Their replies may all have the address of one discussion."""
    hub = Hub()
    hub.keep(1, **student(1, external_id="post:1"))
    found = incoming(1, **student(2, external_id="post:2"))
    assert hub.place(found, sloppy=False) == Match(Step.NEW)


def test_a_students_post_is_not_taken_for_a_teachers_at_the_same_address() -> None:
    hub = Hub()
    hub.keep(1)
    assert hub.place(incoming(1, **student(2))) == Match(Step.NEW)
