"""Feeds of journals, with every habit that Interact's RSS has."""

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.interact.journal_feed import parse_feed, records
from connector.errors import AuthError, ParseError, PermanentError
from connector.model import AudienceKind, Kind
from sample_cluster.interact_web import InteractWeb, WebAnswer
from tests.interact.reading import opened, read, settings_of
from tests.interact.web import session_for

AUCKLAND = ZoneInfo("Pacific/Auckland")
BOTH = settings_of(journals=("3/45", "3/45/1", "3/45/2"))
COMBINED = settings_of(journals=("3/45",))


@pytest.fixture
def web():
    return InteractWeb()


def feed_of(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'.encode()


def item(title="A", body="x", date="Mon, 12 Mar 2007 10:00:00 GMT", key=7) -> str:
    link = f"http://i.example/modules/journal/entry.php?space_key=3&amp;post_key={key}"
    return (
        f"<item><title>{title}</title><link>{link}</link>"
        f"<description>{body}</description><pubDate>{date}</pubDate></item>"
    )


def only(body: bytes):
    (found,) = records(parse_feed(body, AUCKLAND), "https://i.example/", 3, 45, {})
    return found


def test_macron_split_at_byte_4095_ends_as_readable_text(web):
    text = "ā" * 4000
    web.write("Long", text)
    record = read(COMBINED, session=session_for(web)).records["post:101"]
    assert record.html == "ā" * (4095 // 2)


def test_body_that_was_escaped_twice_is_html_again(web):
    web.write("Tags", "<p>one &amp; two</p>")
    record = read(COMBINED, session=session_for(web)).records["post:101"]
    assert record.html == "<p>one &amp; two</p>"


def test_body_that_was_escaped_once_stays_as_it_is():
    assert only(feed_of(item(body="&lt;b&gt;a &amp;lt; b&lt;/b&gt;"))).html == "<b>a &lt; b</b>"


def test_control_characters_do_not_spoil_a_feed():
    assert only(feed_of(item(title="A\x0bB", body="x\x00y\x1f"))).title == "AB"


@pytest.mark.parametrize(
    ("false", "true"),
    [
        ("Sat, 17 Mar 2007 12:00:00 GMT", datetime(2007, 3, 16, 23, tzinfo=UTC)),
        ("Sun, 18 Mar 2007 12:00:00 GMT", datetime(2007, 3, 18, 0, tzinfo=UTC)),
        ("Sun, 30 Sep 2007 01:00:00 GMT", datetime(2007, 9, 29, 13, tzinfo=UTC)),
        ("Sun, 30 Sep 2007 12:00:00 GMT", datetime(2007, 9, 29, 23, tzinfo=UTC)),
    ],
)
def test_false_gmt_is_the_sites_own_time_on_both_sides_of_a_change(false, true):
    assert only(feed_of(item(date=false))).published == true


@pytest.mark.parametrize("date", ["", "0000-00-00", "Thu, 01 Jan 1970 00:00:00 GMT", "soon"])
def test_zero_date_is_no_date(date):
    assert only(feed_of(item(date=date))).published is None


def test_comments_that_share_their_entrys_link_are_apart_and_answer_it(web):
    entry = web.write("Entry")
    web.write("One", answers=entry.key)
    web.write("Two", answers=entry.key)
    found = read(COMBINED, session=session_for(web)).records
    comments = [one for one in found.values() if one.kind is Kind.COMMENT]
    assert len({one.external_id for one in comments}) == 2
    assert {one.in_reply_to for one in comments} == {f"post:{entry.key}"}
    assert len({one.url for one in found.values()}) == 3


def test_combined_feed_names_no_author_and_feeds_of_persons_do(web):
    mine = web.write("Mine", owner=1)
    comment = web.write("By somebody", answers=mine.key, owner=2)
    assert read(COMBINED, session=session_for(web)).records[f"post:{mine.key}"].author is None
    found = read(BOTH, session=session_for(web)).records
    assert found[f"post:{mine.key}"].author.external_id == "user:1"
    (answer,) = [one for one in found.values() if one.kind is Kind.COMMENT]
    assert answer.author is None
    assert comment.owner == 2


def test_what_a_feed_shows_to_anybody_stays_with_facilitators(web):
    web.write("Restricted")
    for each in read(COMBINED, session=session_for(web)).records.values():
        assert each.audience.kind is AudienceKind.FACILITATORS


def test_feed_that_is_switched_off_says_so_though_the_status_is_200(web):
    web.rss_is_on = False
    with pytest.raises(PermanentError, match="switch on RSS"):
        read(COMBINED, session=session_for(web))
    (line,) = opened(COMBINED, session_for(web)).check().lines
    assert not line.ok


def test_mojibake_in_a_feed_is_mended():
    assert only(feed_of(item(title="MÄ&#x81;ori"))).title == "Māori"


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>log in</body></html>",
        b"",
        b"<rss/>",
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel/></rss>',
        b"\xff\xfe",
    ],
)
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(ParseError):
        parse_feed(body, AUCKLAND)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_feed_or_an_error(noise):
    for body in (noise, feed_of(item()) + noise, feed_of(item(body="x"))[:-20] + noise):
        with contextlib.suppress(ParseError, PermanentError):
            list(records(parse_feed(body, AUCKLAND), "https://i.example/", 3, 45, {}))


def test_log_in_that_is_asked_for_is_an_error_with_the_next_step(web, monkeypatch):
    monkeypatch.setattr(web, "_rss", lambda _: _redirect("/login.php?request_uri=x"))
    with pytest.raises(AuthError, match="username and password"):
        read(COMBINED, session=session_for(web))


def _redirect(location):
    return WebAnswer(302, headers={"Location": location})
