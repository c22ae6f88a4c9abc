"""Announcements on a board: one topic, in the right state, whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.announce.moves import State
from connector.announce.plan import shown
from connector.announce.writing import Written
from connector.store.database import Store
from sync_jobs import approve
from sync_jobs.probe import probe_due
from tests.discourse.posting_hub import (
    OTHER,
    START,
    TITLE,
    WITH_EVENT,
    WRITTEN,
    PostingHub,
    posting_hub,
)
from tests.discourse.small_board import HUB, KEY


@pytest.fixture
def hub(sqlite_store: Store, tmp_path: Path) -> Iterator[PostingHub]:
    with posting_hub(sqlite_store, tmp_path) as hub:
        yield hub


def test_published_edited_and_taken_back(hub: PostingHub) -> None:
    hub.announce()
    assert hub.send() is State.SENT
    (topic,) = [one for one in hub.small.board.topics.values() if one.title == TITLE]
    assert topic.external_id == hub.delivery.marker
    assert hub.receipt() == (f"post:{topic.posts[0]}", f"{hub.server.address}/t/{topic.id}")
    hub.correct(OTHER)
    assert hub.send(minutes=1) is State.SENT
    assert topic.title == OTHER.title
    assert "at seven" in hub.small.board.posts[topic.posts[0]].raw
    hub.retract()
    assert hub.send(minutes=1) is State.RETRACTED
    assert topic.deleted is not None


def test_a_change_that_is_there_already_is_not_written_again(hub: PostingHub) -> None:
    hub.announce()
    hub.send()
    hub.correct(OTHER)
    hub.server.fault("lost", times=1, method="POST")
    assert hub.send(minutes=1) is State.QUEUED
    assert hub.send(minutes=10) is State.SENT
    (topic,) = [one for one in hub.small.board.topics.values() if one.title == OTHER.title]
    assert hub.small.board.posts[topic.posts[0]].version == 2


# --- who may, and what the board refuses ------------------------------------------------------


def test_a_wrong_key_is_said_before_anything_is_sent(hub: PostingHub) -> None:
    hub.key = "another-key"
    hub.announce()
    assert probe_due(hub.tools) == 1
    assert hub.send() is State.NEEDS_ATTENTION
    assert hub.written() == []
    assert "api_key" in (hub.delivery.sentence or "")


def test_a_key_that_ends_between_looking_and_sending_stores_nothing(hub: PostingHub) -> None:
    hub.announce()
    hub.small.service.revoke_in = 3
    assert hub.send() is State.NEEDS_ATTENTION
    assert hub.copies() == 0
    hub.small.service.revoke_in = None
    hub.outbox.clock.move(hours=25)
    assert probe_due(hub.tools) == 1


def test_a_category_that_is_closed_to_the_user_is_told_by_the_check(hub: PostingHub) -> None:
    hub.desk.closed.add(hub.small.open)
    lines = {line.ability: line for line in hub.opened().check().lines}
    assert not lines["post"].ok
    assert "administrator" in lines["post"].sentence


def test_the_check_says_what_this_user_may_and_who_reads_it(hub: PostingHub) -> None:
    report = hub.opened().check()
    assert report.ok, report
    assert [line.ability for line in report.lines] == ["key", "post", "readers", "queue"]
    assert "Everybody" in report.lines[2].sentence


def test_the_check_names_the_groups_of_a_private_category(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with posting_hub(sqlite_store, tmp_path) as open_one:
        number = open_one.small.private
    with posting_hub(sqlite_store, tmp_path, category=number) as hub:
        told = {line.ability: line.sentence for line in hub.opened().check().lines}
    assert "lead-teachers" in told["readers"]


def test_an_unknown_category_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    with posting_hub(sqlite_store, tmp_path, category=999) as hub:
        report = hub.opened().check()
    assert not report.ok
    assert "999" in report.lines[-2].sentence


def test_a_key_with_scopes_that_hides_the_queue_still_sends(hub: PostingHub) -> None:
    hub.desk.hides_queue = True
    line = hub.opened().check().lines[-1]
    assert line.ok
    assert "without scopes" in line.sentence
    hub.announce()
    assert hub.send() is State.SENT


def test_a_title_that_is_used_already_is_told_and_not_sent_again(hub: PostingHub) -> None:
    hub.small.topic(hub.small.open, TITLE, "<p>The one of last year, by somebody else</p>")
    hub.announce()
    assert hub.send() is State.FAILED
    assert "wants each title once" in (hub.delivery.sentence or "")
    assert hub.copies() == 1


def test_what_the_board_refuses_for_another_reason_fails_with_advice(hub: PostingHub) -> None:
    hub.desk.least_title = 60
    hub.announce()
    assert hub.send() is State.FAILED
    assert "rules of the category" in (hub.delivery.sentence or "")


@pytest.mark.parametrize(
    ("title", "body", "told"),
    [("Short", "Long enough for any board.", "title"), (TITLE, "Short.", "text")],
)
def test_what_is_too_short_is_told_before_the_yes(
    hub: PostingHub, title: str, body: str, told: str
) -> None:
    row = hub.outbox.draft(Written(title=title, body=body), audience="public")
    (preview,) = approve.previews(hub.tools, row, [hub.row])
    assert [told in fault for fault in preview.faults] == [True]


def test_a_title_longer_than_the_board_takes_is_cut(hub: PostingHub) -> None:
    row = hub.outbox.draft(Written(title="Maths " * 49, body=WRITTEN.body), audience="public")
    (preview,) = approve.previews(hub.tools, row, [hub.row])
    assert 200 < len(preview.message.title) <= 255


def test_the_plan_is_what_is_sent_without_the_key(hub: PostingHub) -> None:
    row = hub.outbox.draft(WRITTEN, audience="public")
    (preview,) = approve.previews(hub.tools, row, [hub.row])
    (request,) = preview.requests
    text = shown(request)
    assert f"POST {hub.server.address}/posts.json" in text
    assert TITLE in text
    assert "Api-Key: (kept secret)" in text
    assert f"Api-Username: {HUB}" in text
    assert KEY not in text.replace("Api-Key", "")
    assert KEY not in repr(request)


# --- what others do there ---------------------------------------------------------------------


def test_what_somebody_edited_there_is_not_written_over(hub: PostingHub) -> None:
    hub.announce()
    hub.send()
    board = hub.small.board
    post = int(hub.receipt()[0].removeprefix("post:"))
    board.edit(post, board.posts[post].raw + "<p>Bring a plate, says Mere.</p>")
    hub.correct(OTHER)
    assert hub.send(minutes=1) is State.NEEDS_ATTENTION
    assert "says Mere" in board.posts[post].raw
    approve.retry(hub.tools, hub.delivery, over=True)
    assert hub.send(minutes=1) is State.SENT
    assert "says Mere" not in board.posts[post].raw
    assert hub.delivery.marker in board.posts[post].raw


def test_an_edit_between_looking_and_writing_is_a_conflict(hub: PostingHub) -> None:
    """The board itself compares with what the hub has read."""
    hub.announce()
    hub.send()
    board = hub.small.board
    post = int(hub.receipt()[0].removeprefix("post:"))
    answered = hub.small.service.answer

    def answer(request):  # type: ignore[no-untyped-def]
        if request.method == "POST":
            board.edit(post, board.posts[post].raw + "<p>At once</p>")
        return answered(request)

    hub.small.service.answer = answer  # type: ignore[method-assign]
    hub.correct(OTHER)
    assert hub.send(minutes=1) is State.NEEDS_ATTENTION
    assert board.topics[board.posts[post].topic].title == TITLE


def test_deleted_there_after_a_lost_answer_it_is_not_sent_again(hub: PostingHub) -> None:
    """The board shows a deleted topic to nobody, but takes its external id no more."""
    hub.announce()
    hub.server.fault("lost", times=1, method="POST")
    hub.send()
    (topic,) = [one for one in hub.small.board.topics.values() if one.title == TITLE]
    hub.small.board.delete(topic.posts[0])
    for _ in range(6):
        hub.send(minutes=30)
    assert hub.delivery.state is State.RETRACTED
    assert hub.copies() == 0


def test_deleted_there_a_correction_makes_no_second_topic(hub: PostingHub) -> None:
    hub.announce()
    hub.send()
    hub.small.board.delete(int(hub.receipt()[0].removeprefix("post:")))
    hub.correct(OTHER)
    assert hub.send(minutes=1) is State.RETRACTED
    assert hub.copies(OTHER.title) == 0


def test_deleted_there_it_is_taken_back_already(hub: PostingHub) -> None:
    hub.announce()
    hub.send()
    hub.small.board.delete(int(hub.receipt()[0].removeprefix("post:")))
    hub.retract()
    assert hub.send(minutes=1) is State.RETRACTED


def test_a_topic_with_answers_is_left_to_a_moderator(hub: PostingHub) -> None:
    hub.announce()
    hub.send()
    post = int(hub.receipt()[0].removeprefix("post:"))
    hub.small.reply(hub.small.board.posts[post], "<p>I will come</p>")
    hub.retract()
    assert hub.send(minutes=1) is State.FAILED
    assert "moderator" in (hub.delivery.sentence or "")
    hub.small.hub.is_staff = True
    approve.retry(hub.tools, hub.delivery)
    assert hub.send(minutes=1) is State.RETRACTED


# --- events ---------------------------------------------------------------------------------


def test_an_event_becomes_one_of_the_board_where_it_has_a_calendar(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with posting_hub(sqlite_store, tmp_path, events=True, tags=["news"]) as hub:
        hub.announce(WITH_EVENT)
        assert hub.send() is State.SENT
        post = int(hub.receipt()[0].removeprefix("post:"))
        event = hub.small.board.events[post]
        topic = hub.small.board.topics[hub.small.board.posts[post].topic]
    assert (event.start, event.end) == (START, START.replace(hour=7))
    assert event.location == "The 'big' hall (upstairs)"
    assert topic.tags == ("news",)


def test_an_event_is_told_in_words_where_there_is_no_calendar(hub: PostingHub) -> None:
    hub.announce(WITH_EVENT)
    hub.send()
    post = hub.small.board.posts[int(hub.receipt()[0].removeprefix("post:"))]
    assert hub.small.board.events.keys() == {hub.small.workshop.id}
    assert "<strong>When:</strong>" in post.raw
    assert "[event" not in post.raw
