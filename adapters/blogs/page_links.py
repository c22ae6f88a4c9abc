"""Pure: what the head of a web page says about feeds and APIs.

Hostile HTML gives an empty answer, never an exception. Asking is in ``discovery``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree, html

from connector.html import plain_line, safe_link

MAX_HTML_BYTES = 2_000_000
_MAX_ELEMENTS = 20_000
_MAX_FEEDS = 30

_FEED_TYPES = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/rdf+xml": "RSS",
    "application/feed+json": "JSON Feed",
    "application/json": "JSON Feed",
}
_API_RELATION = "https://api.w.org/"
_LINK_HEADER = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page or its headers name."""

    url: str
    title: str
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """What a page says about itself."""

    title: str = ""
    generator: str = ""
    api: str | None = None
    """The root of a WordPress REST API."""
    feeds: tuple[FeedLink, ...] = ()
    asks_password: bool = False


def read_page(body: bytes, *, url: str, link_header: str = "", charset: str = "") -> PageLinks:
    """Read what the page and its Link header say."""
    found = _Found(url)
    for target, parameters in _LINK_HEADER.findall(link_header[:10_000]):
        found.link(_relation(parameters), target, _parameter(parameters, "type"), "")
    for element in _elements(body, charset):
        found.element(element)
    return PageLinks(
        title=found.title,
        generator=found.generator,
        api=found.api,
        feeds=tuple({each.url: each for each in reversed(found.feeds)}.values())[::-1],
        asks_password=found.asks_password,
    )


def _relation(parameters: str) -> str:
    return _parameter(parameters, "rel")


def _parameter(parameters: str, name: str) -> str:
    match = re.search(rf';\s*{name}\s*=\s*"?([^";,]*)', parameters, re.IGNORECASE)
    return match.group(1).strip() if match else ""


def _elements(body: bytes, charset: str) -> Iterator[etree._Element]:
    """Yield the elements that matter, in order; nothing when the page cannot be read."""
    try:
        parser = html.HTMLParser(encoding=charset or None, no_network=True, huge_tree=False)
        root = html.document_fromstring(body[:MAX_HTML_BYTES], parser=parser)
    except (etree.LxmlError, LookupError, ValueError, AssertionError):
        return
    wanted = root.iter("base", "link", "meta", "title", "input")
    for count, element in enumerate(wanted):
        if count >= _MAX_ELEMENTS:
            return
        yield element


class _Found:
    """What was found so far on one page."""

    def __init__(self, url: str) -> None:
        self.base = url
        self.title = ""
        self.generator = ""
        self.api: str | None = None
        self.feeds: list[FeedLink] = []
        self.asks_password = False

    def element(self, element: etree._Element) -> None:
        """Take in one element."""
        name = element.tag
        if name == "link":
            self.link(
                element.get("rel") or "",
                element.get("href") or "",
                element.get("type") or "",
                element.get("title") or "",
            )
        elif name == "base":
            self.base = self._absolute(element.get("href") or "") or self.base
        elif name == "title":
            self.title = self.title or plain_line(element.text or "")
        elif name == "meta":
            self._meta(element)
        elif (element.get("type") or "").lower() == "password":
            self.asks_password = True

    def _meta(self, element: etree._Element) -> None:
        if (element.get("name") or "").lower() == "generator" and not self.generator:
            self.generator = plain_line(element.get("content") or "")

    def link(self, relation: str, target: str, media_type: str, title: str) -> None:
        """Take in one link."""
        url = self._absolute(target)
        if url is None:
            return
        if relation.strip() == _API_RELATION:
            self.api = self.api or url
        elif "alternate" in relation.lower().split() and len(self.feeds) < _MAX_FEEDS:
            self._alternate(url, media_type.split(";")[0].strip().lower(), title)

    def _alternate(self, url: str, media_type: str, title: str) -> None:
        # WordPress names the JSON of a single post as an alternate too; it is no feed.
        if media_type not in _FEED_TYPES or "/wp-json/" in url or "rest_route=" in url:
            return
        if "/oembed" not in url:
            self.feeds.append(FeedLink(url, plain_line(title), _FEED_TYPES[media_type]))

    def _absolute(self, target: str) -> str | None:
        try:
            return safe_link(urljoin(self.base, target.strip())) if target.strip() else None
        except ValueError:
            return None
