"""Raw entries -> records and problems: the rules that all formats share.

How an entry is written belongs to the format readers, its id to ``feed_identity``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from adapters.feeds.dates import parse_date
from adapters.feeds.feed_identity import identify
from adapters.feeds.feed_links import with_absolute_links, without_fragment
from adapters.feeds.raw_feed import RawEntry, RawFeed
from connector.html import fold, plain_line, safe_link
from connector.model import PUBLIC, Account, Enclosure, Kind, Problem, ProblemKind, Record

_MAX_TAGS = 50
_MAX_ENCLOSURES = 50
_NO_TAG = "Uncategorized"
"""What WordPress calls the absence of a category."""

_PASSWORD_FORM = re.compile(
    r"<form\b[^<>]{0,1000}?(?:post-password-form|action=postpass)", re.IGNORECASE
)
_PASSWORD_NOTES = (
    "There is no excerpt because this is a protected post.",
    "Protected Comments: Please enter your password",
)
_PRIVATE_TITLES = ("Protected: ", "Private: ")
"""How WordPress itself begins the titles of posts that not everybody may read."""
_ELLIPSIS = re.compile(r"\[\s*(?:…|\.{3})\s*\]")
_TRACKBACK_TITLE = re.compile(r"(?:<p>\s*)?<strong>[^<]*</strong>\s*(?:</p>|<br|\n)")
_ANY_TAG = re.compile(r"<[^<>]*>")

_FAILED = "An entry of the feed cannot be read; the others are. Look at it in the feed itself."
_HIDDEN = "The post is protected by a password and is not read."
_PINGBACK = "A pingback (a link from another site), not a comment."
_SHARED_ID = "Different entries of the feed share one id; each is told apart by its link or title."
_TOO_MANY = (
    "The feed lists more than {limit:,} entries; those after the first {limit:,} are not read."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Where and how one document is read."""

    url: str
    home: str | None
    stream: str
    zone: ZoneInfo
    comments: bool


def make_records(
    raw: RawFeed, reading: Reading, max_entries: int
) -> tuple[list[Record], list[Problem]]:
    """Return the records in document order, and what was odd, hidden or no record at all."""
    problems = [Problem(ProblemKind.NOTED, raw.note)] if raw.note else []
    identified, shared = identify(_entries(raw, max_entries, problems))
    if shared:
        problems.append(Problem(ProblemKind.NOTED, _SHARED_ID))
    records = []
    for own_id, entry in identified:
        external_id = f"{reading.stream}#{own_id}"
        if problem := _not_a_record(entry, external_id, reading, raw.generator):
            problems.append(problem)
        else:
            records.append(_record(entry, external_id, reading))
    return records, problems


def _entries(raw: RawFeed, max_entries: int, problems: list[Problem]) -> Iterator[RawEntry]:
    digests = raw.digests or [""] * len(raw.entries)
    for read, digest in zip(raw.entries[:max_entries], digests, strict=False):
        try:
            entry = read()
        except Exception:  # noqa: BLE001 - one hostile entry must not sink the document
            problems.append(Problem(ProblemKind.FAILED, _FAILED))
            continue
        entry.digest = digest
        yield entry
    if len(raw.entries) > max_entries:
        problems.append(Problem(ProblemKind.SKIPPED, _TOO_MANY.format(limit=max_entries)))


def _not_a_record(
    entry: RawEntry, external_id: str, reading: Reading, generator: str
) -> Problem | None:
    if _is_protected(entry) or (
        entry.title.startswith(_PRIVATE_TITLES) and generator.startswith("WordPress")
    ):
        return Problem(ProblemKind.HIDDEN, _HIDDEN, external_id, safe_link(entry.link))
    if reading.comments and _is_pingback(entry.html):
        return Problem(ProblemKind.SKIPPED, _PINGBACK, external_id, safe_link(entry.link))
    return None


def _is_protected(entry: RawEntry) -> bool:
    """Whether WordPress hides the post; its title says so too, but in any language."""
    bodies = (entry.html, entry.summary)
    return any(body.startswith(_PASSWORD_NOTES) or is_password_form(body) for body in bodies)


def is_password_form(html: str) -> bool:
    """Whether WordPress asks for a post's password here instead of showing it."""
    return "<form" in html and _PASSWORD_FORM.search(html) is not None


def _is_pingback(html: str) -> bool:
    """Whether the body is WordPress's quotation of another site: ``[…] so they say […]``."""
    title = _TRACKBACK_TITLE.match(html)
    text = unescape(_ANY_TAG.sub("", html[title.end() if title else 0 :])).strip()
    marks = [found.span() for found in _ELLIPSIS.finditer(text)]
    if len(marks) > 1 and marks[0][0] == 0 and marks[-1][1] == len(text):
        return True
    return title is not None and text.endswith(("…", "...", "…]", "...]"))


def _record(entry: RawEntry, external_id: str, reading: Reading) -> Record:
    url = safe_link(entry.link)
    return Record(
        kind=Kind.COMMENT if reading.comments else Kind.POST,
        external_id=external_id,
        url=url,
        title=plain_line(entry.title) if entry.title else "",
        html=with_absolute_links(entry.html, _body_base(entry, url, reading)),
        published=_first_date(entry.published, reading.zone),
        updated=_first_date(entry.updated, reading.zone),
        author=_account(entry),
        audience=PUBLIC,
        tags=_tags(entry.tags),
        enclosures=_files(entry.enclosures),
        in_reply_to=_in_reply_to(entry, reading),
        digest=entry.digest,
    )


def _body_base(entry: RawEntry, url: str | None, reading: Reading) -> str:
    """Return what the body's links are relative to, as its writer saw it: the post's page."""
    named = safe_link(entry.base) if entry.base else None
    return named or url or reading.home or reading.url


def _first_date(written: Iterable[str], zone: ZoneInfo) -> datetime | None:
    dates = (parse_date(text, zone) for text in written)
    return next((date for date in dates if date is not None), None)


def _account(entry: RawEntry) -> Account | None:
    name = plain_line(entry.author) if entry.author else ""
    if not name:
        return None
    url = safe_link(entry.author_url) if entry.author_url else None
    return Account(f"name:{fold(name)}", name, url)


def _tags(written: Iterable[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for text in written:
        tag = plain_line(text)
        if tag and tag != _NO_TAG:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:_MAX_TAGS]


def _files(listed: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    files: dict[str, Enclosure] = {}
    for file in listed:
        url = safe_link(file.url) if file.url else None
        if url and not _is_avatar(url):
            files.setdefault(url, Enclosure(url, plain_line(file.media_type)[:100], file.bytes))
    return tuple(files.values())[:_MAX_ENCLOSURES]


def _is_avatar(url: str) -> bool:
    """Whether it is an author's picture by e-mail digest, which is personal data."""
    return (urlsplit(url).hostname or "").endswith("gravatar.com")


def _in_reply_to(entry: RawEntry, reading: Reading) -> str | None:
    if entry.in_reply_to or not reading.comments:
        return entry.in_reply_to or None
    return without_fragment(safe_link(entry.link) or "") or None
