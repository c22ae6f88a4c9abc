"""Pages of a forum: threads, posts, and what they are called; modelled, unproven."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.interact.forum_pages import Forum, Thread, posts, threads
from connector.errors import ParseError
from connector.model import FACILITATORS, Kind
from sample_cluster import interact_forum
from tests.interact.reading import HOME, settings_of

SETTINGS = settings_of(forums=("3/46",))
FORUM = Forum(3, 46)
PEOPLE = {1: "Hinemoa Tautahi", 2: "Sam Oduya", 3: "Losa Matagi"}


@pytest.fixture
def forum():
    return interact_forum.Forum(PEOPLE)


def shown(forum, start, settings=SETTINGS):
    (thread,) = [one for one in threads(page(forum.page()), settings) if one.key == start.key]
    return posts(page(forum.thread_page(start.key)), settings, FORUM, thread)


def page(body):
    return f"<html><body>{body}</body></html>".encode()


def of_box(box, thread=5, **selectors):
    settings = settings_of(selectors=selectors)
    return posts(page(box), settings, FORUM, Thread(thread, "", {}))


def box(before="", header="Post # 1", body="Kia ora", within="", attributes=""):
    return (
        f'{before}<div class="fullPost" {attributes}><div class="postHeader">{header}</div>'
        f'<div class="postBody">{body}</div>{within}</div>'
    )


def test_thread_is_a_post_and_its_replies_with_the_ids_and_addresses_of_the_database(forum):
    start = forum.write("He pātai", owner=2)
    reply = forum.write("Re: He pātai", parent=start.key)
    deeper = forum.write("Re: Re", parent=reply.key)
    first, second, third = shown(forum, start)
    assert (first.kind, first.external_id, first.title) == (Kind.POST, "post:501", "He pātai")
    assert first.url == (
        f"{HOME}modules/forum/thread.php?space_key=3&module_key=46&thread_key=501&post_key=501#501"
    )
    assert first.author.external_id == "user:2"
    assert first.author.name == "Sam Oduya"
    assert first.published == datetime(2009, 3, 1, 21, tzinfo=UTC)
    assert first.audience == FACILITATORS
    assert [one.kind for one in (second, third)] == [Kind.COMMENT] * 2
    assert [one.in_reply_to for one in (first, second, third)] == [None, "post:501", "post:502"]
    assert third.external_id == f"post:{deeper.key}"


def test_reply_whose_parent_is_not_shown_answers_the_thread(forum):
    start = forum.write("He pātai")
    lost = forum.write("Gone", parent=start.key, mark="deleted")
    forum.write("Left", parent=lost.key)
    assert [one.in_reply_to for one in shown(forum, start)] == [None, "post:501"]


def test_thread_that_lost_its_beginning_keeps_its_replies(forum):
    start = forum.write("He pātai")
    forum.write("Left", parent=start.key)
    del forum.posts[start.key]
    (left,) = shown(forum, start)
    assert (left.kind, left.in_reply_to) == (Kind.COMMENT, None)


def test_drafts_and_deleted_posts_are_left_out_wherever_they_are_marked(forum):
    start = forum.write("He pātai")
    for mark in ("draft", "deleted"):
        forum.write("canary", parent=start.key, mark=mark)
    assert len(shown(forum, start)) == 1
    around = f'<div class="deleted">{box(attributes="id=5")}</div>{box(attributes="id=6")}'
    assert [one.external_id for one in of_box(around)] == ["post:6"]


def test_subject_with_markup_is_a_line_and_an_empty_body_is_a_post(forum):
    start = forum.write("A <b>bo</b>ld &amp; <i>long</i> one", html="")
    (record,) = shown(forum, start)
    assert (record.title, record.html) == ("A bold & long one", "")


def test_posts_of_the_same_second_are_two_in_the_order_of_their_keys(forum):
    start = forum.write("He pātai")
    for number in range(2):
        forum.write(f"Reply {number}", parent=start.key, when=start.when)
    found = shown(forum, start)
    assert [one.title for one in found] == ["He pātai", "Reply 0", "Reply 1"]
    assert len({one.published for one in found}) == 1


def test_files_are_links_and_none_is_anything_else(forum):
    files = ("../../files/plan.pdf", "javascript:alert(1)", "http://[", "http://a.example/b.doc")
    start = forum.write("He pātai", files=files)
    (record,) = shown(forum, start)
    assert [one.url for one in record.enclosures] == [
        f"{HOME}files/plan.pdf",
        "http://a.example/b.doc",
    ]


def test_subject_that_a_thread_does_not_show_is_taken_from_the_forum():
    listed = b'<div dojoType="ForumThread" dojo:thread_key="5" dojo:subject="He &lt;i&gt;p"></div>'
    (thread,) = threads(listed, SETTINGS)
    (record,) = posts(page(box(attributes="id=5")), SETTINGS, FORUM, thread)
    assert record.title == "He p"


@pytest.mark.parametrize("lists_posts", [False, True])
def test_threads_are_listed_from_widgets_or_from_rows_of_posts(forum, lists_posts):
    forum.lists_posts = lists_posts
    first, second = forum.write("One"), forum.write("Two")
    forum.write("Answer", parent=first.key)
    found = threads(page(forum.page()), SETTINGS)
    assert [one.key for one in found] == [first.key, second.key]
    assert [one.subjects[one.key] for one in found] == ["One", "Two"]


@pytest.mark.parametrize("lists_posts", [False, True])
def test_reply_changes_what_is_told_of_its_thread_and_of_no_other(forum, lists_posts):
    forum.lists_posts = lists_posts
    first = forum.write("One")
    forum.write("Two")
    before = threads(page(forum.page()), SETTINGS)
    forum.write("Answer", parent=first.key)
    after = threads(page(forum.page()), SETTINGS)
    assert [one.told == other.told for one, other in zip(before, after, strict=True)] == [
        False,
        True,
    ]


def test_row_that_holds_all_threads_tells_nothing_of_one():
    def told(second):
        links = (f'<a class="small" href="thread.php?thread_key={n}">{n}</a>' for n in (5, 6))
        body = f"<table><tr><td>{''.join(links)} {second} are here</td></tr></table>"
        return [one.told for one in threads(page(body), SETTINGS)]

    assert told("Three") == told("Four")


@pytest.mark.parametrize(
    "marked",
    [
        box(attributes="id=5"),
        box(attributes="name=5"),
        box(header='<a name="5"></a>Post # 1'),
        box(before='<a name="5"></a>'),
        box(before='<a name="5">'),
        box(within='<a name="5"></a>'),
        box(attributes="id=x", header='<a name="top"></a><a name="5"></a>'),
    ],
)
def test_number_of_a_post_is_where_links_to_it_lead(marked):
    assert [one.external_id for one in of_box(marked)] == ["post:5"]


@pytest.mark.parametrize("mark", ['<a name="5"></a>', ""])
def test_post_that_quotes_another_with_its_markup_is_one_post(mark):
    """Somebody copied it from the page and pasted it into an answer."""
    quoted = box(before=mark, body="Quoted")
    first, second = of_box(box(attributes="id=5") + box(attributes="id=6", body=f"So: {quoted}"))
    assert (first.external_id, second.external_id) == ("post:5", "post:6")
    assert "So:" in second.html
    assert "Quoted" in second.html


def test_box_around_all_posts_is_none_of_them():
    inside = box(attributes="id=5") + box(attributes="id=6")
    found = of_box(f'<div class="userContentBox">{inside}</div>')
    assert [one.external_id for one in found] == ["post:5", "post:6"]


def test_longest_of_threads_is_read_to_its_end():
    found = of_box("".join(box(attributes=f"id={number}") for number in range(5, 2505)))
    assert len(found) == 2500


def test_page_that_is_too_large_is_an_error_and_not_cut():
    """What was cut off would count as removed."""
    large = box(attributes="id=5") + f"<!--{'x' * 10**7}-->" + box(attributes="id=6")
    with pytest.raises(ParseError, match="10 MB"):
        of_box(large)


@pytest.mark.parametrize(
    "odd",
    [
        box(),
        box(body='<a name="5">mine</a>'),
        box(attributes="id=" + "5" * 5000),
        box(attributes="id=4"),
        box(attributes="id=5") + box(),
        '<div class="fullPost" id="5"><div class="postHeader">x</div></div>',
        '<form><input name="password"></form>' + box(attributes="id=5"),
        "<h1>Nothing</h1>",
    ],
    ids=[
        "no number",
        "a number in the text only",
        "an endless number",
        "a number below that of the thread",
        "one post of two without a number",
        "no text",
        "a log-in form",
        "no posts",
    ],
)
def test_page_that_does_not_look_as_expected_is_an_error(odd):
    with pytest.raises(ParseError):
        of_box(odd)


@pytest.mark.parametrize("odd", ["<h1>A new skin</h1>", "<form><input name=password></form>", "x"])
def test_forum_that_lists_no_threads_is_an_error(odd):
    with pytest.raises(ParseError):
        threads(odd.encode(), SETTINGS)


def test_author_is_not_taken_from_the_text():
    link = '<a href="userdetails.php?user_key=9">Sam</a>'
    header = '<span class="postPostedBy">Losa Matagi 2 March 2009</span>'
    (record,) = of_box(box(attributes="id=5", header=header, body=link))
    assert record.author.external_id == "name:losa matagi"
    assert record.published == datetime(2009, 3, 1, 11, tzinfo=UTC)


def test_skin_of_its_own_is_read_with_selectors_from_the_settings():
    body = '<li class="p" data-n="1"><i class="m" id="5"></i><b>x</b><u>Words</u></li>'
    skin = {"post": "li.p", "header": "b", "body": "u", "mark": "i.m"}
    (record,) = of_box(body, **skin)
    assert (record.external_id, record.html) == ("post:5", "<p>Words</p>")


def test_selector_knows_no_capitals_in_names_of_attributes_and_reads_colons():
    listed = b'<div dojoType="ForumThread" dojo:thread_key="5">x</div>'
    for css in ('div[DOJOTYPE="ForumThread"]', "[dojo:thread_key]", '[dojo:Thread_key*="5"]'):
        (thread,) = threads(listed, settings_of(selectors={"thread": css}))
        assert thread.key == 5


_LISTED = b'<div dojoType="ForumThread" dojo:thread_key="5" dojo:subject="'
_POST = b'<a name="5"></a><div class="fullPost" id=5><div class="postHeader">Post # 1 '


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_of_a_forum_or_a_parse_error(noise):
    for body in (noise, _LISTED + noise, _LISTED + b'">' + noise):
        try:
            found = threads(body, SETTINGS)
        except ParseError:
            continue
        assert all(0 < one.key < 10**9 for one in found)
    thread = Thread(5, "", {})
    rest = b'</div><div class="postBody">'
    for body in (noise, _POST + noise, _POST + rest + noise, _POST + noise + rest):
        try:
            records = posts(body, SETTINGS, FORUM, thread)
        except ParseError:
            continue
        assert len({one.external_id for one in records}) == len(records)
        assert all(replace(one) == one for one in records)
