"""Pure: the questions that are put to a Moodle, by their functions.

Which capability each needs is said once, here: the check and the documents name the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.moodle.batch import BATCH, Ask

SITE = "core_webservice_get_site_info"
COURSES = "core_course_get_courses_by_field"
CATEGORIES = "core_course_get_categories"
CONTENTS = "core_course_get_contents"
UPDATES = "core_course_get_updates_since"
MODULE = "core_course_get_course_module"
ENROLLED = "core_enrol_get_enrolled_users"
USERS = "core_user_get_users_by_field"
COHORTS = "core_cohort_get_cohorts"
COHORT_MEMBERS = "core_cohort_get_cohort_members"
FORUMS = "mod_forum_get_forums_by_courses"
DISCUSSIONS = "mod_forum_get_forum_discussions"
POSTS = "mod_forum_get_discussion_posts"
POST = "mod_forum_get_discussion_post"
ENTRIES = "core_blog_get_entries"
EVENTS = "core_calendar_get_calendar_events"
CHOICES = "mod_choice_get_choices_by_courses"
OPTIONS = "mod_choice_get_choice_options"
RESULTS = "mod_choice_get_choice_results"
FEEDBACKS = "mod_feedback_get_feedbacks_by_courses"
RESPONSES = "mod_feedback_get_responses_analysis"
ASSIGNMENTS = "mod_assign_get_assignments"
SUBMISSIONS = "mod_assign_get_submissions"
COMPLETION = "core_completion_get_activities_completion_status"

MAY_DISCUSS = "mod_forum_can_add_discussion"
DISCUSS = "mod_forum_add_discussion"
EDIT_POST = "mod_forum_update_discussion_post"
DELETE_POST = "mod_forum_delete_post"
CALENDAR_RIGHTS = "core_calendar_get_calendar_access_information"
ADD_EVENTS = "core_calendar_create_calendar_events"
DELETE_EVENTS = "core_calendar_delete_calendar_events"

BY_CREATION = 4
"""A sort order of discussions: the oldest first, pinned ones before all in every order."""
DISCUSSIONS_AT_ONCE = 500
USERS_AT_ONCE = 500
ENTRIES_AT_ONCE = 500
NEWEST_ENTRIES = 50
LOOKING_AHEAD_SECONDS = 3 * 366 * 86_400
_USER_FIELDS = "id,fullname,institution,customfields,roles,groups"


@dataclass(frozen=True, slots=True)
class Need:
    """What a function needs beside its place in the service."""

    reads: str
    """What a facilitator calls what it reads."""
    capabilities: tuple[str, ...] = ()
    is_optional: bool = False
    """The hub gets along without it, with less."""


NEEDS: Mapping[str, Need] = {
    SITE: Need("the site"),
    BATCH: Need("many answers in one call", is_optional=True),
    COURSES: Need("the list of courses"),
    CATEGORIES: Need("the categories"),
    CONTENTS: Need(
        "what is in a course", ("moodle/course:view", "moodle/course:viewhiddenactivities")
    ),
    UPDATES: Need("what changed in a course", ("moodle/course:view",)),
    ENROLLED: Need(
        "who is in a course",
        (
            "moodle/course:viewparticipants",
            "moodle/user:viewdetails",
            "moodle/course:enrolreview",
            "moodle/site:viewuseridentity",
        ),
    ),
    USERS: Need("who is suspended", ("moodle/user:viewdetails",)),
    COHORTS: Need("the cohorts", ("moodle/cohort:view",)),
    COHORT_MEMBERS: Need("who is in a cohort", ("moodle/cohort:view",)),
    FORUMS: Need("the forums", ("mod/forum:viewdiscussion",)),
    DISCUSSIONS: Need(
        "the discussions of a forum",
        ("mod/forum:viewdiscussion", "moodle/site:accessallgroups"),
    ),
    POSTS: Need("the posts of a discussion", ("mod/forum:viewdiscussion",)),
    POST: Need("whether one post is still there", ("mod/forum:viewdiscussion",), is_optional=True),
    ENTRIES: Need("the blogs", ("moodle/blog:view",)),
    EVENTS: Need("the calendar"),
    CHOICES: Need("the sign-ups", ("mod/choice:choose",)),
    OPTIONS: Need("the places of a sign-up", ("mod/choice:choose",)),
    RESULTS: Need("who signed up", ("mod/choice:readresponses",)),
    FEEDBACKS: Need("the feedback activities", ("mod/feedback:view",)),
    RESPONSES: Need("how many gave feedback", ("mod/feedback:view", "mod/feedback:viewreports")),
    ASSIGNMENTS: Need("the assignments", ("mod/assign:view",)),
    SUBMISSIONS: Need("how many handed in", ("mod/assign:view", "mod/assign:viewgrades")),
    MODULE: Need("whether one activity is still there", is_optional=True),
    COMPLETION: Need("who completed what", ("report/progress:view",)),
}


def courses(ids: Sequence[int] = ()) -> Ask:
    """All courses that the account sees, or these."""
    if not ids:
        return Ask(COURSES)
    return Ask(COURSES, {"field": "ids", "value": ",".join(map(str, ids))})


def contents(course: int) -> Ask:
    """The activities of a course, without their files."""
    options = [{"name": "excludecontents", "value": 1}]
    return Ask(CONTENTS, {"courseid": course, "options": options})


def updates(course: int, since: int) -> Ask:
    """What changed in a course after a second."""
    return Ask(UPDATES, {"courseid": course, "since": since})


def enrolled(course: int) -> Ask:
    """Who is actively enrolled in a course, with no more of them than is needed."""
    options = [
        {"name": "onlyactive", "value": 1},
        {"name": "userfields", "value": _USER_FIELDS},
    ]
    return Ask(ENROLLED, {"courseid": course, "options": options})


def users(ids: Sequence[int]) -> list[Ask]:
    """These accounts; those that Moodle does not know are left out of its answer."""
    return [
        Ask(USERS, {"field": "id", "values": list(ids[start : start + USERS_AT_ONCE])})
        for start in range(0, len(ids), USERS_AT_ONCE)
    ]


def of_courses(function: str, ids: Sequence[int]) -> Ask:
    """The forums, choices, feedbacks or assignments of these courses."""
    more = {"includenotenrolledcourses": 1} if function == ASSIGNMENTS else {}
    return Ask(function, {"courseids": list(ids), **more})


def discussions(forum: int, count: int) -> list[Ask]:
    """All discussions of a forum, of which its course counts so many."""
    if count <= DISCUSSIONS_AT_ONCE:
        return [Ask(DISCUSSIONS, {"forumid": forum, "sortorder": BY_CREATION})]
    return [
        Ask(
            DISCUSSIONS,
            {
                "forumid": forum,
                "sortorder": BY_CREATION,
                "page": page,
                "perpage": DISCUSSIONS_AT_ONCE,
            },
        )
        for page in range(count // DISCUSSIONS_AT_ONCE + 1)
    ]


def posts(discussion: int) -> Ask:
    """All posts of a discussion."""
    return Ask(POSTS, {"discussionid": discussion, "sortby": "created", "sortdirection": "ASC"})


def post(number: int) -> Ask:
    """One post."""
    return Ask(POST, {"postid": number})


def entries(page: int, perpage: int) -> Ask:
    """Blog entries, the newest first."""
    return Ask(ENTRIES, {"page": page, "perpage": perpage})


def entry(number: int) -> Ask:
    """One blog entry."""
    return Ask(ENTRIES, {"filters": [{"name": "entryid", "value": number}]})


def events(courses: Sequence[int], *, start: int, moment: int) -> Ask:
    """The calendar of these courses and of the site, from a second on."""
    options = {
        "userevents": 0,
        "siteevents": 1,
        "timestart": start,
        "timeend": moment + LOOKING_AHEAD_SECONDS,
        "ignorehidden": 1,
    }
    return Ask(EVENTS, {"events": {"courseids": list(courses)}, "options": options})


def events_by_id(ids: Sequence[int]) -> Ask:
    """These entries of the calendar."""
    options = {"userevents": 0, "siteevents": 0, "ignorehidden": 1}
    return Ask(EVENTS, {"events": {"eventids": list(ids)}, "options": options})


def module(number: int) -> Ask:
    """One activity."""
    return Ask(MODULE, {"cmid": number})


def options(choice: int) -> Ask:
    """What can be chosen, and how often it was."""
    return Ask(OPTIONS, {"choiceid": choice})


def results(choice: int) -> Ask:
    """Who chose what."""
    return Ask(RESULTS, {"choiceid": choice})


def responses(feedback: int) -> Ask:
    """The answers to a feedback activity."""
    return Ask(RESPONSES, {"feedbackid": feedback})


def submissions(assignment: int) -> Ask:
    """What was handed in."""
    return Ask(SUBMISSIONS, {"assignmentids": [assignment]})


def completion(course: int, user: int) -> Ask:
    """What one person completed in a course."""
    return Ask(COMPLETION, {"courseid": course, "userid": user})
