"""One post of a forum, as all functions that name posts tell it."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from sample_cluster.moodle.calls import Call, icon_of, in_words, local_time
from sample_cluster.moodle.forums import EDITING_WINDOW_SECONDS
from sample_cluster.moodle.state import Post, StoredFile, User

_BLANKED_SUBJECT = "[Deleted]"


_BLANKED_MESSAGE = "The content of this forum post has been removed."


def may_delete(call: Call, post: Post) -> bool:
    """Whether the account may delete a post now: its own inside the editing window."""
    course = post.discussion.forum.module.course
    if call.rights.can("mod/forum:deleteanypost", course):
        return True
    is_own = post.user is call.user and call.rights.can("mod/forum:deleteownpost", course)
    return is_own and call.world.clock.seconds - post.created < EDITING_WINDOW_SECONDS


def may_edit(call: Call, post: Post) -> bool:
    """Whether the account may edit a post now: own announcements at any age."""
    if post.user is not call.user:
        return call.rights.can("mod/forum:editanypost", post.discussion.forum.module.course)
    is_announcement = post.discussion.forum.type == "news" and post.parent is None
    age = call.world.clock.seconds - post.created
    return is_announcement or age < EDITING_WINDOW_SECONDS


def post_value(call: Call, post: Post) -> dict[str, Any]:
    """Return one post."""
    discussion = post.discussion
    subject = _BLANKED_SUBJECT if post.blanked else call.title(post.subject)
    can_edit, can_delete = may_edit(call, post), may_delete(call, post)
    files_at = f"{discussion.forum.module.context_id}/mod_forum/post/{post.id}"
    return {
        "id": post.id,
        "subject": subject,
        "replysubject": subject if subject.startswith("Re: ") else f"Re: {subject}",
        "message": _BLANKED_MESSAGE if post.blanked else call.html(post.message, files_at),
        "messageformat": 1,
        "author": _author(call, post),
        "discussionid": discussion.id,
        "hasparent": post.parent is not None,
        "parentid": post.parent.id if post.parent else None,
        "timecreated": post.created,
        "timemodified": post.modified,
        "unread": None,
        "isdeleted": post.blanked,
        "isprivatereply": post.private_to is not None,
        "haswordcount": False,
        "wordcount": None,
        "charcount": None,
        "capabilities": {
            "view": True,
            "edit": can_edit,
            "delete": can_delete,
            "split": False,
            "reply": False,
            "selfenrol": False,
            "export": False,
            "controlreadstatus": False,
            "canreplyprivately": False,
        },
        "urls": _addresses(call, post, can_edit, can_delete),
        "attachments": [_attachment(call, post, each) for each in post.attachments],
        "messageinlinefiles": [],
        "tags": [],
        "html": {"rating": None, "taglist": None, "authorsubheading": _byline(call, post)},
    }


def _author(call: Call, post: Post) -> dict[str, Any]:
    user, course = post.user, post.discussion.forum.module.course
    nobody = {"profile": None, "profileimage": None}
    if user.deleted:
        fullname = "Deleted user"
        return {
            "id": user.id,
            "fullname": fullname,
            "isdeleted": True,
            "groups": [],
            "urls": nobody,
        }
    return {
        "id": user.id,
        "fullname": user.fullname,
        "isdeleted": False,
        "groups": [
            {"id": group.id, "name": call.title(group.name), "urls": {"image": None}}
            for group in course.groups_of(user)
        ],
        "urls": {"profile": _profile(call, user, course.id), "profileimage": call.picture()},
    }


def _profile(call: Call, user: User, course_id: int) -> str:
    return f"{call.wwwroot}/user/view.php?id={user.id}&course={course_id}"


def _byline(call: Call, post: Post) -> str:
    profile = _profile(call, post.user, post.discussion.forum.module.course.id)
    moment: datetime = local_time(post.created)
    shown = f'<time datetime="{moment.isoformat()}">{in_words(post.created)}</time>'
    return f'by <a href="{profile}">{post.user.fullname}</a> - {shown}'


def _addresses(call: Call, post: Post, can_edit: bool, can_delete: bool) -> dict[str, Any]:
    at = f"{call.wwwroot}/mod/forum"
    thread = f"{at}/discuss.php?d={post.discussion.id}"
    return {
        "view": f"{thread}#p{post.id}",
        "viewisolated": f"{thread}&parent={post.id}",
        "viewparent": f"{thread}#p{post.parent.id}" if post.parent else None,
        "edit": f"{at}/post.php?edit={post.id}" if can_edit else None,
        "delete": f"{at}/post.php?delete={post.id}" if can_delete else None,
        "split": None,
        "reply": None,
        "export": None,
        "markasread": None,
        "markasunread": None,
        "discuss": thread,
    }


def _attachment(call: Call, post: Post, stored: StoredFile) -> dict[str, Any]:
    context = post.discussion.forum.module.context_id
    at = f"{call.wwwroot}/pluginfile.php/{context}/mod_forum/attachment/{post.id}"
    return {
        "contextid": context,
        "component": "mod_forum",
        "filearea": "attachment",
        "itemid": post.id,
        "filepath": "/",
        "filename": stored.name,
        "isdir": False,
        "isimage": stored.mimetype.startswith("image/"),
        "timemodified": stored.timemodified,
        "timecreated": stored.timemodified,
        "filesize": len(stored.content),
        "author": "",
        "license": "",
        "filenameshort": stored.name,
        "filesizeformatted": f"{len(stored.content)} bytes",
        "icon": icon_of(stored),
        "timecreatedformatted": in_words(stored.timemodified),
        "timemodifiedformatted": in_words(stored.timemodified),
        "url": f"{at}/{quote(stored.name)}?forcedownload=1",
        "urls": {"export": None},
        "html": {"plagiarism": None},
    }
