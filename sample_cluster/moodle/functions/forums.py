"""Reading forums, discussions and posts."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import MoodleError, invalid_parameter, no_permission
from sample_cluster.moodle.functions.posts import post_value
from sample_cluster.moodle.params import INT, Many, optional
from sample_cluster.moodle.state import Discussion, Forum, Post

_LAST_POST, _CREATED, _REPLIES = (
    attrgetter("timemodified"),
    attrgetter("timecreated"),
    lambda discussion: len(discussion.posts),
)
_ORDERS: dict[int, tuple[Callable[[Discussion], int], bool]] = {
    -1: (_LAST_POST, True),
    1: (_LAST_POST, True),
    2: (_LAST_POST, False),
    3: (_CREATED, True),
    4: (_CREATED, False),
    5: (_REPLIES, True),
    6: (_REPLIES, False),
}


def get_forums_by_courses(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the forums the account may read; without the right an empty list, no warning."""
    courses = call.world.courses.courses
    return [
        _forum(call, forum)
        for number in given["courseids"] or courses
        if number in courses and call.rights.may_enter(courses[number])
        for forum in call.world.forums.of_course(courses[number])
        if call.rights.sees_module(forum.module)
        and call.rights.can("mod/forum:viewdiscussion", courses[number])
    ]


def get_forum_discussions(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a forum's threads; pinned ones are first in every order."""
    if given["sortorder"] not in _ORDERS:
        raise invalid_parameter("Invalid value for sortorder")
    forum = open_forum(call, given["forumid"])
    found = visible_discussions(call, forum, given["sortorder"])
    if given["perpage"] > 0 and given["page"] >= 0:
        begin = given["page"] * given["perpage"]
        found = found[begin : begin + given["perpage"]]
    return {"discussions": [_discussion(call, each) for each in found], "warnings": []}


def get_discussion_posts(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the posts of one thread; private replies between others are left out."""
    discussion = call.world.forums.discussions.get(given["discussionid"])
    if discussion is None:
        # As recorded: PHP stumbles, so there is no errorcode.
        raise MoodleError(None, "Call to a member function get_forum_id() on null", "Error")
    forum = open_forum(call, discussion.forum.id)
    if not call.rights.sees_discussion(discussion):
        raise MoodleError("noviewdiscussionspermission", "You do not have permission to view this")
    seen = [post for post in discussion.posts.values() if call.rights.sees_post(post)]
    key = {"id": "id", "created": "created", "modified": "modified"}[given["sortby"]]
    seen.sort(key=attrgetter(key, "id"), reverse=given["sortdirection"].upper() == "DESC")
    return {
        "posts": [post_value(call, post) for post in seen],
        "forumid": forum.id,
        "courseid": forum.module.course.id,
        "ratinginfo": {
            "contextid": forum.module.context_id,
            "component": "mod_forum",
            "ratingarea": "post",
            "canviewall": None,
            "canviewany": None,
            "scales": [],
            "ratings": [],
        },
        "warnings": [],
    }


def get_discussion_posts_by_userid(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what one person wrote in one forum, thread by thread."""
    module = call.world.courses.modules.get(given["cmid"])
    if module is None:
        raise MoodleError("invalidcoursemodule", "Invalid course module ID")
    forum = open_forum(call, module.instance)
    user = call.world.people.users.get(given["userid"])
    threads = sorted(visible_discussions(call, forum), key=_CREATED)
    return {
        "discussions": [
            {
                "name": call.title(thread.name),
                "id": thread.id,
                "timecreated": thread.timecreated,
                "authorfullname": thread.user.fullname,
                "posts": {
                    "userposts": [post_value(call, post) for post in own],
                    "parentposts": _parents(call, own),
                },
            }
            for thread in threads
            if (own := [post for post in thread.posts.values() if post.user is user])
        ],
        "warnings": [],
    }


def open_forum(call: Call, number: int) -> Forum:
    """Return a forum that the account may read. Raises MoodleError."""
    forum = call.world.forums.forums.get(number)
    if forum is None or not call.world.forums.is_there(forum):
        words = f"Unable to find forum with id {number}"
        raise MoodleError(words, f"error/{words}")
    refused = no_permission("View discussions")
    call.rights.enter_module(forum.module, "mod/forum:viewdiscussion", refused)
    return forum


def visible_discussions(call: Call, forum: Forum, order: int = -1) -> list[Discussion]:
    """Return the threads whose groups the account may see, pinned ones first."""
    key, backwards = _ORDERS[order]
    seen = [each for each in forum.discussions.values() if call.rights.sees_discussion(each)]
    sign = -1 if backwards else 1
    return sorted(seen, key=lambda each: (not each.pinned, sign * key(each), sign * each.id))


def _parents(call: Call, own: list[Post]) -> list[dict[str, Any]]:
    parents = {post.parent.id: post.parent for post in own if post.parent}
    return [post_value(call, parent) for parent in parents.values() if parent not in own]


def _discussion(call: Call, discussion: Discussion) -> dict[str, Any]:
    first = discussion.first
    module = discussion.forum.module
    files_at = f"{module.context_id}/mod_forum/post/{first.id}"
    found = {
        "id": first.id,
        "name": call.title(discussion.name),
        "groupid": discussion.group_id,
        "timemodified": discussion.timemodified,
        "usermodified": discussion.usermodified.id,
        "timestart": 0,
        "timeend": 0,
        "discussion": discussion.id,
        "parent": 0,
        "userid": first.user.id,
        "created": first.created,
        "modified": first.modified,
        "mailed": 0,
        "subject": call.title(first.subject),
        "message": call.html(first.message, files_at),
        "messageformat": 1,
        "messagetrust": 0,
        "attachment": bool(first.attachments),
        "totalscore": 0,
        "mailnow": 0,
        "userfullname": first.user.fullname,
        "usermodifiedfullname": discussion.usermodified.fullname,
        "userpictureurl": call.picture(2),
        "usermodifiedpictureurl": call.picture(2),
        "numreplies": len(discussion.posts) - 1,
        "numunread": 0,
        "pinned": discussion.pinned,
        "locked": discussion.locked,
        "starred": False,
        "canreply": False,
        "canlock": False,
        "canfavourite": True,
    }
    if first.inline_files:
        found["messageinlinefiles"] = [call.file(each, files_at) for each in first.inline_files]
    if first.attachments:
        kept_at = f"{module.context_id}/mod_forum/attachment/{first.id}"
        found["attachments"] = [call.file(each, kept_at) for each in first.attachments]
    return found


def _forum(call: Call, forum: Forum) -> dict[str, Any]:
    module = forum.module
    is_news = forum.type == "news"
    return {
        "id": forum.id,
        "course": module.course.id,
        "type": forum.type,
        "name": call.title(module.name),
        "intro": call.html(module.intro),
        "introformat": 1,
        "introfiles": [],
        "lang": "",
        "duedate": 0,
        "cutoffdate": 0,
        "assessed": 0,
        "assesstimestart": 0,
        "assesstimefinish": 0,
        "scale": 0,
        "grade_forum": 0,
        "grade_forum_notify": 0,
        "maxbytes": 0,
        "maxattachments": 1,
        "forcesubscribe": int(is_news),
        "trackingtype": 1,
        "rsstype": 2 if forum.rss_articles else 0,
        "rssarticles": forum.rss_articles,
        "timemodified": module.timemodified,
        "warnafter": 0,
        "blockafter": 0,
        "blockperiod": 0,
        "completiondiscussions": 0,
        "completionreplies": 0,
        "completionposts": 0,
        "cmid": module.id,
        "numdiscussions": len(forum.discussions),
        "cancreatediscussions": is_news and call.rights.can("mod/forum:addnews", module.course),
        "lockdiscussionafter": 0,
        "istracked": False,
    }


_SORTED = {"sortby": optional("text", "created"), "sortdirection": optional("text", "DESC")}

FUNCTIONS = {
    "mod_forum_get_discussion_posts": Function(
        {"discussionid": INT, **_SORTED, "includeinlineattachments": optional("bool", False)},
        get_discussion_posts,
    ),
    "mod_forum_get_discussion_posts_by_userid": Function(
        {"userid": optional("int", 0), "cmid": optional("int", 0), **_SORTED},
        get_discussion_posts_by_userid,
    ),
    "mod_forum_get_forum_discussions": Function(
        {
            "forumid": INT,
            "sortorder": optional("int", -1),
            "page": optional("int", -1),
            "perpage": optional("int", 0),
            "groupid": optional("int", 0),
        },
        get_forum_discussions,
    ),
    "mod_forum_get_forums_by_courses": Function(
        {"courseids": Many(INT, ())}, get_forums_by_courses
    ),
}
