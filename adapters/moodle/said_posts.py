"""Pure: what Moodle answers about forums and blogs, as values (see ``said``)."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.moodle.said import ids_in, in_list
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

NO_GROUP = -1
"""The group of a discussion that is for all participants."""


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
        for number, each in in_list(value)
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
    found = [
        Discussion(
            id=number,
            group=_group(each),
            replies=count_at(each, "numreplies"),
            modified=seconds_at(each, "modified"),
            is_timed=bool(seconds_at(each, "timestart") or seconds_at(each, "timeend")),
        )
        for number, each in _listed(value)
    ]
    return sorted(found, key=lambda each: each.id)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first post of a discussion, as the listing of its forum shows it."""

    discussion: int
    post: int
    author: int
    html: str
    modified: int


def openings(value: object) -> list[Opening]:
    """Read the first posts of a forum's discussions. Raises ParseError for no listing."""
    return [
        Opening(
            discussion=number,
            post=count_at(each, "id"),
            author=count_at(each, "userid"),
            html=text_at(each, "message"),
            modified=seconds_at(each, "modified"),
        )
        for number, each in _listed(value)
    ]


def _listed(value: object) -> Iterator[tuple[int, object]]:
    if not isinstance(at(value, "discussions"), list):
        raise ParseError(
            "Moodle does not list the discussions of a forum as expected. Note its version and "
            "report this."
        )
    return ids_in(list_at(value, "discussions"), "discussion")


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
