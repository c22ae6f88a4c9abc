"""What follows a failed run (failure modes 17, 18 and 20)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import (
    AuthError,
    ConfigError,
    ParseError,
    PermanentError,
    TemporaryError,
)
from sync_jobs.retry import (
    ATTENTION_AFTER,
    LONGEST_WAIT,
    Setback,
    after_failure,
    wait_after,
)

NOW = datetime(2026, 4, 4, 13, 0, tzinfo=UTC)
FOR_GOOD = [
    AuthError("The place refuses us."),
    PermanentError("The place is gone."),
    ParseError("This is a web page, not a feed."),
    ConfigError("The setting address of this place is wrong."),
]

counts = st.integers(1, 100_000)
rolls = st.floats(0, 1)


@given(counts)
def test_the_wait_grows_and_is_bounded(failures: int) -> None:
    assert timedelta(0) < wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


def test_the_wait_doubles_up_to_a_day() -> None:
    minutes = [wait_after(failures) / timedelta(minutes=1) for failures in range(1, 12)]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]


def test_no_failure_counts_as_one() -> None:
    assert wait_after(0) == wait_after(1)


@given(counts, rolls)
def test_temporary_trouble_is_tried_again_within_about_a_day(failures: int, roll: float) -> None:
    """Never at once, never not at all."""
    setback = after_failure(TemporaryError("No answer."), failures=failures, now=NOW, roll=roll)
    assert NOW + timedelta(minutes=4) < setback.due <= NOW + LONGEST_WAIT * 1.1


@given(st.integers(1, 9), rolls, rolls)
def test_a_later_wait_is_longer_whatever_the_dice_say(
    failures: int, roll: float, later: float
) -> None:
    error = TemporaryError("No answer.")
    one = after_failure(error, failures=failures, now=NOW, roll=roll)
    two = after_failure(error, failures=failures + 1, now=NOW, roll=later)
    assert two.due > one.due or failures == 9


def test_trouble_needs_attention_only_when_it_lasts() -> None:
    shown = [
        after_failure(TemporaryError("No answer."), failures=n, now=NOW, roll=0.5).trouble
        for n in range(1, ATTENTION_AFTER + 2)
    ]
    assert shown == ["waiting"] * 5 + ["attention"] * 2


@pytest.mark.parametrize("minutes", [30, 24 * 60, 3])
def test_a_place_is_not_asked_before_it_said(minutes: int) -> None:
    """One refusal for too many questions does not become a silence of days either."""
    said = NOW + timedelta(minutes=minutes)
    error = TemporaryError("Too many questions.", status=429, not_before=said)
    expected = max(said, NOW + timedelta(minutes=5))
    assert after_failure(error, failures=1, now=NOW, roll=0.5) == Setback(expected, "waiting")


@pytest.mark.parametrize("error", FOR_GOOD, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("failures", [1, 6, 1000])
def test_what_needs_a_person_is_shown_at_once_and_probed_daily(
    error: Exception, failures: int
) -> None:
    setback = after_failure(error, failures=failures, now=NOW, roll=0.5)
    assert setback == Setback(NOW + timedelta(days=1), "attention")


@given(st.sampled_from(FOR_GOOD), counts, rolls)
def test_a_dead_place_is_neither_hammered_nor_forgotten(
    error: Exception, failures: int, roll: float
) -> None:
    due = after_failure(error, failures=failures, now=NOW, roll=roll).due
    assert NOW + timedelta(hours=21) < due < NOW + timedelta(hours=27)
