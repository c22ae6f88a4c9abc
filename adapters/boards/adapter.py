"""The boards adapter: message boards by their feeds, live or saved."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters.boards.client import BoardClient
from adapters.boards.parse import PARSER_VERSION, read_board
from adapters.boards.reader import LIVE, SAVED, FeedOfBoard, Fetched
from adapters.boards.settings import BoardSettings
from adapters.boards.software import feeds_of, recognised
from adapters.feeds.client import bare
from adapters.feeds.cursors import digest_of
from adapters.feeds.parse import PARSER_VERSION as FEED_PARSER_VERSION
from adapters.feeds.permalink import presence_of_page
from connector.contract import AdapterInfo, Place
from connector.errors import ParseError, PermanentError, SourceError, TemporaryError
from connector.http import Session
from connector.model import (
    CLUSTER,
    PUBLIC,
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Offer,
    Page,
    Presence,
    Proposal,
    Shape,
    Stream,
    StreamFailed,
)

MAX_FAILED_LOOKUPS = 3
_NAMES = {
    "auto": "A board",
    "feed": "A board",
    "phpbb": "phpBB",
    "vbulletin": "vBulletin",
    "xenforo": "XenForo",
    "elgg": "Elgg",
    "discourse": "Discourse",
}


class BoardPlace:
    """One board."""

    def __init__(self, settings: BoardSettings, session: Session) -> None:
        self._settings = settings
        self._client = BoardClient(session)

    def check(self) -> CheckReport:
        """Fetch each feed and say what it shows."""
        try:
            found = list(self._found())
        except SourceError as error:
            return CheckReport((CheckLine("address", False, str(error)),))
        return CheckReport(tuple(_line(feed, fetched) for feed, fetched in found))

    def streams(self) -> Iterator[Stream]:
        """Yield the forums of each feed; asks the board for its feeds."""
        for feed, fetched in self._found():
            yield from feed.streams(fetched)

    def _found(self) -> Iterator[tuple[FeedOfBoard, Fetched]]:
        """Yield the feeds that are read. Raises SourceError where there is none."""
        settings = self._settings
        if settings.saved:
            for name in self._client.saved_names(settings.saved):
                yield self._opened(f"{SAVED}{name}")
        elif settings.feeds:
            for url in dict.fromkeys(settings.feeds):
                yield self._opened(f"{LIVE}{url}")
        else:
            yield first_feed(self._client, settings)

    def _opened(self, source: str) -> tuple[FeedOfBoard, Fetched]:
        feed = FeedOfBoard(self._client, self._settings, source)
        fetched = feed.fetched()
        if fetched is None:
            raise TemporaryError("The board says that nothing is new, though it was not asked.")
        return feed, fetched

    def shape(self, stream: str) -> Shape:
        """Say what shapes this stream's records; raises PermanentError for an unknown one."""
        _source_of(stream)
        settings = self._settings
        shaping = (settings.timezone, settings.saved_is_public)
        return Shape(FEED_PARSER_VERSION * 100 + PARSER_VERSION, digest_of(repr(shaping)))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams; each feed is fetched once for all of its forums."""
        by_source: dict[str, dict[str, Cursor | None]] = {}
        for stream, cursor in cursors.items():
            try:
                by_source.setdefault(_source_of(stream), {})[stream] = cursor
            except PermanentError as error:
                yield StreamFailed(stream, error)
        for source, wanted in by_source.items():
            try:
                yield from FeedOfBoard(self._client, self._settings, source).read(wanted)
            except SourceError as error:
                for stream in wanted:
                    yield StreamFailed(stream, error)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """Refuse: a feed shows a window, never all."""
        _source_of(stream)
        raise PermanentError("A feed cannot list everything; what left is looked up one by one.")
        yield  # a generator, as the contract asks

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Ask for the page of each post; of a saved board nobody can be asked."""
        found: dict[str, Presence] = {}
        failed = 0
        for each in known:
            if failed >= MAX_FAILED_LOOKUPS:
                break
            if each.stream.startswith(SAVED):
                found[each.external_id] = Presence.UNKNOWN
                continue
            try:
                found[each.external_id] = presence_of_page(self._client.web, each.url)
                failed = 0
            except SourceError:
                failed += 1
        return found


def first_feed(client: BoardClient, settings: BoardSettings) -> tuple[FeedOfBoard, Fetched]:
    """Return the first of the feeds which this board should have that is one.

    Raises SourceError: the first reason why none could be read.
    """
    reason: SourceError | None = None
    for url in feeds_of(settings.address, settings.software):
        feed = FeedOfBoard(client, settings, f"{LIVE}{url}")
        try:
            fetched = feed.fetched()
        except (ParseError, PermanentError) as error:
            reason = reason or error
            continue
        if fetched is not None:
            return feed, fetched
    raise _no_feed(settings, reason)


def _no_feed(settings: BoardSettings, reason: SourceError | None) -> SourceError:
    if isinstance(reason, ParseError):
        return reason
    return PermanentError(
        "No feed of this board was found. Ask whoever looks after it to switch feeds on, or name "
        "the address of a feed in feeds.",
        url=bare(settings.address),
    )


def _line(feed: FeedOfBoard, fetched: Fetched) -> CheckLine:
    count = sum(len(records) for records in fetched.forums.values())
    forums = len([name for name in fetched.forums if name])
    return CheckLine(
        feed.source,
        True,
        f"The feed can be read; it shows {count} posts of {forums} forums. Older ones than it "
        "shows are not read, and edits of them are not seen.",
    )


def _source_of(stream: str) -> str:
    """Return the feed that a stream is a forum of. Raises PermanentError."""
    source, mark, _ = stream.partition("#")
    is_live = source.startswith((f"{LIVE}http://", f"{LIVE}https://"))
    if not mark or not (is_live or source.startswith(SAVED)):
        raise PermanentError(
            f"A board has no part called {stream[:80]!r}. Its parts are forums of its feeds."
        )
    return source


class BoardAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="boards",
        title="Message board",
        reads=frozenset({Kind.POST, Kind.COMMENT}),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=15),
        requests_per_host=1,
    )
    Settings: type[BaseModel] = BoardSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the board behind these settings; asks nobody yet."""
        return BoardPlace(_own(settings), session)

    def propose(self, address: str, session: Session) -> Proposal:
        """Return the feeds of the board at a pasted address. Raises SourceError."""
        settings = BoardSettings(address=address)
        kind = recognised(settings.address)
        client = BoardClient(session)
        offers: list[Offer] = []
        title = ""
        for url in feeds_of(settings.address, "auto"):
            try:
                fetched = FeedOfBoard(client, settings, f"{LIVE}{url}").fetched()
            except (ParseError, PermanentError):
                continue
            if fetched is None:
                continue
            title = title or fetched.feed.title
            newest = tuple(r.title for r in fetched.feed.records if r.title)[:3]
            offers.append(
                Offer(fetched.feed.title, f"{_NAMES[kind]} {fetched.feed.format}", url, newest)
            )
            if kind == "auto":
                break
        sentence = "" if offers else str(_no_feed(settings, None))
        return Proposal(title, settings.address, tuple(offers), sentence)

    def read_saved(self, body: bytes, settings: BaseModel) -> Page:
        """Return the records of a saved feed. Raises ParseError."""
        own = _own(settings)
        feed, forums = read_board(
            body,
            url=own.address,
            content_type="",
            source="saved",
            zone=ZoneInfo(own.timezone),
            audience=PUBLIC if own.saved_is_public else CLUSTER,
        )
        records = tuple(record for some in forums.values() for record in some)
        return Page(stream="saved", records=records, problems=feed.problems, baseline=True)


def _own(settings: BaseModel) -> BoardSettings:
    if not isinstance(settings, BoardSettings):
        raise TypeError(f"boards needs BoardSettings, got {type(settings).__name__}")
    return settings


ADAPTER = BoardAdapter()
