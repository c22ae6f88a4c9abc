"""A kind of place that exists in memory: it does as it is told, failures included.

It uses everything the contract offers, so it proves the engine for adapters to come.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from connector.contract import AdapterInfo, Place
from connector.errors import SourceError
from connector.http import Session
from connector.model import (
    PUBLIC,
    Account,
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Page,
    Presence,
    Record,
    Shape,
    Stream,
    StreamFailed,
)

NOON = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def record(number: int, **changes: object) -> Record:
    """Return an invented public post; everything about it may be said otherwise."""
    told = Record(
        kind=Kind.POST,
        external_id=f"post:{number}",
        url=f"http://blog.example/{number}",
        title=f"Week {number}",
        html=f"<p>What room {number} found out about {' '.join(words(number))}.</p>",
        published=NOON - timedelta(days=400 - number),
        author=Account("name:hemi", "Hēmi Brown"),
        audience=PUBLIC,
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def words(number: int, count: int = 60) -> list[str]:
    """Return words that hardly another number has in this order."""
    return [f"word{(number * 7919 + step * 104729) % 99991}" for step in range(count)]


class FakeSettings(BaseModel):
    """An address, and one setting that shapes records."""

    model_config = ConfigDict(extra="forbid")

    address: str
    flavour: str = "plain"


@dataclass
class FakeService:
    """What the place holds and how it behaves; tests change it between runs."""

    streams: list[Stream] = field(
        default_factory=lambda: [Stream(key="posts", title="Blog", can_sweep=True)]
    )
    pages: dict[str, list[Page]] = field(default_factory=dict)
    listings: dict[str, list[IdPage]] = field(default_factory=dict)
    presence: dict[str, Presence] = field(default_factory=dict)
    fail: dict[str, Exception] = field(default_factory=dict)
    """By stream, or "streams", "sweep", "sweep STREAM", "lookup", "place", "after STREAM", "shape
    STREAM"."""
    parser: int = 1
    is_at_hand: bool = False
    """No page costs a request, as of a file."""
    while_sweeping: Callable[[], object] = lambda: None
    asked: list[tuple[str, object]] = field(default_factory=list)

    def publish(self, *records: Record, stream: str = "posts", **more: object) -> None:
        """Add a page with these records; the stream is complete with it."""
        page = Page(stream=stream, records=records)
        self.pages.setdefault(stream, []).append(replace(page, **more))  # type: ignore[arg-type]

    def list_all(self, *ids: str, stream: str = "posts", complete: bool = True) -> None:
        """Say what a sweep finds."""
        self.listings[stream] = [IdPage(ids, complete)]


class FakePlace:
    """The service behind the contract; its cursor is how many pages were read."""

    def __init__(
        self, service: FakeService, settings: FakeSettings, session: Session | None = None
    ):
        self._service = service
        self._settings = settings
        self._session = session

    def check(self) -> CheckReport:
        return CheckReport((CheckLine("posts", ok=True, sentence="3 posts"),))

    def streams(self) -> Iterator[Stream]:
        self._raise("streams")
        yield from self._service.streams

    def shape(self, stream: str) -> Shape:
        self._raise(f"shape {stream}")
        return Shape(self._service.parser, self._settings.flavour)

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        self._raise("place")
        for key, cursor in cursors.items():
            self._service.asked.append(("read", (key, cursor)))
            if key in self._service.fail:
                yield StreamFailed(key, self._service.fail[key])
                continue
            yield from self._pages(key, int(cursor or 0), baseline=cursor is None)
            self._raise(f"after {key}")

    def _pages(self, key: str, start: int, *, baseline: bool) -> Iterator[Page]:
        pages = self._service.pages.get(key, [])
        if start >= len(pages):
            yield Page(stream=key)
        for number in range(start, len(pages)):
            if self._session is not None and not self._service.is_at_hand:
                with suppress(SourceError):  # it is counted, whatever the answer is
                    self._session.get("http://fake.example/")
            yield replace(
                pages[number],
                cursor=Cursor(str(number + 1)),
                baseline=baseline or pages[number].baseline,
                complete=number + 1 == len(pages),
            )

    def sweep(self, stream: str) -> Iterator[IdPage]:
        self._service.asked.append(("sweep", stream))
        self._service.while_sweeping()
        self._raise("sweep")
        self._raise(f"sweep {stream}")
        yield from self._service.listings.get(stream, [])

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        self._service.asked.append(("lookup", tuple(one.external_id for one in known)))
        self._raise("lookup")
        said = self._service.presence
        return {one.external_id: said[one.external_id] for one in known if one.external_id in said}

    def _raise(self, what: str) -> None:
        if what in self._service.fail:
            raise self._service.fail[what]


class FakeAdapter:
    """The registry row."""

    INFO: AdapterInfo = AdapterInfo(
        kind="fake",
        title="Fake",
        reads=frozenset(Kind),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=10),
    )
    Settings: type[BaseModel] = FakeSettings

    def __init__(self) -> None:
        self.services: dict[str, FakeService] = {}

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        assert isinstance(settings, FakeSettings)
        return FakePlace(self.services[settings.address], settings, session)
