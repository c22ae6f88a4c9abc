"""Pure: who may see what in a course, by what Moodle says of it.

Nothing of a course is public. Whatever is hidden, or restricted in a way that is not
understood here, is for facilitators.
"""

from dataclasses import dataclass
from typing import Literal

from adapters.moodle.said import Course, Module
from adapters.moodle.said_posts import NO_GROUP, Forum
from connector.model import FACILITATORS, STREAM, Audience, AudienceKind

CLOSED = -9
"""What stands for the group of a discussion that only facilitators may see."""
SEPARATE_GROUPS = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may see an activity."""

    kind: Literal["members", "separate", "group", "within", "nobody"]
    """All members; each discussion its own group; one group; each discussion its own group, of
    those in one group; nobody that we know of."""
    group: int = 0

    @property
    def token(self) -> str:
        """The rule as a cursor keeps it."""
        return f"{self.kind}:{self.group}" if self.group else self.kind


MEMBERS, SEPARATE, NOBODY = Rule("members"), Rule("separate"), Rule("nobody")


def group_audience(group: int) -> Audience:
    """Return the audience of a course group."""
    return Audience(AudienceKind.GROUP, f"group:{group}")


def course_audience(course: int) -> Audience:
    """Return the audience of a course's members, for streams that span courses."""
    return Audience(AudienceKind.GROUP, f"course:{course}")


def module_rule(course: Course | None, module: Module | None) -> Rule:
    """Return who may see that an activity is there."""
    if course is None or not course.is_visible or module is None:
        return NOBODY
    if not module.is_shown or module.is_restricted:
        return NOBODY
    return MEMBERS if module.only_group is None else Rule("group", module.only_group)


def content_rule(course: Course | None, module: Module | None) -> Rule:
    """Return who may see what people put into an activity, where groups are kept apart.

    Answers of a choice do not tell their group, so with separate groups nobody may.
    """
    rule = module_rule(course, module)
    is_apart = module is not None and _groupmode(course, module) in (SEPARATE_GROUPS, None)
    return NOBODY if rule == MEMBERS and is_apart else rule


def forum_rule(course: Course | None, module: Module | None, forum: Forum) -> Rule:
    """Return who may see a forum's discussions.

    Where the group mode is not told (before 4.0), a discussion's group counts as one apart.
    """
    rule = module_rule(course, module)
    if forum.kind == "qanda":
        # Answers are shown to those who have answered themselves.
        return NOBODY
    if module is None or _groupmode(course, module) not in (SEPARATE_GROUPS, None):
        return rule
    if rule.kind == "group":
        return Rule("within", rule.group)
    return SEPARATE if rule == MEMBERS else rule


def _groupmode(course: Course | None, module: Module) -> int | None:
    forced = None if course is None else course.forced_groupmode
    return module.groupmode if forced is None else forced


def discussion_audience(rule: Rule, group: int) -> Audience:
    """Return who may see a discussion, all its replies included."""
    if rule.kind == "nobody" or group == CLOSED:
        return FACILITATORS
    if rule.kind == "within" and group not in (NO_GROUP, rule.group):
        # Whoever is in both groups is not known to the hub.
        return FACILITATORS
    if rule.kind in ("group", "within"):
        return group_audience(rule.group)
    if rule.kind == "separate" and group != NO_GROUP:
        return group_audience(group)
    return STREAM


def plain_audience(rule: Rule) -> Audience:
    """Return who may see something that belongs to no group of its own."""
    return discussion_audience(rule, NO_GROUP)
