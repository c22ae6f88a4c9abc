"""What an adapter hands to the conformance suite: a service that it can be tried against."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Protocol

from pydantic import BaseModel

from adapters.registry import ADAPTERS
from connector.contract import Place
from connector.model import Page, Record, StreamFailed
from tests.contract.fake_session import Answer, FakeSession, Request

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Kit(Protocol):
    """A service in memory, and what the suite has to know of it."""

    kind: str
    """The row of the registry."""
    settings: BaseModel
    reshaped: BaseModel
    """Settings under which the same bytes are other records."""
    reselected: BaseModel
    """Settings that only choose, or authenticate."""
    secrets: tuple[str, ...]
    """What stands in the settings and nowhere else."""
    private: tuple[str, ...]
    """Phrases of things that not everybody may see."""
    parser_seam: tuple[str, ...]
    """Names of the parser versions that shape the main stream, as ``module:name``."""
    main: str
    """The stream that ``add``, ``edit`` and ``remove`` are about."""
    whole: bool
    """Whether the main stream shows everything, rather than a window of the newest."""

    def answer(self, request: Request) -> Answer:
        """Answer as the service does."""
        ...

    def add(self) -> str:
        """Write something new; return its external id."""
        ...

    def edit(self, external_id: str) -> None:
        """Change its text."""
        ...

    def remove(self, external_id: str) -> None:
        """Delete it."""
        ...

    def ids(self, stream: str) -> set[str]:
        """Return the external ids that everybody may read now."""
        ...


def kits() -> dict[str, Callable[[], Kit]]:
    """Return a maker of every kit of every row, by ``kind/name``."""
    found: dict[str, Callable[[], Kit]] = {}
    for kind in ADAPTERS:
        module = import_module(f"tests.contract.kits.{kind}")
        found.update({f"{kind}/{name}": make for name, make in module.KITS.items()})
    return found


def opened(kit: Kit, settings: BaseModel | None = None) -> tuple[Place, FakeSession]:
    """Open the place with a session of its own."""
    session = FakeSession(kit.answer)
    return ADAPTERS[kit.kind].open(settings or kit.settings, session, NOW), session


def can_sweep(kit: Kit) -> bool:
    """Say whether all ids of the main stream can be listed."""
    streams = opened(kit)[0].streams()
    return next(stream for stream in streams if stream.key == kit.main).can_sweep


class Hub:
    """Keeps what the engine would keep: cursors and records; nothing else."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.cursors = {stream.key: None for stream in opened(kit)[0].streams()}
        self.records: dict[str, Record] = {}
        self.pages: list[Page] = []
        self.failures: list[StreamFailed] = []

    def cycle(self, *, fault: str | None = None, fault_after: int = 0) -> FakeSession:
        """Read what there is; keep pages until the end or the failure."""
        place, session = opened(self.kit)
        session.fault, session.fault_after = fault, fault_after
        for page in place.read(dict(self.cursors)):
            self.take(page)
        return session

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
