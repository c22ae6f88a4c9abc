"""Pure: who is enrolled, as what, and of which school.

Whoever is a teacher in one of the courses that are read, or enrolled where everybody is an
adult, is an adult everywhere; everybody else counts as a student, and so does whoever is in
none of these courses, but for the hub's own account.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from adapters.moodle.audience import course_audience, group_audience
from adapters.moodle.said import Course
from adapters.moodle.said_people import Member
from adapters.moodle.settings import MoodleSettings
from connector.errors import AuthError, SourceError
from connector.masking import Mask
from connector.model import STREAM, Account, Audience, Membership, Role

LOST = (
    "Moodle no longer says who is in the course {course}, so the hub cannot tell teachers from "
    "students and waits. Ask the Moodle administrator to give the hub's role "
    "moodle/course:viewparticipants, moodle/user:viewdetails and moodle/course:enrolreview again."
)


def user_id(number: int) -> str:
    """Return the external id of a Moodle account."""
    return f"user:{number}"


@dataclass(frozen=True)
class People:
    """Everybody in the courses that are read. Not kept: it lives as long as one reading."""

    rosters: Mapping[int, tuple[Member, ...]]
    """Who is in each course whose participants Moodle tells."""
    adults: frozenset[int]
    """Those who are teachers or facilitators somewhere, or adults by the settings, and the hub."""
    facilitators: frozenset[int]
    inactive: frozenset[int]
    """Suspended, deleted, or no longer known to Moodle."""
    schools: Mapping[int, str]
    lost: tuple[str, ...] = ()
    """Names of courses whose participants were told last time and are not now."""
    remembered: frozenset[int] = field(default=frozenset())
    """Adults whose posts were read before, wherever they are now."""

    @cached_property
    def _names(self) -> Mapping[int, str]:
        return {one.id: one.name for roster in self.rosters.values() for one in roster}

    @cached_property
    def mask(self) -> Mask:
        """What takes the students' names out of others' texts."""
        return Mask(self.student_names(self._names))

    def students(self, course: int) -> list[int]:
        """Return those in a course who are no adults, the lowest number first."""
        return sorted({one.id for one in self.rosters.get(course, ())} - self.adults)

    def student_names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the full names of those of these who are no adults; they live in memory only."""
        known = (each for each in numbers if each in self._names and each not in self.adults)
        return tuple(self._names[each] for each in known)

    def is_adult(self, number: int) -> bool:
        """Whether somebody is known to be no student."""
        return number in self.adults or (number not in self._names and number in self.remembered)

    def is_certain(self, number: int) -> bool:
        """Whether it is known what somebody is, rather than taken for granted."""
        return self.is_adult(number) or (number in self._names and not self.lost)

    def is_certain_author(self, account: Account | None) -> bool:
        """Whether it is known what an author is; nobody is certain too."""
        return account is None or self.is_certain(int(account.external_id.partition(":")[2]))

    def account(self, number: int) -> Account:
        """Return somebody's account; a student's holds no name.

        Raises AuthError where it cannot be told for the moment: a teacher taken for a student
        would lose the words of all their posts.
        """
        is_suspended = number in self.inactive
        if not self.is_adult(number):
            if self.lost:
                raise self.lost_error()
            return Account(user_id(number), role=Role.STUDENT, suspended=is_suspended)
        return Account(
            user_id(number),
            self._names.get(number, ""),
            role=Role.FACILITATOR if number in self.facilitators else Role.TEACHER,
            school=self.schools.get(number),
            suspended=is_suspended,
        )

    def lost_error(self) -> SourceError:
        """Return what is to be done where Moodle stopped telling who is in a course."""
        return AuthError(LOST.format(course=self.lost[0]))

    def accounts(self, course: int) -> tuple[Account, ...]:
        """Return the accounts of a course that can be told for certain."""
        known = (one.id for one in self.rosters.get(course, ()))
        return tuple(
            self.account(number)
            for number in sorted(known)
            if not self.lost or self.is_adult(number)
        )

    def members(self, course: int) -> tuple[str, ...]:
        """Return the ids of those who are in a course and not suspended."""
        return self._ids(one.id for one in self.rosters.get(course, ()))

    def everybody(self) -> tuple[str, ...]:
        """Return the ids of those who are in any of the courses and not suspended."""
        return self._ids(self._names)

    def group_members(self, course: int, group: int) -> tuple[str, ...]:
        """Return the ids of those who are in a group of a course and not suspended."""
        roster = self.rosters.get(course, ())
        return self._ids(one.id for one in roster if group in one.groups)

    def _ids(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(user_id(one) for one in sorted(set(numbers) - self.inactive))

    def membership(self, audience: Audience, course: int) -> Membership:
        """Return the complete list of one audience of a course.

        Where Moodle does not say who is in the course, nobody is.
        """
        if audience == STREAM or audience == course_audience(course):
            return Membership(audience, self.members(course))
        group = int(audience.key.partition(":")[2])
        assert audience == group_audience(group)
        return Membership(audience, self.group_members(course, group))


def outside_courses(account: int, rosters: Mapping[int, tuple[Member, ...]]) -> frozenset[int]:
    """Return the hub's own account, unless it is in a course or not told (0).

    What it posted is no student's; in a course its role there decides.
    """
    inside = {one.id for roster in rosters.values() for one in roster}
    return frozenset({account} - inside - {0})


def is_adult_course(settings: MoodleSettings, course: Course, above: Mapping[int, int]) -> bool:
    """Whether everybody in a course is an adult, by what a facilitator configured."""
    return course.id in settings.adult_courses or is_within(
        course.category, settings.adult_categories, above
    )


def is_within(category: int, wanted: Iterable[int], above: Mapping[int, int]) -> bool:
    """Whether a category is one of these or lies under one."""
    goals, seen = set(wanted), set()
    while category and category not in seen:
        if category in goals:
            return True
        seen.add(category)
        category = above.get(category, 0)
    return False


def adults_in(
    settings: MoodleSettings, rosters: Mapping[int, tuple[Member, ...]], adult_courses: set[int]
) -> frozenset[int]:
    """Return those who are no students."""
    staff = {*settings.teacher_roles, *settings.facilitator_roles}
    return frozenset(
        one.id
        for course, roster in rosters.items()
        for one in roster
        if course in adult_courses or not staff.isdisjoint(one.roles)
    )


def facilitators_in(
    settings: MoodleSettings, rosters: Mapping[int, tuple[Member, ...]]
) -> frozenset[int]:
    """Return those who have a facilitator's role in one of the courses."""
    wanted = set(settings.facilitator_roles)
    return frozenset(
        one.id for roster in rosters.values() for one in roster if not wanted.isdisjoint(one.roles)
    )


def schools_of(
    settings: MoodleSettings,
    rosters: Mapping[int, tuple[Member, ...]],
    cohorts: Mapping[str, frozenset[int]],
) -> dict[int, str]:
    """Return everybody's school as Moodle writes it.

    Args:
        settings: where Moodle says it.
        rosters: who is in which course.
        cohorts: user ids by the cohort's name; somebody in two is of neither.
    """
    if settings.school_from == "cohort":
        found: dict[int, list[str]] = {}
        for name, users in sorted(cohorts.items()):
            for user in users:
                found.setdefault(user, []).append(name)
        return {user: names[0] for user, names in found.items() if len(names) == 1}
    everybody = (one for roster in rosters.values() for one in roster)
    if settings.school_from == "institution":
        return {one.id: one.institution for one in everybody if one.institution}
    return {
        one.id: value
        for one in everybody
        for name, value in one.fields
        if name == settings.school_field and value
    }
