"""How single values are written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.web import display
from tests.web.making import AUCKLAND


@pytest.mark.parametrize(
    ("hour", "shown"),
    [(0, "4 March 2026, 1:05 pm"), (11, "5 March 2026, 12:05 am"), (23, "5 March 2026, 12:05 pm")],
)
def test_times_are_those_of_the_clock_on_the_wall(hour: int, shown: str) -> None:
    moment = datetime(2026, 3, 4, hour, 5, tzinfo=UTC)
    assert display.day_and_time(moment, AUCKLAND).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_ends_of_the_calendar_are_written_too(moment: datetime, zone: str) -> None:
    """There the local time may be in a year that does not exist."""
    for shown in (display.day, display.day_and_time):
        assert str(moment.year) in shown(moment, ZoneInfo(zone))
    assert display.machine_time(moment).startswith(f"{moment.year:04}-")


@pytest.mark.parametrize(
    ("count", "and_more", "shown"),
    [
        (0, False, "No posts"),
        (1, False, "1 post"),
        (12, False, "12 posts"),
        (1000, False, "1,000 posts"),
        (1000, True, "1,000+ posts"),
        (200, True, "200+ posts"),
    ],
)
def test_counts_are_written_out(count: int, and_more: bool, shown: str) -> None:
    assert display.found_count(count, and_more) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Lake Tūī School", "LT"),
        ("ōhope", "Ō"),
        ("", "–"),
        ("(the) 'board'", "–"),
        ("5 a day", "5A"),
    ],
)
def test_a_name_is_shortened_to_its_initials(name: str, shown: str) -> None:
    assert display.initials(name) == shown


@given(st.text(max_size=60))
def test_a_name_has_one_tint_for_ever(name: str) -> None:
    assert 0 <= display.tint(name) < display.TINTS
    assert display.tint(name) == display.tint(name)
    assert len(display.initials(name)) >= 1


@given(st.text(max_size=200), st.text(max_size=30))
def test_marking_words_loses_no_letter(text: str, words: str) -> None:
    assert "".join(piece for piece, _ in display.with_hits(text, words)) == text


def test_searched_words_are_marked_whole_whatever_their_macrons() -> None:
    pieces = display.with_hits("Whānau hui, whanaungatanga, WHANAU", "whanau hūi")
    assert [piece for piece, is_hit in pieces if is_hit] == ["Whānau", "hui", "WHANAU"]


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ('"before lunch"', ["Before  lunch", "before lunch"]),
        ("“before lunch”", ["Before  lunch", "before lunch"]),
        ('"before lunch" hui', ["Before  lunch", "hui", "before lunch"]),
        ('before "lunch before"', ["Before", "before", "before"]),
        ('"hui before lunch" before', ["Before", "before", "hui, before lunch"]),
        ("before-lunch", ["Before  lunch", "before lunch"]),
        ('""', []),
    ],
)
def test_words_in_quotes_are_marked_where_they_stand_together(
    words: str, marked: list[str]
) -> None:
    pieces = display.with_hits("Before  lunch; not before. A hui, before lunch", words)
    assert [piece for piece, is_hit in pieces if is_hit] == marked


@pytest.mark.parametrize(
    ("words", "shown"),
    [("hui", "“hui”"), ('"a hui" at', '"a hui" at'), ("“a hui”", "“a hui”"), ('5"', '5"')],
)
def test_what_was_asked_stands_in_one_pair_of_quotes(words: str, shown: str) -> None:
    assert display.as_asked(words) == shown


def test_only_the_first_words_are_marked() -> None:
    pieces = display.with_hits("awa " * 50, "awa")
    assert sum(is_hit for _, is_hit in pieces) == display.MOST_HITS


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/f/plan%20b.pdf?x=1", "plan b.pdf"),
        ("https://a.example/", "a.example"),
        ("odd", "odd"),
    ],
)
def test_a_file_is_named_by_its_address(url: str, shown: str) -> None:
    assert display.file_name(url) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "1 kB"), (482_113, "482 kB"), (3_400_000, "3.4 MB")]
)
def test_sizes_are_rounded(count: int, shown: str) -> None:
    assert display.size(count) == shown
