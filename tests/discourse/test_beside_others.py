"""The first reading of 50,000 posts lets others have their turn: a whole hub, on the board's clock."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from connector.store import clusters, sources
from connector.store.sources import SourceSpec
from sync_jobs.jobs import Jobs
from sync_jobs.pull import Report, run_source
from tests.contract.fake_session import FakeSession
from tests.contract.kits.discourse import ADDRESS, SECRET_KEY, BoardKit
from tests.discourse.big_board import PACE, POSTS, big_kit
from tests.discourse.small_board import HUB
from tests.engine import AUCKLAND, PRIVACY
from tests.fake_place import FakeAdapter, FakeService, record

EVERY = timedelta(minutes=1)
OTHER = "http://blog.example/"
ANSWER = timedelta(seconds=1 / 3)


@dataclass(frozen=True)
class Turn:
    """One run, and how long it was due before it began."""

    key: str
    report: Report
    requests: int
    waited: timedelta


class Blog(FakeAdapter):
    """A place that is read every minute, and always has something new."""

    INFO = replace(FakeAdapter.INFO, default_interval=EVERY, fastest_interval=EVERY)

    def __init__(self) -> None:
        super().__init__()
        self.services[OTHER] = FakeService()

    def open(self, settings, session, now):
        number = len(self.services[OTHER].pages.get("posts", ())) + 1
        self.services[OTHER].publish(record(number))
        return super().open(settings, session, now)


class Hub:
    """One thread that hands each turn to whoever is due longest; a question takes a while."""

    def __init__(self, store, kit: BoardKit) -> None:
        self.store, self.kit = store, kit
        self.board = kit.small.board
        self.blog = Blog()
        self.turns: list[Turn] = []
        now = self.board.now
        with store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint=PRIVACY.fingerprint(), now=now)
            self.cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
        with store.write(self.cluster_id) as conn:
            key = {"api_key": "env:BOARD_KEY", "api_username": HUB}
            self.ids = {
                self._put(conn, "board", "discourse", ADDRESS, key, now): "board",
                self._put(conn, "blog", "fake", OTHER, {}, now): "blog",
            }

    def _put(self, conn, key, kind, address, settings, now):
        spec = SourceSpec(
            key=key,
            kind=kind,
            title=key,
            address=address,
            settings=settings,
            rules={},
        )
        return sources.put_source(conn, self.cluster_id, spec, now, privacy=PRIVACY)

    def jobs(self, session) -> Jobs:
        return Jobs(
            store=self.store,
            adapters={"discourse": self.kit.adapter, "fake": self.blog},
            open_session=lambda _limit: session,
            privacy=PRIVACY,
            zone=AUCKLAND,
            resolve=lambda values: {**values, "api_key": SECRET_KEY} if values else values,
            clock=lambda: self.board.now,
            roll=lambda: 0.5,
        )

    def source(self, key):
        with self.store.read() as conn:
            return sources.find_source(conn, self.cluster_id, key)

    def turn(self) -> None:
        """Run what is due longest, or wait until something is."""
        with self.store.read() as conn:
            due = sources.due_sources(conn, self.board.now, 1)
        if not due:
            self.board.now = min(self.source(key).due for key in self.ids.values())
            return
        key = self.ids[due[0]]
        waited = self.board.now - self.source(key).due
        session = FakeSession(self.kit.answer)
        report = run_source(self.jobs(session), due[0])
        self.turns.append(Turn(key, report, session.requests, waited))
        self.board.now += session.requests * ANSWER

    def turns_of(self, key: str) -> list[Turn]:
        return [turn for turn in self.turns if turn.key == key]


@pytest.fixture
def kit() -> BoardKit:
    return big_kit()


def test_others_are_read_between_the_slices_of_a_first_reading(sqlite_store, kit):
    hub = Hub(sqlite_store, kit)
    while len(hub.turns_of("blog")) < 4:
        hub.turn()
    slices, others = hub.turns_of("board"), hub.turns_of("blog")
    kept = sum(turn.report.counts.get("new", 0) for turn in slices)
    assert len(slices) >= 3
    assert 2_000 * len(slices) < kept < POSTS, "it goes on, and is not over"
    assert {turn.report.state for turn in slices} == {"partial"}
    assert max(turn.requests for turn in slices) <= PACE
    assert kit.small.service.refused == 0
    assert [turn.report.counts for turn in others] == [{"new": 1}] * len(others)
    assert max(turn.waited for turn in others) <= PACE * ANSWER, "a slice, and no more"
