"""Ghost's Content API: members-only posts stay out, the key stays in."""

import pytest

from connector.errors import AuthError, ParseError
from connector.model import Known, Presence, ProblemKind
from tests.blogs.blog_hub import Reading
from tests.contract.fake_session import Answer
from tests.contract.kits.blog_services import HOME, Blog, Ghost, as_json, uuid_of


@pytest.fixture
def blog():
    return Blog(posts=12, comments=0)


def ghost(blog, **settings):
    return Reading(Ghost(blog).answer, **{"ghost_key": Ghost.key, **settings})


def name(entry):
    return f"post:{uuid_of(entry)}"


def test_quiet_cycle_asks_once_without_texts(blog):
    reading = ghost(blog)
    reading.settle()
    reading.cycle()
    (asked,) = reading.session.asked
    assert "fields=id,uuid" in asked


def test_record_has_its_public_tags_and_author(blog):
    (page,) = ghost(blog).cycle()
    record = page.records[0]
    assert record.tags == ("Pānui",)
    assert (record.author.external_id, record.author.name) == ("user:1", "Ana")
    assert record.author.url == f"{HOME}author/ana/"


def test_post_that_becomes_members_only_leaves_without_a_word(blog):
    reading = ghost(blog)
    reading.settle()
    hidden = blog.change(5, password=True, text="canary")
    (page,) = reading.cycle()
    assert name(hidden) in page.gone
    assert [each.kind for each in page.problems] == [ProblemKind.HIDDEN]
    assert "canary" not in repr(page)


@pytest.mark.parametrize("visibility", ["members", "paid", "tiers", "", None])
def test_only_public_posts_are_read(visibility):
    post = {"uuid": "u-1", "visibility": visibility, "title": "T", "html": "canary"}
    answer = {"posts": [post], "meta": {"pagination": {"total": 1}}}
    reading = Reading(lambda request: Ghost(Blog(1, 0)).answer(request), ghost_key=Ghost.key)

    def replaced(request):
        if "/content/" in request.url:
            return as_json(answer)
        return Ghost(Blog(1, 0)).answer(request)

    reading.service = replaced
    assert "canary" not in repr(reading.cycle())


def test_wrong_key_says_how_to_get_the_right_one(blog):
    with pytest.raises(AuthError, match="Create a custom integration"):
        ghost(blog, ghost_key="ffff").cycle()


def test_key_taken_out_of_the_settings_is_told(blog):
    reading = ghost(blog)
    reading.cycle()
    reading.settings = reading.settings.model_copy(update={"ghost_key": None})
    with pytest.raises(AuthError, match="key is missing"):
        reading.cycle()


def test_without_key_the_feed_is_read(blog):
    stream = f"feed:{HOME}rss/"
    assert len(Reading(Ghost(blog).answer, stream).ids()) == 12


def test_hundreds_of_changes_within_a_minute_are_all_met(blog):
    for _ in range(300):
        blog.write("more", modified=blog.now)
    reading = ghost(blog)
    assert set(reading.ids()) == {name(each) for each in blog.posts.values()}


def test_only_the_newest_where_history_is_not_wanted(blog):
    for _ in range(150):
        blog.write("more")
    assert len(ghost(blog, whole_history=False).ids()) == 100


def test_server_that_ignores_the_filter_answers_nothing_for_one(blog):
    """Its answer is another post; that says nothing about the one asked for."""
    other = {"uuid": uuid_of(blog.posts[1]), "visibility": "public"}

    def ignoring(request):
        if "uuid:" in request.query.get("filter", ""):
            return as_json({"posts": [other]})
        return Ghost(blog).answer(request)

    reading = ghost(blog)
    reading.service = ignoring
    known = Known("posts", name(blog.posts[2]), None)
    assert reading.place().lookup([known]) == {known.external_id: Presence.UNKNOWN}


def test_members_only_is_forbidden_for_a_lookup(blog):
    hidden = blog.change(5, password=True)
    known = Known("posts", name(hidden), None)
    found = ghost(blog).place().lookup([known])
    assert found == {known.external_id: Presence.FORBIDDEN}


def test_answer_without_posts_is_a_parse_error(blog):
    reading = ghost(blog)

    def odd(request):
        if "/content/" in request.url:
            return Answer(b"[]", headers={"Content-Type": "application/json"})
        return Ghost(blog).answer(request)

    reading.service = odd
    with pytest.raises(ParseError):
        reading.cycle()
