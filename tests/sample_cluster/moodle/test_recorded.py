"""The stand-in against recorded answers: the same keys and types come back.

``CLAIMED`` and ``NOT_CLAIMED`` together name every capture.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sample_cluster.answers import Answer, Request
from sample_cluster.moodle.failures import Failure
from sample_cluster.moodle.protocol import ENDPOINT
from sample_cluster.moodle.site import MoodleSite, flattened
from tests.sample_cluster.moodle.recorded_world import recorded_site
from tests.sample_cluster.moodle.shapes import differences, elements, shape

CAPTURES = Path(__file__).parents[2] / "captures" / "moodle"
Prepare = Callable[[MoodleSite], object]


def _as_is(site: MoodleSite) -> None:
    pass


def _failing(*failures: Failure) -> Prepare:
    def prepare(site: MoodleSite) -> None:
        for failure in failures:
            site.fail(failure)

    return prepare


def _suspended(site: MoodleSite) -> None:
    site.world.people.suspend(site.world.people.users[64])


def _expired(site: MoodleSite) -> None:
    site.world.people.expire_token("svc_nocap")


def _expired_before(site: MoodleSite) -> None:
    _expired(site)
    site.call("core_webservice_get_site_info", wstoken="svc_nocap")


def _without_rest_use(site: MoodleSite) -> None:
    site.world.people.forbid("connector", "webservice/rest:use")


def _may_write_events(site: MoodleSite) -> None:
    site.world.people.allow("connector", "moodle/calendar:manageentries")


def _may_send(site: MoodleSite) -> None:
    site.world.people.allow("connector", "moodle/site:sendmessage")


def _deleted_before(site: MoodleSite) -> None:
    site.world.forums.delete(site.world.forums.posts[434])


def _may_delete_all(site: MoodleSite) -> None:
    """In the recording the connector could delete anybody's post."""
    site.world.people.allow("connector", "mod/forum:deleteanypost")


CLAIMED: dict[str, Prepare] = {
    "core_blog_get_entries-bad-filter": _as_is,
    "core_blog_get_entries-by-course": _as_is,
    "core_blog_get_entries-by-tag": _as_is,
    "core_blog_get_entries-by-user-with-external": _as_is,
    "core_blog_get_entries-past-end": _as_is,
    "core_blog_get_entries-with-attachment": _as_is,
    "core_blog_get_entries": _as_is,
    "core_calendar_create_calendar_events-missing-capability-is-a-warning": _as_is,
    "core_calendar_create_calendar_events": _may_write_events,
    "core_calendar_delete_calendar_events": _may_write_events,
    "core_calendar_get_action_events_by_courses": _as_is,
    "core_calendar_get_calendar_events-unknown-course": _as_is,
    "core_calendar_get_calendar_events": _as_is,
    "core_cohort_get_cohort_members": _as_is,
    "core_cohort_get_cohorts-missing-capability": _as_is,
    "core_cohort_get_cohorts": _as_is,
    "core_completion_get_activities_completion_status": _as_is,
    "core_course_check_updates": _as_is,
    "core_course_get_categories": _as_is,
    "core_course_get_contents-debug-developer-exception": _failing(Failure.DEBUGGING),
    "core_course_get_contents-force-password-change-contents": _failing(Failure.CHANGE_FORCED),
    "core_course_get_contents-hidden-course": _as_is,
    "core_course_get_contents-invalid-parameter": _as_is,
    "core_course_get_contents-missing-capability": _as_is,
    "core_course_get_contents-missing-parameter": _as_is,
    "core_course_get_contents-modname-forum": _as_is,
    "core_course_get_contents-php-warning-before-error-json": _failing(
        Failure.PHP_WARNING, Failure.UPGRADE_RUNNING
    ),
    "core_course_get_contents-site-policy-not-agreed-contents": _failing(Failure.POLICY_NOT_AGREED),
    "core_course_get_contents-unexpected-parameter": _as_is,
    "core_course_get_contents-unknown-course": _as_is,
    "core_course_get_contents-upgrade-pending-contents": _failing(Failure.UPGRADE_PENDING),
    "core_course_get_contents": _as_is,
    "core_course_get_course_module": _as_is,
    "core_course_get_course_module_by_instance": _as_is,
    "core_course_get_courses-hidden-course-fails-whole-call": _as_is,
    "core_course_get_courses-ids": _as_is,
    "core_course_get_courses_by_field-ids": _as_is,
    "core_course_get_courses_by_field-unknown-course": _as_is,
    "core_course_get_courses_by_field": _as_is,
    "core_course_get_updates_since-filter-ignored-for-configuration": _as_is,
    "core_course_get_updates_since-nothing": _as_is,
    "core_course_get_updates_since": _as_is,
    "core_enrol_get_enrolled_users-unknown-course": _as_is,
    "core_enrol_get_enrolled_users-userfields": _as_is,
    "core_enrol_get_enrolled_users": _as_is,
    "core_group_get_course_groups-missing-capability": _as_is,
    "core_message_send_instant_messages-unknown-recipient": _may_send,
    "core_message_send_instant_messages": _may_send,
    "core_nope_nope-missing-function": _as_is,
    "core_user_create_users-function-not-in-service": _as_is,
    "core_user_get_users": _as_is,
    "core_user_get_users_by_field-deleted-and-unknown": _as_is,
    "core_user_get_users_by_field-suspended-user": _as_is,
    "core_webservice_get_site_info-authorised-user-expired": _failing(
        Failure.AUTHORISATION_EXPIRED
    ),
    "core_webservice_get_site_info-bad-token": _as_is,
    "core_webservice_get_site_info-cli-maintenance-mode": _failing(
        Failure.COMMAND_LINE_MAINTENANCE
    ),
    "core_webservice_get_site_info-database-down": _failing(Failure.DATABASE_DOWN),
    "core_webservice_get_site_info-debug-developer-bad-token": _failing(Failure.DEBUGGING),
    "core_webservice_get_site_info-force-password-change": _failing(Failure.CHANGE_FORCED),
    "core_webservice_get_site_info-fpm-down-502": _failing(Failure.BAD_GATEWAY),
    "core_webservice_get_site_info-ip-restricted": _failing(Failure.ADDRESS_NOT_ALLOWED),
    "core_webservice_get_site_info-maintenance-mode-admin-token": _failing(Failure.MAINTENANCE),
    "core_webservice_get_site_info-maintenance-mode": _failing(Failure.MAINTENANCE),
    "core_webservice_get_site_info-missing-rest-use-capability": _without_rest_use,
    "core_webservice_get_site_info-no-token": _as_is,
    "core_webservice_get_site_info-php-warning-before-json": _failing(
        Failure.PHP_WARNING, Failure.UPGRADE_RUNNING
    ),
    "core_webservice_get_site_info-rest-protocol-disabled": _failing(Failure.REST_OFF),
    "core_webservice_get_site_info-service-disabled": _failing(Failure.SERVICE_OFF),
    "core_webservice_get_site_info-site-policy-not-agreed": _failing(Failure.POLICY_NOT_AGREED),
    "core_webservice_get_site_info-token-expired-second-call-token-was-deleted": _expired_before,
    "core_webservice_get_site_info-token-expired": _expired,
    "core_webservice_get_site_info-upgrade-pending": _failing(Failure.UPGRADE_PENDING),
    "core_webservice_get_site_info-upgrade-running": _failing(Failure.UPGRADE_RUNNING),
    "core_webservice_get_site_info-user-not-authorised": _failing(Failure.USER_NOT_AUTHORISED),
    "core_webservice_get_site_info-user-suspended": _suspended,
    "core_webservice_get_site_info-webservices-disabled": _failing(Failure.WEB_SERVICES_OFF),
    "core_webservice_get_site_info-xml-error-bad-token": _as_is,
    "core_webservice_get_site_info-xml-when-format-omitted": _as_is,
    "core_webservice_get_site_info": _as_is,
    "mod_assign_get_assignments-not-enrolled-warning": _as_is,
    "mod_assign_get_assignments": _as_is,
    "mod_assign_get_submissions": _as_is,
    "mod_choice_get_choice_options": _as_is,
    "mod_choice_get_choice_results": _as_is,
    "mod_choice_get_choices_by_courses-warnings-unknown-course": _as_is,
    "mod_choice_get_choices_by_courses": _as_is,
    "mod_feedback_get_analysis": _as_is,
    "mod_feedback_get_feedbacks_by_courses": _as_is,
    "mod_feedback_get_items": _as_is,
    "mod_feedback_get_non_respondents": _as_is,
    "mod_feedback_get_responses_analysis-anonymous": _as_is,
    "mod_feedback_get_responses_analysis": _as_is,
    "mod_forum_add_discussion-missing-capability": _as_is,
    "mod_forum_add_discussion-special-chars": _as_is,
    "mod_forum_add_discussion-subject-with-less-than-or-tag": _as_is,
    "mod_forum_add_discussion": _as_is,
    "mod_forum_can_add_discussion": _as_is,
    "mod_forum_delete_post-already-deleted": _deleted_before,
    "mod_forum_delete_post": _as_is,
    "mod_forum_get_discussion_posts-pushed-cooked": _as_is,
    "mod_forum_get_discussion_posts-pushed-settingraw": _as_is,
    "mod_forum_get_discussion_posts-settingfileurl-false": _may_delete_all,
    "mod_forum_get_discussion_posts-settingraw": _may_delete_all,
    "mod_forum_get_discussion_posts-unknown-discussion-php-error": _as_is,
    "mod_forum_get_discussion_posts-with-attachment-and-inline-image": _may_delete_all,
    "mod_forum_get_discussion_posts": _may_delete_all,
    "mod_forum_get_discussion_posts_by_userid-own-pushed": _as_is,
    "mod_forum_get_forum_discussions-bad-sortorder": _as_is,
    "mod_forum_get_forum_discussions-escaped-titles": _as_is,
    "mod_forum_get_forum_discussions-groups": _as_is,
    "mod_forum_get_forum_discussions-invalid-parameter": _as_is,
    "mod_forum_get_forum_discussions-news": _as_is,
    "mod_forum_get_forum_discussions-page-past-end": _as_is,
    "mod_forum_get_forum_discussions-page0": _as_is,
    "mod_forum_get_forum_discussions-unknown-forum": _as_is,
    "mod_forum_get_forum_discussions_paginated-missing-function": _as_is,
    "mod_forum_get_forums_by_courses-missing-capability-is-empty": _as_is,
    "mod_forum_get_forums_by_courses-unknown-course": _as_is,
    "mod_forum_get_forums_by_courses": _as_is,
    "mod_forum_update_discussion_post": _as_is,
    "mod_page_get_pages_by_courses": _as_is,
    "mod_url_get_urls_by_courses": _as_is,
    "tool_mobile_call_external_functions-error-stops-the-rest": _as_is,
    "tool_mobile_call_external_functions-function-not-in-service": _as_is,
    "tool_mobile_call_external_functions": _as_is,
}
"""Capture -> what has to happen to the site before the request."""

NOT_CLAIMED = {
    "core_completion_get_course_completion_status-no-criteria": "the hub counts activities",
    "core_reportbuilder_retrieve_report-blogs-datasource": "a report is made by hand on the site",
    "mod_attendance_add_session": "attendance is not read",
    "mod_attendance_get_sessions": "attendance is not read",
    "mod_data_get_entries": "databases are counted as activity only",
    "mod_glossary_get_entries_by_date-invalid-parameter": "glossaries are counted only",
    "mod_glossary_get_entries_by_date-x": "glossaries are counted only",
    "mod_glossary_get_entries_by_date": "glossaries are counted only",
    "mod_journal_get_entry-instance-id-instead-of-cmid": "journals cannot be read for others",
    "mod_journal_get_entry-other-users-entries-not-available": "journals cannot be read",
    "mod_journal_get_entry-own-entry": "only one's own, which a hub has none of",
    "mod_lti_get_ltis_by_courses": "embedding is another matter",
    "mod_wiki_get_subwiki_pages": "wikis are counted only",
}

_JSON_CASES = [case for case in sorted(CLAIMED) if "php-warning" not in case and "xml" not in case]


def recorded(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CAPTURES / f"{case}.json").read_text("utf-8"))
    return found


def asked(site: MoodleSite, capture: dict[str, Any]) -> Answer:
    """Ask the stand-in what was asked when this was recorded."""
    fields = {"wstoken": capture.get("as_user", "TOKEN"), "moodlewsrestformat": "json"}
    fields |= capture.get("overrides", {})
    pairs = [("wsfunction", capture["function"]), *fields.items()]
    form = urlencode([*pairs, *flattened(capture["params"])])
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return site.answer(Request("POST", ENDPOINT, kind, form.encode()))


def answered(case: str) -> tuple[dict[str, Any], Answer]:
    site = recorded_site()
    CLAIMED[case](site)
    capture = recorded(case)
    return capture, asked(site, capture)


def unpacked(value: Any) -> Any:
    """Return an answer with the JSON strings inside a batch read."""
    if isinstance(value, dict) and "responses" in value:
        return {"responses": [_opened(response) for response in value["responses"]]}
    return value


def _opened(response: dict[str, Any]) -> dict[str, Any]:
    for name in ("data", "exception"):
        if name in response and not response[name].endswith("..."):
            return response | {name: json.loads(response[name])}
    return response


def test_every_capture_is_claimed_or_has_a_reason() -> None:
    names = {path.stem for path in CAPTURES.glob("*.json")} - {"pluginfile-urls"}
    assert names == CLAIMED.keys() | NOT_CLAIMED.keys()
    assert not CLAIMED.keys() & NOT_CLAIMED.keys()


@pytest.mark.parametrize("case", _JSON_CASES)
def test_the_same_status_type_keys_and_types_come_back(case: str) -> None:
    capture, answer = answered(case)
    assert answer.status == capture["status"]
    kind = dict(answer.headers)["Content-Type"]
    assert kind == capture["content_type"]
    if isinstance(capture["response"], str):  # a page, not JSON
        assert bool(answer.body) == bool(capture["response"])
        return
    ours = json.loads(answer.body)
    if isinstance(ours, dict) and "exception" in ours:
        assert ours == _without_debugging(capture["response"], ours)
    else:
        wanted = shape(unpacked(_untrimmed(capture["response"], ours)))
        assert differences(wanted, shape(unpacked(ours))) == []


def _without_debugging(recorded: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """The words of developer mode repeat themselves; that they are there is enough."""
    if "debuginfo" not in recorded:
        return recorded
    assert ours["debuginfo"] in ours["message"]
    assert recorded["debuginfo"].startswith(ours["debuginfo"])
    return recorded | {"message": ours["message"], "debuginfo": ours["debuginfo"]}


def _untrimmed(recorded: Any, ours: Any) -> Any:
    """A capture whose long inner answer was cut says nothing of its keys."""
    if not (isinstance(recorded, dict) and "responses" in recorded):
        return recorded
    pairs = zip(recorded["responses"], ours["responses"], strict=True)
    return {"responses": [ours if _is_cut(rec) else rec for rec, ours in pairs]}


def _is_cut(response: dict[str, Any]) -> bool:
    return str(response.get("data", "")).endswith("...")


@pytest.mark.parametrize("case", [c for c in sorted(CLAIMED) if "php-warning" in c])
def test_a_warning_stands_before_the_recorded_json(case: str) -> None:
    capture, answer = answered(case)
    assert isinstance(answer.body, str)
    assert dict(answer.headers)["Content-Type"] == capture["content_type"] == "application/json"
    for body in (answer.body, capture["response"]):
        assert body.startswith("<br />\n<b>Warning</b>")
    assert _json_after_warning(answer.body) == _json_after_warning(capture["response"])


def _json_after_warning(body: str) -> Any:
    return json.loads(body[body.index("{") :])


@pytest.mark.parametrize("case", [c for c in sorted(CLAIMED) if "xml" in c])
def test_without_a_format_the_same_elements_come_back_as_xml(case: str) -> None:
    capture, answer = answered(case)
    assert dict(answer.headers)["Content-Type"] == capture["content_type"]
    assert isinstance(answer.body, str)
    assert elements(answer.body) == elements(capture["response"])


@pytest.mark.parametrize("name", ["forum", "news", "blogsite", "blogcourse", "bloguser"])
def test_feeds_by_key_have_the_recorded_elements(name: str) -> None:
    paths = {
        "forum": "87/RSSKEY/mod_forum/13",
        "news": "86/RSSKEY/mod_forum/1",
        "blogsite": "1/RSSKEY/blog/site/1",
        "blogcourse": "1/RSSKEY/blog/course/2",
        "bloguser": "1/RSSKEY/blog/user/3",
    }
    answer = recorded_site().answer(Request("GET", f"/rss/file.php/{paths[name]}/rss.xml"))
    assert isinstance(answer.body, str)
    assert elements(answer.body) == elements((CAPTURES / "rss" / f"{name}.xml").read_text("utf-8"))


def test_files_answer_as_recorded() -> None:
    site = recorded_site()
    for each in json.loads((CAPTURES / "pluginfile-urls.json").read_text("utf-8")):
        target = each["url"].removeprefix("https://vln.example.school.nz")
        answer = site.answer(Request("GET", target))
        headers = dict(answer.headers)
        assert answer.status == each["status"], each
        assert headers["Content-Type"] == each["content_type"], each
        assert headers.get("Location") == each["location"], each
        if each["content_type"].startswith("application/json"):
            assert json.loads(answer.body) == json.loads(each["body_if_text"])
        elif each["status"] == 200:
            assert len(answer.body) == each["bytes"]
