"""Writing into forums: what the hub does with an announcement.

There is no de-duplication: the same call twice makes two threads.
"""

from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import MoodleError, invalid_parameter
from sample_cluster.moodle.functions.forums import open_forum
from sample_cluster.moodle.functions.posts import may_delete, may_edit
from sample_cluster.moodle.params import INT, OPTIONS, TEXT, optional
from sample_cluster.moodle.state import ALL_GROUPS, Forum, Post

_LONGEST_SUBJECT = 255


def can_add_discussion(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return whether the account may open a thread."""
    forum = open_forum(call, given["forumid"])
    return {
        "status": _may_add(call, forum),
        "canpindiscussions": False,
        "cancreateattachment": False,
        "warnings": [],
    }


def add_discussion(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Open a thread; returns its id."""
    _check_subject(given["subject"])
    forum = open_forum(call, given["forumid"])
    if not _may_add(call, forum):
        raise MoodleError("cannotcreatediscussion", "Could not create new discussion")
    group_id = given["groupid"] or ALL_GROUPS
    thread = call.world.forums.start(
        forum, call.user, given["subject"], given["message"], group_id=group_id
    )
    return {"discussionid": thread.id, "warnings": []}


def update_discussion_post(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Change a post; what is left out, or empty, stays."""
    post = _post(call, given["postid"])
    _check_subject(given["subject"])
    if not may_edit(call, post):
        raise MoodleError("cannotupdatepost", "You can not update this post")
    call.world.forums.edit(post, subject=given["subject"] or None, message=given["message"] or None)
    return {"status": True, "warnings": []}


def delete_post(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Delete a post; the first one takes its thread along."""
    post = _post(call, given["postid"])
    if not may_delete(call, post):
        raise MoodleError("cannotdeletepost", "You can't delete this post!")
    has_replies = any(each.parent is post for each in post.discussion.posts.values())
    may_delete_any = call.rights.can("mod/forum:deleteanypost", post.discussion.forum.module.course)
    if has_replies and not may_delete_any:
        words = "People have replied to this post"
        raise MoodleError("couldnotdeletereplies", words)
    call.world.forums.delete(post)
    return {"status": True, "warnings": []}


def _post(call: Call, number: int) -> Post:
    post = call.world.forums.posts.get(number)
    if post is None:
        raise MoodleError("invalidpostid", "Invalid post ID - {$a}")
    open_forum(call, post.discussion.forum.id)
    return post


def _may_add(call: Call, forum: Forum) -> bool:
    course = forum.module.course
    capability = "mod/forum:addnews" if forum.type == "news" else "mod/forum:startdiscussion"
    return call.rights.can(capability, course)


def _check_subject(subject: str) -> None:
    if "<" in subject:
        raise invalid_parameter("subject")
    if len(subject) > _LONGEST_SUBJECT:
        raise MoodleError("dmlwriteexception", "Error writing to database", "dml_write_exception")


FUNCTIONS = {
    "mod_forum_add_discussion": Function(
        {
            "forumid": INT,
            "subject": TEXT,
            "message": TEXT,
            "groupid": optional("int", 0),
            "options": OPTIONS,
        },
        add_discussion,
    ),
    "mod_forum_can_add_discussion": Function(
        {"forumid": INT, "groupid": optional("int", 0)}, can_add_discussion
    ),
    "mod_forum_delete_post": Function({"postid": INT}, delete_post),
    "mod_forum_update_discussion_post": Function(
        {
            "postid": INT,
            "subject": optional("text", ""),
            "message": optional("text", ""),
            "messageformat": optional("int", 1),
            "options": OPTIONS,
        },
        update_discussion_post,
    ),
}
