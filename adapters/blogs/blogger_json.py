"""Pure: what Blogger's JSON feeds say, as records.

The shapes are those of the GData feeds (https://developers.google.com/blogger/docs/2.0/json/),
modelled after the documentation and not proven against the service. Asking, paging and
cursors are in ``blogger_reader``.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from adapters.feeds.feed_links import with_absolute_links
from adapters.feeds.harvest import NOTHING, Harvest
from adapters.feeds.json_values import at, list_at, text_at, utc_time
from connector.errors import ParseError
from connector.html import fold, plain_line, safe_link
from connector.model import PUBLIC, Account, Enclosure, Kind, Problem, ProblemKind, Record

MAX_TAGS = 50

What = Literal["posts", "comments"]

_NUMBER = re.compile(r"\.post-(\d{1,25})$")
_PROFILE = re.compile(r"/profile/(\d{1,25})$")
_KIND: dict[What, str] = {"posts": "post", "comments": "comment"}


@dataclass(frozen=True, slots=True)
class BloggerPage:
    """What one answer holds, in the answer's order."""

    ids: tuple[str, ...]
    latest: datetime | None
    """The newest time of change."""
    total: int | None
    """openSearch:totalResults."""
    harvest: Harvest = NOTHING


def read_entries(value: object, what: What) -> BloggerPage:
    """Read a listing of posts or comments; raises ParseError when it is none."""
    feed = at(value, "feed")
    if not isinstance(feed, dict):
        raise ParseError(
            "Blogger answers, but not with a feed. "
            "See whether the blog is open to everybody: Settings, Permissions, Reader access."
        )
    entries = list_at(feed, "entry")
    known = [(number, entry) for entry in entries if (number := _number(entry))]
    changed = (utc_time(text_at(entry, "updated", "$t")) for _, entry in known)
    lost = len(entries) - len(known)
    problem = Problem(ProblemKind.FAILED, "An entry of the listing has no id and is left out.")
    return BloggerPage(
        ids=tuple(f"{_KIND[what]}:{number}" for number, _ in known),
        latest=max(filter(None, changed), default=None),
        total=_total(feed),
        harvest=Harvest(
            records=tuple(_record(number, entry, what) for number, entry in known),
            problems=(problem,) * lost,
        ),
    )


def _number(entry: object) -> str:
    """Return 67 of ``tag:blogger.com,1999:blog-45.post-67``; comments are written alike."""
    match = _NUMBER.search(text_at(entry, "id", "$t"))
    return match.group(1) if match else ""


def _total(feed: object) -> int | None:
    text = text_at(feed, "openSearch$totalResults", "$t")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _record(number: str, entry: object, what: What) -> Record:
    link = _link(entry, "alternate")
    is_post = what == "posts"
    return Record(
        kind=Kind.POST if is_post else Kind.COMMENT,
        external_id=f"{_KIND[what]}:{number}",
        url=link,
        # A comment's title is the beginning of its text.
        title=plain_line(text_at(entry, "title", "$t")) if is_post else "",
        html=with_absolute_links(_body(entry), link or ""),
        published=utc_time(text_at(entry, "published", "$t")),
        updated=utc_time(text_at(entry, "updated", "$t")),
        author=_author(entry),
        audience=PUBLIC,
        tags=_tags(entry) if is_post else (),
        enclosures=_enclosures(entry),
        in_reply_to=None if is_post else _answered(entry),
    )


def _body(entry: object) -> str:
    return text_at(entry, "content", "$t") or text_at(entry, "summary", "$t")


def _link(entry: object, relation: str) -> str | None:
    links = (each for each in list_at(entry, "link") if text_at(each, "rel") == relation)
    return next((safe_link(text_at(each, "href")) for each in links), None)


def _author(entry: object) -> Account | None:
    """Return the author's name; the address in the feed is one of Blogger's own."""
    author = next(iter(list_at(entry, "author")), None)
    name = plain_line(text_at(author, "name", "$t"))
    profile = _PROFILE.search(text_at(author, "uri", "$t"))
    if profile:
        return Account(external_id=f"user:{profile.group(1)}", name=name)
    return Account(external_id=f"name:{fold(name)}", name=name) if name else None


def _tags(entry: object) -> tuple[str, ...]:
    terms = (plain_line(text_at(each, "term")) for each in list_at(entry, "category"))
    return tuple(dict.fromkeys(term for term in terms if term))[:MAX_TAGS]


def _enclosures(entry: object) -> tuple[Enclosure, ...]:
    links = (each for each in list_at(entry, "link") if text_at(each, "rel") == "enclosure")
    found = ((safe_link(text_at(each, "href")), text_at(each, "type")) for each in links)
    return tuple(Enclosure(url=url, media_type=kind[:100]) for url, kind in found if url)


def _answered(entry: object) -> str | None:
    reference = text_at(entry, "thr$in-reply-to", "ref")
    match = _NUMBER.search(reference)
    return f"post:{match.group(1)}" if match else None
