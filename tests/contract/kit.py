"""What an adapter hands to the conformance suite: a service that it can be tried against."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Protocol

import pytest
from pydantic import BaseModel

from adapters.registry import ADAPTERS
from connector.contract import Adapter, ChangeReader, Place
from connector.errors import SourceError
from connector.model import Cursor, Page, Presence, Record, StreamFailed
from tests.contract.fake_session import Answer, FakeSession, Request

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

UNREGISTERED = ("course",)
"""Kits of places that stand in no registry: they show that the suite is about any place."""


class Kit(Protocol):
    """A service in memory, and what the suite has to know of it."""

    adapter: Adapter
    settings: BaseModel
    reshaped: BaseModel
    """Settings under which the same bytes are other records."""
    reselected: BaseModel
    """Settings that only choose, or authenticate."""
    secrets: tuple[str, ...]
    """What stands in the settings and the questions, letter by letter, and nowhere else."""
    secret_in_url: bool
    """Whether the service takes its secret in the address; without need, it must not."""
    private: tuple[str, ...]
    """Phrases of things that not everybody may see."""
    shows_public: bool
    """Whether some of what is read is for everybody."""
    students: frozenset[str]
    """External ids of the students' accounts that wrote something."""
    lists_members: bool
    """Whether the place says who belongs to a stream or a group."""
    parser_seam: tuple[str, ...]
    """Names of the parser versions that shape the main stream, as ``module:name``."""
    main: str
    """The stream that ``add``, ``edit`` and ``remove`` are about."""
    whole: bool
    """Whether the main stream shows everything, rather than a window of the newest."""
    paged: bool
    """Whether the main stream comes in more than one page."""
    sweeps: bool
    """Whether all ids of the main stream can be listed."""
    removed: Presence
    """What the place says of a record that was removed."""

    def answer(self, request: Request) -> Answer:
        """Answer as the service does."""
        ...

    def add(self) -> str:
        """Write something new; return its external id."""
        ...

    def edit(self, external_id: str) -> None:
        """Change its text to one that holds "Written anew"."""
        ...

    def remove(self, external_id: str) -> None:
        """Delete it."""
        ...

    def ids(self, stream: str) -> set[str]:
        """Return the external ids that the hub may read now."""
        ...

    def words(self) -> str:
        """Return everything the service holds, as text."""
        ...


def kits() -> dict[str, Callable[[], Kit]]:
    """Return a maker of every kit of every row and of the unregistered, by ``kind/name``."""
    found: dict[str, Callable[[], Kit]] = {}
    for kind in (*ADAPTERS, *UNREGISTERED):
        module = import_module(f"tests.contract.kits.{kind}")
        found.update({f"{kind}/{name}": make for name, make in module.KITS.items()})
    return found


KITS = kits()


def _only(is_meant: Callable[[Kit], object]) -> pytest.MarkDecorator:
    """Run a test with the kits of which this is so; none at all is a mistake of the suite."""
    names = [name for name, make in sorted(KITS.items()) if is_meant(make())]
    if not names:
        raise LookupError("No kit is left for a claim of the contract suite.")
    return pytest.mark.parametrize("kit", names, indirect=True)


only_whole = _only(lambda kit: kit.whole)
only_paged = _only(lambda kit: kit.paged)
only_sweepable = _only(lambda kit: kit.sweeps)
only_with_secrets = _only(lambda kit: kit.secrets)
only_with_members = _only(lambda kit: kit.lists_members)
only_with_students = _only(lambda kit: kit.students)


def opened(kit: Kit, settings: BaseModel | None = None) -> tuple[Place, FakeSession]:
    """Open the place with a session of its own."""
    session = FakeSession(kit.answer)
    return kit.adapter.open(settings or kit.settings, session, NOW), session


class Hub:
    """Keeps what the engine would keep: cursors and records; nothing else."""

    def __init__(self, kit: Kit, *, asks_for_all: bool = False) -> None:
        self.kit = kit
        self.asks_for_all = asks_for_all
        """Whether it wants each record again, though it keeps it as it came."""
        self.answered: set[str] = set()
        self.cursors = {stream.key: None for stream in opened(kit)[0].streams()}
        self.records: dict[str, Record] = {}
        self.pages: list[Page] = []
        self.failures: list[StreamFailed] = []

    def at(self, kit: Kit) -> "Hub":
        """Return a copy that reads on from another kit of the same kind, as if from its own."""
        hub = copy.copy(self)
        hub.kit = kit
        hub.cursors, hub.records = dict(self.cursors), dict(self.records)
        hub.pages, hub.failures = list(self.pages), list(self.failures)
        hub.answered = set(self.answered)
        return hub

    def cycle(self, *, fault: str | None = None, fault_after: int = 0) -> FakeSession:
        """Read what there is; keep pages until the end or the failure."""
        place, session = opened(self.kit)
        session.fault, session.fault_after = fault, fault_after
        for page in self.met(place):
            self.take(page)
        return session

    def met(self, place: Place) -> Iterator[Page | StreamFailed]:
        """Yield what a reading gives; an error of the whole place fails every open stream."""
        ended = set()
        try:
            for page in self.pages_of(place, dict(self.cursors)):
                yield page
                if isinstance(page, StreamFailed) or page.complete:
                    ended.add(page.stream)
        except SourceError as error:
            for stream in self.cursors:
                if stream not in ended:
                    yield StreamFailed(stream, error)

    def pages_of(
        self, place: Place, cursors: Mapping[str, Cursor | None]
    ) -> Iterator[Page | StreamFailed]:
        """Return what a place gives, as the engine asks for it."""
        if isinstance(place, ChangeReader) and not self.asks_for_all:
            return place.read_changes(cursors, self.kept)
        return place.read(cursors)

    def kept(self, stream: str, digests: Sequence[str]) -> dict[str, str]:
        """Say which of these records are held just as they came (``KeptAsCame``)."""
        assert stream in self.cursors
        held = {record.digest: own_id for own_id, record in self.records.items() if record.digest}
        same = {digest: held[digest] for digest in digests if digest in held}
        self.answered |= {*same.values()}
        return same

    def take(self, page: Page | StreamFailed) -> None:
        """Keep one page, as a transaction would."""
        if isinstance(page, StreamFailed):
            self.failures.append(page)
            return
        self.pages.append(page)
        self.records.update({record.external_id: record for record in page.records})
        for external_id in page.gone:
            self.records.pop(external_id, None)
        if page.cursor is not None:
            self.cursors[page.stream] = page.cursor

    def held(self, stream: str) -> set[str]:
        """Return the ids read from a stream."""
        read = {r.external_id for page in self.pages if page.stream == stream for r in page.records}
        return read & set(self.records)
