"""Pure: Moodle's answers as values, in Moodle's own words, with every field checked.

What a function answers is described on a site's own page "Web services, API documentation";
read with 4.4 and 4.5. What has no id, or one that cannot be, is left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.moodle.values import (
    at,
    count_at,
    flag_at,
    line_at,
    list_at,
    number_at,
    seconds_at,
    text_at,
)
from connector.errors import ParseError

FRONT_PAGE = "site"
"""The course format of the front page, which is no course."""


def ids_in(values: Sequence[object], *path: str) -> Iterator[tuple[int, object]]:
    """Yield each thing that has a proper id, once, with it."""
    seen = set()
    for each in values:
        number = number_at(each, *(path or ("id",)))
        if number is not None and number > 0 and number not in seen:
            seen.add(number)
            yield number, each


@dataclass(frozen=True, slots=True)
class Site:
    """What ``core_webservice_get_site_info`` says; its private keys are not kept."""

    name: str
    url: str
    release: str
    functions: frozenset[str]
    account: int
    """The number of the hub's own account; 0 where the site does not say."""

    def has(self, function: str) -> bool:
        """Whether the service holds a function."""
        return function in self.functions


def site(value: object) -> Site:
    """Read the site's own word about itself. Raises ParseError."""
    if not isinstance(at(value, "functions"), list):
        raise ParseError(
            "The web service answers, but not as a Moodle does. Check that the address of this "
            "place is that of a Moodle."
        )
    names = (text_at(each, "name") for each in list_at(value, "functions"))
    return Site(
        name=line_at(value, "sitename"),
        url=text_at(value, "siteurl").rstrip("/"),
        release=line_at(value, "release")[:60],
        functions=frozenset(name for name in names if name),
        account=count_at(value, "userid"),
    )


@dataclass(frozen=True, slots=True)
class Course:
    """A course that the hub's account sees in the list of courses."""

    id: int
    name: str
    category: int
    is_visible: bool
    forced_groupmode: int | None
    """The group mode of all its activities, where the course sets that."""


def courses(value: object) -> list[Course]:
    """Read ``core_course_get_courses_by_field``; the front page is left out."""
    return [
        Course(
            id=number,
            name=line_at(each, "fullname") or line_at(each, "shortname"),
            category=count_at(each, "categoryid"),
            is_visible=flag_at(each, "visible", default=True),
            forced_groupmode=(
                number_at(each, "groupmode") if flag_at(each, "groupmodeforce") else None
            ),
        )
        for number, each in ids_in(list_at(value, "courses"))
        if text_at(each, "format") != FRONT_PAGE
    ]


def category_parents(value: object) -> dict[int, int]:
    """Read ``core_course_get_categories``: the parent of each category, 0 at the top."""
    found = ids_in(value if isinstance(value, list) else ())
    return {number: count_at(each, "parent") for number, each in found}


@dataclass(frozen=True, slots=True)
class Module:
    """An activity or resource as it stands in its course."""

    id: int
    """The course-module id, which addresses and ``get_updates_since`` use."""
    kind: str
    """Moodle's name of the plug-in: ``forum``."""
    instance: int
    name: str
    url: str
    description: str
    is_shown: bool
    """Shown on the course page, as its section is."""
    only_group: int | None
    """The one group it is restricted to."""
    is_restricted: bool
    """Restricted in any other way, or perhaps: Moodle does not tell the account."""
    is_told: bool
    """Whether Moodle tells the account what an activity is restricted to."""
    groupmode: int | None


def modules(value: object) -> dict[int, Module]:
    """Read ``core_course_get_contents``: the modules of all sections by id."""
    found = {}
    for section in value if isinstance(value, list) else ():
        is_open = _is_shown(section) and not _has_restriction(section)
        for number, each in ids_in(list_at(section, "modules")):
            found[number] = _module(number, each, is_section_open=is_open)
    return found


def _module(number: int, value: object, *, is_section_open: bool) -> Module:
    group = _only_group(text_at(value, "availability"))
    # Without the right to hidden activities the key is not there at all. To an account that may
    # enter all groups, what is for one group then looks like what is for everybody.
    is_told = isinstance(value, dict) and "availability" in value
    return Module(
        id=number,
        kind=text_at(value, "modname")[:60],
        instance=count_at(value, "instance"),
        name=line_at(value, "name"),
        url=text_at(value, "url"),
        description=text_at(value, "description"),
        is_shown=is_section_open and _is_shown(value),
        only_group=group,
        is_restricted=group is None and (not is_told or _has_restriction(value)),
        is_told=is_told,
        groupmode=number_at(value, "groupmode"),
    )


def _is_shown(value: object) -> bool:
    """Whether a section or module is shown; one that only its address opens is not."""
    names = ("visible", "uservisible", "visibleoncoursepage")
    return all(flag_at(value, name, default=True) for name in names)


def _has_restriction(value: object) -> bool:
    said = text_at(value, "availability").strip()
    is_set = said not in ("", "null") and '"c":[]' not in said.replace(" ", "")
    return is_set or bool(text_at(value, "availabilityinfo").strip())


def _only_group(availability: str) -> int | None:
    """Return the group that a restriction asks for, if it asks for that and nothing else."""
    try:
        tree = json.loads(availability)
    except (ValueError, RecursionError):
        return None
    conditions = list_at(tree, "c")
    if text_at(tree, "op") not in ("&", "|") or len(conditions) != 1:
        return None
    only = conditions[0]
    number = number_at(only, "id")
    is_group = text_at(only, "type") == "group" and number is not None and number > 0
    return number if is_group else None


@dataclass(frozen=True, slots=True)
class Update:
    """What ``core_course_get_updates_since`` says of one module."""

    configured: int = 0
    """When its settings were last changed, in seconds; 0: not since."""
    areas: frozenset[str] = frozenset()
    """What else changed: ``discussions``, ``answers``, ``usersubmissions``."""


def updates(value: object) -> dict[int, Update]:
    """Read what changed in a course, by course-module id."""
    return {
        number: Update(
            configured=max(
                (seconds_at(one, "timeupdated") for one in list_at(each, "updates")), default=0
            ),
            areas=frozenset(
                text_at(one, "name")
                for one in list_at(each, "updates")
                if text_at(one, "name") != "configuration"
            ),
        )
        for number, each in ids_in(list_at(value, "instances"))
    }


def in_list(value: object) -> Iterator[tuple[int, object]]:
    return ids_in(value if isinstance(value, list) else ())
