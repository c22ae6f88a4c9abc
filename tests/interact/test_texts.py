"""Text in the wrong character set, letters cut in two, times of a zone: as they were meant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.interact.texts import decoded, mended, moment, site_time, text_of

AUCKLAND = ZoneInfo("Pacific/Auckland")
LATIN1 = "".join(bytes([one]).decode("cp1252", "replace") for one in range(256))


def mojibake(text: str) -> str:
    """What a reader sees of UTF-8 that lies in a latin1 column."""
    return "".join(
        chr(one) if LATIN1[one] == "\ufffd" else LATIN1[one] for one in text.encode("utf-8")
    )


@pytest.mark.parametrize(
    "text", ["Māori", "Tēnā koutou – “kia ora”", "Pūkeko 🐦 €5", "naïve café", "Ōtepoti"]
)
def test_mojibake_row_is_read_as_it_was_written(text):
    assert mended(mojibake(text)) == text


@pytest.mark.parametrize(
    "right",
    [
        "Māori",
        "café",
        "ÉCOLE «À la carte»",
        "SÃO PAULO",
        "Ångström – 20 °C",
        "Müller & Söhne",
        "Ça va? Où ça?",
        "½ × 3 = 1½",
        "Māori and a quotation: MÄori",
        "É»",
    ],
)
def test_text_that_was_right_is_never_repaired(right):
    assert mended(right) == right


@given(st.text(alphabet="aeiou āēīōūĀĒĪŌŪ.,’“”–kmnpt", max_size=60))
def test_any_text_of_ours_is_the_same_after_a_wrong_turn_and_without_one(text):
    assert mended(mojibake(text)) == text
    assert mended(text) == text


@given(st.text(max_size=40))
def test_a_repair_is_exact_or_none(text):
    found = mended(text)
    assert (
        found == text or mojibake(found) == text or mojibake(found) == text[: len(mojibake(found))]
    )


def test_macron_cut_in_two_at_the_end_is_left_out():
    cut = mojibake("he kōrero mō te hui nō")[:-1]
    assert mended(cut) == "he kōrero mō te hui n"
    assert decoded("Tēnā mō".encode()[:-1]) == "Tēnā m"


def test_letter_with_an_accent_at_the_end_is_no_cut():
    assert mended("un café") == "un café"
    assert mended("à la fin: é") == "à la fin: é"


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("Māori".encode(), "", "Māori"),
        ("café".encode("cp1252"), "", "café"),
        ("Māori".encode(), "latin1", mojibake("Māori")),
        (b"half \xff byte", "utf8", "half \ufffd byte"),
        (b"\x81\x8d", "latin1", "\x81\x8d"),
    ],
)
def test_bytes_are_read_as_declared_or_as_what_they_are(raw, charset, text):
    assert decoded(raw, charset) == text


def test_control_characters_are_left_out():
    assert text_of("one\x00\x0b two\nthree") == "one two\nthree"


@pytest.mark.parametrize(
    "value",
    [
        "0000-00-00 00:00:00",
        "0000-00-00",
        "",
        None,
        "2007-02-31 10:00:00",
        "soon",
        0,
        "1970-01-01 00:00:00",
    ],
)
def test_zero_date_and_no_date_are_no_date(value):
    assert moment(value, AUCKLAND) is None


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2007-03-17 12:00:00", datetime(2007, 3, 16, 23, tzinfo=UTC)),
        ("2007-03-18 12:00:00", datetime(2007, 3, 18, 0, tzinfo=UTC)),
        ("2007-03-18 02:30:00", datetime(2007, 3, 17, 13, 30, tzinfo=UTC)),
        ("2007-09-30 01:30:00", datetime(2007, 9, 29, 13, 30, tzinfo=UTC)),
        ("2007-09-30 04:00:00", datetime(2007, 9, 29, 15, tzinfo=UTC)),
        ("20070723101500", datetime(2007, 7, 22, 22, 15, tzinfo=UTC)),
    ],
)
def test_times_on_both_sides_of_a_daylight_saving_change(local, utc):
    assert moment(local, AUCKLAND) == utc


@given(st.integers(700_000_000, 4_000_000_000))
def test_time_of_the_site_and_back(seconds):
    utc = datetime.fromtimestamp(seconds, UTC)
    again = moment(site_time(utc, AUCKLAND), AUCKLAND)
    assert again is not None
    assert abs((again - utc).total_seconds()) in (0, 3600)


@given(st.one_of(st.text(max_size=30), st.binary(max_size=30), st.integers()))
def test_any_value_is_a_time_or_none(value):
    found = moment(value, AUCKLAND)
    assert found is None or found.tzinfo is UTC
