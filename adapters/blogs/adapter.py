"""The blogs adapter: joins settings, discovery and readers behind the contract.

How a stream is read is in the ``*_reader`` modules, which reader serves it in ``ways``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters.blogs.check import check_blog
from adapters.blogs.feed_reader import FeedReader
from adapters.blogs.parse import read_saved
from adapters.blogs.propose import propose
from adapters.blogs.settings import BlogSettings
from adapters.blogs.ways import FEED, POSTS, Ways, refuse_unknown, shaping
from adapters.blogs.wordpress_json import PARSER_VERSION as API_PARSER_VERSION
from adapters.feeds.cursors import unpack
from adapters.feeds.parse import PARSER_VERSION as FEED_PARSER_VERSION
from connector.contract import AdapterInfo, KeptAsCame, Place, keeps_nothing
from connector.errors import SourceError, TemporaryError
from connector.http import Session
from connector.model import (
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Page,
    Presence,
    Proposal,
    Shape,
    Stream,
    StreamFailed,
)

DEFAULT_ZONE = ZoneInfo("Pacific/Auckland")
"""For the dates of a place that nobody has configured yet."""
MAX_FAILED_LOOKUPS = 3
"""After so many failures in a row a host is left in peace until the next night."""


class BlogPlace:
    """One blog."""

    def __init__(self, settings: BlogSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._ways = Ways(settings, session, now)

    def check(self) -> CheckReport:
        """Try everything for real and say what was found."""
        return check_blog(self._ways, self._settings)

    def streams(self) -> Iterator[Stream]:
        """Yield what can be read; asks the blog what it offers."""
        for way in self._ways.all().values():
            yield way.stream

    def shape(self, stream: str) -> Shape:
        """Say what shapes this stream's records; raises PermanentError for an unknown one."""
        refuse_unknown(stream)
        parser = FEED_PARSER_VERSION if stream.startswith(FEED) else API_PARSER_VERSION
        return Shape(parser, shaping(self._settings, stream))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams, one stream after the other."""
        yield from self.read_changes(cursors, keeps_nothing)

    def read_changes(
        self, cursors: Mapping[str, Cursor | None], kept: KeptAsCame
    ) -> Iterator[Page | StreamFailed]:
        """Yield the same, without what feeds show again as it is kept (``ChangeReader``).

        Where the blog does not answer at all, its other streams fail with the same error
        instead of each waiting for the same silence.
        """
        errors: dict[str, SourceError] = {}
        silent: TemporaryError | None = None
        stand_ins = self._stand_ins(cursors)
        for stream in (each for each in cursors if each not in stand_ins):
            if silent is not None:
                yield StreamFailed(stream, silent)
                continue
            try:
                yield from self._read_one(stream, cursors[stream], kept)
            except SourceError as error:
                silent = error if isinstance(error, TemporaryError) else None
                errors[stream] = error
                yield StreamFailed(stream, error)
        for stream in stand_ins:
            yield StreamFailed(stream, errors[POSTS]) if POSTS in errors else Page(stream=stream)

    def _stand_ins(self, cursors: Mapping[str, Cursor | None]) -> tuple[str, ...]:
        """Return the feeds that were found only while the API was closed for a time.

        Reading them beside an API that has been read would give every comment twice. They
        share the fate of ``posts``, until somebody sets ``flavour`` to feed.
        """
        if cursors.get(POSTS) is None or self._settings.flavour == "feed":
            return ()
        wanted = {f"{FEED}{url}" for url in self._settings.feeds}
        return tuple(
            stream for stream in cursors if stream.startswith(FEED) and stream not in wanted
        )

    def _read_one(self, stream: str, cursor: Cursor | None, kept: KeptAsCame) -> Iterator[Page]:
        state = unpack(cursor)
        known = self._ways.known_reader(stream, state) if state else None
        if isinstance(known, FeedReader):
            yield from known.read(state, kept)
        elif known is not None:
            yield from known.read(state)
        else:
            # What the cursor says means nothing here: the stream is read from its beginning.
            yield from self._ways.reader(stream).read(None)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all ids of a stream; raises SourceError."""
        yield from self._ways.reader(stream).sweep()

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Ask for each record; what got no answer is left out."""
        found: dict[str, Presence] = {}
        failed = 0
        for each in known:
            if failed >= MAX_FAILED_LOOKUPS:
                break
            try:
                found[each.external_id] = self._ways.lookup_reader(each.stream).lookup(each)
                failed = 0
            except SourceError:
                failed += 1
        return found


class BlogAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="blogs",
        title="Blog",
        reads=frozenset({Kind.POST, Kind.COMMENT}),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=10),
    )
    Settings: type[BaseModel] = BlogSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the blog behind these settings; asks nobody yet."""
        if not isinstance(settings, BlogSettings):
            raise TypeError(f"blogs needs BlogSettings, got {type(settings).__name__}")
        return BlogPlace(settings, session, now)

    def propose(self, address: str, session: Session) -> Proposal:
        """Return what can be read at a pasted address, the best first. Raises SourceError."""
        return propose(address, session, DEFAULT_ZONE)

    def read_saved(self, body: bytes, settings: BaseModel) -> Page:
        """Return the records of a saved feed. Raises ParseError."""
        if not isinstance(settings, BlogSettings):
            raise TypeError(f"blogs needs BlogSettings, got {type(settings).__name__}")
        return read_saved(body, ZoneInfo(settings.timezone))


ADAPTER = BlogAdapter()
