"""Dates of every kind seen in feeds become the right moment, or none."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.feeds.dates import parse_date
from adapters.feeds.json_values import utc_time

AUCKLAND = ZoneInfo("Pacific/Auckland")
NINE_IN_AUCKLAND = datetime(2026, 2, 28, 20, 0, tzinfo=UTC)
MIDNIGHT_IN_AUCKLAND = datetime(2026, 2, 28, 11, 0, tzinfo=UTC)
NINE_IN_GREENWICH = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 01 Mar 2026 09:00:00 NZDT",
        "Sun, 01 Mar 2026 09:00:00 nzdt",
        "Sun, 01 Mar 2026 09:00:00 +1300",
        "Sun, 01 Mar 2026 09:00:00 +13:00",
        "Sun, 01 Mar 2026 09:00:00 +13",
        "Sun, 01 Mar 2026 09:00:00 +1300 (NZDT)",
        "Sun, 01 Mar 2026 09:00:00 GMT+13:00",
        "Sun, 01 Mar 2026 08:00:00 NZST",
        "Sun, 01 Mar 2026 09:45:00 CHADT",
        "Sun, 01 Mar 2026 08:45:00 CHAST",
        "Sun, 01 Mar 2026 07:00:00 AEDT",
        "Sun, 01 Mar 2026 06:00:00 AEST",
        "Sun, 01 Mar 2026 06:30:00 ACDT",
        "Sun, 01 Mar 2026 05:30:00 ACST",
        "Sun, 01 Mar 2026 04:00:00 AWST",
        "Sat, 28 Feb 2026 15:00:00 EST",
        "Sat, 28 Feb 2026 12:00:00 PST",
        "Sat, 28 Feb 2026 20:00:00 GMT",
        "Sat, 28 Feb 2026 20:00:00 UT",
        "Sat, 28 Feb 2026 20:00:00 Z",
        "Sat, 28 Feb 2026 20:00:00 -0000",
        "Mon, 01 Mar 2026 09:00:00 +1300",  # it is a Sunday
        "Sun, 1 Mar 2026 09:00",
        "Sun, 1 Mar 2026 9:00",
        "Sun, 01 Mar 2026 09:00:00 XYZ",  # a zone that nobody knows
        "1 Mar 26 09:00:00",
        "01-Mar-2026 09:00",
        "1st March 2026, 9am",
        "Sunday 1 March 2026 at 9:00 a.m.",
        "Sun Mar  1 09:00:00 2026",
        "Sun Mar  1 09:00:00 NZDT 2026",
        "Mar 1, 2026 9:00 AM",
        "March 1, 2026, 9:00am",
        "March 1st, 2026 09:00",
        "2026-03-01 09:00:00",
        "2026-03-01 09:00",
        "2026-03-01T09:00:00",
        "2026-03-01T09:00:00.000",
        "2026-03-01T09:00:00+13:00",
        "2026-03-01T09:00:00+1300",
        "2026-03-01 09:00:00 +1300",
        "2026-03-01T09:00:00 NZDT",
        "2026-02-28T20:00Z",
        "2026-02-28T20:00:00.123456789z",
        "2026-02-28 20:00:00 UTC",
        "2026/03/01 9:00",
        "1/3/2026 9:00 AM",
        "01.03.2026 09:00",
        "1-3-26 9:00",
        "  2026-03-01T09:00:00\n",
    ],
)
def test_nine_oclock_on_the_first_of_march_in_auckland(text):
    assert parse_date(text, AUCKLAND).replace(microsecond=0) == NINE_IN_AUCKLAND


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01", "20260301", "2026-03", "1 March 2026", "March 1, 2026"),
        *("1/3/2026", "2026.03.01", "2026-02-28T24:00:00", "1 Mar 2026 12:00 AM"),
    ],
)
def test_date_without_a_time_is_the_start_of_its_day(text):
    assert parse_date(text, AUCKLAND) == MIDNIGHT_IN_AUCKLAND


def test_year_alone_is_its_first_day():
    assert parse_date("2026", AUCKLAND) == datetime(2025, 12, 31, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("12:00 am", 0),
        ("12:30 AM", 0),
        ("1 am", 1),
        ("12 pm", 12),
        ("11:59 p.m.", 23),
        ("15:10 PM", 15),
    ],
)
def test_twelve_hour_clock(text, hour):
    assert parse_date(f"1 Mar 2026 {text} GMT", AUCKLAND).hour == hour


@pytest.mark.parametrize(
    ("text", "year"),
    [("26", 2026), ("49", 2049), ("90", 1990), ("99", 1999), ("00", 2000)],
)
def test_two_digit_year_is_read_as_rfc_2822_says(text, year):
    assert parse_date(f"1 Jun {text} 09:00 GMT", AUCKLAND).year == year


def test_numbers_only_are_read_day_first_unless_that_is_impossible():
    assert parse_date("2/3/2026 09:00 GMT", AUCKLAND) == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert parse_date("3/13/2026 09:00 GMT", AUCKLAND) == datetime(2026, 3, 13, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "yesterday", "Sun", "09:00", "1 Foo 2026", "March 2026", "not 2026-a-date"),
        *("31/02/2026", "2026-02-30", "Sun, 31 Feb 2026 09:00:00 GMT", "2026-13-01", "40 Mar 2026"),
        *("Fri, 31 Dec 9999 23:59:59 GMT", "1 Jun 50 09:00 GMT", "1989-12-31", "2101-01-02"),
        *("0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "-0001-11-30T00:00:00+00:00"),
        *("Sun, 01 Mar 2026 25:00:00 GMT", "2026-03-01T09:60:00Z", "2026-03-01T24:30:00Z"),
        *("Sun, 01 Mar 2026 09:00:61 GMT", "Sun, 01 Mar 2026 09:00:00 +9959"),
        *("9999-12-31T23:59:59-12:00", "Sun Foo 41 2026 and more", "1/32/2026"),
        "1 March 2026" + " " * 90 + "GMT",
    ],
)
def test_what_is_no_date_or_impossible_gives_none(text):
    assert parse_date(text, AUCKLAND) is None


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2101-01-01"]
)
def test_an_api_that_says_an_impossible_time_says_none(text):
    """WordPress writes 0001-01-01 or 0000-00-00 where it has no date."""
    assert utc_time(text) is None


def test_leap_second_is_the_second_before():
    assert parse_date("31 Dec 2016 23:59:60 GMT", AUCKLAND) == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


def test_hour_that_occurs_twice_is_the_first_of_the_two():
    """Daylight time ends in Auckland on 5 April 2026 at 3:00."""
    assert parse_date("2026-04-05 02:30", AUCKLAND) == datetime(2026, 4, 4, 13, 30, tzinfo=UTC)


def test_hour_that_is_left_out_counts_on_from_before_the_gap():
    """Daylight time begins in Auckland on 27 September 2026 at 2:00."""
    assert parse_date("2026-09-27 02:30", AUCKLAND) == datetime(2026, 9, 26, 14, 30, tzinfo=UTC)


def test_day_that_ends_at_24_hours_is_counted_in_local_time():
    """From noon to noon around the end of daylight time there are 25 hours."""
    assert parse_date("2026-04-05T24:00:00", AUCKLAND) == datetime(2026, 4, 5, 12, tzinfo=UTC)


def test_other_zone_is_used_for_dates_without_one():
    assert parse_date("2026-03-01 09:00", ZoneInfo("Europe/London")) == NINE_IN_GREENWICH


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_gives_aware_utc_or_none(text):
    date = parse_date(text, AUCKLAND)
    assert date is None or date.tzinfo is UTC


DATE_LIKE = st.lists(
    st.sampled_from(
        [*("Sun,", "1", "31", "13", "Mar", "February", "2026", "26", "0000", "9999", "T", "-", "/"),
         *(":", "09:00", "24:00:00", "23:59:60", "12:00", "am", "PM", "NZDT", "+1300", "-9959", "Z")]
    ),
    max_size=9,
)  # fmt: skip


@settings(deadline=None)
@given(DATE_LIKE, st.sampled_from([" ", ""]))
def test_any_mixture_of_date_parts_gives_aware_utc_or_none(parts, space):
    date = parse_date(space.join(parts), AUCKLAND)
    assert date is None or date.tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_moment_is_read_back_in_every_common_way_of_writing(naive):
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    for written in (
        moment.isoformat(),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        moment.strftime("%b %d, %Y %I:%M:%S %p GMT"),
        (moment + timedelta(hours=13)).strftime("%d %B %Y %H:%M:%S NZDT"),
    ):
        assert parse_date(written, AUCKLAND) == moment


@settings(deadline=None)
@given(
    st.dates(date(1980, 1, 1), date(2110, 1, 1)),
    st.times(),
    st.sampled_from(["GMT", "+0000", "-0000", "+1300", "-0330", "+1400", "-1459", "+1500"]),
    st.sampled_from([-1, 0, 24, 60]),
)
def test_what_most_feeds_write_means_the_same_as_with_an_odd_blank(
    day: date, time: time, zone: str, odd: int
) -> None:
    """The usual forms have a way of their own; a second blank leads into the general one."""
    clock = f"{odd if odd >= 24 else time.hour:02}:{time.minute:02}:{time.second:02}"
    usual, odd_blank = f"{day:%a, %d %b %Y} {clock} {zone}", f"{day:%a, %d %b %Y}  {clock} {zone}"
    assert parse_date(usual, AUCKLAND) == parse_date(odd_blank, AUCKLAND)
    offset = "Z" if zone == "GMT" else f"{zone[:3]}:{zone[3:]}"
    usual, odd_blank = f"{day}T{clock}{offset}", f"{day}  {clock}{offset}"
    assert parse_date(usual, AUCKLAND) == parse_date(odd_blank, AUCKLAND)
