"""Pure: what the WordPress REST API says, as records.

The shapes are those of https://developer.wordpress.org/rest-api/reference/ (read for 6.1).
Asking, paging and cursors are in ``wordpress_reader``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.feeds.feed_links import with_absolute_links
from adapters.feeds.harvest import NOTHING, Harvest
from adapters.feeds.json_values import at, list_at, number_at, text_at, utc_time
from connector.errors import ParseError
from connector.html import fold, plain_line, safe_link
from connector.model import (
    PUBLIC,
    Account,
    Enclosure,
    Kind,
    Presence,
    Problem,
    ProblemKind,
    Record,
)

PARSER_VERSION = 1

MAX_TAGS = 50

# What a lookup by id may be refused with. A trashed, private, draft or scheduled post is 401
# rest_forbidden for the public (WordPress 6.1, captures rest-lookup-*); a deleted one
# is 404. Any other code is a plugin's or a server's and says nothing about the post.
_FORBIDDEN_CODES = frozenset({"rest_forbidden", "rest_cannot_read", "rest_cannot_read_post"})
_GONE_CODES = frozenset(
    {"rest_post_invalid_id", "rest_comment_invalid_id", "rest_comment_invalid_post_id"}
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a listing: enough to walk on, nothing of its text."""

    id: int
    published: datetime | None
    modified: datetime | None
    shown: bool
    """Published and without a password."""


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """What one answer of a listing holds, in the answer's order."""

    listed: tuple[Listed, ...]
    harvest: Harvest = NOTHING


def read_posts(value: object) -> ParsedPage:
    """Read a listing of posts; raises ParseError when it is none."""
    entries = tuple(_entries(value))
    shown = [entry for _, entry in entries if _is_open_post(entry)]
    hidden = [number for number, entry in entries if not _is_open_post(entry)]
    return ParsedPage(
        listed=tuple(_listed(number, entry) for number, entry in entries),
        harvest=Harvest(
            records=tuple(_post(entry) for entry in shown),
            gone=tuple(f"post:{number}" for number in hidden),
            problems=tuple(_hidden(f"post:{number}") for number in hidden) + _unreadable(value),
        ),
    )


def read_comments(value: object) -> ParsedPage:
    """Read a listing of comments; raises ParseError when it is none."""
    entries = tuple(_entries(value))
    shown = [entry for _, entry in entries if _is_approved(entry)]
    hidden = [number for number, entry in entries if not _is_approved(entry)]
    return ParsedPage(
        listed=tuple(_listed(number, entry) for number, entry in entries),
        harvest=Harvest(
            records=tuple(_comment(entry) for entry in shown),
            gone=tuple(f"comment:{number}" for number in hidden),
            problems=tuple(_hidden(f"comment:{number}") for number in hidden) + _unreadable(value),
        ),
    )


def read_ids(value: object) -> tuple[Listed, ...]:
    """Read a listing that was asked for ids only; raises ParseError when it is none."""
    return tuple(_listed(number, entry) for number, entry in _entries(value))


def presence(status: int, value: object) -> Presence:
    """Say what the answer to a question for one id means for it."""
    code = text_at(value, "code")
    if status == 200 and number_at(value, "id") is not None:
        line = _listed(0, value)
        return Presence.PRESENT if line.shown else Presence.FORBIDDEN
    if status in (401, 403) and code in _FORBIDDEN_CODES:
        return Presence.FORBIDDEN
    if status == 410 or (status == 404 and code in _GONE_CODES):
        return Presence.GONE
    return Presence.UNKNOWN


def is_past_the_end(status: int, value: object) -> bool:
    """Whether the server says that there are fewer pages than was asked for."""
    code = text_at(value, "code")
    return status == 400 and code.startswith("rest_") and code.endswith("_invalid_page_number")


def _entries(value: object) -> Iterator[tuple[int, object]]:
    """Yield the entries that have an id; without a list there is nothing to go by."""
    if not isinstance(value, list):
        raise ParseError(
            "The WordPress API answers, but not with a list of posts. "
            "Ask whoever looks after the site whether a plugin changes its REST API."
        )
    for entry in value:
        number = number_at(entry, "id")
        if number is not None:
            yield number, entry


def _unreadable(value: object) -> tuple[Problem, ...]:
    """Report the entries without an id."""
    count = sum(number_at(entry, "id") is None for entry in _as_list(value))
    problem = Problem(ProblemKind.FAILED, "An entry of the listing has no id and is left out.")
    return (problem,) * count


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _hidden(external_id: str) -> Problem:
    return Problem(
        ProblemKind.HIDDEN, "The blog shows this only with a password or a log-in.", external_id
    )


def _listed(number: int, entry: object) -> Listed:
    status = text_at(entry, "status")
    return Listed(
        id=number,
        published=utc_time(text_at(entry, "date_gmt")),
        modified=utc_time(text_at(entry, "modified_gmt")),
        # A listing asked for some fields only may leave both out; comments say "approved".
        shown=status in ("", "publish", "approved")
        and at(entry, "content", "protected") is not True,
    )


def _is_open_post(entry: object) -> bool:
    """Whether everybody may read it; a post that does not say so is not shown."""
    return text_at(entry, "status") == "publish" and at(entry, "content", "protected") is not True


def _is_approved(entry: object) -> bool:
    return text_at(entry, "status") in ("", "approved")


def _post(entry: object) -> Record:
    link = safe_link(text_at(entry, "link"))
    return Record(
        kind=Kind.POST,
        external_id=f"post:{number_at(entry, 'id')}",
        url=link,
        title=plain_line(text_at(entry, "title", "rendered")),
        html=with_absolute_links(text_at(entry, "content", "rendered"), link or ""),
        published=utc_time(text_at(entry, "date_gmt")),
        updated=utc_time(text_at(entry, "modified_gmt")),
        author=_post_author(entry),
        audience=PUBLIC,
        tags=_tags(entry),
        enclosures=_enclosures(entry),
    )


def _post_author(entry: object) -> Account | None:
    """Return the author; a site that hides its users gives the number alone."""
    number = number_at(entry, "author")
    if not number:
        return None
    embedded = [
        each for each in list_at(entry, "_embedded", "author") if number_at(each, "id") == number
    ]
    name = plain_line(text_at(embedded[0], "name")) if embedded else ""
    link = safe_link(text_at(embedded[0], "link")) if embedded else None
    return Account(external_id=f"user:{number}", name=name, url=link)


def _tags(entry: object) -> tuple[str, ...]:
    """Return category and tag names; numbers where the site does not tell the names."""
    terms = [term for group in list_at(entry, "_embedded", "wp:term") for term in _as_list(group)]
    if not terms:
        return _tag_numbers(entry)
    names = (
        plain_line(text_at(term, "name"))
        for term in terms
        if text_at(term, "slug") != "uncategorized"
    )
    return _distinct(name for name in names if name and name != "Uncategorized")


def _tag_numbers(entry: object) -> tuple[str, ...]:
    """Category 1 is the one that WordPress makes itself and calls Uncategorized."""
    categories = (f"category {each}" for each in list_at(entry, "categories") if each != 1)
    tags = (f"tag {each}" for each in list_at(entry, "tags"))
    return _distinct((*categories, *tags))


def _distinct(names: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:MAX_TAGS]


def _enclosures(entry: object) -> tuple[Enclosure, ...]:
    links = (safe_link(text_at(each, "href")) for each in list_at(entry, "_links", "enclosure"))
    return tuple(Enclosure(url=link) for link in links if link)


def _comment(entry: object) -> Record:
    link = safe_link(text_at(entry, "link"))
    return Record(
        kind=Kind.COMMENT,
        external_id=f"comment:{number_at(entry, 'id')}",
        url=link,
        html=with_absolute_links(text_at(entry, "content", "rendered"), link or ""),
        published=utc_time(text_at(entry, "date_gmt")),
        author=_commenter(entry),
        audience=PUBLIC,
        in_reply_to=_answered(entry),
    )


def _commenter(entry: object) -> Account | None:
    """Return the name alone: web address and avatar of a visitor are not ours to keep."""
    name = plain_line(text_at(entry, "author_name"))
    number = number_at(entry, "author")
    if number:
        return Account(external_id=f"user:{number}", name=name)
    return Account(external_id=f"name:{fold(name)}", name=name) if name else None


def _answered(entry: object) -> str | None:
    parent = number_at(entry, "parent")
    if parent:
        return f"comment:{parent}"
    post = number_at(entry, "post")
    return f"post:{post}" if post else None
