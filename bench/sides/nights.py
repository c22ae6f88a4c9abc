"""Plays one night of ``kills``: runners start, one dies, the others or the next one finish.

What has to hold afterwards is in ``night_checks``.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess

from bench.sides.changing_feeds import ChangingFeeds
from bench.sides.mortal import Order, Shared, run
from bench.sides.night_checks import clock_of, faults_of, left, only_held_since_before
from bench.sides.night_hubs import NightHub
from connector.cli.hub import open_hub
from connector.store.database import Store, open_database
from connector.store.leases import LEASE
from tests.store.kept import Dump, dump

PATIENCE = 60.0
"""Seconds after which a place that is not read counts as stuck."""
FIRST_NIGHT = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
BETWEEN = timedelta(days=2)
_AFTER_LEASE = LEASE.total_seconds() + 1


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One night, and who dies when."""

    night: int
    runners: int = 1
    threads: int = 1
    die_at: int | None = None
    """The commit point at which whoever reaches it dies."""
    die_on: str | None = None
    """The name of the commit point at which whoever reaches it first dies."""
    moment: float | None = None
    """Seconds after which the victim is killed from outside."""
    victim: int = 0
    mistake: str | None = None
    patience: float = PATIENCE


@dataclass(kw_only=True)
class Played:
    """What came of it."""

    died: bool = False
    point: str = ""
    """The commit point at which it died."""
    points: list[str] = field(default_factory=list)
    """All commit points that were reached before the death, or in all."""
    held: int = 0
    """How many places the dead runner left behind a lease."""
    seconds: float = 0.0
    """From the first runner's start to its death, or to the end."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each address was asked for."""
    content: Dump = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Nights:
    """All nights of one hub."""

    def __init__(self, hub: NightHub, feeds: ChangingFeeds):
        self._hub = hub
        self._feeds = feeds
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload(["bench.sides.mortal"])
        self._ahead = self._context.RawValue("d", 0.0)
        self._points = hub.config.parent / "points.txt"
        self._log = hub.config.parent / "runners.log"
        self.wanted: dict[int, Dump] = {}
        """By night: what the hub holds when nobody dies."""
        self.seconds: dict[int, float] = {}

    def prepare(self, nights: int) -> None:
        """Play every night undisturbed, and keep where each one starts."""
        with open_hub(self._hub.config):
            pass
        for night in range(nights):
            self._hub.keep(night)
            played = self.play(Scenario(night=night))
            if played.faults:
                raise SystemExit(f"Undisturbed, night {night}: {played.faults}")
            self.wanted[night], self.seconds[night] = played.content, played.seconds

    def play(self, scenario: Scenario) -> Played:
        """Play one night from its start."""
        self._hub.restore(scenario.night)
        self._feeds.night = scenario.night
        self._feeds.asked.clear()
        self._ahead.value = 0.0
        for file in (self._points, self._log):
            file.unlink(missing_ok=True)
        store = open_database(self._hub.url)
        try:
            return self._play(scenario, store)
        finally:
            store.close()

    def _play(self, scenario: Scenario, store: Store) -> Played:
        now = FIRST_NIGHT + BETWEEN * scenario.night
        played = Played()
        count = None if scenario.moment is not None else self._context.Value("i", 0)
        running = [self._start(scenario, now, count) for _ in range(scenario.runners)]
        try:
            begun = time.monotonic()
            played.died = self._wait_for_death(scenario, store, now, running)
            played.seconds = time.monotonic() - begun
            self._note_points(scenario, played)
            running = [one for one in running if one.exitcode is None]
            if not running:
                running = [self._start(replace(scenario, die_on=None), now, count)]
            self._recover(scenario, store, now, running, played)
        finally:
            played.faults += _ended(running)
        if complaints := self._log.read_text():
            played.faults.append(f"the runners complained: {complaints[:500]}")
        played.content, played.asked = dump(store), self._feeds.asked.copy()
        wanted = self.wanted.get(scenario.night)
        played.faults += faults_of(store, now, played.content, wanted, died=played.died)
        return played

    def _start(self, scenario: Scenario, now: datetime, count: object) -> ForkServerProcess:
        order = Order(
            config=self._hub.config,
            now=now,
            threads=scenario.threads,
            die_at=scenario.die_at,
            die_on=scenario.die_on,
            points=self._points,
            mistake=scenario.mistake,
        )
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=run, args=(order, Shared(count, self._ahead, theirs))
        )
        process.start()
        theirs.close()
        connection.wait([ours], PATIENCE)  # the runner's end closes when it is ready, or dead
        ours.close()
        return process

    def _wait_for_death(
        self, scenario: Scenario, store: Store, now: datetime, running: Sequence[ForkServerProcess]
    ) -> bool:
        """Return whether one died before all was read."""
        if scenario.moment is not None:
            victim = running[scenario.victim]
            connection.wait([victim.sentinel], scenario.moment)
            victim.kill()
            victim.join(PATIENCE)
            return True
        _until(lambda: not left(store, now), running, scenario.patience)
        return any(one.exitcode is not None for one in running)

    def _note_points(self, scenario: Scenario, played: Played) -> None:
        if self._points.exists():
            played.points = self._points.read_text().splitlines()
        if played.died and scenario.die_at is not None:
            played.point = played.points[scenario.die_at - 1]

    def _recover(
        self,
        scenario: Scenario,
        store: Store,
        now: datetime,
        running: Sequence[ForkServerProcess],
        played: Played,
    ) -> None:
        """Let the living read what is free, then let the dead one's leases run out."""
        death = clock_of(store)
        _until(lambda: only_held_since_before(store, now, death), running, scenario.patience)
        waiting = left(store, now)
        played.held = len(waiting)
        played.faults += [
            f"{one.key} is held for {one.lease_left}" for one in waiting if one.lease_left > LEASE
        ]
        self._ahead.value = _AFTER_LEASE
        _until(lambda: not left(store, now), running, scenario.patience)
        played.faults += [f"{one.key} is stuck" for one in left(store, now)]


def _until(
    holds: Callable[[], bool], running: Sequence[ForkServerProcess], patience: float
) -> None:
    """Wait until something holds, or a runner is dead, or patience ends."""
    end = time.monotonic() + patience
    sentinels = [one.sentinel for one in running]
    while not holds() and not connection.wait(sentinels, 0.03):
        if time.monotonic() > end:
            return


def _ended(running: Sequence[ForkServerProcess]) -> list[str]:
    """Ask the runners to end; return what is wrong with how they did."""
    for one in running:
        one.terminate()
    faults = []
    for one in running:
        one.join(PATIENCE)
        if one.exitcode is None:
            one.kill()
            one.join()
        if one.exitcode != 0:
            faults.append(f"a runner ended with {one.exitcode}")
    return faults
