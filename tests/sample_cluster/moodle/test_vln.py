"""The sample cluster's Moodle: what is in its two courses, and how it steps along."""

import json

import pytest
import requests

from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.vln import COPIED_BLOG, STUDENTS, vln_site
from sample_cluster.people import TEACHERS
from sample_cluster.servers import SampleServers
from sample_cluster.world import World

ADDRESSES = {COPIED_BLOG: "http://blog.example"}


def site_at(world: World, step: int) -> MoodleSite:
    return vln_site(world, step, ADDRESSES)


def everything(site: MoodleSite) -> str:
    """Return all that the hub's account can read, as text."""
    found = []
    for thread in site.world.forums.discussions:
        found.append(site.call("mod_forum_get_discussion_posts", {"discussionid": thread}))
    for course in site.world.courses.courses:
        found.append(site.call("core_course_get_contents", {"courseid": course}))
    for choice in site.world.activities.choices:
        found.append(site.call("mod_choice_get_choice_results", {"choiceid": choice}))
    found.append(site.call("core_blog_get_entries", {"perpage": 100}))
    return json.dumps(found, ensure_ascii=False)


def test_the_same_world_gives_the_same_site(world: World) -> None:
    assert everything(site_at(world, 3)) == everything(site_at(world, 3))


def test_it_holds_what_a_cluster_does_in_its_courses(world: World) -> None:
    site = site_at(world, 0)
    kinds = {module.modname for module in site.world.courses.modules.values()}
    assert kinds >= {"forum", "choice", "facetoface", "feedback", "page", "assign"}
    types = [forum.type for forum in site.world.forums.forums.values()]
    assert sorted(types) == ["general", "general", "news", "news"]
    (trip,) = site.world.activities.choices.values()
    assert trip.limit_answers
    assert all(option.places for option in trip.options)
    assert trip.answers
    assert {event.eventtype for event in site.world.calendar.events.values()} == {
        "course",
        "facetofacesession",
    }


def test_a_copy_of_a_blog_post_has_the_address_of_that_post(world: World) -> None:
    entries = site_at(world, 0).call("core_blog_get_entries")["entries"]
    posts = world.at(0).sites[COPIED_BLOG].public
    wanted = [p.shown_link.replace(f"sample://{COPIED_BLOG}", "http://blog.example") for p in posts]
    assert [e["uniquehash"] for e in entries] == wanted[:2]
    assert {e["module"] for e in entries} == {"blog_external"}


def test_nobody_in_it_is_both_a_teacher_and_a_student(world: World) -> None:
    students = {f"{first} {last}" for first, last, _ in STUDENTS}
    assert not students & {teacher.name for teacher in TEACHERS}
    site = site_at(world, 0)
    for course in site.world.courses.courses.values():
        for enrolment in course.enrolments.values():
            is_student = enrolment.user.fullname in students
            assert is_student == any(role.shortname == "student" for role in enrolment.roles)


@pytest.mark.parametrize("step", range(1, 9))
def test_something_happens_at_every_step(world: World, step: int) -> None:
    before, after = site_at(world, step - 1), site_at(world, step)
    assert after.world.clock.now == world.at(step).now
    members = [
        sum(len(c.enrolments) for c in site.world.courses.courses.values())
        for site in (before, after)
    ]
    assert everything(before) != everything(after) or members[0] != members[1]


def test_nothing_in_it_is_written_after_now(world: World) -> None:
    site = site_at(world, 8)
    now = site.world.clock.seconds
    assert all(post.created <= now for post in site.world.forums.posts.values())


def test_it_starts_steps_and_stops_with_the_blogs(servers: SampleServers) -> None:
    def threads() -> int:
        form = {
            "wstoken": "TOKEN",
            "wsfunction": "mod_forum_get_forum_discussions",
            "moodlewsrestformat": "json",
            "forumid": 2,
        }
        endpoint = f"{servers.vln.address}/webservice/rest/server.php"
        return len(requests.post(endpoint, form, timeout=10).json()["discussions"])

    assert threads() == 12
    servers.advance(5)
    assert threads() == 13
    servers.advance(0)
    assert threads() == 12


def test_whoever_writes_is_enrolled(world: World) -> None:
    site = site_at(world, 8)
    for post in site.world.forums.posts.values():
        assert post.user.id in post.discussion.forum.module.course.enrolments
