"""What a hub should know of a site now, and who may see it there: the truth to test against.

It is worked out from the world itself and not from what the web service answers.
"""

from dataclasses import dataclass

from sample_cluster.moodle.rights import Rights, group_mode
from sample_cluster.moodle.state import ALL_GROUPS, SEPARATE_GROUPS, Module, Post, User
from sample_cluster.moodle.world import MoodleWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPost:
    """One forum post as a hub should hold it."""

    id: int
    discussion: int
    forum: int
    course: int
    parent: int | None
    author: int
    subject: str
    message: str
    """As it was written, placeholders of files included."""
    created: int
    modified: int
    """Seconds since 1970, UTC."""
    group: int | None
    """The only group that may read it; None: all members of the course."""
    is_announcement: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSignUp:
    """Somebody's place in a choice."""

    choice: int
    option: int
    user: int
    timemodified: int


def expected_posts(world: MoodleWorld, reader: User) -> tuple[ExpectedPost, ...]:
    """Return all posts that this account can reach, in the order of their ids."""
    readable = (post for post in world.forums.posts.values() if may_read(world, reader, post))
    return tuple(_expected(post) for post in sorted(readable, key=lambda post: post.id))


def expected_sign_ups(world: MoodleWorld, reader: User) -> tuple[ExpectedSignUp, ...]:
    """Return who signed up for what, where this account can see it."""
    rights = Rights(world, reader)
    return tuple(
        ExpectedSignUp(
            choice=choice.id,
            option=answer.option.id,
            user=answer.user.id,
            timemodified=answer.timemodified,
        )
        for choice in world.activities.choices.values()
        if choice.publish_names and may_open(rights, world, choice.module)
        for answer in choice.answers.values()
    )


def may_read(world: MoodleWorld, person: User, post: Post) -> bool:
    """Whether somebody can see a post on the site itself, as the world stands now."""
    if person.suspended or person.deleted:
        return False
    rights = Rights(world, person)
    module = post.discussion.forum.module
    return (
        may_open(rights, world, module)
        and rights.can("mod/forum:viewdiscussion", module.course)
        and rights.sees_discussion(post.discussion)
        and rights.sees_post(post)
    )


def may_open(rights: Rights, world: MoodleWorld, module: Module) -> bool:
    """Whether an account can open an activity that has not been deleted."""
    is_there = module.id in world.courses.modules
    return is_there and rights.may_enter(module.course) and rights.sees_module(module)


def _expected(post: Post) -> ExpectedPost:
    discussion = post.discussion
    module = discussion.forum.module
    is_separate = group_mode(module) == SEPARATE_GROUPS and discussion.group_id != ALL_GROUPS
    return ExpectedPost(
        id=post.id,
        discussion=discussion.id,
        forum=discussion.forum.id,
        course=module.course.id,
        parent=post.parent.id if post.parent else None,
        author=post.user.id,
        subject=post.subject,
        message=post.message,
        created=post.created,
        modified=post.modified,
        group=discussion.group_id if is_separate else None,
        is_announcement=discussion.forum.type == "news",
    )
