"""Every recorded failure gives the right error, a next step, and nothing of what came."""

import logging
import re

import pytest

from connector.errors import AuthError, ParseError, PermanentError, SourceError, TemporaryError
from tests.contract.fake_session import Answer, FakeSession
from tests.moodle.recorded import FOLDER, NOW, RECORDED, SITE, TOKEN, Recorded

A, T, P, X = AuthError, TemporaryError, PermanentError, ParseError
SITE_INFO = "core_webservice_get_site_info"
EXPECTED: dict[str, tuple[type[SourceError], str]] = {
    "core_blog_get_entries-bad-filter": (P, "report this"),
    "core_cohort_get_cohorts-missing-capability": (A, "Run the check"),
    "core_completion_get_course_completion_status-no-criteria": (A, "Run the check"),
    "core_course_get_contents-debug-developer-exception": (P, "report this"),
    "core_course_get_contents-force-password-change-contents": (A, "change its password"),
    "core_course_get_contents-hidden-course": (A, "hidden"),
    "core_course_get_contents-invalid-parameter": (P, "report this"),
    "core_course_get_contents-missing-capability": (A, "lacks a capability"),
    "core_course_get_contents-missing-parameter": (P, "report this"),
    "core_course_get_contents-php-warning-before-error-json": (T, "asked again later"),
    "core_course_get_contents-unexpected-parameter": (P, "report this"),
    "core_course_get_contents-unknown-course": (P, "run the check"),
    "core_course_get_courses-hidden-course-fails-whole-call": (A, "hidden"),
    "core_enrol_get_enrolled_users-unknown-course": (P, "run the check"),
    "core_group_get_course_groups-missing-capability": (A, "lacks a capability"),
    "core_message_send_instant_messages-unknown-recipient": (P, "Run the check"),
    "core_nope_nope-missing-function": (P, "does not know the function"),
    "core_user_create_users-function-not-in-service": (A, "it holds the function"),
    f"{SITE_INFO}-bad-token": (A, "new one"),
    f"{SITE_INFO}-cli-maintenance-mode": (T, ""),
    f"{SITE_INFO}-database-down": (T, "asked again later"),
    f"{SITE_INFO}-debug-developer-bad-token": (A, "new one"),
    f"{SITE_INFO}-fpm-down-502": (T, ""),
    f"{SITE_INFO}-ip-restricted": (A, "IP restriction"),
    f"{SITE_INFO}-maintenance-mode": (T, "asked again later"),
    f"{SITE_INFO}-missing-rest-use-capability": (A, "webservice/rest:use"),
    f"{SITE_INFO}-no-token": (A, "new one"),
    f"{SITE_INFO}-php-warning-before-json": (T, "asked again later"),
    f"{SITE_INFO}-rest-protocol-disabled": (A, "Manage protocols"),
    f"{SITE_INFO}-service-disabled": (A, "the service is enabled"),
    f"{SITE_INFO}-token-expired-second-call-token-was-deleted": (A, "new one"),
    f"{SITE_INFO}-token-expired": (A, "the token has not expired"),
    f"{SITE_INFO}-upgrade-running": (T, "asked again later"),
    f"{SITE_INFO}-user-not-authorised": (A, "authorised users"),
    f"{SITE_INFO}-user-suspended": (A, "activate it again"),
    f"{SITE_INFO}-webservices-disabled": (A, "Advanced features"),
    f"{SITE_INFO}-xml-error-bad-token": (A, "new one"),
    f"{SITE_INFO}-xml-when-format-omitted": (X, "error log"),
    "mod_forum_add_discussion-missing-capability": (A, "mod/forum:addnews"),
    "mod_forum_add_discussion-special-chars": (P, "report this"),
    "mod_forum_add_discussion-subject-with-less-than-or-tag": (P, "report this"),
    "mod_forum_delete_post-already-deleted": (P, "run the check"),
    "mod_forum_get_discussion_posts-unknown-discussion-php-error": (P, "error log"),
    "mod_forum_get_forum_discussions-bad-sortorder": (P, "report this"),
    "mod_forum_get_forum_discussions-invalid-parameter": (P, "report this"),
    "mod_forum_get_forum_discussions-unknown-forum": (P, "Run the check"),
    "mod_forum_get_forum_discussions_paginated-missing-function": (P, "run the check"),
    "mod_glossary_get_entries_by_date": (P, "report this"),
    "mod_glossary_get_entries_by_date-invalid-parameter": (P, "report this"),
    "mod_glossary_get_entries_by_date-x": (P, "report this"),
    "mod_journal_get_entry-instance-id-instead-of-cmid": (P, "report this"),
    "mod_journal_get_entry-other-users-entries-not-available": (P, "Run the check"),
}
FAILURES = {name: each for name, each in RECORDED.items() if each.is_failure}
TOLD = re.compile(r"[A-Za-z]{6,}")


def test_every_recorded_failure_is_expected() -> None:
    assert set(FAILURES) == set(EXPECTED)


def raised(capture: Recorded) -> SourceError:
    with pytest.raises(SourceError) as caught:
        capture.client().ask(capture.function, {"courseid": 2})
    return caught.value


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_recorded_failure_is_the_right_error_with_a_next_step(name: str) -> None:
    kind, step = EXPECTED[name]
    error = raised(FAILURES[name])
    assert type(error) is kind
    assert step in str(error)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_failure_repeats_nothing_of_what_came(name: str, caplog: pytest.LogCaptureFixture) -> None:
    capture = FAILURES[name]
    with caplog.at_level(logging.DEBUG):
        error = raised(capture)
    said = f"{error} {error!r} {error.url} {error.args} {caplog.text} {error.__cause__!r}"
    assert TOKEN not in said
    assert "/var/www" not in said
    assert "<" not in str(error)
    message = capture.response.get("message", "") if isinstance(capture.response, dict) else ""
    assert message not in said or message == ""
    assert "debuginfo" not in said


def test_redirect_with_the_token_in_it_is_not_followed_and_not_repeated() -> None:
    """Moodle 4.5 answers a wrong host name so."""
    where = f"https://moodle.example.school.nz/webservice/rest/server.php?wstoken={TOKEN}"
    session = FakeSession(lambda _: Answer(b"", 303, {"Location": where}))
    capture = RECORDED[SITE_INFO]
    client = capture.client()
    client._session = session
    with pytest.raises(PermanentError) as caught:
        client.ask(SITE_INFO)
    assert session.asked == [f"{SITE}/webservice/rest/server.php"]
    assert "Enter https://moodle.example.school.nz as the address" in str(caught.value)
    assert TOKEN not in f"{caught.value} {caught.value.url}"


@pytest.mark.parametrize(
    "where", ["", "https://[", "javascript:alert(1)", "//", "https://höst.example/"]
)
def test_redirect_to_an_odd_place_names_no_place(where: str) -> None:
    session = FakeSession(lambda _: Answer(b"", 302, {"Location": where}))
    client = RECORDED[SITE_INFO].client()
    client._session = session
    with pytest.raises(PermanentError, match="the one in the address line"):
        client.ask(SITE_INFO)


@pytest.mark.parametrize("body", [b"", b"<html>", b"null\n{", b"\xff\xfe", b"{" * 100_000])
def test_anything_but_an_answer_is_a_parse_error(body: bytes) -> None:
    capture = Recorded("x", "f", {}, 200, "text/html", body.decode("latin-1"))
    client = capture.client()
    client._session = FakeSession(lambda _: Answer(body, 200, {"Content-Type": "text/html"}))
    with pytest.raises(ParseError) as caught:
        client.ask("f")
    assert caught.value.body is not None
    assert caught.value.body.size == len(body)


def test_recorded_addresses_of_files_are_kept_without_their_token() -> None:
    from adapters.moodle.parse import clean_files

    text = (FOLDER / "pluginfile-urls.json").read_text(encoding="utf-8")
    found = re.findall(r"https://[^\"]*pluginfile[^\"]*", text)
    assert any("token=" in each for each in found)
    kept = [clean_files(each) for each in found]
    assert [each for each in kept if "token" in each or "/webservice/" in each] == []
    assert {each.split("?")[0] for each in kept} == {
        f"{SITE}/pluginfile.php/86/mod_forum/attachment/3/poster.png",
        f"{SITE}/pluginfile.php/86/mod_forum/post/3/inline%20image.png",
    }


def test_clock_is_the_sites_own_and_an_odd_date_is_none() -> None:
    client = RECORDED[SITE_INFO].client()
    assert client.moment == int(NOW.timestamp())
    client.ask(SITE_INFO)
    assert client.clock == int(NOW.timestamp())
    odd = RECORDED[SITE_INFO].client()
    odd._session = FakeSession(lambda _: Answer(b"[]", 200, {"Date": "yesterday"}))
    odd.ask("f")
    assert odd.clock is None
