"""Pure: Moodle's answers as values, in Moodle's own words, with every field checked.

What a function answers is described on a site's own page "Web services, API documentation";
read with 4.4 and 4.5. What has no id, or one that cannot be, is left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

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
_DIGEST = re.compile(r"[0-9a-f]{32}")
NO_GROUP = -1
"""The group of a discussion that is for all participants."""


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
    """Restricted in any other way."""
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
    return Module(
        id=number,
        kind=text_at(value, "modname")[:60],
        instance=count_at(value, "instance"),
        name=line_at(value, "name"),
        url=text_at(value, "url"),
        description=text_at(value, "description"),
        is_shown=is_section_open and _is_shown(value),
        only_group=group,
        is_restricted=group is None and _has_restriction(value),
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
    return {number: line_at(each, "name") for number, each in _in_list(value)}


def cohort_members(value: object) -> dict[int, frozenset[int]]:
    """Read ``core_cohort_get_cohort_members``: user ids by cohort id."""
    found = ids_in(value if isinstance(value, list) else (), "cohortid")
    return {
        number: frozenset(
            user for user in list_at(each, "userids") if isinstance(user, int) and user > 0
        )
        for number, each in found
    }


def _in_list(value: object) -> Iterator[tuple[int, object]]:
    return ids_in(value if isinstance(value, list) else ())


@dataclass(frozen=True, slots=True)
class Forum:
    """A forum as ``mod_forum_get_forums_by_courses`` lists it."""

    id: int
    course: int
    module: int
    kind: str
    """``news``, ``general``, ``qanda`` and so on."""
    name: str
    discussions: int


def forums(value: object) -> dict[int, Forum]:
    """Read the forums of courses, by id."""
    return {
        number: Forum(
            id=number,
            course=count_at(each, "course"),
            module=count_at(each, "cmid"),
            kind=text_at(each, "type")[:30],
            name=line_at(each, "name"),
            discussions=count_at(each, "numdiscussions"),
        )
        for number, each in _in_list(value)
    }


@dataclass(frozen=True, slots=True)
class Discussion:
    """A discussion as ``mod_forum_get_forum_discussions`` lists it, without its text."""

    id: int
    group: int
    """-1: for all participants."""
    replies: int
    modified: int
    """When its first post was last changed; replies do not move it."""
    is_timed: bool
    """It is shown from or until a moment."""


def discussions(value: object) -> list[Discussion]:
    """Read a forum's discussions, the oldest id first. Raises ParseError for no listing."""
    if not isinstance(at(value, "discussions"), list):
        raise ParseError(
            "Moodle does not list the discussions of a forum as expected. Note its version and "
            "report this."
        )
    found = [
        Discussion(
            id=number,
            group=_group(each),
            replies=count_at(each, "numreplies"),
            modified=seconds_at(each, "modified"),
            is_timed=bool(seconds_at(each, "timestart") or seconds_at(each, "timeend")),
        )
        for number, each in ids_in(list_at(value, "discussions"), "discussion")
    ]
    return sorted(found, key=lambda each: each.id)


def _group(value: object) -> int:
    """Return the group of a discussion; 0 was once written for everybody (before 2.0)."""
    number = number_at(value, "groupid")
    return number if number is not None and number > 0 else NO_GROUP


@dataclass(frozen=True, slots=True)
class File:
    """A file that hangs on something."""

    name: str
    url: str
    media_type: str
    bytes: int | None


def _file(value: object, url: str) -> File:
    return File(
        name=line_at(value, "filename"),
        url=text_at(value, url),
        media_type=text_at(value, "mimetype")[:100],
        bytes=number_at(value, "filesize"),
    )


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a discussion."""

    id: int
    discussion: int
    parent: int | None
    author: int
    subject: str
    html: str
    created: int
    modified: int
    files: tuple[File, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """The posts of a discussion, and the forum it is in now."""

    forum: int
    posts: tuple[Post, ...]


def thread(value: object) -> Thread:
    """Read ``mod_forum_get_discussion_posts``, the oldest id first, without what is deleted.

    Raises ParseError for no listing.
    """
    if not isinstance(at(value, "posts"), list):
        raise ParseError(
            "Moodle does not list the posts of a discussion as expected. Note its version and "
            "report this."
        )
    found = [
        _post(number, each)
        for number, each in ids_in(list_at(value, "posts"))
        if not flag_at(each, "isdeleted") and not flag_at(each, "isprivatereply")
    ]
    return Thread(count_at(value, "forumid"), tuple(sorted(found, key=lambda each: each.id)))


def _post(number: int, value: object) -> Post:
    return Post(
        id=number,
        discussion=count_at(value, "discussionid"),
        parent=number_at(value, "parentid") or None,
        author=count_at(value, "author", "id"),
        subject=line_at(value, "subject"),
        html=text_at(value, "message"),
        created=seconds_at(value, "timecreated"),
        modified=seconds_at(value, "timemodified"),
        files=tuple(_file(one, "url") for one in list_at(value, "attachments")),
        tags=tuple(
            line_at(one, "displayname") or line_at(one, "name") for one in list_at(value, "tags")
        ),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A blog entry."""

    id: int
    author: int
    subject: str
    html: str
    created: int
    modified: int
    is_for_the_world: bool
    """Its writer shows it to the world; whether the site does is the site's setting."""
    group: int
    original: str
    """The permalink of the post that Moodle copied from an outside blog."""
    files: tuple[File, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Some blog entries, in the order of the answer, and how many there are in all."""

    entries: tuple[Entry, ...]
    total: int


def entries(value: object) -> Entries:
    """Read ``core_blog_get_entries``. Raises ParseError for no listing."""
    if not isinstance(at(value, "entries"), list):
        raise ParseError(
            "Moodle does not list its blog entries as expected. Note its version and report this."
        )
    found = tuple(_entry(number, each) for number, each in ids_in(list_at(value, "entries")))
    return Entries(found, count_at(value, "totalentries"))


def _entry(number: int, value: object) -> Entry:
    is_copy = text_at(value, "module") == "blog_external"
    return Entry(
        id=number,
        author=count_at(value, "userid"),
        subject=line_at(value, "subject"),
        html=text_at(value, "summary"),
        created=seconds_at(value, "created"),
        modified=seconds_at(value, "lastmodified"),
        is_for_the_world=text_at(value, "publishstate") == "public",
        group=count_at(value, "groupid"),
        original=text_at(value, "uniquehash") if is_copy else "",
        files=tuple(_file(one, "fileurl") for one in list_at(value, "attachmentfiles")),
        tags=tuple(
            line_at(one, "rawname") or line_at(one, "name") for one in list_at(value, "tags")
        ),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the calendar."""

    id: int
    name: str
    html: str
    kind: str
    """``course``, ``site``, ``category``, ``due``, ``facetofacesession`` and so on."""
    course: int
    group: int
    module: str
    """The plug-in that made it, or nothing."""
    instance: int
    start: int
    seconds: int
    modified: int
    is_shown: bool


def events(value: object) -> list[Event]:
    """Read ``core_calendar_get_calendar_events``, by id. Raises ParseError for no listing."""
    if not isinstance(at(value, "events"), list):
        raise ParseError(
            "Moodle does not list its calendar as expected. Note its version and report this."
        )
    found = [
        Event(
            id=number,
            name=line_at(each, "name"),
            html=text_at(each, "description"),
            kind=text_at(each, "eventtype")[:60],
            course=count_at(each, "courseid"),
            group=count_at(each, "groupid"),
            module=text_at(each, "modulename")[:60],
            instance=count_at(each, "instance"),
            start=seconds_at(each, "timestart"),
            seconds=count_at(each, "timeduration"),
            modified=seconds_at(each, "timemodified"),
            is_shown=flag_at(each, "visible", default=True),
        )
        for number, each in ids_in(list_at(value, "events"))
    ]
    return sorted(found, key=lambda each: each.id)


@dataclass(frozen=True, slots=True)
class Activity:
    """A choice, feedback or assignment as the list for its courses shows it."""

    id: int
    course: int
    module: int
    name: str
    html: str
    opens: int = 0
    closes: int = 0
    shows_names: bool = False
    """Choices: every participant may always see who chose what."""


def activities(value: object, kind: Literal["choices", "feedbacks"]) -> dict[int, Activity]:
    """Read ``mod_choice_get_choices_by_courses`` or the same of feedback, by id."""
    return {
        number: Activity(
            id=number,
            course=count_at(each, "course"),
            module=count_at(each, "coursemodule"),
            name=line_at(each, "name"),
            html=text_at(each, "intro"),
            opens=seconds_at(each, "timeopen"),
            closes=seconds_at(each, "timeclose"),
            # 3: results are always shown to participants.
            shows_names=flag_at(each, "publish") and number_at(each, "showresults") == 3,
        )
        for number, each in ids_in(list_at(value, kind))
    }


def assignments(value: object) -> dict[int, Activity]:
    """Read ``mod_assign_get_assignments``, by id."""
    return {
        number: Activity(
            id=number,
            course=count_at(each, "course"),
            module=count_at(each, "cmid"),
            name=line_at(each, "name"),
            html=text_at(each, "intro"),
            closes=seconds_at(each, "duedate"),
        )
        for course in list_at(value, "courses")
        for number, each in ids_in(list_at(course, "assignments"))
    }


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen."""

    id: int
    text: str
    places: int | None
    """None: as many as want to."""
    taken: int


def options(value: object) -> list[Option]:
    """Read ``mod_choice_get_choice_options``."""
    return [
        Option(number, line_at(each, "text"), _places(each), count_at(each, "countanswers"))
        for number, each in ids_in(list_at(value, "options"))
    ]


def _places(value: object) -> int | None:
    """Return how many may choose it; 0 stands for no limit."""
    return count_at(value, "maxanswers") or None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a choice, a piece of feedback, or a text handed in."""

    id: int
    user: int
    text: str
    modified: int


def choice_answers(value: object) -> list[Given]:
    """Read ``mod_choice_get_choice_results``: who chose what, by answer id."""
    found = [
        Given(
            number,
            count_at(each, "userid"),
            line_at(option, "text"),
            seconds_at(each, "timemodified"),
        )
        for option in list_at(value, "options")
        for number, each in ids_in(list_at(option, "userresponses"), "answerid")
    ]
    return sorted(found, key=lambda each: each.id)


def feedback_answers(value: object) -> tuple[int, list[Given]]:
    """Read ``mod_feedback_get_responses_analysis``: how many answered, and the named answers."""
    named = [
        Given(
            number,
            count_at(each, "userid"),
            "".join(
                f"<p>{_escaped(one, 'name')}: {_escaped(one, 'printval')}</p>"
                for one in list_at(each, "responses")
            ),
            seconds_at(each, "timemodified"),
        )
        for number, each in ids_in(list_at(value, "attempts"))
    ]
    total = count_at(value, "totalattempts") + count_at(value, "totalanonattempts")
    return total, sorted(named, key=lambda each: each.id)


def _escaped(value: object, key: str) -> str:
    return line_at(value, key).replace("&", "&amp;").replace("<", "&lt;")


def submissions(value: object) -> tuple[int, list[Given]]:
    """Read ``mod_assign_get_submissions``: how many handed in, and the texts among them."""
    handed_in = [
        (number, each)
        for assignment in list_at(value, "assignments")
        for number, each in ids_in(list_at(assignment, "submissions"))
        if text_at(each, "status") == "submitted"
    ]
    texts = [
        Given(number, count_at(each, "userid"), _submitted(each), seconds_at(each, "timemodified"))
        for number, each in handed_in
    ]
    written = [each for each in texts if each.text]
    return len(handed_in), sorted(written, key=lambda each: each.id)


def _submitted(value: object) -> str:
    return "".join(
        text_at(part, "text")
        for plugin in list_at(value, "plugins")
        for part in list_at(plugin, "editorfields")
    )


def completed_modules(value: object) -> list[int]:
    """Read ``core_completion_get_activities_completion_status``: what one person completed."""
    return [
        number
        for number, each in ids_in(list_at(value, "statuses"), "cmid")
        # 1: complete, 2: complete with a pass.
        if number_at(each, "state") in (1, 2)
    ]
