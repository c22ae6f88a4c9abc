"""The big site for measuring holds what its size says, and can be read in few requests."""

import json
from typing import Any

from sample_cluster.moodle.big import Size, big_site
from sample_cluster.moodle.functions.table import BATCH
from sample_cluster.moodle.site import MoodleSite


def batch(site: MoodleSite, function: str, name: str, ids: list[int]) -> list[dict[str, Any]]:
    requests = [{"function": function, "arguments": json.dumps({name: each})} for each in ids]
    responses = site.call(BATCH, {"requests": requests})["responses"]
    return [json.loads(response["data"]) for response in responses]


def test_the_size_that_is_promised_for() -> None:
    size = Size()
    assert (size.courses, size.forums, size.discussions, size.posts) == (200, 5, 20, 5)
    assert size.all_posts == 100_000


def test_everything_can_be_read_and_nobody_can_edit_any_more() -> None:
    size = Size(3, 2, 4, 5)
    site = big_site(size)
    courses = site.call("core_course_get_courses_by_field")["courses"]
    ids = [course["id"] for course in courses]
    forums = site.call("mod_forum_get_forums_by_courses", {"courseids": ids})
    pages = batch(site, "mod_forum_get_forum_discussions", "forumid", [f["id"] for f in forums])
    threads = [d["discussion"] for page in pages for d in page["discussions"]]
    read = batch(site, "mod_forum_get_discussion_posts", "discussionid", threads)
    posts = [post for page in read for post in page["posts"]]
    assert (len(forums), len(threads), len(posts)) == (6, 24, size.all_posts)
    assert max(p["timecreated"] for p in posts) <= site.world.clock.seconds - 30 * 60
    assert len(site.requests) == 4
