"""Whole announcements into the stand-in Moodle over HTTP: one copy each, whatever gets lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from connector.announce.moves import State
from connector.errors import StoreError
from connector.store import destinations
from connector.store.database import Store
from sample_cluster.moodle.server import MoodleServer
from sync_jobs import approve
from sync_jobs.probe import probe, probe_due
from tests.chances import some_of
from tests.fake_destination import FakeOutbox
from tests.guarded import network
from tests.moodle.posting import Desk, small_moodle

WRITING = {
    "moodle": "mod_forum_add_discussion",
    "moodle_calendar": "core_calendar_create_calendar_events",
}
FAULTS = ("lost", "late", "500", "500 after", "429", "503", "truncated", "garbage", "timeout")


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Iterator[Desk]:
    small = small_moodle()
    outbox = FakeOutbox(sqlite_store, tmp_path / "data")
    outbox.clock.now = small.world.clock.now
    net = network(clock=outbox.clock, read_seconds=0.3, total_seconds=2.0)
    with MoodleServer(small.site) as server:
        yield Desk(outbox, small, server, net.session)
    net.close()


def play(desk: Desk, kind: str, dice: Random) -> list[str]:
    """Let faults meet an announcement until it is sent; return what was wrong with the end."""
    server, title = desk.server, f"Case {dice.random()}"
    number = desk.announce(title, kind)
    faults = [dice.choice(FAULTS) for _ in range(dice.randrange(1, 4))]
    # What is stored later than the last look is shown twice by every place that is looked into.
    mended_after = dice.choice([0, 1, 6, 20])
    for fault in faults:
        server.fault(fault, times=1, retry_after=30, function=WRITING[kind])
        before = attempts(desk)
        for _ in range(60):
            desk.send(minutes=1)
            if attempts(desk) > before or desk.states() == [State.SENT]:
                break
        desk.send(minutes=mended_after)
        server.mend()
    for _ in range(200):
        if desk.send(minutes=1) == [State.SENT]:
            break
    shown = desk.posts() if kind == "moodle" else desk.events()
    if desk.outbox.states(number) != [State.SENT] or shown.count(title) != 1:
        return [f"{faults} mended after {mended_after}: {desk.states()} {shown.count(title)}"]
    return []


def attempts(desk: Desk) -> int:
    """Return how often the last sending was begun, stored or not."""
    return desk.outbox.deliveries(desk.announced[-1])[0].attempts


@pytest.mark.parametrize("kind", WRITING)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_gets_lost_there_is_one_copy(desk: Desk, kind: str, seed: int) -> None:
    """Twenty cases each: a hundred and twenty in all, where nobody is in a hurry."""
    cases = range(some_of(20))
    wrong = [one for case in cases for one in play(desk, kind, Random(f"{seed} {case}"))]
    assert wrong == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", WRITING)
def test_each_fault_alone_leaves_one_copy(desk: Desk, kind: str, fault: str) -> None:
    desk.server.fault(fault, times=1, retry_after=30, function=WRITING[kind])
    desk.announce("Alone", kind)
    desk.send()
    assert desk.states() != [State.SENT]
    desk.server.mend()
    for _ in range(40):
        desk.send(minutes=1)
    assert desk.states() == [State.SENT]
    assert (desk.posts() + desk.events()).count("Alone") == 1


def test_a_slow_answer_is_waited_for(desk: Desk) -> None:
    desk.server.fault("slow", times=1, function="mod_forum_can_add_discussion")
    desk.announce("Slow")
    assert desk.send() == [State.SENT, State.SENT]


def test_both_places_are_corrected_and_taken_back(desk: Desk) -> None:
    desk.announce("Maths evening")
    assert desk.send() == [State.SENT, State.SENT]
    assert desk.posts() == desk.events() == ["Maths evening"]
    desk.correct("Maths evening, moved")
    assert desk.send(hours=2) == [State.SENT, State.SENT]
    assert desk.posts() == desk.events() == ["Maths evening, moved"]
    desk.correct("Maths evening, moved once more")
    assert desk.send(hours=2) == [State.SENT, State.SENT]
    assert desk.posts() == desk.events() == ["Maths evening, moved once more"]
    desk.retract()
    assert desk.send(hours=2) == [State.RETRACTED, State.RETRACTED]
    assert desk.posts() == desk.events() == []


@pytest.mark.parametrize("fault", ["lost", "500 after", "503", "500"])
@pytest.mark.parametrize(
    "function",
    [
        "mod_forum_update_discussion_post",
        "core_calendar_create_calendar_events",
        "core_calendar_delete_calendar_events",
    ],
)
def test_a_correction_whose_answer_was_lost_is_done_once(
    desk: Desk, function: str, fault: str
) -> None:
    desk.announce("Maths evening")
    desk.send()
    desk.correct("Maths evening, moved")
    desk.server.fault(fault, times=1, function=function)
    assert desk.send(minutes=10) != [State.SENT, State.SENT]
    for _ in range(3):
        desk.send(minutes=10)
    assert desk.states() == [State.SENT, State.SENT]
    assert desk.posts() == desk.events() == ["Maths evening, moved"]


@pytest.mark.parametrize("fault", ["lost", "500 after", "503", "500"])
@pytest.mark.parametrize(
    "function", ["mod_forum_delete_post", "core_calendar_delete_calendar_events"]
)
def test_a_taking_back_whose_answer_was_lost_is_done(desk: Desk, function: str, fault: str) -> None:
    desk.announce("Maths evening")
    desk.send()
    desk.retract()
    desk.server.fault(fault, times=1, function=function)
    desk.send(minutes=10)
    for _ in range(3):
        desk.send(minutes=10)
    assert desk.states() == [State.RETRACTED, State.RETRACTED]
    assert desk.posts() == desk.events() == []


def test_a_token_that_ended_is_told_before_it_is_due_and_renewed_it_goes_on(desk: Desk) -> None:
    people = desk.small.world.people
    people.expire_token()
    desk.announce("Maths evening")
    assert probe_due(desk.tools) == 2
    assert desk.send() == [State.NEEDS_ATTENTION, State.NEEDS_ATTENTION]
    assert not desk.small.site.functions["mod_forum_add_discussion"]
    assert not desk.small.site.functions["core_calendar_create_calendar_events"]
    sentences = [one.sentence for one in desk.outbox.deliveries(desk.announced[-1])]
    assert all("token" in (one or "") for one in sentences)
    people.add_token(desk.small.hub, "RENEWED")
    desk.token = "RENEWED"
    desk.outbox.clock.move(hours=25)
    probe_due(desk.tools)
    assert desk.send() == [State.EXPIRED, State.EXPIRED]  # missed by more than the late limit
    for row in desk.outbox.deliveries(desk.announced[-1]):
        approve.retry(desk.tools, row)
    assert desk.send() == [State.SENT, State.SENT]


@pytest.mark.parametrize("by", ["role", "service"])
def test_who_may_only_post_posts_though_the_check_tells_the_rest(desk: Desk, by: str) -> None:
    desk.announce("Maths evening", "moodle")
    assert desk.send() == [State.SENT]
    if by == "role":
        desk.small.world.people.forbid("connector", "mod/forum:deleteanypost")
    else:
        del desk.small.site.service["mod_forum_delete_post"]
    desk.small.later(hours=1)
    desk.announce("Science evening")
    assert probe_due(desk.tools) == 2
    assert desk.send() == [State.SENT, State.SENT]
    with desk.outbox.store.read() as conn:
        (row,) = [
            one
            for one in destinations.destinations_of(conn, desk.outbox.cluster_id)
            if one.key == "moodle"
        ]
    lines = probe(desk.tools, row)
    assert [line.needed for line in lines if not line.ok] == [False]


def test_what_a_teacher_edited_waits_for_somebody(desk: Desk) -> None:
    desk.announce("Maths evening")
    desk.send()
    desk.small.later(minutes=5)
    (discussion,) = desk.small.news.discussions.values()
    desk.small.world.forums.edit(discussion.first, subject="Mine now")
    (event,) = desk.small.world.calendar.events.values()
    desk.small.world.calendar.edit(event, name="Mine now")
    desk.correct("Maths evening, moved")
    assert desk.send(minutes=5) == [State.NEEDS_ATTENTION, State.NEEDS_ATTENTION]
    assert desk.posts() == desk.events() == ["Mine now"]
    for row in desk.outbox.deliveries(desk.announced[-1]):
        approve.retry(desk.tools, row, over=True)
    assert desk.send() == [State.SENT, State.SENT]
    assert desk.posts() == desk.events() == ["Maths evening, moved"]


def test_replies_go_along_only_after_a_yes(desk: Desk) -> None:
    desk.announce("Maths evening", "moodle")
    desk.send()
    (discussion,) = desk.small.news.discussions.values()
    desk.small.world.forums.reply(discussion.first, desk.small.mere, "<p>Ka pai</p>")
    desk.retract()
    assert desk.send(minutes=5) == [State.NEEDS_ATTENTION]
    assert desk.posts() == ["Maths evening"]
    (row,) = desk.outbox.deliveries(desk.announced[-1])
    approve.retry(desk.tools, row, over=True)
    assert desk.send() == [State.RETRACTED]
    assert desk.posts() == []


def test_what_was_deleted_there_is_not_made_anew(desk: Desk) -> None:
    desk.announce("Maths evening")
    desk.send()
    (discussion,) = desk.small.news.discussions.values()
    desk.small.world.forums.delete(discussion.first)
    (event,) = desk.small.world.calendar.events.values()
    desk.small.world.calendar.delete(event)
    desk.correct("Maths evening, moved")
    assert desk.send(minutes=5) == [State.RETRACTED, State.RETRACTED]
    assert desk.posts() == desk.events() == []


def test_an_announcement_for_facilitators_does_not_go_into_a_course(desk: Desk) -> None:
    row = desk.outbox.draft(audience="facilitators")
    with desk.outbox.store.read() as conn:
        known = destinations.destinations_of(conn, desk.outbox.cluster_id)
    shown = approve.previews(desk.tools, row, known)
    with pytest.raises(StoreError, match="--make-public"):
        approve.approve(desk.tools, row, shown)


def test_a_course_moved_to_another_number_is_told_and_nothing_sent(desk: Desk) -> None:
    desk.small.world.courses.delete(desk.small.course)
    desk.announce("Maths evening")
    assert desk.send() == [State.NEEDS_ATTENTION, State.NEEDS_ATTENTION]
    assert not desk.small.site.functions["mod_forum_add_discussion"]


def test_times_of_the_hub_do_not_matter(desk: Desk) -> None:
    desk.small.world.clock.advance(timedelta(days=-3))
    desk.announce("Maths evening")
    assert desk.send() == [State.SENT, State.SENT]
