"""Pages of an Interact, live or saved -> what they show; pure.

Where a page shows what is a setting (``selectors``); a page that no longer looks as expected is
an error and never an empty answer. No link is followed: of a link only the numbers in it are
read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import lxml.html
from lxml import etree

from adapters.interact.addresses import with_absolute_links
from adapters.interact.selectors import compiled
from adapters.interact.settings import InteractSettings, Selectors
from adapters.interact.texts import decoded, moment, text_of
from connector.errors import ParseError
from connector.html import plain_line

PARSER_VERSION = 2
_MOST_BYTES = 10_000_000
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LONG = re.compile(
    r"\b(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{3,9})|"
    r"(?P<month2>[A-Za-z]{3,9})\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?),?\s+(?P<year>\d{4})\b"
)
_SHORT = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b")
_NUMBER = re.compile(r"Post\s*#\s*(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Shown:
    """One post as a page shows it."""

    title: str
    html: str
    author: str
    author_key: int
    published: datetime | None
    entry: int
    """The key in the address of a journal's entry, 0 where there is none."""
    number: int
    """Of a forum post within its thread, 0 elsewhere."""


def shown_posts(body: bytes, settings: InteractSettings, url: str) -> list[Shown]:
    """Return the posts of a page, in its order, without drafts.

    Raises ParseError where nothing on the page is where it is expected.
    """
    select = settings.selectors
    found = boxes(opened(body, select), select)
    return [shown_in(box, settings, url) for box in found if not _is_draft(box, select)]


def opened(body: bytes, select: Selectors) -> etree._Element:
    """Return a page as a tree. Raises ParseError where it is none, or asks for a log-in."""
    if len(body) > _MOST_BYTES:
        # Cut off, it would look as if the rest had been removed.
        raise ParseError("The page is larger than 10 MB and is not read.")
    root = document(body)
    if compiled(select.login_form)(root):
        raise ParseError("The page is a log-in form. Log in, and save or open it again.")
    return root


def boxes(root: etree._Element, select: Selectors) -> list[etree._Element]:
    """Return what holds one post each, in the page's order. Raises ParseError for none.

    What looks like one within a post's text was pasted there by its author.
    """
    there = list(elements(root, select.post))
    texts = {text for box in there for text in elements(box, select.body)}
    own = [box for box in there if texts.isdisjoint(box.iterancestors())]
    wrappers = {around for box in own for around in box.iterancestors()}
    found = [box for box in own if box not in wrappers]
    if not found:
        raise unexpected("no posts", "post")
    return found


def document(body: bytes) -> etree._Element:
    """Return a page as a tree, whatever its markup. Raises ParseError."""
    text = text_of(decoded(body[:_MOST_BYTES]))
    if "<" not in text:
        raise ParseError("This is no web page. Save the page as HTML.")
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError("The page is empty or cannot be read as HTML. Save it again.") from error
    return root


def unexpected(what: str, selector: str) -> ParseError:
    """Say that a page does not look as it should."""
    return ParseError(
        f"The page shows {what} where they are expected. The site may have a skin of its own or "
        f"another release: see selectors ({selector}). Nothing was changed in the hub."
    )


def elements(root: etree._Element, css: str) -> Iterator[etree._Element]:
    """Yield what a selector finds below an element, in the page's order."""
    found = compiled(css)(root)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, etree._Element))


def _is_draft(box: etree._Element, select: Selectors) -> bool:
    return next(elements(box, select.draft), None) is not None


def shown_in(box: etree._Element, settings: InteractSettings, url: str) -> Shown:
    """Return what a box shows; links are resolved against ``url``. Raises ParseError."""
    select = settings.selectors
    body = next(elements(box, select.body), None)
    header = next(elements(box, select.header), None)
    if body is None or header is None:
        raise unexpected("a post without a heading or text", "header, body")
    author = next(elements(header, select.author), None)
    title = next(elements(header, select.title), None)
    date = next(elements(header, select.date), None)
    posted = text_in(author) if author is not None else ""
    when = text_in(date) if date is not None else f"{posted} {text_in(header)}"
    numbered = _NUMBER.search(text_in(header))
    return Shown(
        title=plain_line(_inner(title)) if title is not None else "",
        html=with_absolute_links(_inner(body), url),
        author=plain_line(_without_date(posted)),
        # Not from the text: who wrote it may link to somebody else there.
        author_key=number_in(header, "userdetails.php", "user_key"),
        published=page_time(when, settings.date_order, settings.zone),
        entry=number_in(box, "entry.php", "post_key"),
        number=int(numbered[1]) if numbered else 0,
    )


def text_in(element: etree._Element) -> str:
    """Return an element's text as one line."""
    return " ".join(" ".join(map(str, element.itertext())).split())


def _inner(element: etree._Element) -> str:
    from_start = str(element.text or "")
    children = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (_escaped(from_start) + "".join(children)).strip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def number_in(box: etree._Element, page: str, name: str) -> int:
    """Return a number in the first link to a page; the link itself is never opened."""
    for link in box.iter("a"):
        address = str(link.get("href") or "")
        number = number_at(address, name) if page in address else 0
        if number:
            return number
    return 0


def number_at(address: str, name: str) -> int:
    """Return a number among the parameters of an address, or 0."""
    try:
        return key_of(parse_qs(urlsplit(address).query, max_num_fields=50).get(name, [""])[0])
    except ValueError:
        return 0


def key_of(text: str) -> int:
    """Return a text as one of Interact's keys, or 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _without_date(text: str) -> str:
    found = _LONG.search(text) or _SHORT.search(text)
    return text[: found.start()] if found else text


def page_time(
    text: str, order: Literal["day-month", "month-day"], zone: ZoneInfo
) -> datetime | None:
    """Return a time as pages write it, read in the site's zone; None for none."""
    date = _long_date(text) or _short_date(text, order)
    if date is None:
        return None
    clock = _CLOCK.search(text)
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    year, month, day = date
    return moment(f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}", zone)


def _long_date(text: str) -> tuple[int, int, int] | None:
    for found in _LONG.finditer(text):
        month = (found["month"] or found["month2"])[:3].lower()
        if month in _MONTHS:
            day = int(found["day"] or found["day2"])
            return int(found["year"]), _MONTHS.index(month) + 1, day
    return None


def _short_date(text: str, order: str) -> tuple[int, int, int] | None:
    found = _SHORT.search(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    day, month = (first, second) if order == "day-month" else (second, first)
    return year if year > 99 else 2000 + year, month, day
