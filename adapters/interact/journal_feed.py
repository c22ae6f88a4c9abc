"""The RSS of an Interact's journals -> records; pure.

It is RSS 2.0 with habits: times of the site's zone under a false ``GMT``, bodies cut at 4,095
bytes and escaped twice, control characters, no authors and no ids. Comments carry the address
of the entry that they answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.interact import addresses
from adapters.interact.parse import digest_of
from adapters.interact.texts import mended, moment
from connector.errors import ParseError, PermanentError
from connector.html import plain_line
from connector.model import Account, Kind, Problem, ProblemKind, Record

PARSER_VERSION = 1
_SWITCHED_OFF = b"rss is not enabled"
_COMMENT = "[Comment] "
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding=[\"']([A-Za-z0-9_.-]{1,40})[\"'][^>]*\?>")
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_DATE = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})\s+(\d{2}:\d{2}:\d{2})"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MOST_ITEMS = 2_000
_CUT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed, in its own words."""

    title: str
    html: str
    published: datetime | None
    entry: int
    """The key of the entry; a comment carries that of the entry it answers."""
    owner: int
    is_comment: bool
    said: str
    """Title and time as they came: what a comment is recognised by."""


@dataclass(frozen=True, slots=True)
class JournalFeed:
    """What one feed says."""

    title: str
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]


def parse_feed(body: bytes, zone: ZoneInfo) -> JournalFeed:
    """Return what a feed says.

    Raises:
        PermanentError: The journal's feed is switched off.
        ParseError: It is no feed of a journal.
    """
    if _SWITCHED_OFF in body[:2000].lower():
        raise PermanentError(
            "This journal's feed is switched off. Ask its leader to switch on RSS in the "
            "settings of the journal, or read the community's database instead."
        )
    root = _root(body)
    channel = root.find("channel")
    if channel is None:
        raise _no_feed()
    items, problems = [], []
    for element in channel.findall("item")[:_MOST_ITEMS]:
        item = _item(element, zone)
        if item is not None:
            items.append(item)
        else:
            problems.append(Problem(ProblemKind.FAILED, "an item without the address of an entry"))
    return JournalFeed(plain_line(_text(channel, "title")), tuple(items), tuple(problems))


def _root(body: bytes) -> etree._Element:
    declared = _DECLARED.match(body[:500])
    try:
        text = body.decode(declared[1].decode() if declared else "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    text = _PROLOG.sub("", _CONTROLS.sub("", text.lstrip("\ufeff")))
    if "<!DOCTYPE" in text[:2000] or "<!ENTITY" in text:
        raise _no_feed()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _no_feed() from error
    if root is None or root.tag != "rss":
        raise _no_feed()
    return root


def _no_feed() -> ParseError:
    return ParseError(
        "This is no feed of a journal. Open the journal in a browser, and check the numbers in "
        "journals."
    )


def _item(element: etree._Element, zone: ZoneInfo) -> Item | None:
    numbers = _numbers(_text(element, "link"))
    entry = numbers.get("post_key", 0)
    if entry <= 0:
        return None
    title, date = _text(element, "title"), _text(element, "pubDate")
    return Item(
        title=plain_line(title.removeprefix(_COMMENT)),
        html=_body(_text(element, "description")),
        published=_published(date, zone),
        entry=entry,
        owner=max(numbers.get("journal_user_key", 0), 0),
        is_comment=title.startswith(_COMMENT),
        said=f"{date} {title}",
    )


def _text(element: etree._Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None else mended("".join(map(str, found.itertext())).strip())


def _numbers(link: str) -> Mapping[str, int]:
    try:
        query = parse_qs(urlsplit(link).query, max_num_fields=50)
    except ValueError:
        return {}
    named = {name: values[0] for name, values in query.items()}
    return {
        name: int(each)
        for name, each in named.items()
        if each.isascii() and each.isdigit() and len(each) < 10
    }


def _body(text: str) -> str:
    """Return the body as HTML: unescaped once more where that was done twice, without a cut."""
    text = text.rstrip(_CUT)
    return unescape(text) if "&lt;" in text and "<" not in text else text


def _published(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the time in the site's zone: the ``GMT`` behind it is not true."""
    found = _DATE.match(text.strip())
    if found is None or found[2].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(found[2].lower()) + 1
    return moment(f"{found[3]}-{month:02}-{int(found[1]):02} {found[4]}", zone)


def records(
    feed: JournalFeed, base: str, space: int, journal: int, owners: Mapping[int, int]
) -> Iterator[Record]:
    """Yield an entry or comment for each item, each id once.

    ``owners`` says who wrote an entry, as far as feeds of single persons told. What comes from
    a feed is for facilitators: Interact hands it out without asking who wants it.
    """
    given: set[str] = set()
    for item in feed.items:
        external_id = _id_of(item)
        if external_id in given:
            continue
        given.add(external_id)
        owner = item.owner or owners.get(item.entry, 0)
        url = _address(base, space, journal, item.entry, owner)
        is_known = not item.is_comment and item.entry in owners
        yield Record(
            kind=Kind.COMMENT if item.is_comment else Kind.REFLECTION,
            external_id=external_id,
            url=f"{url}#{external_id.partition('-')[2]}" if item.is_comment else url,
            title=item.title,
            html=addresses.with_absolute_links(item.html, url),
            published=item.published,
            author=Account(f"user:{owners[item.entry]}") if is_known else None,
            in_reply_to=f"post:{item.entry}" if item.is_comment else None,
            object=f"user:{owner}" if owner else None,
        )


def _id_of(item: Item) -> str:
    """Return a stable id; of a comment its own number is not told, so time and title stand in."""
    if item.is_comment:
        return f"comment:{item.entry}-{digest_of(item.said)}"
    return f"post:{item.entry}"


def _address(base: str, space: int, journal: int, entry: int, owner: int) -> str:
    numbers = {"space_key": space, "module_key": journal, "post_key": entry}
    if owner:
        numbers["journal_user_key"] = owner
    return addresses.readable(base, "modules/journal/entry.php", **numbers)
