"""Courses, their pages, groups and members, and what happens to them."""

import json
from collections.abc import Iterable

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.people import People
from sample_cluster.moodle.state import (
    Category,
    Course,
    Enrolment,
    Group,
    Module,
    Section,
    User,
)


class Courses:
    """All courses of a site, in their categories."""

    def __init__(self, numbers: Numbers, clock: Clock, people: People, site_name: str) -> None:
        self._numbers = numbers
        self._clock = clock
        self._people = people
        self.categories: dict[int, Category] = {}
        self.courses: dict[int, Course] = {}
        self.modules: dict[int, Module] = {}
        """By course-module id."""
        front = Course(numbers.next("course"), site_name, "SITE", None)
        self.courses[front.id] = front

    # --- what there is ---

    def add_category(self, name: str, parent: Category | None = None) -> Category:
        number = self._numbers.next("category")
        self.categories[number] = Category(number, name, parent=parent)
        return self.categories[number]

    def add(
        self,
        fullname: str,
        shortname: str,
        category: Category,
        *,
        id: int | None = None,
        sections: int = 4,
        visible: bool = True,
    ) -> Course:
        """Open a course with a general section and some empty ones."""
        now = self._clock.seconds
        course = Course(
            self._numbers.next("course", id),
            fullname,
            shortname,
            category,
            summary=f"<p>Summary of {fullname}.</p>",
            visible=visible,
            startdate=now,
            timemodified=now,
        )
        self.courses[course.id] = course
        for number in range(sections + 1):
            self.add_section(course, "New section" if number else "General")
        return course

    def add_section(self, course: Course, name: str) -> Section:
        section = Section(self._numbers.next("section"), len(course.sections), name)
        course.sections.append(section)
        return section

    def add_module(
        self,
        course: Course,
        modname: str,
        name: str,
        *,
        section: int = 0,
        id: int | None = None,
        instance: int | None = None,
        intro: str = "",
    ) -> Module:
        """Put an activity or resource on the course page."""
        part = course.sections[section]
        module = Module(
            self._numbers.next("module", id),
            course,
            part,
            modname,
            self._numbers.next(modname, instance),
            self._numbers.next("context"),
            name,
            intro=intro,
            timemodified=self._clock.seconds,
        )
        part.modules.append(module)
        self.modules[module.id] = module
        return module

    def add_group(self, course: Course, name: str, members: Iterable[User] = ()) -> Group:
        number = self._numbers.next("group")
        group = Group(number, course.id, name, members={user.id: user for user in members})
        course.groups[number] = group
        return group

    def enrol(self, course: Course, user: User, role: str = "student") -> Enrolment:
        enrolment = course.enrolments.get(user.id) or Enrolment(user, [])
        enrolment.active = True
        enrolment.roles.append(self._people.roles[role])
        course.enrolments[user.id] = enrolment
        return enrolment

    # --- what happens ---

    def unenrol(self, course: Course, user: User) -> None:
        """Take somebody out of the course and its groups."""
        course.enrolments.pop(user.id, None)
        for group in course.groups.values():
            group.members.pop(user.id, None)

    def suspend_enrolment(self, course: Course, user: User) -> None:
        course.enrolments[user.id].active = False

    def hide(self, course: Course) -> None:
        """Close a course to all who may not see hidden ones."""
        course.visible = False

    def show(self, course: Course) -> None:
        course.visible = True

    def delete(self, course: Course) -> None:
        for module in course.modules:
            del self.modules[module.id]
        del self.courses[course.id]

    def hide_module(self, module: Module) -> None:
        module.visible = False

    def show_module(self, module: Module) -> None:
        module.visible = True

    def delete_module(self, module: Module) -> None:
        module.section.modules.remove(module)
        del self.modules[module.id]

    def edit_module(
        self, module: Module, *, name: str | None = None, intro: str | None = None
    ) -> None:
        """Save the settings form of an activity."""
        module.name = module.name if name is None else name
        module.intro = module.intro if intro is None else intro
        module.timemodified = self._clock.seconds

    def restrict(self, module: Module, *conditions: dict[str, object], shown: bool = True) -> None:
        """Set an availability restriction: all conditions must hold; none lifts it.

        Args:
            module: The activity.
            conditions: As Moodle keeps them: ``{"type": "group", "id": 3}``.
            shown: Whether those who may not enter see that it is there.
        """
        tree = {"op": "&", "c": list(conditions), "showc": [shown] * len(conditions)}
        module.availability = json.dumps(tree) if conditions else None

    def set_group_mode(self, module: Module, mode: int) -> None:
        module.groupmode = mode

    def join(self, group: Group, user: User) -> None:
        group.members[user.id] = user

    def leave(self, group: Group, user: User) -> None:
        group.members.pop(user.id, None)

    def move_between_groups(self, user: User, source: Group, target: Group) -> None:
        self.leave(source, user)
        self.join(target, user)
