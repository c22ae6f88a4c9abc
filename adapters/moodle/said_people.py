"""Pure: what Moodle answers about people, as values (see ``said``)."""

import re
from dataclasses import dataclass

from adapters.moodle.said import ids_in, in_list
from adapters.moodle.values import (
    flag_at,
    line_at,
    list_at,
    text_at,
)

_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody enrolled in a course."""

    id: int
    name: str
    roles: frozenset[str]
    groups: frozenset[int]
    institution: str
    fields: tuple[tuple[str, str], ...]
    """Short names and values of profile fields."""


def members(value: object) -> tuple[Member, ...]:
    """Read ``core_enrol_get_enrolled_users``."""
    return tuple(
        Member(
            id=number,
            name=line_at(each, "fullname"),
            roles=frozenset(text_at(role, "shortname") for role in list_at(each, "roles")),
            groups=frozenset(group for group, _ in ids_in(list_at(each, "groups"))),
            institution=line_at(each, "institution"),
            fields=tuple(
                (text_at(one, "shortname"), line_at(one, "value"))
                for one in list_at(each, "customfields")
            ),
        )
        for number, each in ids_in(value if isinstance(value, list) else ())
    )


def active_users(value: object) -> frozenset[int]:
    """Read ``core_user_get_users_by_field``: who is there and not suspended.

    A deleted account comes back with a digest where its e-mail address was (seen on 4.5).
    """
    found = ids_in(value if isinstance(value, list) else ())
    return frozenset(
        number
        for number, each in found
        if not flag_at(each, "suspended") and not _DIGEST.fullmatch(text_at(each, "email"))
    )


def cohort_names(value: object) -> dict[int, str]:
    """Read ``core_cohort_get_cohorts``: names by id."""
    return {number: line_at(each, "name") for number, each in in_list(value)}


def cohort_members(value: object) -> dict[int, frozenset[int]]:
    """Read ``core_cohort_get_cohort_members``: user ids by cohort id."""
    found = ids_in(value if isinstance(value, list) else (), "cohortid")
    return {
        number: frozenset(
            user for user in list_at(each, "userids") if isinstance(user, int) and user > 0
        )
        for number, each in found
    }
