"""What pages and exports show -> records; pure.

Ids are Interact's keys where a page tells them, else a digest of what does not change: heading,
author and time.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from adapters.interact import addresses
from adapters.interact.pages import Shown, document, shown_posts
from adapters.interact.parse import body_html, digest_of
from adapters.interact.settings import InteractSettings
from adapters.interact.texts import decoded, moment, number_of, text_of
from connector.errors import ParseError
from connector.html import fold, plain_line
from connector.model import FACILITATORS, Account, Audience, Count, Kind, Record

_STATISTICS = 5
_DISCUSSION = ("first", "last", "thread", "post", "parent", "subject", "body", "date")
_NO_EXPORT = "The file is none of Interact's exports, and no page of it."
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})|(\d{1,2})[-/](\d{1,2})[-/](\d{4})")


@dataclass(frozen=True, slots=True)
class SavedFile:
    """What one saved file holds."""

    what: str
    """In words: "a journal", "the list of members"."""
    records: tuple[Record, ...] = ()
    accounts: tuple[Account, ...] = ()
    counts: tuple[Count, ...] = ()


def author_of(shown: Shown) -> Account | None:
    """Return who wrote it, by number where the page tells it, else by name."""
    if shown.author_key:
        return Account(f"user:{shown.author_key}", shown.author)
    return Account(f"name:{fold(shown.author)}", shown.author) if shown.author else None


def entry_record(shown: Shown, url: str, audience: Audience = FACILITATORS) -> Record:
    """Return a journal's entry."""
    return Record(
        kind=Kind.REFLECTION,
        external_id=f"post:{shown.entry}" if shown.entry else f"entry:{_digest(shown)}",
        url=url,
        title=shown.title,
        html=shown.html,
        published=shown.published,
        author=author_of(shown),
        audience=audience,
    )


def news_record(shown: Shown, url: str, audience: Audience = FACILITATORS) -> Record:
    """Return a piece of news."""
    own = _digest(shown)
    return Record(
        kind=Kind.ANNOUNCEMENT,
        external_id=f"news:{own}",
        url=f"{url}#{own}",
        title=shown.title,
        html=shown.html,
        published=shown.published,
        author=author_of(shown),
        audience=audience,
    )


def thread_record(shown: Shown, url: str, thread: str) -> Record:
    """Return a forum post; the page tells its place in the thread."""
    own = f"thread:{thread}-{shown.number}"
    is_first = shown.number <= 1
    return Record(
        kind=Kind.POST if is_first else Kind.COMMENT,
        external_id=own,
        url=f"{url}#{shown.number}",
        title=shown.title,
        html=shown.html,
        published=shown.published,
        author=author_of(shown),
        in_reply_to=None if is_first else f"thread:{thread}-1",
    )


def _digest(shown: Shown) -> str:
    return digest_of((shown.title, shown.author, shown.published))


def read_file(body: bytes, settings: InteractSettings) -> SavedFile:
    """Return what a saved file holds: one of the four exports, or a page. Raises ParseError."""
    if b"\0" in body:
        raise ParseError(_NO_EXPORT)
    text = text_of(decoded(body))
    if "<" not in text[:5000]:
        return _plain(text)
    root = document(body)
    table = _discussion_rows(text, root)
    if table is not None:
        return SavedFile("a discussion", tuple(_discussion(table, settings)))
    return _page(body, settings)


def _plain(text: str) -> SavedFile:
    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter="\t") if any(row)]
    except csv.Error as error:  # a cell without an end
        raise ParseError(_NO_EXPORT) from error
    if rows and all(len(row) == _STATISTICS for row in rows):
        return SavedFile("statistics", counts=tuple(_counts(rows)))
    if rows and all(len(row) == 1 and len(row[0]) <= 100 for row in rows):
        names = dict.fromkeys(plain_line(row[0]) for row in rows)
        found = (Account(f"name:{fold(name)}", name) for name in names if name)
        return SavedFile("the list of members", accounts=tuple(found))
    raise ParseError(_NO_EXPORT)


def _counts(rows: Sequence[Sequence[str]]) -> list[Count]:
    """Return how often somebody read or wrote on each day; the address in the row is dropped."""
    found: Counter[tuple[str, str]] = Counter()
    for _name, _component, date, use, _address in rows:
        day, kind = _day(date), use.strip().lower()
        if day and kind in ("read", "post"):
            found[kind, day] += 1
    return [Count(kind, number, day) for (kind, day), number in sorted(found.items())]


def _day(text: str) -> str:
    found = _DAY.search(text)
    if found is None:
        return ""
    return found[1] or f"{found[4]}-{int(found[3]):02}-{int(found[2]):02}"


def _discussion_rows(text: str, root: etree._Element) -> list[list[str]] | None:
    """Return the rows of a discussion's export, or None for another document."""
    if "<table" not in text.lower():
        return None
    rows: list[list[str]] = []
    for row in root.iter("tr"):
        cells = row.iterchildren(etree.Element)  # a comment is none
        rows.append(["".join(map(str, cell.itertext())).strip() for cell in cells])
    heads = [tuple(cell.lower() for cell in row) for row in rows[:3]]
    begun = next((at for at, head in enumerate(heads) if _is_head(head)), None)
    return None if begun is None else [row for row in rows[begun + 1 :] if len(row) >= 8]


def _is_head(cells: Sequence[str]) -> bool:
    named = zip(cells, _DISCUSSION, strict=False)
    return len(cells) >= len(_DISCUSSION) and all(word in cell for cell, word in named)


def _discussion(rows: Sequence[Sequence[str]], settings: InteractSettings) -> list[Record]:
    found: dict[str, Record] = {}
    for first, last, thread, post, parent, subject, body, date, *_ in rows:
        key, answered = number_of(post), number_of(parent)
        if key <= 0:
            continue
        name = plain_line(f"{first} {last}")
        url = f"{settings.base}modules/forum/thread.php?thread_key={number_of(thread)}#{key}"
        found[f"post:{key}"] = Record(
            kind=Kind.COMMENT if answered > 0 else Kind.POST,
            external_id=f"post:{key}",
            url=url,
            title=plain_line(subject),
            html=body_html(body, url),
            published=moment(date, settings.zone),
            author=Account(f"name:{fold(name)}", name) if name else None,
            in_reply_to=f"post:{answered}" if answered > 0 else None,
        )
    return list(found.values())


def _page(body: bytes, settings: InteractSettings) -> SavedFile:
    shown = shown_posts(body, settings, settings.base)
    if any(one.number for one in shown):
        thread = digest_of((shown[0].title, shown[0].html))
        url = f"{settings.base}modules/forum/thread.php?saved={thread}"
        return SavedFile("a thread", tuple(thread_record(one, url, thread) for one in shown))
    if any(one.entry or one.author_key for one in shown):
        return SavedFile("a journal", tuple(_saved_entry(one, settings) for one in shown))
    url = f"{settings.base}spaces/news.php"
    return SavedFile("news", tuple(news_record(one, url) for one in shown))


def _saved_entry(one: Shown, settings: InteractSettings) -> Record:
    base = settings.base
    if not one.entry:
        return entry_record(one, f"{base}modules/journal/journalview.php#{_digest(one)}")
    path = "modules/journal/entry.php"
    return entry_record(one, addresses.readable(base, path, post_key=one.entry))
