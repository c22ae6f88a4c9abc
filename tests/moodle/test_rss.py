"""The recorded feeds of Moodle 4.5.6, and feeds that are none."""

from typing import Any

import pytest

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.rss import identified
from adapters.moodle.settings import MoodleSettings
from connector.errors import AuthError, ParseError, SourceError, TemporaryError
from connector.model import FACILITATORS, Kind, Page, Role, StreamFailed
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW
from tests.moodle.recorded import FOLDER, SITE

KEY = "8a6f1c02d97e44aa"
FORUM = "rss:87/mod_forum/13"


def place(body: bytes, status: int = 200, **more: Any):
    settings = MoodleSettings(
        address=SITE, rss_key=KEY, rss_feeds=(FORUM.removeprefix("rss:"),), **more
    )
    headers = {"Content-Type": "application/xml"}
    session = FakeSession(lambda _: Answer(body, status, headers))
    return ADAPTER.open(settings, session, NOW), session


def recorded(name: str) -> bytes:
    return (FOLDER / "rss" / f"{name}.xml").read_bytes()


def records(body: bytes, **more: Any):
    (page,) = place(body, **more)[0].read({FORUM: None})
    assert isinstance(page, Page), page
    return page.records


def test_forum_feed_gives_posts_and_replies() -> None:
    found = records(recorded("forum"), rss_authors_are_adults=True)
    first = found[0]
    assert (first.external_id, first.kind) == ("post:168", Kind.POST)
    assert first.url == f"{SITE}/mod/forum/discuss.php?d=58&parent=168"
    assert first.title == "Re: Questions about assessment"
    assert first.published is not None
    assert first.published.isoformat() == "2026-10-17T02:06:18+00:00"
    assert first.author is not None
    assert (first.author.name, first.author.role) == ("Noah Walker", Role.TEACHER)
    assert first.html == "<p><p>Reply 3 from Noah</p></p>"
    assert "post:164" in {each.external_id for each in found}
    assert {each.audience for each in found} == {FACILITATORS}


@pytest.mark.parametrize("name", ["forum", "news", "blogsite", "bloguser", "blogcourse"])
def test_every_recorded_feed_is_read_and_its_authors_are_students_by_default(name: str) -> None:
    found = records(recorded(name))
    assert found
    assert len({each.external_id for each in found}) == len(found)
    assert {each.author.role for each in found} == {Role.STUDENT}


def test_blog_feed_gives_entries_with_tags() -> None:
    found = {each.external_id: each for each in records(recorded("blogsite"))}
    assert found["entry:40"].tags == ("literacy", "reflection")
    assert found["entry:40"].title == "Blog 39: Reflection on last session"


def test_question_holds_the_key_and_no_error_repeats_it() -> None:
    for body, status in ((b"", 200), (b"<html/>", 200), (b"", 404), (b"", 403), (b"", 503)):
        asked, session = place(body, status)
        (failed,) = asked.read({FORUM: None})
        assert isinstance(failed, StreamFailed)
        assert isinstance(failed.error, SourceError)
        assert KEY in session.asked[0]
        assert KEY not in f"{failed.error} {failed.error.url} {failed.error.__cause__!r}"
        assert KEY not in repr(asked.check())


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 200, ParseError),
        (b"<html><body>Log in</body></html>", 200, ParseError),
        (b"<rss><channel><item><title>Error</title></item></channel></rss>", 200, AuthError),
        (b"", 503, TemporaryError),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;', 200, ParseError),
    ],
)
def test_what_is_no_feed(body: bytes, status: int, error: type[SourceError]) -> None:
    (failed,) = place(body, status)[0].read({FORUM: None})
    assert isinstance(failed, StreamFailed)
    assert type(failed.error) is error


def test_entities_from_outside_are_not_read() -> None:
    body = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel><title>&x;</title></channel></rss>'
    (stream,) = place(body)[0].streams()
    assert stream.title == FORUM.removeprefix("rss:")


def test_empty_feed_is_a_page_without_records() -> None:
    (page,) = place(b"<rss><channel><title>Quiet</title></channel></rss>")[0].read({FORUM: None})
    assert isinstance(page, Page)
    assert (page.records, page.complete) == ((), True)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "https://[",
        f"{SITE}/mod/forum/discuss.php",
        f"{SITE}/?d=5",
        f"{SITE}/mod/forum/discuss.php?d=x",
        f"{SITE}/mod/forum/discuss.php?d={'9' * 99}",
    ],
)
def test_address_that_names_no_post(link: str) -> None:
    assert identified(link) is None
