"""Finds out what a blog offers, from its home page, any of its posts, or its feed.

Asks few and bounded questions: the address, the API that the page names, the feeds that it
names, and the usual feed addresses only where it names none. What is read from what was
found is decided in ``adapter``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from adapters.blogs.blogger_json import read_entries
from adapters.blogs.client import BlogClient, with_query
from adapters.blogs.page_links import MAX_HTML_BYTES, FeedLink, PageLinks, read_page
from adapters.blogs.settings import Flavour
from adapters.blogs.wordpress_api import WordPressApi
from adapters.feeds.feed_refusal import OF_A_PAGE
from adapters.feeds.json_values import text_at
from adapters.feeds.parse import Document, open_document
from connector.errors import AuthError, ParseError, PermanentError, SourceError, TemporaryError
from connector.html import plain_line
from connector.http import Response, Session
from connector.model import Record

MAX_FEEDS_ASKED = 4
COMMON_PATHS = (
    "feed/",
    "feeds/posts/default",
    "rss/",
    "index.xml",
    "atom.xml",
    "feed.json",
)
_REFUSALS = (400, 401, 403, 404, 405, 406, 410, 451)
_FIRST_ENTRIES = 4
"""So many tell what a feed is."""
_FEED_START = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_FEED_START_WITHIN = 2_000
_WORDPRESS_COM = "https://public-api.wordpress.com/wp/v2/sites/"


@dataclass(frozen=True, slots=True)
class Newest:
    """The title and time of one of the newest posts, to recognise a blog by."""

    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that can be read."""

    title: str
    format: str
    """"RSS 2.0", "Atom 1.0", "WordPress API" ..."""
    url: str
    """What to write as ``address`` in the settings."""
    newest: tuple[Newest, ...] = ()
    """The three newest."""
    comments: bool = False
    is_api: bool = False
    """Read through an API rather than as a feed."""
    answer: "Answer | None" = None
    """What a feed's address has just answered, so that it need not be asked again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A feed as it was just fetched and opened."""

    response: Response
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found at an address."""

    candidates: tuple[Candidate, ...]
    flavour: Flavour
    home: str
    title: str
    api: str | None = None
    """What comes before ``posts`` in an API that answers everybody (WordPress, Blogger)."""
    closed: SourceError | None = None
    """How a WordPress REST API refused, where there is one that does not answer everybody."""
    sentence: str = ""
    """What is in the way, where nothing was found."""


def discover(
    address: str,
    session: Session,
    zone: ZoneInfo,
    *,
    flavour: Flavour = "auto",
    feeds: bool = True,
) -> Discovery:
    """Say what is at an address: a home page, a post or a feed.

    Args:
        address: With or without ``https://``.
        session: The guarded session.
        zone: For times without a zone.
        flavour: What kind of site it is, where somebody knows.
        feeds: Whether feeds are read as well where an API was found.

    Raises:
        SourceError: The address does not answer, or refuses.
    """
    return _Search(BlogClient(session), zone, flavour).run(address, feeds=feeds)


class _Search:
    """One search under way."""

    def __init__(self, client: BlogClient, zone: ZoneInfo, flavour: Flavour) -> None:
        self._client = client
        self._zone = zone
        self._flavour = flavour
        self._refusal = ""
        """What is wrong with the answer of the address itself, read as a feed."""

    def run(self, address: str, *, feeds: bool) -> Discovery:
        response = self._first_answer(address)
        links, feed = self._understand(response)
        home = _home(response.url, links, feed)
        if feed is not None and not links.api:
            links = self._page_of_feed(feed, response.url, links)
        base = Discovery(
            candidates=(),
            flavour="feed",
            home=home,
            title=links.title or (feed.title if feed else ""),
        )
        found = self._with_api(base, links, feed)
        if found.api and not feeds:
            return found
        return self._with_feeds(found, links, feed, response)

    def _first_answer(self, address: str) -> Response:
        """Ask the address; where no scheme is written, https comes first."""
        if "://" in address:
            return self._client.fetch(address.strip())
        try:
            return self._client.fetch(f"https://{address.strip()}")
        except (TemporaryError, PermanentError) as error:
            try:
                return self._client.fetch(f"http://{address.strip()}")
            except SourceError:
                raise error from None

    def _understand(self, response: Response) -> tuple[PageLinks, Document | None]:
        """Return the page's links, or the feed that the address is."""
        header = response.headers.get("link", "")
        links = read_page(b"", url=response.url, link_header=header)
        if not links.feeds and _FEED_START.search(response.body[:_FEED_START_WITHIN]):
            feed = self._feed_of(response)
            if feed is not None:
                return links, feed
        charset = _charset(response.content_type)
        links = read_page(response.body, url=response.url, link_header=header, charset=charset)
        if links.feeds:
            return links, None
        try:
            return links, self._opened(response)
        except ParseError as error:
            self._refusal = str(error)
            return links, None

    def _feed_of(self, response: Response) -> Document | None:
        try:
            return self._opened(response)
        except ParseError:
            return None

    def _opened(self, response: Response) -> Document:
        return open_document(response.body, url=response.url, content_type=response.content_type)

    def _page_of_feed(self, feed: Document, url: str, links: PageLinks) -> PageLinks:
        """Look at the home page that a feed names: only there an API is announced."""
        if not feed.home or urlsplit(feed.home).hostname != urlsplit(url).hostname:
            return links
        try:
            response = self._client.fetch(feed.home, answers=_REFUSALS)
        except TemporaryError:
            raise
        except SourceError:
            return links
        if response.status in _REFUSALS:
            return links
        page = read_page(
            response.body[:MAX_HTML_BYTES],
            url=response.url,
            link_header=response.headers.get("link", ""),
            charset=_charset(response.content_type),
        )
        # The feed that was asked for stays the one that is read.
        return replace(page, feeds=links.feeds, title=page.title or feed.title)

    # APIs

    def _with_api(self, base: Discovery, links: PageLinks, feed: Document | None) -> Discovery:
        flavour = self._kind(base.home, links, feed)
        known = replace(base, flavour=flavour)
        if flavour == "wordpress_com":
            host = urlsplit(base.home).hostname or ""
            return self._wordpress(known, f"{_WORDPRESS_COM}{host}/")
        if flavour == "wordpress":
            root = links.api or urljoin(base.home, "wp-json/")
            found = self._wordpress(known, f"{root}wp/v2/")
            return self._named_by_api(found, root) if found.api else found
        if flavour == "blogger":
            return self._blogger(replace(known, home=_origin(base.home)))
        return known

    def _kind(self, home: str, links: PageLinks, feed: Document | None) -> Flavour:
        """Say what kind of site it is: what somebody knows, else what it says of itself."""
        if self._flavour not in ("auto", "feed"):
            return self._flavour
        generator = f"{links.generator} {feed.generator if feed else ''}".lower()
        host = urlsplit(home).hostname or ""
        if host.endswith(".wordpress.com") or "wordpress.com" in generator:
            return "wordpress_com"
        if links.api or "wordpress" in generator:
            return "wordpress"
        if host.endswith(".blogspot.com") or "blogger" in generator:
            return "blogger"
        return "ghost" if "ghost" in generator else "feed"

    def _wordpress(self, base: Discovery, prefix: str) -> Discovery:
        """Try whether the API lists posts to everybody; a server in trouble is no answer."""
        api = WordPressApi(self._client, prefix)
        try:
            listing = api.posts(orderby="date", order="desc", per_page=3)
        except TemporaryError:
            raise
        except (AuthError, PermanentError, ParseError) as error:
            return replace(base, closed=error)
        newest = tuple(Newest(each.title, each.published) for each in listing.page.harvest.records)
        candidate = Candidate(
            title=base.title,
            format="WordPress API",
            url=base.home,
            newest=newest,
            is_api=True,
        )
        return replace(base, api=prefix, candidates=(candidate,))

    def _named_by_api(self, found: Discovery, root: str) -> Discovery:
        """Use the site's own name: the title of a post's page is that of the post."""
        try:
            answer = self._client.ask_json(with_query(root, _fields="name"), answers=_REFUSALS)
        except ParseError:
            return found
        name = plain_line(text_at(answer.value, "name"))
        if not name:
            return found
        named = tuple(replace(each, title=name) for each in found.candidates)
        return replace(found, title=name, candidates=named)

    def _blogger(self, base: Discovery) -> Discovery:
        """Try whether the JSON feeds answer; through a proxy or a copy only Atom may be left."""
        feeds = f"{base.home}feeds/"
        url = with_query(f"{feeds}posts/default", alt="json", **{"max-results": 3})
        try:
            page = read_entries(self._client.ask_json(url).value, "posts")
        except TemporaryError:
            raise
        except (AuthError, PermanentError, ParseError):
            return base
        newest = tuple(Newest(each.title, each.published) for each in page.harvest.records)
        candidate = Candidate(
            title=base.title, format="Blogger JSON", url=base.home, newest=newest, is_api=True
        )
        return replace(base, api=feeds, candidates=(candidate,))

    # Feeds

    def _with_feeds(
        self, found: Discovery, links: PageLinks, feed: Document | None, response: Response
    ) -> Discovery:
        if feed is not None:
            candidates = [self._candidate(feed, response, response.url)]
        else:
            candidates = self._named(links.feeds) or self._guessed(response.url)
        if not candidates and not found.candidates and not found.api:
            sentence = _nothing_found(response, links, self._refusal)
            return replace(found, sentence=sentence)
        return replace(found, candidates=(*found.candidates, *candidates))

    def _named(self, feeds: tuple[FeedLink, ...]) -> list[Candidate]:
        found = []
        for link in feeds[:MAX_FEEDS_ASKED]:
            response = self._ask(link.url)
            feed = self._feed_of(response) if response else None
            if feed and response:
                found.append(self._candidate(feed, response, link.url, link.title))
        return found

    def _guessed(self, url: str) -> list[Candidate]:
        """Try the usual addresses, at the front door and in the first folder of the address."""
        origin = _origin(url)
        folder = urlsplit(url).path.strip("/").partition("/")[0]
        doors = (origin, f"{origin}{folder}/") if folder else (origin,)
        for address in (urljoin(door, path) for door in doors for path in COMMON_PATHS):
            response = self._ask(address)
            feed = self._feed_of(response) if response else None
            if feed and response:
                return [self._candidate(feed, response, address)]
        return []

    def _candidate(
        self, feed: Document, response: Response, url: str, title: str = ""
    ) -> Candidate:
        first = feed.first(_FIRST_ENTRIES, self._zone)
        return Candidate(
            title=feed.title or title,
            format=feed.raw.format,
            url=url,
            newest=tuple(Newest(each.title, each.published) for each in first[:3]),
            comments=_is_comments_feed(url, first),
            answer=Answer(response, feed),
        )

    def _ask(self, url: str) -> Response | None:
        """Return the answer, or None where this address refuses."""
        try:
            response = self._client.fetch(url, answers=_REFUSALS)
        except TemporaryError:
            raise
        except SourceError:
            return None
        return None if response.status in _REFUSALS else response


def _is_comments_feed(url: str, first: Sequence[Record]) -> bool:
    """Whether a feed holds comments: known by its address, or because its entries answer."""
    path = urlsplit(url).path
    if "/comments/" in path or "comments" in urlsplit(url).query:
        return True
    return bool(first) and all("#comment-" in (each.url or "") for each in first)


def _home(url: str, links: PageLinks, feed: Document | None) -> str:
    """Return the blog's front door: the feed's own word, what its API says, or the page.

    A feed may name any address as its home, somebody else's too: only one of its own host counts.
    """
    if feed is not None and feed.home and _host(feed.home) == _host(url):
        return feed.home if urlsplit(feed.home).path else f"{feed.home}/"
    if links.api and links.api.partition("?")[0].endswith("/wp-json/"):
        return links.api.partition("?")[0].removesuffix("wp-json/")
    for link in links.feeds:
        front, slash, _ = link.url.partition("/feed/")
        if slash and url.startswith(f"{front}/"):
            return f"{front}/"
    return _origin(url)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _charset(content_type: str) -> str:
    name = content_type.lower().partition("charset=")[2].split(";")[0].strip(" \"'")
    return name if name.isascii() else ""


def _nothing_found(response: Response, links: PageLinks, refusal: str) -> str:
    host = urlsplit(response.url).hostname or "the address"
    if links.asks_password:
        return (
            f"{host} shows a log-in page instead of a blog. "
            "Open the address without being logged in, and use one that everybody can read."
        )
    if refusal not in ("", *OF_A_PAGE):
        return refusal
    return (
        f"{host} answers, but shows neither a feed nor an API. "
        "Look for a feed symbol or the word RSS on the page and use that address."
    )
