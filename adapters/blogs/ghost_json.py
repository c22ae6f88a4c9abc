"""Pure: what Ghost's Content API says, as records.

The shapes are those of https://ghost.org/docs/content-api/ (read for 5.130). Asking, paging
and cursors are in ``ghost_reader``.
"""

from dataclasses import dataclass
from datetime import datetime

from adapters.feeds.feed_links import with_absolute_links
from adapters.feeds.harvest import NOTHING, Harvest
from adapters.feeds.json_values import at, list_at, number_at, text_at, utc_time
from connector.errors import ParseError
from connector.html import plain_line, safe_link
from connector.model import PUBLIC, Account, Kind, Problem, ProblemKind, Record

MAX_TAGS = 50


@dataclass(frozen=True, slots=True)
class GhostPage:
    """What one answer holds, in the answer's order."""

    shown: tuple[str, ...]
    """External ids of the posts that everybody may read."""
    count: int
    """How many entries came, shown or not."""
    latest: datetime | None
    """The newest time of change."""
    total: int | None
    has_more: bool
    harvest: Harvest = NOTHING


def read_posts(value: object) -> GhostPage:
    """Read a listing of posts; raises ParseError when it is none."""
    posts = _posts(value)
    shown = [post for post in posts if is_open(post)]
    hidden = [_external_id(post) for post in posts if not is_open(post)]
    return GhostPage(
        shown=tuple(_external_id(post) for post in shown),
        count=len(posts),
        latest=max(filter(None, map(_changed, posts)), default=None),
        total=number_at(value, "meta", "pagination", "total"),
        has_more=number_at(value, "meta", "pagination", "next") is not None,
        harvest=Harvest(
            records=tuple(_record(post) for post in shown),
            gone=tuple(hidden),
            problems=tuple(_hidden(each) for each in hidden),
        ),
    )


def is_open(post: object) -> bool:
    """Whether everybody may read it; members-only posts show a part of their text."""
    return text_at(post, "visibility") == "public" and at(post, "access") is not False


def _posts(value: object) -> list[object]:
    if not isinstance(at(value, "posts"), list):
        raise ParseError(
            "The Ghost API answers, but not with a list of posts. "
            "See whether the address is that of the Ghost site itself."
        )
    return [post for post in list_at(value, "posts") if text_at(post, "uuid")]


def _external_id(post: object) -> str:
    return f"post:{text_at(post, 'uuid')}"


def _changed(post: object) -> datetime | None:
    return utc_time(text_at(post, "updated_at"))


def _hidden(external_id: str) -> Problem:
    return Problem(ProblemKind.HIDDEN, "The blog shows this to its members only.", external_id)


def _record(post: object) -> Record:
    link = safe_link(text_at(post, "url"))
    tags = (plain_line(text_at(tag, "name")) for tag in list_at(post, "tags") if _is_public(tag))
    return Record(
        kind=Kind.POST,
        external_id=_external_id(post),
        url=link,
        title=plain_line(text_at(post, "title")),
        html=with_absolute_links(text_at(post, "html"), link or ""),
        published=utc_time(text_at(post, "published_at")),
        updated=_changed(post),
        author=_author(post),
        audience=PUBLIC,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS],
    )


def _is_public(tag: object) -> bool:
    """Whether the tag is one that readers see; internal ones begin with #."""
    return text_at(tag, "visibility") in ("", "public")


def _author(post: object) -> Account | None:
    author = at(post, "primary_author") or next(iter(list_at(post, "authors")), None)
    number = text_at(author, "id")
    if not number:
        return None
    return Account(
        external_id=f"user:{number}",
        name=plain_line(text_at(author, "name")),
        url=safe_link(text_at(author, "url")),
    )
