"""One blog as a whole: its streams, its check, and how one silence is one silence."""

import pytest

from adapters.blogs.adapter import ADAPTER
from adapters.blogs.settings import BlogSettings
from connector.errors import AuthError, PermanentError, TemporaryError
from connector.model import Known, StreamFailed
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.blog_services import HOME, Blog, Ghost, PlainFeed, WordPress


@pytest.fixture
def blog():
    return Blog(posts=12, comments=3)


def place(service, **settings):
    session = FakeSession(getattr(service, "answer", service))
    given = BlogSettings(address=HOME, **settings)
    return ADAPTER.open(given, session, NOW), session


def streams(service, **settings):
    return {stream.key: stream for stream in place(service, **settings)[0].streams()}


def sentences(service, **settings):
    return {
        line.ability: (line.ok, line.sentence)
        for line in place(service, **settings)[0].check().lines
    }


def test_settings_of_another_kind_are_a_bug():
    with pytest.raises(TypeError):
        ADAPTER.open(ADAPTER.INFO, FakeSession(lambda _: Answer()), NOW)


def test_api_streams_are_believed_and_can_be_swept(blog):
    found = streams(WordPress(blog))
    assert list(found) == ["posts", "comments"]
    assert all(each.can_sweep and not each.sloppy_ids for each in found.values())


def test_feed_streams_are_sloppy_and_cannot_be_swept(blog):
    (stream,) = streams(PlainFeed(blog)).values()
    assert stream.key == f"feed:{HOME}news.xml"
    assert stream.sloppy_ids
    assert not stream.can_sweep


def test_comments_are_left_out_where_not_wanted(blog):
    assert list(streams(WordPress(blog), comments=False)) == ["posts"]
    assert list(streams(WordPress(blog), comments=False, flavour="feed")) == [f"feed:{HOME}feed/"]


def test_more_feeds_are_streams_of_their_own(blog):
    more = "https://other.example.nz/feed"
    assert list(streams(WordPress(blog), feeds=(more,)))[2] == f"feed:{more}"


def test_streams_have_titles_a_teacher_knows(blog):
    assert [each.title for each in streams(WordPress(blog)).values()] == [
        "Kura blog",
        "Kura blog: comments",
    ]


def test_finding_the_blog_is_done_once(blog):
    opened, session = place(WordPress(blog))
    list(opened.streams())
    asked = session.requests
    list(opened.streams())
    assert session.requests == asked


def test_blog_without_feed_says_what_to_do():
    with pytest.raises(PermanentError, match="Look for a feed symbol"):
        streams(lambda request: Answer(b"<title>Shop</title>"))


def test_one_silence_is_asked_once(blog):
    """The other streams of a host that does not answer fail with the same error."""
    opened, session = place(WordPress(blog))
    cursors = {}
    for page in opened.read({"posts": None, "comments": None}):
        cursors[page.stream] = page.cursor
    opened, session = place(WordPress(blog))
    session.fault = "timeout"
    failures = list(opened.read(cursors))
    assert [type(each) for each in failures] == [StreamFailed, StreamFailed]
    assert failures[0].error is failures[1].error
    assert session.requests == 1


def test_refusal_of_one_stream_leaves_the_other(blog):
    service = WordPress(blog)

    def no_comments(request):
        if "/wp/v2/comments" in request.url:
            return Answer(b'{"code":"rest_cannot_read"}', 403)
        return service.answer(request)

    found = list(place(no_comments)[0].read({"comments": None, "posts": None}))
    assert [type(each) for each in found] == [StreamFailed, type(found[1])]
    assert isinstance(found[0].error, AuthError)
    assert found[-1].complete


def test_api_stream_of_a_blog_that_lost_its_api_fails_with_its_word(blog):
    service = WordPress(blog)
    service.closed = 401
    with pytest.raises(AuthError):
        list(place(service)[0].sweep("posts"))
    (failure,) = place(service)[0].read({"posts": None})
    assert isinstance(failure.error, AuthError)


def test_api_stream_of_a_site_without_api_fails(blog):
    with pytest.raises(PermanentError, match="add it again"):
        list(place(PlainFeed(blog))[0].sweep("posts"))


def test_feed_that_is_no_longer_named_is_read_on(blog):
    key = f"feed:{HOME}feed/"
    pages = list(place(WordPress(blog))[0].read({key: None}))
    assert sum(len(page.records) for page in pages) == 12


def test_lookups_stop_after_three_failures_in_a_row():
    opened, session = place(lambda request: Answer(status=503))
    known = [Known(f"feed:{HOME}feed/", str(n), f"{HOME}{n}/") for n in range(20)]
    assert opened.lookup(known) == {}
    assert session.requests == 3


def test_check_counts_what_the_api_counts(blog):
    found = sentences(WordPress(blog))
    assert found["address"] == (True, "WordPress: Kura blog.")
    assert found["posts"] == (True, "The API answers; it counts 12 posts.")
    assert found["comments"] == (True, "The API answers; it counts 3 comments.")


def test_check_names_one_post_in_the_singular():
    assert "1 post." in sentences(WordPress(Blog(posts=1, comments=0)))["posts"][1]


def test_check_of_a_feed_says_what_its_first_page_lists(blog):
    found = sentences(WordPress(blog), flavour="feed")
    assert found[f"feed:{HOME}feed/"] == (
        True,
        "The feed can be read; its first page lists 10 entries.",
    )


def test_check_says_that_the_api_is_closed_and_how_to_open_it(blog):
    service = WordPress(blog)
    service.closed = 401
    is_ok, sentence = sentences(service)["address"]
    assert is_ok
    assert "closed to the public" in sentence
    assert "/wp-json/wp/v2/posts" in sentence


def test_closed_api_is_not_ok_where_it_was_asked_for(blog):
    service = WordPress(blog)
    service.closed = 401
    assert not sentences(service, flavour="wordpress")["address"][0]


def test_check_of_ghost_without_key_says_how_to_get_one(blog):
    assert "ghost_key" in sentences(Ghost(blog))["address"][1]
    assert "ghost_key" not in sentences(Ghost(blog), ghost_key=Ghost.key)["address"][1]


def test_check_of_an_address_that_does_not_answer_is_one_line():
    (line,) = place(lambda request: Answer(status=503))[0].check().lines
    assert not line.ok


def test_check_tells_which_part_fails(blog):
    def broken(request):
        if "/wp/v2/comments" in request.url:
            return Answer(status=500)
        return WordPress(blog).answer(request)

    found = sentences(broken)
    assert (found["posts"][0], found["comments"][0]) == (True, False)


def test_failure_is_raised_as_it_is():
    """A temporary error of the address stays temporary."""
    with pytest.raises(TemporaryError):
        list(place(lambda request: Answer(status=503))[0].streams())


def test_feed_found_while_the_api_was_closed_is_not_read_beside_it(blog):
    """Else every comment would come twice, once from each."""
    opened, _ = place(WordPress(blog))
    cursors = {page.stream: page.cursor for page in opened.read({"posts": None})}
    feed = f"feed:{HOME}feed/"
    pages = list(place(WordPress(blog))[0].read({feed: None, **cursors}))
    assert [record for page in pages if page.stream == feed for record in page.records] == []


def test_closed_api_fails_its_feed_as_well_until_somebody_chooses_the_feed(blog):
    opened, _ = place(WordPress(blog))
    cursors = {page.stream: page.cursor for page in opened.read({"posts": None})}
    feed = f"feed:{HOME}feed/"
    service = WordPress(blog)
    service.closed = 401
    failures = list(place(service)[0].read({feed: None, **cursors}))
    assert {each.stream: type(each.error) for each in failures} == {
        "posts": AuthError,
        feed: AuthError,
    }
    chosen = list(place(service, flavour="feed")[0].read({feed: None}))
    assert sum(len(page.records) for page in chosen) == 12


def test_feed_that_was_asked_for_is_read_beside_the_api(blog):
    more = f"{HOME}feed/"
    opened, _ = place(WordPress(blog), feeds=(more,))
    cursors = {page.stream: page.cursor for page in opened.read({"posts": None})}
    pages = list(place(WordPress(blog), feeds=(more,))[0].read({f"feed:{more}": None, **cursors}))
    assert [each for each in pages if each.stream == f"feed:{more}" and each.records]
