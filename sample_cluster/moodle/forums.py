"""Forums, discussions and posts of a stand-in site, and what happens to them.

As measured: an edit moves neither a discussion's ``timemodified`` nor the number of replies;
deleting the last reply moves it back; deleting a reply takes all answers to it along.
"""

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.courses import Courses
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.state import (
    ALL_GROUPS,
    Course,
    Discussion,
    Forum,
    Module,
    Post,
    StoredFile,
    User,
)

EDITING_WINDOW_SECONDS = 30 * 60
"""How long people may edit and delete their own posts."""


class Forums:
    """All forums of a site."""

    def __init__(self, numbers: Numbers, clock: Clock, courses: Courses) -> None:
        self._numbers = numbers
        self._clock = clock
        self._courses = courses
        self.forums: dict[int, Forum] = {}
        self.discussions: dict[int, Discussion] = {}
        self.posts: dict[int, Post] = {}

    def add(
        self,
        course: Course,
        name: str,
        type: str = "general",
        *,
        section: int = 0,
        id: int | None = None,
        module_id: int | None = None,
    ) -> Forum:
        """Open a forum; ``news`` is a course's announcements."""
        module = self._courses.add_module(
            course, "forum", name, section=section, id=module_id, instance=id
        )
        module.customdata = {"trackingtype": "1"}
        return self.adopt(module, type)

    def adopt(self, module: Module, type: str = "general") -> Forum:
        """Make a forum of a module that stands on the page already."""
        forum = Forum(module, type)  # type: ignore[arg-type]  # a word of Moodle's own list
        self.forums[forum.id] = forum
        return forum

    def of_course(self, course: Course) -> list[Forum]:
        return [f for f in self.forums.values() if f.module.course is course and self.is_there(f)]

    def is_there(self, forum: Forum) -> bool:
        """Whether the activity and its course have not been deleted."""
        return forum.module.id in self._courses.modules

    def start(
        self,
        forum: Forum,
        user: User,
        subject: str,
        message: str,
        *,
        group_id: int = ALL_GROUPS,
        pinned: bool = False,
        attachments: tuple[StoredFile, ...] = (),
        inline_files: tuple[StoredFile, ...] = (),
        id: int | None = None,
        post_id: int | None = None,
    ) -> Discussion:
        """Open a thread; its first post carries the same words."""
        now = self._clock.seconds
        discussion = Discussion(
            self._numbers.next("discussion", id),
            forum,
            subject,
            user,
            group_id,
            now,
            now,
            user,
            pinned=pinned,
        )
        forum.discussions[discussion.id] = discussion
        self.discussions[discussion.id] = discussion
        post = self._write(discussion, None, user, subject, message, post_id)
        post.attachments, post.inline_files = attachments, inline_files
        return discussion

    def reply(
        self,
        parent: Post,
        user: User,
        message: str,
        *,
        subject: str | None = None,
        private_to: User | None = None,
        attachments: tuple[StoredFile, ...] = (),
    ) -> Post:
        """Answer a post."""
        discussion = parent.discussion
        words = f"Re: {discussion.name}" if subject is None else subject
        post = self._write(discussion, parent, user, words, message)
        post.private_to, post.attachments = private_to, attachments
        discussion.timemodified, discussion.usermodified = post.created, user
        return post

    def edit(self, post: Post, *, message: str | None = None, subject: str | None = None) -> None:
        """Change a post's words; the name of the thread is the subject of its first post."""
        post.message = post.message if message is None else message
        if subject is not None:
            post.subject = subject
            if post.parent is None:
                post.discussion.name = subject
        post.modified = self._clock.seconds

    def delete(self, post: Post) -> list[int]:
        """Delete a post and all answers to it; the first one takes its thread along.

        Returns:
            The ids of the posts that went.
        """
        discussion = post.discussion
        gone = _subtree(post)
        for each in gone:
            del discussion.posts[each.id]
            del self.posts[each.id]
        if discussion.posts:
            last = max(discussion.posts.values(), key=lambda kept: (kept.modified, kept.id))
            discussion.timemodified, discussion.usermodified = last.modified, last.user
        else:
            del discussion.forum.discussions[discussion.id]
            del self.discussions[discussion.id]
        return [each.id for each in gone]

    def blank(self, post: Post) -> None:
        """Remove a post's words and keep its place, as a request for erasure does."""
        post.blanked = True
        post.subject = post.message = ""
        post.attachments = post.inline_files = ()

    def move(self, discussion: Discussion, forum: Forum) -> None:
        """Move a thread to another forum: ids and times stay, its group does not."""
        del discussion.forum.discussions[discussion.id]
        if discussion.forum.module.course is not forum.module.course:
            discussion.group_id = ALL_GROUPS
        discussion.forum = forum
        forum.discussions[discussion.id] = discussion

    def pin(self, discussion: Discussion, pinned: bool = True) -> None:
        discussion.pinned = pinned

    def lock(self, discussion: Discussion, locked: bool = True) -> None:
        discussion.locked = locked

    def _write(
        self,
        discussion: Discussion,
        parent: Post | None,
        user: User,
        subject: str,
        message: str,
        id: int | None = None,
    ) -> Post:
        now = self._clock.seconds
        number = self._numbers.next("post", id)
        post = Post(number, discussion, parent, user, subject, message, now, now)
        discussion.posts[number] = post
        self.posts[number] = post
        return post


def _subtree(post: Post) -> list[Post]:
    """Return the post and all below it; answers have higher ids than what they answer."""
    found = {post}
    for each in post.discussion.posts.values():
        if each.parent in found:
            found.add(each)
    return sorted(found, key=lambda each: each.id)
