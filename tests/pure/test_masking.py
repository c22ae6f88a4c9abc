"""Full names are taken out of texts in whatever way they are written; nothing else is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.masking import Mask
from connector.model import Enclosure, Kind, Record

MASK = Mask(["Mere Parata", "Tāne Hōne O'Brien", "Anne-Marie de Souza", "Solo"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mere Parata wrote", "a student wrote"),
        ("MERE PARATA", "a student"),
        ("mere  parata's garden", "a student's garden"),
        ("Parata, Mere", "a student"),
        ("(Mere Parata)", "(a student)"),
        ("Tāne Hōne O'Brien", "a student"),
        ("Tane Hone O’Brien", "a student"),
        ("Tāne O'Brien", "Tāne O'Brien"),
        ("Tāne Brien", "a student"),
        ("Anne-Marie de Souza and Mere Parata", "a student and a student"),
        (unicodedata.normalize("NFD", "Tāne Hōne O'Brien"), "a student"),
        ("Me\u00adre\u200b Parata", "a student"),
        ("#MereParata", "#a student"),
        ("Mere and Parata", "Mere and Parata"),
        ("Mere", "Mere"),
        ("Solo", "Solo"),
        ("Meredith Parata", "Meredith Parata"),
        ("Mere Paratane", "Mere Paratane"),
        ("", ""),
    ],
)
def test_name_in_plain_text(text: str, masked: str) -> None:
    assert MASK.text(text) == masked


@pytest.mark.parametrize(
    ("html", "masked"),
    [
        ("<p>Mere Parata</p>", "<p>a student</p>"),
        ("<p><b>Mere</b> Parata</p>", "<p><b>a student</b></p>"),
        ("<b>M</b>ere Parata", "<b>a student</b>"),
        ("Mere&nbsp;Parata", "a student"),
        ("M&#101;re Parata", "a student"),
        ("T&amacr;ne H&#333;ne O&#39;Brien", "a student"),
        ("<li>Mere</li><li>Parata</li>", "<li>a student</li><li></li>"),
        ("Mere<br>Parata", "a student<br>"),
        (
            '<a href="https://x.example/mere-parata">y</a>',
            '<a href="https://x.example/a-student">y</a>',
        ),
        ('<a href="/Mere%20Parata.pdf">y</a>', '<a href="/a-student.pdf">y</a>'),
        ('<img alt="Parata Mere">', '<img alt="a-student">'),
        ("<p>Mere</p><p>and her friend Parata</p>", "<p>Mere</p><p>and her friend Parata</p>"),
        ("a < b Mere Parata", "a < b a student"),
        ("<!-- Mere Parata -->", "<!-- a-student -->"),
    ],
)
def test_name_in_html_keeps_the_tags(html: str, masked: str) -> None:
    assert MASK.html(html) == masked


def test_record_loses_the_name_everywhere_and_addresses_that_hold_it() -> None:
    record = Record(
        kind=Kind.POST,
        external_id="post:1",
        url="https://x.example/2026/mere-parata-wins",
        title="Mere Parata",
        html="<p>Mere Parata</p>",
        tags=("mere parata", "garden"),
        enclosures=(
            Enclosure("https://x.example/M%65re_Parata.jpg"),
            Enclosure("https://x.example/garden.jpg"),
        ),
        location="Mere Parata's shed",
    )
    masked = MASK.record(record)
    assert "arata" not in repr(masked)
    assert masked.url is None
    assert [each.url for each in masked.enclosures] == ["https://x.example/garden.jpg"]
    assert masked.tags == ("a student", "garden")


def test_without_students_nothing_changes() -> None:
    record = Record(kind=Kind.POST, external_id="post:1", title="Mere Parata")
    assert Mask([]).record(record) is record


@given(st.text(max_size=200))
def test_text_without_a_name_stays_as_it_is(text: str) -> None:
    assert Mask(["Xqzjv Wqzkx"]).html(text) == text


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_around_a_name_loses_it(before: str, after: str) -> None:
    masked = Mask(["Xqzjv Wqzkx"]).text(f"{before} Xqzjv Wqzkx {after}")
    assert "Xqzjv Wqzkx" not in masked


@given(st.text(alphabet="<>&;%/ab \"'=!-", max_size=300))
def test_any_tag_soup_is_worked_on(html: str) -> None:
    assert "Xqzjv" not in Mask(["Xqzjv Wqzkx"]).html(f"{html}<p>Xqzjv <i>Wqzkx</i></p>")


def test_long_text_with_many_names_takes_little_time() -> None:
    names = [f"Student{number} Family{number}" for number in range(3_000)]
    text = (
        "<p>"
        + " ".join(f"Student{number} Family{number} and more" for number in range(3_000))
        + "</p>"
    )
    assert "Family" not in Mask(names).html(text)
