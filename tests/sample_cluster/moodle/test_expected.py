"""The truth of a site: what the web service gives to the hub, and who may see what."""

from collections.abc import Callable

import pytest

from sample_cluster.moodle.expected import (
    ExpectedPost,
    expected_posts,
    expected_sign_ups,
    may_read,
)
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.state import SEPARATE_GROUPS, User
from sample_cluster.moodle.vln import COPIED_BLOG, vln_site
from sample_cluster.world import World
from tests.sample_cluster.moodle.small import Small


def read_by_calls(site: MoodleSite) -> dict[int, tuple[int, int | None, str]]:
    """Return all posts that the web service gives, asked step by step."""
    courses = [c["id"] for c in site.call("core_course_get_courses_by_field")["courses"]]
    found = {}
    for forum in site.call("mod_forum_get_forums_by_courses", {"courseids": courses}):
        listed = site.call("mod_forum_get_forum_discussions", {"forumid": forum["id"]})
        for thread in listed["discussions"]:
            given = {"discussionid": thread["discussion"]}
            answer = site.call("mod_forum_get_discussion_posts", given, moodlewssettingraw="1")
            for post in answer["posts"]:
                found[post["id"]] = forum["id"], post["parentid"], post["message"]
    return found


@pytest.mark.parametrize("step", [0, 4, 8])
def test_the_web_service_gives_what_is_expected(world: World, step: int) -> None:
    site = vln_site(world, step, {COPIED_BLOG: "http://blog.example"})
    (hub,) = [u for u in site.world.people.users.values() if u.username == "svc_hub"]
    expected = expected_posts(site.world, hub)
    assert read_by_calls(site) == {p.id: (p.forum, p.parent, p.message) for p in expected}
    assert len(expected) > 20


def test_whoever_loses_access_loses_it_at_once(small: Small) -> None:
    world = small.world
    group = world.courses.add_group(small.course, "Kererū", [small.tama])
    thread = world.forums.start(small.forum, small.mere, "A", "x", group_id=group.id)
    post = thread.first
    assert may_read(world, small.tama, post)
    world.courses.set_group_mode(small.forum.module, SEPARATE_GROUPS)
    world.courses.move_between_groups(
        small.tama, group, world.courses.add_group(small.course, "Tūī")
    )
    assert not may_read(world, small.tama, post)
    world.courses.join(group, small.tama)
    assert may_read(world, small.tama, post)
    for lose, regain in (
        (world.people.suspend, world.people.unsuspend),
        (lambda u: world.courses.unenrol(small.course, u), _back(small, group.id)),
        (lambda u: world.courses.hide(small.course), lambda u: world.courses.show(small.course)),
    ):
        lose(small.tama)
        assert not may_read(world, small.tama, post)
        regain(small.tama)
        assert may_read(world, small.tama, post)
    world.courses.suspend_enrolment(small.course, small.tama)
    assert not may_read(world, small.tama, post)


def _back(small: Small, group: int) -> Callable[[User], None]:
    def regain(user: User) -> None:
        small.world.courses.enrol(small.course, user)
        small.world.courses.join(small.course.groups[group], user)

    return regain


def test_the_group_of_a_post_counts_only_where_groups_are_separate(small: Small) -> None:
    world = small.world
    group = world.courses.add_group(small.course, "Kererū")
    world.forums.start(small.forum, small.mere, "A", "x", group_id=group.id)

    def only() -> ExpectedPost:
        (post,) = expected_posts(world, small.hub)
        return post

    assert only().group is None
    world.courses.set_group_mode(small.forum.module, SEPARATE_GROUPS)
    assert only().group == group.id


def test_a_deleted_activity_takes_its_posts_and_sign_ups(small: Small) -> None:
    world = small.world
    world.forums.start(small.forum, small.mere, "A", "x")
    module = world.courses.add_module(small.course, "choice", "Bus")
    choice = world.activities.add_choice(module, [("Early", 1)])
    world.activities.choose(choice, small.tama, choice.options[0])
    assert [s.user for s in expected_sign_ups(world, small.hub)] == [small.tama.id]
    world.activities.withdraw(choice, small.tama)
    assert expected_sign_ups(world, small.hub) == ()
    world.activities.choose(choice, small.tama, choice.options[0])
    world.courses.delete_module(module)
    world.courses.delete_module(small.forum.module)
    assert expected_sign_ups(world, small.hub) == expected_posts(world, small.hub) == ()
    assert read_by_calls(small.site) == {}


def test_a_deleted_course_is_unknown(small: Small) -> None:
    world = small.world
    world.forums.start(small.forum, small.mere, "A", "x")
    world.courses.delete(small.course)
    assert expected_posts(world, small.hub) == ()
    answer = small.ask("core_course_get_contents", courseid=small.course.id)
    assert answer["errorcode"] == "invalidrecord"


def test_settings_of_activities_show_as_changed(small: Small) -> None:
    world = small.world
    module = world.courses.add_module(small.course, "choice", "Bus")
    choice = world.activities.add_choice(module, [("Early", 1)])
    event = world.calendar.add("Hui", world.clock.seconds, course=small.course)
    then = world.clock.seconds
    small.later(minutes=1)
    world.activities.set_places(choice, choice.options[0], 7)
    world.calendar.edit(event, name="Hui, online")
    found = small.ask("core_course_get_updates_since", courseid=small.course.id, since=then)
    assert [each["id"] for each in found["instances"]] == [module.id]
    small.later(minutes=1)
    world.courses.edit_module(module, name="The bus")
    assert small.modules()[module.id]["name"] == "The bus"
    asked = {"events": {"courseids": [small.course.id]}}
    (shown,) = small.site.call("core_calendar_get_calendar_events", asked)["events"]
    assert (shown["name"], shown["timemodified"]) == ("Hui, online", then + 60)
