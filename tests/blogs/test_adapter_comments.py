"""Comments through the REST API have no time of change; the newest and the total tell."""

from dataclasses import replace

import pytest

from connector.model import Kind, Known, Presence
from tests.blogs.blog_hub import Reading
from tests.contract.kits.blog_services import Blog, WordPress


@pytest.fixture
def blog():
    return Blog(posts=150, comments=130)


@pytest.fixture
def reading(blog):
    reading = Reading(WordPress(blog).answer, "comments")
    reading.settle()
    return reading


def test_quiet_cycle_asks_once(reading):
    assert reading.ids() == []
    assert len(reading.session.asked) == 1


def test_new_comment_answers_its_post(blog, reading):
    said = blog.say(7, "new")
    records = [record for page in reading.cycle() for record in page.records]
    (record,) = [each for each in records if each.external_id == f"comment:{said.id}"]
    assert record.kind is Kind.COMMENT
    assert record.in_reply_to == "post:7"
    assert record.author.external_id == "name:hine"


def test_answer_to_a_comment_answers_it(blog, reading):
    said = blog.say(7, "answer", parent=3)
    records = {record.external_id: record for page in reading.cycle() for record in page.records}
    assert records[f"comment:{said.id}"].in_reply_to == "comment:3"


def test_comment_approved_late_is_met(blog):
    """Its id and time are old; only the total says that it came."""
    waiting = blog.comments[4] = replace(blog.comments[4], status="hold")
    reading = Reading(WordPress(blog).answer, "comments")
    reading.settle()
    blog.comments[4] = replace(waiting, status="publish")
    assert "comment:4" in reading.ids()


def test_more_new_comments_than_a_cycle_shows_are_all_met(blog, reading):
    said = {f"comment:{blog.say(9, 'many').id}" for _ in range(45)}
    assert said <= set(reading.ids())


def test_reading_again_is_no_baseline(blog, reading):
    for _ in range(45):
        blog.say(9, "many")
    assert not any(page.baseline for page in reading.cycle())


def test_edit_of_a_new_comment_is_met(blog, reading):
    blog.comments[130] = replace(blog.comments[130], text="put differently")
    records = {record.external_id: record for page in reading.cycle() for record in page.records}
    assert "put differently" in records["comment:130"].html


def test_removed_comments_start_no_new_reading(blog, reading):
    del blog.comments[130], blog.comments[3]
    reading.cycle()
    assert len(reading.session.asked) == 1


def test_only_the_newest_where_history_is_not_wanted(blog):
    reading = Reading(WordPress(blog).answer, "comments", whole_history=False)
    assert len(reading.ids()) == 30


def test_blog_without_comments_is_quiet():
    reading = Reading(WordPress(Blog(posts=3, comments=0)).answer, "comments")
    assert reading.ids() == []
    assert reading.ids() == []


def test_single_comments_can_be_looked_up(blog, reading):
    del blog.comments[9]
    known = [Known("comments", f"comment:{number}", None) for number in (8, 9)]
    assert reading.place().lookup(known) == {
        "comment:8": Presence.PRESENT,
        "comment:9": Presence.GONE,
    }


def test_post_is_not_looked_up_among_comments(reading):
    known = Known("comments", "post:8", None)
    assert reading.place().lookup([known]) == {"post:8": Presence.UNKNOWN}


@pytest.mark.parametrize("comments", [0, 63, 130])
def test_reading_that_is_cut_off_after_each_page_ends(comments):
    """A slow site may give one page in each slice; the reading goes on where it stopped."""
    reading = Reading(WordPress(Blog(posts=comments + 5, comments=comments)).answer, "comments")
    pages = []
    for _ in range(6):
        page = next(iter(reading.place().read({"comments": reading.cursor})))
        reading.cursor = page.cursor or reading.cursor
        pages.append(page)
        if page.complete:
            break
    assert pages[-1].complete
    met = {record.external_id for page in pages for record in page.records}
    assert len(met) == comments
