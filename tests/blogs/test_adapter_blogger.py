"""Blogger's JSON feeds, modelled: pages that shift, replies, and what is no feed."""

import pytest

from adapters.blogs.blogger_json import read_entries
from connector.errors import ParseError
from connector.model import Enclosure, Known, Presence, ProblemKind
from tests.blogs.blog_hub import Reading
from tests.contract.fake_session import Answer
from tests.contract.kits.blog_services import Blog, Blogger


def entry(number=7, **more):
    return {"id": {"$t": f"tag:blogger.com,1999:blog-45.post-{number}"}, **more}


def read(*entries, what="posts"):
    return read_entries({"feed": {"entry": list(entries)}}, what)


def record(what="posts", **more):
    return read(entry(**more), what=what).harvest.records[0]


def test_numbers_make_the_ids():
    assert record().external_id == "post:7"
    assert record("comments").external_id == "comment:7"


@pytest.mark.parametrize("identity", ["", "tag:x.post-", "post:7", "tag:a.post-" + "9" * 30])
def test_entry_without_number_is_a_problem(identity):
    harvest = read({"id": {"$t": identity}}, entry(8)).harvest
    assert [each.external_id for each in harvest.records] == ["post:8"]
    assert [each.kind for each in harvest.problems] == [ProblemKind.FAILED]


def test_profile_is_the_account():
    uri = {"$t": "https://www.blogger.com/profile/123"}
    author = record(author=[{"name": {"$t": "Ana"}, "uri": uri}]).author
    assert (author.external_id, author.name) == ("user:123", "Ana")


def test_author_without_profile_is_known_by_name_and_never_by_address():
    person = {"name": {"$t": "Hēmi"}, "email": {"$t": "hemi@example.nz"}}
    author = record(author=[person]).author
    assert (author.external_id, author.url) == ("name:hemi", None)


def test_nobody_is_no_author():
    assert record(author=[{}]).author is None


def test_comment_answers_its_post_and_has_no_title():
    said = record(
        "comments",
        title={"$t": "The beginning of its text"},
        **{"thr$in-reply-to": {"ref": "tag:blogger.com,1999:blog-45.post-99"}},
    )
    assert (said.in_reply_to, said.title) == ("post:99", "")


def test_comment_that_answers_nothing_known_says_so():
    assert record("comments").in_reply_to is None


def test_enclosures_are_links():
    links = [
        {"rel": "enclosure", "href": "https://a.example/x.mp3", "type": "audio/mpeg"},
        {"rel": "enclosure", "href": "javascript:1"},
        {"rel": "self", "href": "https://a.example/"},
    ]
    assert record(link=links).enclosures == (Enclosure("https://a.example/x.mp3", "audio/mpeg"),)


def test_summary_stands_in_for_a_missing_content():
    assert record(summary={"$t": "short"}).html == "short"


def test_private_blog_is_told():
    with pytest.raises(ParseError, match="open to everybody"):
        read_entries({"error": 1}, "posts")


@pytest.fixture
def blog():
    return Blog(posts=150, comments=20)


def test_clipped_pages_are_walked_to_the_end(blog):
    """Sixty come where a hundred were asked for."""
    pages = Reading(Blogger(blog).answer).cycle()
    assert len({record.external_id for page in pages for record in page.records}) == 150
    assert len(pages) == 3


def test_comments_are_read_and_answer_posts(blog):
    pages = Reading(Blogger(blog).answer, "comments").cycle()
    assert {each.in_reply_to for page in pages for each in page.records} == {
        f"post:{number}" for number in range(1, 21)
    }


def test_quiet_cycle_asks_twice():
    reading = Reading(Blogger(Blog(posts=20, comments=0)).answer)
    reading.settle()
    reading.cycle()
    assert len(reading.session.asked) == 2


def test_only_the_first_page_where_history_is_not_wanted(blog):
    assert len(Reading(Blogger(blog).answer, whole_history=False).ids()) == 60


@pytest.mark.parametrize(("status", "said"), [(401, "unknown"), (410, "gone"), (403, "unknown")])
def test_refusals_of_one_post(blog, status, said):
    def refusing(request):
        if request.path.endswith("/7"):
            return Answer(b"no", status)
        return Blogger(blog).answer(request)

    found = Reading(refusing).place().lookup([Known("posts", "post:7", None)])
    assert found == {"post:7": Presence(said)}


def test_comments_cannot_be_asked_for_one_by_one(blog):
    found = Reading(Blogger(blog).answer).place().lookup([Known("comments", "comment:3", None)])
    assert found == {"comment:3": Presence.UNKNOWN}


def test_empty_blog_is_complete():
    (page,) = Reading(Blogger(Blog(0, 0)).answer).cycle()
    assert page.complete
