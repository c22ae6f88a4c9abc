"""Which streams a blog has and which reader serves each.

A stream that was read before says so in its state, and nothing is asked. Otherwise the
settings decide, and where they say ``auto``, ``discovery``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from adapters.blogs.blogger_json import What
from adapters.blogs.blogger_reader import BloggerReader
from adapters.blogs.client import BlogClient
from adapters.blogs.comments_reader import CommentsReader
from adapters.blogs.discovery import Answer, Candidate, Discovery, discover
from adapters.blogs.feed_reader import FeedPlace, FeedReader
from adapters.blogs.ghost_reader import GhostReader
from adapters.blogs.reader import Reader
from adapters.blogs.settings import BlogSettings
from adapters.blogs.wordpress_api import WordPressApi
from adapters.blogs.wordpress_reader import PostsReader
from adapters.feeds.client import bare
from adapters.feeds.cursors import State, digest_of
from adapters.feeds.json_values import text_at
from connector.errors import AuthError, PermanentError
from connector.http import Session
from connector.model import Stream

POSTS = "posts"
COMMENTS = "comments"
FEED = "feed:"


@dataclass(frozen=True, slots=True)
class Way:
    """One stream and how it is read."""

    stream: Stream
    reader: Reader


class Ways:
    """The streams of one blog; asks at most once for each opened place."""

    def __init__(self, settings: BlogSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._session = session
        self._client = BlogClient(session)
        self._now = now
        self._zone = ZoneInfo(settings.timezone)
        self._found: dict[str, Way] | None = None
        self.discovery: Discovery | None = None

    def all(self) -> dict[str, Way]:
        """Return every stream by its key; raises SourceError."""
        if self._found is None:
            ways = [*self._main(), *(self._feed_way(url) for url in self._settings.feeds)]
            self._found = {way.stream.key: way for way in ways}
        return self._found

    def reader(self, stream: str) -> Reader:
        """Return the reader of one stream; raises SourceError where there is none."""
        refuse_unknown(stream)
        way = self.all().get(stream)
        if way is not None:
            return way.reader
        if stream.startswith(FEED):
            # A feed that the site no longer names is read on for as long as it answers.
            return self._feed_way(stream.removeprefix(FEED)).reader
        raise self._missing(stream)

    def lookup_reader(self, stream: str) -> Reader:
        """Return the reader that looks records up; behind a feed it asks their own pages."""
        if stream.startswith(FEED):
            return self._feed_way(stream.removeprefix(FEED)).reader
        return self.reader(stream)

    def _missing(self, stream: str) -> Exception:
        closed = self.discovery.closed if self.discovery else None
        if closed is not None:
            return closed
        return PermanentError(
            f"The blog offers no {stream} through an API any more; its feed may still be read. "
            "Remove the place and add it again.",
            url=self.discovery.home if self.discovery else None,
        )

    def known_reader(self, stream: str, state: State) -> Reader | None:
        """Return the reader that wrote this state, asking nobody; None where it says nothing."""
        way = text_at(state, "way")
        if way == "wordpress" and stream in (POSTS, COMMENTS):
            return self._wordpress(stream, text_at(state, "api"))
        if way == "feed" and stream.startswith(FEED):
            place = FeedPlace(
                text_at(state, "url"),
                comments=state.get("comments") is True,
                paged=state.get("paged") is True,
            )
            return self._feed(place, stream)
        if way == "ghost" and stream == POSTS:
            return self._ghost(text_at(state, "api"))
        if way == "blogger" and stream in (POSTS, COMMENTS):
            return self._blogger(stream, text_at(state, "home"))
        return None

    def _main(self) -> list[Way]:
        """Return the blog's own streams: through an API where there is one, else its feeds."""
        flavour = self._settings.flavour
        feeds = flavour == "feed"
        found = discover(
            self._settings.address, self._session, self._zone, flavour=flavour, feeds=feeds
        )
        # The readers keep the answers that they need: a feed may be large.
        self.discovery = replace(found, candidates=())
        if flavour == "feed":
            return self._feeds_of(found)
        if found.api and found.flavour == "blogger":
            return self._api_ways(found, lambda stream: self._blogger(stream, found.home))
        if found.api:
            api = found.api
            return self._api_ways(found, lambda stream: self._wordpress(stream, api))
        if found.flavour == "ghost" and self._settings.ghost_key:
            api = urljoin(found.home, "ghost/api/content/")
            return self._api_ways(found, lambda _: self._ghost(api), comments=False)
        return self._feeds_of(found)

    def _api_ways(
        self, found: Discovery, reader: Callable[[str], Reader], *, comments: bool = True
    ) -> list[Way]:
        wanted = (POSTS, COMMENTS) if comments and self._settings.comments else (POSTS,)
        title = found.title or urlsplit(found.home).hostname or "Blog"
        names = {POSTS: title, COMMENTS: f"{title}: comments"}
        return [
            Way(Stream(key=key, title=names[key], url=found.home, can_sweep=True), reader(key))
            for key in wanted
        ]

    def _wordpress(self, stream: str, prefix: str) -> Reader:
        api = WordPressApi(self._client, prefix)
        whole = self._settings.whole_history
        if stream == COMMENTS:
            return CommentsReader(api, whole_history=whole)
        return PostsReader(api, self._now, whole_history=whole)

    def _ghost(self, api: str) -> Reader:
        key = self._settings.ghost_key
        if key is None:
            raise AuthError(
                "The Ghost key is missing. Create a custom integration in Ghost's settings and "
                "save its Content API key as ghost_key, or set flavour to feed.",
                url=api,
            )
        whole = self._settings.whole_history
        return GhostReader(self._client, api, key, self._now, whole_history=whole)

    def _blogger(self, stream: str, home: str) -> Reader:
        what: What = "comments" if stream == COMMENTS else "posts"
        whole = self._settings.whole_history
        return BloggerReader(self._client, home, what, self._now, whole_history=whole)

    # Feeds

    def _feeds_of(self, found: Discovery) -> list[Way]:
        """Return one feed of posts and, where wanted, one of comments."""
        feeds = [each for each in found.candidates if not each.is_api]
        posts = next((each for each in feeds if not each.comments), None)
        comments = next((each for each in feeds if each.comments), None)
        if posts is None and not self._settings.feeds:
            raise PermanentError(
                found.sentence or "The blog shows no feed of its posts.", url=found.home
            )
        wanted = [posts, comments if self._settings.comments else None]
        paged = found.flavour in ("wordpress", "wordpress_com")
        return [self._candidate_way(each, paged=paged) for each in wanted if each is not None]

    def _candidate_way(self, candidate: Candidate, *, paged: bool) -> Way:
        place = FeedPlace(candidate.url, comments=candidate.comments, paged=paged)
        return self._way_of_feed(place, candidate.title, candidate.answer)

    def _feed_way(self, url: str) -> Way:
        place = FeedPlace(url, comments="/comments/" in urlsplit(url).path)
        return self._way_of_feed(place, bare(url))

    def _way_of_feed(self, place: FeedPlace, title: str, fetched: Answer | None = None) -> Way:
        key = f"{FEED}{place.url}"
        stream = Stream(key=key, title=title or bare(place.url), url=place.url, sloppy_ids=True)
        return Way(stream, self._feed(place, key, fetched))

    def _feed(self, place: FeedPlace, stream: str, fetched: Answer | None = None) -> FeedReader:
        return FeedReader(
            self._client,
            place,
            stream=stream,
            zone=self._zone,
            whole_history=self._settings.whole_history,
            fetched=fetched,
        )


def refuse_unknown(stream: str) -> None:
    """Raise PermanentError for a key that no blog can have."""
    is_feed = stream.startswith((f"{FEED}http://", f"{FEED}https://"))
    if stream not in (POSTS, COMMENTS) and not is_feed:
        raise PermanentError(
            f"A blog has no part called {stream[:80]!r}. Its parts are posts, comments and feeds."
        )


@lru_cache(maxsize=1_024)
def shaping(settings: BlogSettings, stream: str) -> str:
    """Return a digest of the settings that shape a stream's records.

    Whether comments are wanted selects streams and the Ghost key is a credential: neither
    changes what a record is.
    """
    parts = [str(settings.whole_history)]
    if stream.startswith(FEED):
        parts += [settings.timezone]
    else:
        parts += [settings.address, settings.flavour]
    return digest_of("\n".join(parts))
