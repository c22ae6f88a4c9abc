"""What every job is given: the store, the adapters, a way out, the time and the dice."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from connector.changes import DEFAULT_FLOOD_BRAKE, NewsBrake
from connector.contract import Adapter
from connector.http import Session
from connector.model import Clock
from connector.privacy import Privacy
from connector.rules import Rules
from connector.store import leases, streams
from connector.store.database import Store
from connector.store.leases import Lease
from connector.store.outcomes import RunRef
from connector.store.sources import SourceRow
from connector.store.streams import StreamRow
from connector.turns import Turns

K = TypeVar("K")
V = TypeVar("V")
SLICE_TIME = timedelta(seconds=60)
SLICE_REQUESTS = 200


def utc_now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


class Remembered(Generic[K, V]):
    """What was last made for each key: good as long as it would be made from the same."""

    def __init__(self) -> None:
        self._made: dict[K, tuple[object, V]] = {}

    def get(self, key: K, made_from: object, make: Callable[[], V]) -> V:
        """Return what there is, or what ``make`` gives."""
        former = self._made.get(key)
        if former is not None and former[0] == made_from:
            return former[1]
        made = make()
        self._made[key] = (made_from, made)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The tools of all jobs of one process."""

    store: Store
    adapters: Mapping[str, Adapter]
    open_session: Callable[[int], Session]
    """Gives a session that makes at most so many requests at once to one host."""
    privacy: Privacy
    zone: ZoneInfo
    """Where the night is."""
    resolve: Callable[[dict[str, Any]], dict[str, Any]] = field(default=dict)
    """Puts secrets from the environment into a source's settings."""
    clock: Clock = utc_now
    roll: Callable[[], float] = random.random
    brake: int = DEFAULT_FLOOD_BRAKE
    slice_time: timedelta = SLICE_TIME
    slice_requests: int = SLICE_REQUESTS
    turns: Turns = field(init=False)
    """One run of this process works at a time, where the database is a file."""
    clusters: dict[int, int] = field(default_factory=dict)
    """The cluster of each source that was read."""
    rules: Remembered[int, Rules] = field(default_factory=Remembered)
    settings: Remembered[int, BaseModel] = field(default_factory=Remembered)
    """Of each source, as long as nobody changes them."""

    def __post_init__(self) -> None:
        """Make the turns that the database calls for."""
        object.__setattr__(self, "turns", Turns(are_taken=self.store.is_sqlite))


@dataclass(slots=True, kw_only=True)
class SourceRun:
    """One run under way."""

    jobs: Jobs
    source: SourceRow
    lease: Lease
    run_id: int
    session: Session
    rules: Rules
    stop: threading.Event
    started: datetime
    on_progress: Callable[["SourceRun"], None]
    streams: list[StreamRow]
    """What was known of the source's streams when the run began."""
    counts: Counter[str] = field(default_factory=Counter)
    brakes: dict[int, NewsBrake] = field(default_factory=dict)
    stream_errors: list[Exception] = field(default_factory=list)
    stored: int = 0
    """How many pages this run has written."""
    partial: bool = False
    swept: bool = False

    def ref(self) -> RunRef:
        """Return which run writes, and when."""
        return RunRef(self.source.cluster_id, self.source.id, self.jobs.clock())

    def brake_for(self, stream_id: int) -> NewsBrake:
        """Return the flood brake of one stream in this run."""
        return self.brakes.setdefault(stream_id, NewsBrake(self.jobs.brake))

    def note_stream_failure(self, stream_id: int, error: Exception) -> None:
        """Remember what is wrong with one stream; the others go on."""
        self.stream_errors.append(error)
        with self.jobs.store.write(self.source.cluster_id) as conn:
            leases.renew(conn, self.lease)
            streams.mark_trouble(conn, stream_id, str(error))

    def slice_is_over(self) -> bool:
        """Whether to let other sources run, or to stop altogether."""
        worked = self.jobs.clock() - self.started
        return (
            self.stop.is_set()
            or worked >= self.jobs.slice_time
            or self.session.requests >= self.jobs.slice_requests
        )
