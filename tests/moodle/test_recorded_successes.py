"""Every recorded success becomes what somebody wrote down beside it, and nothing more."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.moodle import said, said_activities, said_people, said_posts
from adapters.moodle.audience import course_audience, discussion_audience, forum_rule
from adapters.moodle.calendar import distinct
from adapters.moodle.parse import NOT_TOLD, Translator, event_audience
from adapters.moodle.people import People
from adapters.moodle.said import Course
from adapters.moodle.said_activities import Activity, Event
from adapters.moodle.said_people import Member
from adapters.moodle.said_posts import Forum
from connector.model import FACILITATORS, STREAM, Audience
from tests.moodle.expected import EXPECTED, by_id, expected, told
from tests.moodle.recorded import RECORDED, SITE, Recorded

COURSE = Course(2, "Literacy PLD cluster", 2, True, None)
CHOICE = Activity(
    1, 2, 14, "Workshop sign-up: LITPLD", "<p>Choose one session</p>", shows_names=True
)


def everybody_in(value: Any) -> People:
    """Return people in which whoever an answer names is an adult."""
    named: dict[int, str] = {}

    def look(one: Any) -> None:
        if isinstance(one, dict):
            if "fullname" in one and isinstance(one.get("userid", one.get("id")), int):
                named[one.get("userid", one.get("id"))] = one["fullname"]
            if isinstance(one.get("userid"), int):
                named.setdefault(one["userid"], f"Person {one['userid']}")
            for each in one.values():
                look(each)
        elif isinstance(one, list):
            for each in one:
                look(each)

    look(value)
    roster = tuple(
        Member(number, name, frozenset({"teacher"}), frozenset(), "", ())
        for number, name in sorted(named.items())
    )
    return People({2: roster}, frozenset(named), frozenset(), frozenset(), {})


def told_of_restrictions(contents: Any) -> Any:
    """Return the contents as an account gets them that may see hidden activities.

    The recorded one could not, and nothing in its courses was restricted.
    """
    return [
        {**each, "modules": [{**module, "availability": None} for module in each["modules"]]}
        for each in contents
    ]


def translator(capture: Recorded) -> Translator:
    return Translator(SITE, everybody_in(capture.response))


def posts(capture: Recorded) -> object:
    thread = said_posts.thread(capture.response)
    kind = "news" if thread.forum == 1 else "general"
    forum = Forum(thread.forum, 2, 13, kind, "Discussion space", 55)
    module = said.modules(told_of_restrictions(RECORDED["core_course_get_contents"].response))[13]
    audience = discussion_audience(forum_rule(COURSE, module, forum), said_posts.NO_GROUP)
    return by_id([translator(capture).post(each, forum, audience) for each in thread.posts])


def blog(capture: Recorded) -> object:
    found = said_posts.entries(capture.response)
    records = [translator(capture).entry(each, is_public_allowed=True) for each in found.entries]
    return {"total": found.total, **by_id(records)}


def calendar(capture: Recorded) -> object:
    made = translator(capture)
    found = distinct(said_activities.events(capture.response))
    return by_id([made.event(each, audience_of(each)) for each in found])


def audience_of(event: Event) -> Audience:
    """Return who may see an entry where course 2 is read and all its activities are shown."""
    course = course_audience(event.course) if event.course == 2 else FACILITATORS
    return event_audience(event, course, STREAM if event.module else None)


def choice_results(capture: Recorded) -> object:
    given = said_activities.choice_answers(capture.response)
    return by_id([translator(capture).registration(each, CHOICE, STREAM) for each in given])


def feedback(capture: Recorded) -> object:
    total, given = said_activities.feedback_answers(capture.response)
    activity = Activity(1, 2, 15, "Workshop evaluation", "")
    texts = [translator(capture).reflection(each, activity, kind="attempt") for each in given]
    return {"total": total, **by_id(texts)}


def handed_in(capture: Recorded) -> object:
    total, given = said_activities.submissions(capture.response)
    activity = Activity(1, 2, 16, "Reflection task", "")
    texts = [translator(capture).reflection(each, activity, kind="submission") for each in given]
    return {"total": total, **by_id(texts)}


def contents(capture: Recorded) -> object:
    made = translator(capture)
    listed = said.modules(told_of_restrictions(capture.response)).values()
    modules = [each for each in listed if each.kind not in NOT_TOLD]
    return by_id(
        [made.module(each, STREAM, since=1795284379, changed=1795284379) for each in modules]
    )


READERS: dict[str, Callable[[Recorded], object]] = {
    "core_blog_get_entries": blog,
    "core_calendar_get_calendar_events": calendar,
    "core_cohort_get_cohort_members": lambda each: said_people.cohort_members(each.response),
    "core_cohort_get_cohorts": lambda each: said_people.cohort_names(each.response),
    "core_completion_get_activities_completion_status": (
        lambda each: {"completed": sorted(said_activities.completed_modules(each.response))}
    ),
    "core_course_get_categories": lambda each: said.category_parents(each.response),
    "core_course_get_contents": contents,
    "core_course_get_courses_by_field": lambda each: by_id(said.courses(each.response)),
    "core_course_get_updates_since": lambda each: said.updates(each.response),
    "core_enrol_get_enrolled_users": lambda each: by_id([*said_people.members(each.response)]),
    "core_user_get_users_by_field": lambda each: {
        "active": sorted(said_people.active_users(each.response))
    },
    "mod_assign_get_assignments": lambda each: said_activities.assignments(each.response),
    "mod_assign_get_submissions": handed_in,
    "mod_choice_get_choice_options": lambda each: by_id(said_activities.options(each.response)),
    "mod_choice_get_choice_results": choice_results,
    "mod_choice_get_choices_by_courses": lambda each: said_activities.activities(
        each.response, "choices"
    ),
    "mod_feedback_get_feedbacks_by_courses": (
        lambda each: said_activities.activities(each.response, "feedbacks")
    ),
    "mod_feedback_get_responses_analysis": feedback,
    "mod_forum_get_discussion_posts": posts,
    "mod_forum_get_forum_discussions": lambda each: by_id(said_posts.discussions(each.response)),
    "mod_forum_get_forums_by_courses": lambda each: said_posts.forums(each.response),
}
TRIED_ELSEWHERE = {
    "core_course_get_course_module": "a lookup asks only whether there is an answer",
    "core_webservice_get_site_info": "in the test of the site below",
    "tool_mobile_call_external_functions": "in test_batch",
}
NOT_ASKED = {
    "core_calendar_create_calendar_events": "the hub writes nothing",
    "core_calendar_delete_calendar_events": "the hub writes nothing",
    "core_calendar_get_action_events_by_courses": "only the account's own deadlines",
    "core_course_check_updates": "needs the list of modules first",
    "core_course_get_course_module_by_instance": "contents tell the same of all at once",
    "core_course_get_courses": "one hidden course fails the whole call",
    "mod_attendance_add_session": "the hub writes nothing",
    "mod_attendance_get_sessions": "who was there is nobody's business",
    "mod_data_get_entries": "databases are not read",
    "mod_lti_get_ltis_by_courses": "addresses of outside tools",
    "mod_wiki_get_subwiki_pages": "wikis are not read",
    "core_message_send_instant_messages": "the hub writes nothing",
    "core_reportbuilder_retrieve_report": "needs a report that an administrator made",
    "core_user_get_users": "searches; accounts are asked for by their numbers",
    "mod_feedback_get_analysis": "the answers of all people mixed",
    "mod_feedback_get_items": "the questions alone",
    "mod_feedback_get_non_respondents": "who did not answer is nobody's business",
    "mod_forum_add_discussion": "the hub writes nothing",
    "mod_forum_can_add_discussion": "the hub writes nothing",
    "mod_forum_delete_post": "the hub writes nothing",
    "mod_forum_get_discussion_posts_by_userid": "for finding what the hub wrote",
    "mod_forum_update_discussion_post": "the hub writes nothing",
    "mod_journal_get_entry": "only the account's own entry",
    "mod_page_get_pages_by_courses": "texts of pages are not read",
    "mod_url_get_urls_by_courses": "contents name the address of the activity",
}
SUCCESSES = {name: each for name, each in RECORDED.items() if not each.is_failure}
READ = {name: each for name, each in SUCCESSES.items() if each.function in READERS}


def test_every_recorded_success_is_read_or_has_a_reason_not_to_be() -> None:
    functions = {each.function for each in SUCCESSES.values()}
    assert functions == {*READERS, *TRIED_ELSEWHERE, *NOT_ASKED} & functions
    assert not {*READERS} & {*TRIED_ELSEWHERE, *NOT_ASKED}


@pytest.mark.parametrize("name", sorted(READ))
def test_recorded_success_becomes_what_was_written_down(name: str) -> None:
    capture = READ[name]
    assert told(READERS[capture.function](capture)) == expected(name)


def test_nothing_is_expected_of_an_answer_that_is_not_there() -> None:
    assert {path.stem for path in EXPECTED.glob("*.toml")} == {*READ}


SITES = [name for name in SUCCESSES if name.startswith("core_webservice_get_site_info")]


@pytest.mark.parametrize("name", SITES)
def test_site_says_its_name_and_functions_and_its_private_key_is_not_kept(name: str) -> None:
    site = said.site(SUCCESSES[name].response)
    assert (site.name, site.url) == ("Virtual Learning Network", SITE)
    assert site.release.startswith("4.5.6")
    assert site.has("mod_forum_get_discussion_posts")
    assert not site.has("core_user_create_users")
    assert "KEY" not in repr(site)


def test_an_answer_is_the_same_with_a_php_warning_before_it() -> None:
    capture = RECORDED["mod_forum_get_discussion_posts"]
    warned = "<br />\n<b>Warning</b>:  Undefined variable in <b>x.php</b><br />\n"
    noisy = Recorded("x", "f", {}, 200, "application/json", warned + capture.body.decode())
    assert noisy.client().ask("f") == capture.response
