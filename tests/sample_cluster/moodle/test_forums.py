"""What happens in forums, and how it shows, as measured on real servers."""

from typing import Any

from sample_cluster.moodle.state import SEPARATE_GROUPS, StoredFile
from tests.sample_cluster.moodle.small import Small


def changed_since(small: Small, since: int) -> dict[int, list[str]]:
    found = small.ask("core_course_get_updates_since", courseid=small.course.id, since=since)
    return {each["id"]: [u["name"] for u in each["updates"]] for each in found["instances"]}


def test_pinned_threads_come_first_in_every_order(small: Small) -> None:
    forums = small.world.forums
    threads = []
    for number in range(3):
        threads.append(forums.start(small.forum, small.mere, f"Thread {number}", "x"))
        small.later(minutes=1)
    forums.pin(threads[1])
    for order, wanted in ((1, [1, 2, 0]), (2, [1, 0, 2]), (3, [1, 2, 0]), (4, [1, 0, 2])):
        given = {"forumid": small.forum.id, "sortorder": order}
        found = small.site.call("mod_forum_get_forum_discussions", given)["discussions"]
        assert [d["discussion"] for d in found] == [threads[n].id for n in wanted]


def test_ids_of_threads_and_of_first_posts_are_told_apart(small: Small) -> None:
    forums = small.world.forums
    first = forums.start(small.forum, small.mere, "A", "x")
    forums.reply(first.first, small.joe, "y")
    second = forums.start(small.forum, small.mere, "B", "x")
    shown = {d["discussion"]: d["id"] for d in small.discussions()}
    assert shown == {first.id: first.first.id, second.id: second.first.id}
    assert second.first.id != second.id


def test_an_edit_moves_neither_the_thread_nor_what_changed(small: Small) -> None:
    forums = small.world.forums
    thread = forums.start(small.forum, small.mere, "A", "x")
    reply = forums.reply(thread.first, small.joe, "y")
    before = small.discussions()[0]["timemodified"]
    small.later(minutes=10)
    forums.edit(thread.first, message="new", subject="B")
    forums.edit(reply, message="newer")
    shown = small.discussions()[0]
    assert shown["timemodified"] == before
    assert shown["modified"] == before + 600
    assert shown["name"] == "B"
    assert changed_since(small, before + 1) == {}
    assert small.posts(thread.id)[reply.id]["timemodified"] == before + 600


def test_a_reply_moves_the_thread_and_shows_by_its_first_post(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.mere, "A", "x")
    then = small.world.clock.seconds
    assert changed_since(small, then) == {}  # strictly greater
    small.later(seconds=1)
    small.world.forums.reply(thread.first, small.joe, "y")
    found = small.ask("core_course_get_updates_since", courseid=small.course.id, since=then)
    assert found["instances"][0]["updates"] == [
        {"name": "discussions", "itemids": [thread.first.id]}
    ]


def test_deleting_the_last_reply_moves_the_thread_backwards(small: Small) -> None:
    forums = small.world.forums
    thread = forums.start(small.forum, small.mere, "A", "x")
    begun = small.discussions()[0]
    small.later(minutes=5)
    reply = forums.reply(thread.first, small.joe, "y")
    assert small.discussions()[0]["timemodified"] == begun["timemodified"] + 300
    forums.delete(reply)
    shown = small.discussions()[0]
    assert (shown["timemodified"], shown["numreplies"]) == (begun["timemodified"], 0)
    assert shown["usermodified"] == small.mere.id


def test_deleting_a_reply_takes_all_answers_to_it(small: Small) -> None:
    forums = small.world.forums
    thread = forums.start(small.forum, small.mere, "A", "x")
    parent = forums.reply(thread.first, small.joe, "1")
    child = forums.reply(parent, small.mere, "1.1")
    forums.reply(child, small.joe, "1.1.1")
    other = forums.reply(thread.first, small.joe, "2")
    assert len(forums.delete(parent)) == 3
    assert set(small.posts(thread.id)) == {thread.first.id, other.id}


def test_deleting_the_first_post_deletes_the_thread(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.mere, "A", "x")
    small.world.forums.delete(thread.first)
    assert small.discussions() == []
    answer = small.ask("mod_forum_get_discussion_posts", discussionid=thread.id)
    assert (answer["exception"], "errorcode" in answer) == ("Error", False)


def test_a_moved_thread_keeps_its_ids_and_times(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.mere, "A", "x")
    small.later(minutes=1)
    small.world.forums.move(thread, small.news)
    assert small.discussions() == []
    found = small.ask("mod_forum_get_forum_discussions", forumid=small.news.id)["discussions"]
    assert [d["timemodified"] for d in found] == [thread.timecreated]
    answer = small.ask("mod_forum_get_discussion_posts", discussionid=thread.id)
    assert answer["forumid"] == small.news.id


def test_private_replies_are_left_out(small: Small) -> None:
    forums = small.world.forums
    thread = forums.start(small.forum, small.tama, "A", "x")
    forums.reply(thread.first, small.mere, "only for you", private_to=small.tama)
    assert set(small.posts(thread.id)) == {thread.first.id}


def test_separate_groups_show_their_threads_to_members_only(small: Small) -> None:
    world = small.world
    group = world.courses.add_group(small.course, "Kererū")
    world.forums.start(small.forum, small.mere, "For Kererū", "x", group_id=group.id)
    world.forums.start(small.forum, small.mere, "For all", "x")
    world.courses.set_group_mode(small.forum.module, SEPARATE_GROUPS)
    assert len(small.discussions()) == 2  # moodle/site:accessallgroups
    world.people.forbid("connector", "moodle/site:accessallgroups")
    assert [d["name"] for d in small.discussions()] == ["For all"]
    world.courses.join(group, small.hub)
    assert len(small.discussions()) == 2
    assert small.modules()[small.forum.module.id]["groupmode"] == SEPARATE_GROUPS


def test_whoever_left_the_site_is_a_deleted_user(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.joe, "A", "x")
    small.world.people.delete(small.joe)
    author = small.posts(thread.id)[thread.first.id]["author"]
    assert author["isdeleted"]
    assert "Kerslake" not in author["fullname"]


def test_a_blanked_post_keeps_its_place_and_none_of_its_words(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.joe, "Secret", "<p>secret</p>")
    small.world.forums.blank(thread.first)
    post = small.posts(thread.id)[thread.first.id]
    assert post["isdeleted"]
    assert "secret" not in str(post).lower()


def test_files_are_given_to_a_token_that_may_read_the_post(small: Small) -> None:
    stored = StoredFile("map.pdf", b"%PDF", "application/pdf", 1)
    thread = small.world.forums.start(small.forum, small.joe, "A", "x", attachments=(stored,))
    address: str = small.posts(thread.id)[thread.first.id]["attachments"][0]["url"]
    assert "TOKEN" not in address
    target = address.removeprefix(small.site.wwwroot).replace("/pluginfile", _FOR_TOKENS)
    assert _get(small, f"{target}&token=TOKEN").body == b"%PDF"
    small.world.courses.hide(small.course)
    assert "filenotfound" in _get(small, f"{target}&token=TOKEN").body


_FOR_TOKENS = "/webservice/pluginfile"


def _get(small: Small, target: str) -> Any:
    from sample_cluster.answers import Request

    return small.site.answer(Request("GET", target))


def test_own_announcements_can_be_edited_for_ever_and_deleted_for_half_an_hour(
    small: Small,
) -> None:
    made = small.ask(
        "mod_forum_add_discussion", forumid=small.news.id, subject="Kia ora", message="<p>x</p>"
    )
    twice = small.ask(
        "mod_forum_add_discussion", forumid=small.news.id, subject="Kia ora", message="<p>x</p>"
    )
    assert made["discussionid"] != twice["discussionid"]
    post = small.world.forums.discussions[made["discussionid"]].first
    small.later(minutes=31)
    edited = small.ask("mod_forum_update_discussion_post", postid=post.id, message="<p>y</p>")
    assert edited["status"]
    assert post.message == "<p>y</p>"
    refused = small.ask("mod_forum_delete_post", postid=post.id)
    assert refused["errorcode"] == "cannotdeletepost"
    small.world.people.allow("connector", "mod/forum:deleteanypost")
    assert small.ask("mod_forum_delete_post", postid=post.id)["status"]


def test_an_own_post_with_replies_is_not_deleted_without_a_right_of_its_own(small: Small) -> None:
    given = {"forumid": small.news.id, "subject": "Kia ora", "message": "<p>x</p>"}
    made = small.site.call("mod_forum_add_discussion", given)
    post = small.world.forums.discussions[made["discussionid"]].first
    small.world.forums.reply(post, small.joe, "<p>y</p>")
    assert (
        small.ask("mod_forum_delete_post", postid=post.id)["errorcode"] == "couldnotdeletereplies"
    )
    small.world.people.allow("connector", "mod/forum:deleteanypost")
    assert small.ask("mod_forum_delete_post", postid=post.id)["status"]


def test_what_a_subject_may_not_hold(small: Small) -> None:
    def code(subject: str) -> str | None:
        given = {"forumid": small.news.id, "subject": subject, "message": "x"}
        found: str | None = small.site.call("mod_forum_add_discussion", given).get("errorcode")
        return found

    assert code("I <3 you") == "invalidparameter"
    assert code("x" * 256) == "dmlwriteexception"
    assert code("") is None
