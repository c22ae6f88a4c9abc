"""Accounts, roles, tokens and cohorts of a stand-in site, and what happens to them."""

import hashlib
from collections.abc import Iterable
from typing import Literal

from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.state import Cohort, Grant, Role, Token, User

CONNECTOR_CAPABILITIES = frozenset(
    {
        "webservice/rest:use",
        "moodle/course:view",
        "moodle/course:viewparticipants",
        "moodle/user:viewdetails",
        "moodle/site:viewuseridentity",
        "moodle/site:accessallgroups",
        "moodle/cohort:view",
        "mod/forum:viewdiscussion",
        "mod/forum:addnews",
        "mod/forum:deleteownpost",
        "mod/choice:view",
        "mod/choice:choose",
        "mod/choice:readresponses",
        "mod/feedback:view",
        "mod/feedback:viewreports",
        "mod/assign:view",
        "mod/assign:viewgrades",
        "mod/page:view",
        "mod/url:view",
        "mod/resource:view",
        "report/progress:view",
    }
)
"""Enough to read all that a hub reads, and to write into announcements."""

STUDENT_CAPABILITIES = frozenset(
    {
        "moodle/course:view",
        "mod/forum:viewdiscussion",
        "mod/choice:view",
        "mod/choice:choose",
        "mod/feedback:view",
        "mod/assign:view",
        "mod/page:view",
        "mod/url:view",
        "mod/resource:view",
    }
)

TEACHER_CAPABILITIES = STUDENT_CAPABILITIES | {
    "moodle/course:viewparticipants",
    "moodle/course:viewhiddenactivities",
    "moodle/user:viewdetails",
    "moodle/site:accessallgroups",
    "moodle/calendar:manageentries",
    "mod/forum:addnews",
    "mod/forum:deleteownpost",
    "mod/forum:deleteanypost",
    "mod/choice:readresponses",
    "mod/feedback:viewreports",
    "mod/assign:viewgrades",
}


class People:
    """Everybody with an account."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self.users: dict[int, User] = {}
        self.roles: dict[str, Role] = {}
        """By short name."""
        self.grants: list[Grant] = []
        self.tokens: dict[str, Token] = {}
        self.feed_keys: dict[str, User] = {}
        """The keys to feeds, each the key of one account."""
        self.cohorts: dict[int, Cohort] = {}
        for number, (name, capabilities) in enumerate(_STANDARD_ROLES, start=3):
            self.add_role(name, capabilities, number)

    def add(
        self,
        firstname: str,
        lastname: str,
        *,
        id: int | None = None,
        username: str = "",
        institution: str = "",
        school_code: str = "",
        idnumber: str = "",
    ) -> User:
        """Open an account; the e-mail address is made from its number."""
        number = self._numbers.next("user", id)
        user = User(
            number,
            username or f"user{number:02}",
            firstname,
            lastname,
            email=f"u{number:02}@school.example",
            institution=institution,
            idnumber=idnumber,
            school_code=school_code,
            city="Waitaki",
        )
        self.users[number] = user
        return user

    def suspend(self, user: User) -> None:
        """Lock somebody out; enrolments and words stay."""
        user.suspended = True

    def unsuspend(self, user: User) -> None:
        user.suspended = False

    def delete(self, user: User) -> None:
        """Close an account: its e-mail becomes a hash, its words stay with their names."""
        user.deleted = True
        user.email = hashlib.md5(user.email.encode(), usedforsecurity=False).hexdigest()
        user.institution = user.idnumber = user.school_code = user.city = user.description = ""

    def add_role(self, shortname: str, capabilities: Iterable[str], id: int | None = None) -> Role:
        role = Role(self._numbers.next("role", id), shortname, set(capabilities))
        self.roles[shortname] = role
        return role

    def grant(
        self,
        user: User,
        role: str,
        level: Literal["system", "category", "course"] = "system",
        instance: int = 0,
    ) -> Grant:
        """Give somebody a role somewhere."""
        found = Grant(user, self.roles[role], level, instance)
        self.grants.append(found)
        return found

    def allow(self, role: str, *capabilities: str) -> None:
        """Put capabilities into a role; counts from the next call on."""
        self.roles[role].capabilities.update(capabilities)

    def forbid(self, role: str, *capabilities: str) -> None:
        """Take capabilities out of a role; counts from the next call on."""
        self.roles[role].capabilities.difference_update(capabilities)

    def add_token(self, user: User, value: str = "TOKEN") -> Token:
        self.tokens[value] = Token(value, user)
        return self.tokens[value]

    def add_feed_key(self, user: User, value: str = "RSSKEY") -> str:
        self.feed_keys[value] = user
        return value

    def expire_token(self, value: str = "TOKEN") -> None:
        """The next call with it is refused and deletes it; those after find no such token."""
        self.tokens[value].expired = True

    def add_cohort(self, name: str, members: Iterable[User] = (), idnumber: str = "") -> Cohort:
        number = self._numbers.next("cohort")
        cohort = Cohort(number, name, idnumber, members={user.id: user for user in members})
        self.cohorts[number] = cohort
        return cohort


_STANDARD_ROLES = (
    ("editingteacher", TEACHER_CAPABILITIES),
    ("teacher", TEACHER_CAPABILITIES - {"moodle/course:viewhiddenactivities"}),
    ("student", STUDENT_CAPABILITIES),
    ("connector", CONNECTOR_CAPABILITIES),
)
