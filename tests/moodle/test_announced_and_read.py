"""Announced into a Moodle that the hub reads: the copies come back as one item, and no news."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.moodle.adapter import ADAPTER
from connector.announce.moves import State
from connector.store import sources
from connector.store import tables as t
from connector.store.database import Store
from connector.store.sources import SourceSpec
from sample_cluster.moodle.server import MoodleServer
from sync_jobs.jobs import Jobs
from sync_jobs.pull import run_source
from tests.engine import AUCKLAND, PRIVACY
from tests.fake_destination import FakeOutbox
from tests.guarded import network
from tests.moodle.posting import Desk, small_moodle


@dataclass
class Circle:
    """A hub that posts into a Moodle and reads it."""

    desk: Desk
    jobs: Jobs
    source_id: int

    def read(self, *, sweep: bool = False) -> None:
        """Read all there is; an hour later, so that nothing is taken for fresh."""
        for _ in range(3):
            self.desk.outbox.clock.move(hours=1)
            self.desk.small.later(hours=1)
            assert run_source(self.jobs, self.source_id, force_sweep=sweep).state == "done"

    def origins(self) -> list[tuple[str, str, int, bool, bool]]:
        """Return what is kept that is called a maths evening: kind of id, title and so on."""
        columns = t.origin.c
        with self.desk.outbox.store.read() as conn:
            rows = conn.execute(
                select(
                    columns.external_id,
                    columns.title,
                    columns.item_id,
                    columns.is_news,
                    columns.is_live,
                )
                .where(columns.title.like("Maths evening%"))
                .order_by(columns.id)
            )
            return [
                (
                    one.external_id.partition(":")[0],
                    one.title,
                    one.item_id,
                    one.is_news,
                    one.is_live,
                )
                for one in rows
            ]


@pytest.fixture
def circle(store: Store, tmp_path: Path) -> Iterator[Circle]:
    small = small_moodle()
    small.world.people.allow("connector", "moodle/course:viewhiddenactivities")
    small.world.forums.start(small.news, small.mere, "An older notice", "<p>Kia ora</p>")
    begin = small.world.clock.seconds + 10**6
    small.world.calendar.add("A hui", begin, course=small.course, user=small.mere)
    small.later(hours=5)
    outbox = FakeOutbox(store, tmp_path / "data")
    outbox.clock.now = small.world.clock.now
    net = network(clock=outbox.clock)
    with MoodleServer(small.site) as server:
        settings: dict[str, Any] = {"token": "TOKEN", "courses": [small.course.id]}
        spec = SourceSpec(
            key="vln",
            kind="moodle",
            title="VLN",
            address=server.address,
            settings=settings,
            rules={},
        )
        with store.write() as conn:
            sources.put_source(conn, outbox.cluster_id, spec, outbox.clock(), privacy=PRIVACY)
            row = sources.find_source(conn, outbox.cluster_id, "vln")
        assert row is not None
        jobs = Jobs(
            store=store,
            adapters={"moodle": ADAPTER},
            open_session=lambda per_host: net.session(requests_per_host=per_host),
            privacy=PRIVACY,
            zone=AUCKLAND,
            clock=outbox.clock,
            roll=lambda: 0.5,
        )
        desk = Desk(outbox, small, server, net.session)
        yield Circle(desk, jobs, row.id)
    net.close()


def test_announced_corrected_and_taken_back_it_is_one_item_and_no_news(circle: Circle) -> None:
    circle.read()
    circle.desk.announce("Maths evening")
    assert circle.desk.send() == [State.SENT, State.SENT]
    circle.read()
    found = circle.origins()
    assert sorted(one[0] for one in found) == ["event", "post"]
    assert len({item for _, _, item, _, _ in found}) == 1
    assert not any(is_news for _, _, _, is_news, _ in found)

    circle.desk.correct("Maths evening, moved")
    assert circle.desk.send(hours=1) == [State.SENT, State.SENT]
    circle.read(sweep=True)
    live = [one for one in circle.origins() if one[4]]
    assert sorted((one[0], one[1]) for one in live) == [
        ("event", "Maths evening, moved"),
        ("post", "Maths evening, moved"),
    ]
    assert {one[2] for one in circle.origins()} == {found[0][2]}
    assert not any(one[3] for one in circle.origins())

    circle.desk.retract()
    assert circle.desk.send(hours=1) == [State.RETRACTED, State.RETRACTED]
    circle.read(sweep=True)
    assert not any(one[4] for one in circle.origins())


def test_read_before_the_answer_came_the_marker_tells(circle: Circle) -> None:
    """The answers are lost, so the hub has no receipt when it reads its own copies."""
    circle.read()
    for kind, function in (
        ("moodle", "mod_forum_add_discussion"),
        ("moodle_calendar", "core_calendar_create_calendar_events"),
    ):
        circle.desk.server.fault("lost", times=1, function=function)
        circle.desk.announce("Maths evening", kind)
        assert circle.desk.send() == [State.UNKNOWN]
    circle.read()
    found = circle.origins()
    assert sorted(one[0] for one in found) == ["event", "post"]
    assert not any(one[3] for one in found)


def test_the_same_words_by_a_teacher_are_news(circle: Circle) -> None:
    circle.read()
    desk = circle.desk
    desk.small.world.forums.start(desk.small.news, desk.small.mere, "Maths evening", "<p>x</p>")
    circle.read()
    assert [one[3] for one in circle.origins()] == [True]
