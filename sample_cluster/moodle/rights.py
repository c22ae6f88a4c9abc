"""What one account may see and do on a stand-in site.

A missing right is mostly silent: what may not be seen is simply not there.
"""

from sample_cluster.moodle.availability import is_met
from sample_cluster.moodle.errors import MoodleError, no_record, not_in_course
from sample_cluster.moodle.state import (
    ALL_GROUPS,
    SEPARATE_GROUPS,
    Course,
    Discussion,
    Grant,
    Module,
    Post,
    User,
)
from sample_cluster.moodle.world import MoodleWorld

VIEW_CAPABILITIES = frozenset(
    {"choice", "feedback", "assign", "page", "url", "resource", "folder", "book", "label"}
)
"""Activities with a ``mod/NAME:view`` of their own; a forum is on the page without one."""


class Rights:
    """The rights of one account, as the world stands now."""

    def __init__(self, world: MoodleWorld, user: User) -> None:
        self._world = world
        self.user = user
        self._known: dict[tuple[str, int], bool] = {}

    def can(self, capability: str, course: Course | None = None) -> bool:
        """Whether the account has a capability on the site, or in this course."""
        key = capability, course.id if course else 0
        if key not in self._known:
            self._known[key] = self._can(capability, course)
        return self._known[key]

    def _can(self, capability: str, course: Course | None) -> bool:
        if self.user.is_admin:
            return True
        granted = (g for g in self._world.people.grants if g.user is self.user)
        if any(capability in g.role.capabilities and _reaches(g, course) for g in granted):
            return True
        enrolment = course.enrolments.get(self.user.id) if course else None
        return bool(
            enrolment
            and enrolment.active
            and any(capability in role.capabilities for role in enrolment.roles)
        )

    def sees_course(self, course: Course) -> bool:
        """Whether a list of courses names it."""
        return course.visible or self.can("moodle/course:viewhiddencourses", course)

    def may_enter(self, course: Course) -> bool:
        if course.category is None:
            return True
        return self.can("moodle/course:view", course) and self.sees_course(course)

    def enter(self, course_id: int) -> Course:
        """Return a course; raises MoodleError where there is none or no way in."""
        course = self._world.courses.courses.get(course_id)
        if course is None:
            raise no_record("course")
        if not self.may_enter(course):
            raise not_in_course(course_id)
        return course

    def sees_module(self, module: Module) -> bool:
        """Whether the account may open an activity."""
        course = module.course
        if module.modname in VIEW_CAPABILITIES - {"label"} and not self.can(
            f"mod/{module.modname}:view", course
        ):
            return False
        if not (module.visible and module.section.visible) and not self.can(
            "moodle/course:viewhiddenactivities", course
        ):
            return False
        return self.meets_restriction(module)

    def meets_restriction(self, module: Module) -> bool:
        course = module.course
        if self.can("moodle/course:ignoreavailabilityrestrictions", course):
            return True
        all_groups = self.can("moodle/site:accessallgroups", course)
        now = self._world.clock.seconds
        return is_met(module.availability, self.user, course, now, all_groups)

    def enter_module(self, module: Module, capability: str, refused: MoodleError) -> None:
        """Return where the account may use an activity. Raises MoodleError."""
        self.enter(module.course.id)
        if not self.sees_module(module):
            raise not_in_course(module.course.id)
        if not self.can(capability, module.course):
            raise refused

    def sees_discussion(self, discussion: Discussion) -> bool:
        """Whether the groups of a forum leave a thread visible."""
        module = discussion.forum.module
        if discussion.group_id == ALL_GROUPS or group_mode(module) != SEPARATE_GROUPS:
            return True
        if self.can("moodle/site:accessallgroups", module.course):
            return True
        group = module.course.groups.get(discussion.group_id)
        return group is not None and self.user.id in group.members

    def sees_post(self, post: Post) -> bool:
        """Whether a post is in an answer: private replies are between two people."""
        if post.private_to is None:
            return True
        return self.user in (post.private_to, post.user)


def group_mode(module: Module) -> int:
    """Return the group mode that counts for an activity."""
    course = module.course
    return course.groupmode if course.groupmodeforce else module.groupmode


def _reaches(grant: Grant, course: Course | None) -> bool:
    if grant.level == "system":
        return True
    if course is None:
        return False
    if grant.level == "course":
        return grant.instance == course.id
    return course.category is not None and grant.instance in course.category.line
