"""A missing right is mostly silent; a role on one category reaches no further."""

import pytest

from sample_cluster.moodle.people import CONNECTOR_CAPABILITIES
from sample_cluster.moodle.site import MoodleSite
from tests.sample_cluster.moodle.small import Small


def test_a_role_on_a_category_reads_inside_it_and_nothing_outside(small: Small) -> None:
    people = small.world.people
    people.grants.clear()
    people.grant(small.hub, "connector", "category", small.category.id)
    people.add_role("web service", {"webservice/rest:use"})
    people.grant(small.hub, "web service")
    assert small.modules()
    outside = small.ask("core_course_get_contents", courseid=small.other.id)
    assert outside["errorcode"] == "errorcoursecontextnotvalid"
    listed = small.ask("core_course_get_courses_by_field")["courses"]
    assert small.other.id in {course["id"] for course in listed}


def test_a_lost_right_on_forums_is_an_empty_list(small: Small) -> None:
    small.world.people.forbid("connector", "mod/forum:viewdiscussion")
    assert small.ask("mod_forum_get_forums_by_courses", courseids=[small.course.id]) == []
    assert small.forum.module.id in small.modules()
    answer = small.ask("mod_forum_get_forum_discussions", forumid=small.forum.id)
    assert answer["errorcode"] == "nopermissions"
    small.world.people.allow("connector", "mod/forum:viewdiscussion")
    assert small.ask("mod_forum_get_forums_by_courses", courseids=[small.course.id])


@pytest.mark.parametrize("modname", ["choice", "feedback", "assign", "page", "url", "resource"])
def test_an_activity_whose_view_right_is_missing_is_not_on_the_page(
    small: Small, modname: str
) -> None:
    module = small.world.courses.add_module(small.course, modname, "Thing")
    assert module.id in small.modules()
    small.world.people.forbid("connector", f"mod/{modname}:view")
    assert module.id not in small.modules()


def test_a_hidden_course_is_not_listed_and_refuses(small: Small) -> None:
    small.world.courses.hide(small.course)
    listed = small.ask("core_course_get_courses_by_field")["courses"]
    assert small.course.id not in {course["id"] for course in listed}
    answer = small.ask("core_course_get_contents", courseid=small.course.id)
    assert answer["errorcode"] == "errorcoursecontextnotvalid"
    assert small.ask("mod_forum_get_forums_by_courses", courseids=[small.course.id]) == []
    assert small.ask("core_course_get_courses")["errorcode"] == "errorcoursecontextnotvalid"
    small.world.courses.show(small.course)
    assert small.modules()


def test_a_hidden_activity_is_gone_from_all_answers(small: Small) -> None:
    small.world.forums.start(small.forum, small.mere, "A", "x")
    small.world.courses.hide_module(small.forum.module)
    assert small.forum.module.id not in small.modules()
    forums = small.ask("mod_forum_get_forums_by_courses", courseids=[small.course.id])
    assert [forum["id"] for forum in forums] == [small.news.id]
    answer = small.ask("mod_forum_get_forum_discussions", forumid=small.forum.id)
    assert answer["errorcode"] == "errorcoursecontextnotvalid"
    changed = small.ask("core_course_get_updates_since", courseid=small.course.id, since=0)
    assert small.forum.module.id not in {each["id"] for each in changed["instances"]}


def test_a_restricted_activity_is_announced_without_being_open(small: Small) -> None:
    module = small.forum.module
    courses, people = small.world.courses, small.world.people
    courses.restrict(module, {"type": "completion", "cm": 5, "e": 1})
    shown = small.modules()[module.id]
    assert (shown["uservisible"], bool(shown["availabilityinfo"])) == (False, True)
    assert "availability" not in shown
    courses.restrict(module, {"type": "completion", "cm": 5, "e": 1}, shown=False)
    assert module.id not in small.modules()
    people.allow(
        "connector",
        "moodle/course:viewhiddenactivities",
        "moodle/course:ignoreavailabilityrestrictions",
    )
    shown = small.modules()[module.id]
    assert shown["uservisible"]
    assert '"type": "completion"' in shown["availability"]
    courses.restrict(module)
    assert small.modules()[module.id]["availability"] is None


def test_a_restriction_to_a_group_lets_members_in(small: Small) -> None:
    courses = small.world.courses
    small.world.people.forbid("connector", "moodle/site:accessallgroups")
    first = courses.add_group(small.course, "Kererū", [small.hub])
    second = courses.add_group(small.course, "Tūī")
    courses.restrict(small.forum.module, {"type": "group", "id": first.id})
    assert small.modules()[small.forum.module.id]["uservisible"]
    courses.move_between_groups(small.hub, first, second)
    assert not small.modules()[small.forum.module.id]["uservisible"]


def test_who_may_enter_all_groups_cannot_see_that_a_group_is_asked_for(small: Small) -> None:
    """The restriction itself is told only with the right to see hidden activities."""
    group = small.world.courses.add_group(small.course, "Kererū")
    before = small.modules()[small.forum.module.id]
    small.world.courses.restrict(small.forum.module, {"type": "group", "id": group.id})
    assert small.modules()[small.forum.module.id] == before
    small.world.people.allow("connector", "moodle/course:viewhiddenactivities")
    assert "group" in small.modules()[small.forum.module.id]["availability"]


def test_suspended_people_count_as_active_in_a_course(small: Small) -> None:
    small.world.people.suspend(small.joe)
    given = {"courseid": small.course.id, "options": [{"name": "onlyactive", "value": 1}]}
    users = small.site.call("core_enrol_get_enrolled_users", given)
    assert {user["id"] for user in users} == {small.mere.id, small.joe.id, small.tama.id}
    (found,) = small.ask("core_user_get_users_by_field", field="id", values=[small.joe.id])
    assert found["suspended"]


def test_a_deleted_account_has_a_hashed_address_and_no_enrolment(small: Small) -> None:
    email = small.joe.email
    small.world.people.delete(small.joe)
    users = small.ask("core_enrol_get_enrolled_users", courseid=small.course.id)
    assert small.joe.id not in {user["id"] for user in users}
    ids = [small.joe.id, 999]
    (found,) = small.ask("core_user_get_users_by_field", field="id", values=ids)
    assert found["email"] != email
    assert "institution" not in found


def test_a_school_shows_only_where_the_site_shows_identity(small: Small) -> None:
    def keys() -> set[str]:
        found = small.ask("core_user_get_users_by_field", field="id", values=[small.mere.id])
        return set(found[0])

    assert "institution" in keys()
    small.world.settings.identity_fields = ("email",)
    assert "institution" not in keys()
    small.world.people.forbid("connector", "moodle/site:viewuseridentity")
    assert "email" not in keys()


def test_the_role_and_the_groups_of_a_member_show(small: Small) -> None:
    small.world.courses.add_group(small.course, "Kererū", [small.tama])
    users = small.ask("core_enrol_get_enrolled_users", courseid=small.course.id)
    shown = {u["id"]: (u["roles"][0]["shortname"], len(u.get("groups", []))) for u in users}
    assert shown[small.mere.id] == ("editingteacher", 0)
    assert shown[small.tama.id] == ("student", 1)


@pytest.mark.parametrize("capability", sorted(CONNECTOR_CAPABILITIES))
def test_each_capability_of_the_connector_makes_a_difference(small: Small, capability: str) -> None:
    """What is in the recommended role is needed for something."""
    _fill(small)
    before = _everything(small.site)
    small.world.people.forbid("connector", capability)
    assert _everything(small.site) != before


def _fill(small: Small) -> None:
    """Put in one of everything that a right is needed for."""
    world = small.world
    course = small.course
    for modname in ("page", "url", "resource"):
        world.courses.add_module(course, modname, modname)
    choice = world.activities.add_choice(
        world.courses.add_module(course, "choice", "Bus"), [("Early", 1)]
    )
    choice.show_results = 0
    world.activities.choose(choice, small.tama, choice.options[0])
    world.activities.add_feedback(world.courses.add_module(course, "feedback", "F"), [])
    world.activities.add_assignment(world.courses.add_module(course, "assign", "A"))
    group = world.courses.add_group(course, "Kererū")
    world.forums.start(small.forum, small.mere, "For Kererū", "x", group_id=group.id)
    small.forum.module.groupmode = 1
    world.people.add_cohort("School", [small.mere])
    world.forums.start(small.news, small.hub, "Mine", "x")


def _everything(site: MoodleSite) -> list[object]:
    """Return what the hub can read, and what it may do with its own announcement."""
    mine = next(t for t in site.world.forums.discussions.values() if t.name == "Mine")
    ask = site.call
    return [
        ask("core_course_get_contents", {"courseid": 2}),
        ask("core_enrol_get_enrolled_users", {"courseid": 2}),
        ask("core_user_get_users_by_field", {"field": "id", "values": [2]}),
        ask("core_cohort_get_cohorts"),
        ask("mod_forum_get_forums_by_courses", {"courseids": [2]}),
        ask("mod_forum_get_forum_discussions", {"forumid": 1}),
        ask("mod_forum_get_discussion_posts", {"discussionid": mine.id}),
        ask("mod_choice_get_choice_options", {"choiceid": 1}),
        ask("mod_choice_get_choice_results", {"choiceid": 1}),
        ask("mod_feedback_get_analysis", {"feedbackid": 1}),
        ask("mod_assign_get_submissions", {"assignmentids": [1]}),
        ask("core_completion_get_activities_completion_status", {"courseid": 2, "userid": 2}),
    ]


def test_the_calendar_says_whether_events_may_be_entered(small: Small) -> None:
    function = "core_calendar_get_calendar_access_information"
    assert not small.ask(function, courseid=small.course.id)["canmanageentries"]
    small.world.people.allow("connector", "moodle/calendar:manageentries")
    assert small.ask(function, courseid=small.course.id)["canmanageentries"]
