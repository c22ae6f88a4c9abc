"""A forum's page -> its threads, a thread's page -> records; pure. Modelled, unproven.

A post has the id and address that it has in the database, so that nothing is doubled where a
community is read first from a dump and then by its pages. A post whose number the page does
not tell is therefore an error. No page tells who may see it: facilitators.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

from adapters.interact import addresses
from adapters.interact.page_records import author_of
from adapters.interact.pages import (
    boxes,
    elements,
    key_of,
    number_at,
    number_in,
    opened,
    shown_in,
    text_in,
    unexpected,
)
from adapters.interact.parse import body_html, digest_of
from adapters.interact.settings import InteractSettings, Selectors
from connector.html import plain_line
from connector.model import Enclosure, Kind, Record

MOST_THREADS = 5_000
_MOST_FILES = 20
_ROWS = ("tr", "li")


@dataclass(frozen=True, slots=True)
class Forum:
    """Which forum, in which space."""

    space: int
    key: int


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread, as the forum's page tells of it."""

    key: int
    told: str
    """A digest of all that is told: another one means that something came or changed."""
    subjects: Mapping[int, str]
    """By post, where they are told; the thread's own page may show none."""


def threads(body: bytes, settings: InteractSettings) -> list[Thread]:
    """Return the threads that a forum's page lists, the newest 5,000, by key.

    Raises ParseError where it lists none: an empty forum cannot be told from a changed page.
    """
    root = opened(body, settings.selectors)
    rows: dict[int, list[etree._Element]] = {}
    around = _Surroundings()
    for row in elements(root, settings.selectors.thread):
        thread = _number(row, "thread_key")
        if thread:
            rows.setdefault(thread, []).append(row)
            around.note(row, thread)
    if not rows:
        raise unexpected("no threads", "thread")
    return [
        Thread(
            key=thread,
            told=digest_of([(_number(row, "post_key"), around.text(row)) for row in told])[:8],
            subjects={_number(row, "post_key") or thread: _subject(row) for row in reversed(told)},
        )
        for thread, told in sorted(rows.items())[-MOST_THREADS:]
    ]


class _Surroundings:
    """The row of a table or list that a link stands in, where it is about one thread alone."""

    def __init__(self) -> None:
        self._threads: dict[etree._Element, set[int]] = {}
        self._row: dict[etree._Element, etree._Element] = {}
        self._said: dict[etree._Element, str] = {}

    def note(self, row: etree._Element, thread: int) -> None:
        """Note that something tells of a thread there."""
        found = next(row.iterancestors(*_ROWS), None)
        if found is not None:
            self._row[row] = found
            self._threads.setdefault(found, set()).add(thread)

    def text(self, row: etree._Element) -> str:
        """Return what is told of the thread, with its subject."""
        around = self._row.get(row)
        # A page may be laid out as a table: its one row holds everything.
        is_own = around is not None and len(self._threads[around]) == 1
        told = around if around is not None and is_own else row
        if told not in self._said:
            self._said[told] = text_in(told)
        return f"{_subject(row)} {self._said[told]}"


def _number(row: etree._Element, name: str) -> int:
    said = key_of(str(row.get(f"dojo:{name}") or ""))
    return said or number_in(row, addresses.THREAD_PATH.rpartition("/")[2], name)


def _subject(row: etree._Element) -> str:
    said = row.get("dojo:subject")
    if said is None and row.tag != "a":
        link = next(row.iter("a"), None)
        return plain_line(text_in(link)) if link is not None else ""
    return plain_line(str(said) if said is not None else text_in(row))


def posts(body: bytes, settings: InteractSettings, forum: Forum, thread: Thread) -> list[Record]:
    """Return the posts that a thread's page shows, by key, each once, without hidden ones.

    Raises ParseError where nothing on the page is where it is expected.
    """
    select = settings.selectors
    root = opened(body, select)
    hidden = {one for css in (select.draft, select.deleted) for one in elements(root, css)}
    marks = set(elements(root, select.mark))
    there: dict[int, etree._Element] = {}
    for box in boxes(root, select):
        there.setdefault(_post_key(box, marks, select), box)
    if max(there) < thread.key:
        # A post comes after the start of its thread: these count from one, or as they like.
        raise unexpected("posts under other numbers than theirs", "mark")
    found = {key: box for key, box in there.items() if not hidden.intersection(_around(box))}
    return [_record(box, key, settings, forum, thread, found) for key, box in sorted(found.items())]


def _around(box: etree._Element) -> Iterator[etree._Element]:
    yield from box.iter()
    yield from box.iterancestors()


def _post_key(box: etree._Element, marks: Set[etree._Element], select: Selectors) -> int:
    for one in _own_marks(box, marks, select):
        key = key_of(str(one.get("name") or "")) or key_of(str(one.get("id") or ""))
        if key:
            return key
    raise unexpected("a post without its number", "mark")


def _own_marks(
    box: etree._Element, marks: Set[etree._Element], select: Selectors
) -> Iterator[etree._Element]:
    """Yield where the post's number may stand: never in its text, which its author wrote."""
    yield box
    texts = set(elements(box, select.body))
    yield from (one for one in box.iter() if one in marks and texts.isdisjoint(one.iterancestors()))
    # A mark before the post; one that was never closed holds it.
    for one in (box.getprevious(), box.getparent()):
        if one is not None and one in marks:
            yield one


def _record(
    box: etree._Element,
    key: int,
    settings: InteractSettings,
    forum: Forum,
    thread: Thread,
    there: Mapping[int, object],
) -> Record:
    url = addresses.thread(settings.base, forum.space, forum.key, thread.key, key)
    shown = shown_in(box, settings, url)
    is_start = key == thread.key
    answered = (_parent(box, settings.selectors), thread.key)
    parent = next((each for each in answered if each in there and each != key), None)
    return Record(
        kind=Kind.POST if is_start else Kind.COMMENT,
        external_id=f"post:{key}",
        url=url,
        title=shown.title or thread.subjects.get(key, ""),
        html=body_html(shown.html, url),
        published=shown.published,
        author=author_of(shown),
        enclosures=tuple(_files(box, settings.selectors, url)),
        in_reply_to=None if is_start or parent is None else f"post:{parent}",
    )


def _parent(box: etree._Element, select: Selectors) -> int:
    header = next(elements(box, select.header), None)
    for link in elements(header, select.parent) if header is not None else ():
        address = str(link.get("href") or "")
        key = number_at(address, "post_key") or key_of(address.rpartition("#")[2])
        if key:
            return key
    return 0


def _files(box: etree._Element, select: Selectors, url: str) -> Sequence[Enclosure]:
    """Return what is attached, as links; nothing is fetched."""
    found: dict[str, Enclosure] = {}
    for link in elements(box, select.attachment):
        address = _resolved(url, str(link.get("href") or "").strip())
        if address and addresses.web_link(address):
            found.setdefault(address, Enclosure(address))
    return list(found.values())[:_MOST_FILES]


def _resolved(url: str, link: str) -> str:
    try:
        return urljoin(url, link) if link and urlsplit(link).path else ""
    except ValueError:
        return ""
