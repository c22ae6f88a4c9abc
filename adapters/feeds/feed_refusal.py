"""Sentences for answers that are no feed: what came instead, and what to do.

Each error still lacks the address and the facts of the body; ``parse.py`` adds them.
"""

import re

from connector.errors import ParseError

_ASKS_PASSWORD = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_LOOKED_AT = 200_000

EMPTY = "The answer is empty. Open the address in a browser and check that it shows a feed."
LOGIN = (
    "This is a login page, not a feed. "
    "Ask the owner of the blog to open its feed, or use an address that needs no login."
)
PAGE = (
    "This is a web page, not a feed. "
    "Use the address of the feed itself, often the page's address followed by /feed/."
)
OPML = "This is a list of feeds (OPML), not a feed. Add the feeds in it one by one."
SITEMAP = "This is a sitemap, not a feed. Use the address of the feed itself."
CALENDAR = "This is a calendar, not a feed. Use the address of the blog's feed."
JSON = "This is JSON, but not a JSON Feed. Use the address of the feed itself."
XML = "This is XML, but not a feed. Use the address of the feed itself."
OTHER = "This is not a feed. Open the address in a browser and check that it shows a feed."
BROKEN = (
    "This feed is broken XML that cannot be repaired. "
    "Ask the owner of the blog to check it with a feed validator."
)
TOO_LARGE = (
    "This feed is broken XML of more than 2 MB or 50,000 tags, too much to be repaired. "
    "Ask the owner of the blog to check it with a feed validator."
)
OVER_LIMIT = (
    "This feed holds a single text of more than 10 MB or more than 256 levels of elements. "
    "Ask the owner of the blog to list fewer or shorter entries in it."
)

ENTITIES = (
    "This feed declares entities that would grow it to more than 10 MB. "
    "Ask the owner of the blog to write its texts out instead."
)

OF_A_PAGE = (LOGIN, PAGE, XML, OTHER)
"""What is said of an address that may still lead to a feed: it is no feed itself."""


def refuse_root(name: str, text: str) -> ParseError:
    """Return the error for well-formed XML whose outermost element is no feed's."""
    match name:
        case "html" | "head" | "body" | "div":
            return refuse_page(text)
        case "opml":
            return ParseError(OPML)
        case "urlset" | "sitemapindex":
            return ParseError(SITEMAP)
    return ParseError(XML)


def refuse_page(text: str) -> ParseError:
    """Return the error for a web page."""
    return ParseError(LOGIN if _ASKS_PASSWORD.search(text, 0, _LOOKED_AT) else PAGE)


def refuse_text(text: str) -> ParseError:
    """Return the error for what is neither XML nor JSON."""
    start = text[:1000].lower()
    if not start:
        return ParseError(EMPTY)
    if is_page(start) or re.search(r"<(?:html|head|body|title|script|div)\b", start):
        return refuse_page(text)
    if start.startswith("begin:vcalendar"):
        return ParseError(CALENDAR)
    return ParseError(OTHER)


def is_page(text: str) -> bool:
    """Whether the text begins as HTML does."""
    return text[:100].lower().startswith(("<!doctype html", "<html"))
