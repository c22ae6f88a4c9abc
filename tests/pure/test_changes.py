"""Kept and fetched become what to write (failure modes 5, 7, 8, 9 and 16)."""

from datetime import datetime, timedelta

import pytest

from connector.changes import (
    DEFAULT_FLOOD_BRAKE,
    HELD_FLOOD,
    HELD_REMOVAL,
    Change,
    Moment,
    NewsBrake,
    Outcome,
    decide,
    is_news,
)
from connector.fetched import Fetched
from connector.identity import Candidate, Match, Step
from connector.model import Account, Role
from tests.pure.ladder import NOW, OTHER_STREAM, Hub, fetched

LIVE = Moment(now=NOW, is_silent=False)
SILENT = Moment(now=NOW, is_silent=True)
NEW = Match(Step.NEW)


def decided(
    found: Fetched, match: Match = NEW, moment: Moment = LIVE, brake: NewsBrake | None = None
) -> Change:
    return decide(found, match, moment, brake or NewsBrake())


def kept_as(found: Fetched, **changes: object) -> Candidate:
    """Return the kept origin of exactly this record, or one that differs as told."""
    told = {
        "external_id": found.incoming.external_id,
        "title": found.incoming.title,
        "text_hash": found.incoming.text_hash,
        "meta_hash": found.meta_hash,
        **changes,
    }
    return Hub().keep(1, **told)


def known(found: Fetched, **changes: object) -> Change:
    """Return what follows when this record is known, and kept as told."""
    return decided(found, Match(Step.SAME, kept_as(found, **changes)))


def test_a_new_post_that_is_read_live_is_news() -> None:
    assert decided(fetched()) == Change(match=NEW, outcome=Outcome.NEW, is_news=True)


def test_the_first_reading_is_silent() -> None:
    brake = NewsBrake(limit=0)
    assert decided(fetched(), moment=SILENT, brake=brake) == Change(match=NEW, outcome=Outcome.NEW)
    assert brake.counted == 0


@pytest.mark.parametrize(
    ("age", "news"),
    [
        (timedelta(0), True),
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (timedelta(days=4000), False),
        (timedelta(days=-400), True),
    ],
)
def test_news_is_what_was_published_within_a_week(age: timedelta, news: bool) -> None:
    assert is_news(NOW - age, LIVE) is news
    assert decided(fetched(published=NOW - age)).is_news is news


def test_a_post_without_a_date_that_appears_is_news() -> None:
    assert is_news(None, LIVE)


@pytest.mark.parametrize("published", [None, NOW, NOW + timedelta(days=3)])
def test_nothing_is_news_in_a_silent_reading(published: datetime | None) -> None:
    assert not is_news(published, SILENT)


def test_more_news_than_the_brake_admits_waits_for_a_yes() -> None:
    brake = NewsBrake(limit=2)
    changes = [decided(fetched(), brake=brake) for _ in range(4)]
    assert [change.outcome for change in changes] == ["new", "new", "held", "held"]
    assert [change.held for change in changes] == [None, None, HELD_FLOOD, HELD_FLOOD]
    assert all(change.is_news for change in changes)
    assert "more than 2 " in changes[-1].reason


def test_only_news_counts_for_the_brake() -> None:
    brake = NewsBrake(limit=1)
    for _ in range(3):
        decided(fetched(published=NOW - timedelta(days=30)), brake=brake)
    assert decided(fetched(), brake=brake).outcome is Outcome.NEW


def test_the_brake_admits_fifty_unless_told_otherwise() -> None:
    brake = NewsBrake()
    assert [brake.admits() for _ in range(51)] == [True] * DEFAULT_FLOOD_BRAKE + [False]
    assert DEFAULT_FLOOD_BRAKE == 50


@pytest.mark.parametrize("step", [Step.LINK, Step.MOVED])
def test_a_merge_is_no_news_and_says_why(step: Step) -> None:
    found = fetched()
    match = Match(step, kept_as(found), reason="the same address in this place")
    brake = NewsBrake()
    change = decided(found, match, brake=brake)
    assert change == Change(match=match, outcome=Outcome.MERGED, reason=match.reason)
    assert (change.adds_origin, brake.counted) == (True, 0)


def test_a_reused_id_is_a_new_post_with_its_reason() -> None:
    match = Match(Step.REUSED_ID, generation=1, reason="the feed uses an id again")
    change = decided(fetched(), match)
    assert (change.outcome, change.reason, change.adds_origin) == ("new", match.reason, True)
    old = decided(fetched(published=NOW - timedelta(days=30)), match)
    assert (old.outcome, old.reason, old.is_news) == ("new", match.reason, False)


def test_an_unchanged_post_writes_nothing() -> None:
    change = known(fetched())
    assert change.outcome is None
    assert not change.adds_origin


def test_an_edit_keeps_the_former_text_and_tells_nobody() -> None:
    change = known(fetched(), text_hash=b"former")
    assert (change.outcome, change.reason, change.keep_revision) == ("updated", "edited", True)
    assert not change.is_news


def test_changed_details_keep_no_revision() -> None:
    change = known(fetched(), meta_hash=b"former")
    assert (change.outcome, change.reason) == ("updated", "its details changed")
    assert not change.keep_revision


def test_adverts_and_counters_around_the_text_are_no_edit() -> None:
    body = "<p>We looked for t\u016b\u012b.</p>"
    before = fetched(html=f"<style>a</style>{body}<script>count(1)</script>")
    after = fetched(html=f"{body}<script>count(2)</script>", updated=NOW)
    change = known(after, text_hash=before.incoming.text_hash, meta_hash=before.meta_hash)
    assert change.outcome is None


@pytest.mark.parametrize("changed", [{}, {"text_hash": b"former"}, {"meta_hash": b"former"}])
def test_what_left_and_is_listed_again_is_back(changed: dict[str, object]) -> None:
    change = known(fetched(), is_live=False, **changed)
    assert (change.outcome, change.reason) == ("updated", "it is back at its place")
    assert change.keep_revision is ("text_hash" in changed)
    assert not change.is_news


@pytest.mark.parametrize("changed", [{}, {"text_hash": b"former"}, {"meta_hash": b"former"}])
def test_a_good_read_lets_go_what_seemed_to_leave(changed: dict[str, object]) -> None:
    change = known(fetched(), held=HELD_REMOVAL, **changed)
    assert (change.outcome, change.held) == (Outcome.UPDATED, None)


@pytest.mark.parametrize("changed", [{"text_hash": b"former"}, {"meta_hash": b"former"}])
def test_an_edit_does_not_let_go_what_waits_for_a_yes(changed: dict[str, object]) -> None:
    assert known(fetched(), held=HELD_FLOOD, **changed).held == HELD_FLOOD


def test_coming_back_does_not_let_go_what_waits_for_a_yes() -> None:
    assert known(fetched(), held=HELD_FLOOD, is_live=False).held == HELD_FLOOD


def test_a_held_post_that_stays_the_same_stays_held_without_a_word() -> None:
    assert known(fetched(), held=HELD_FLOOD).outcome is None


def test_a_record_that_its_place_moved_is_written_at_once() -> None:
    """The members of its former stream may not be those of the new one."""
    found = fetched()
    origin = kept_as(found, stream_id=OTHER_STREAM, held=HELD_FLOOD)
    change = decided(found, Match(Step.SAME, origin, changes_stream=True))
    assert (change.outcome, change.held) == (Outcome.UPDATED, HELD_FLOOD)
    assert change.reason == "it moved to another part of its place"
    assert not change.keep_revision


STUDENT = Account("user:9", "Aria", role=Role.STUDENT)


@pytest.mark.parametrize("is_live", [True, False])
def test_the_text_of_who_turns_out_to_be_a_student_becomes_no_revision(is_live: bool) -> None:
    """A rule or a role changed: what was kept as a teacher's leaves, also as a former text."""
    found = fetched(external_id="post:1", author=STUDENT)
    change = known(found, text_hash=b"a teacher's", is_live=is_live)
    assert (change.outcome, change.keep_revision) == (Outcome.UPDATED, False)
    if is_live:
        assert change.reason == "its author is a student, so its text is no longer kept"


def test_a_students_post_that_was_edited_is_unchanged_for_us() -> None:
    before = fetched(author=STUDENT, html="<p>one</p>", title="one")
    after = fetched(author=STUDENT, html="<p>two</p>", title="two")
    change = known(after, text_hash=before.incoming.text_hash, meta_hash=before.meta_hash)
    assert change.outcome is None
