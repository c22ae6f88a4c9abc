"""Markdown in; harmless HTML, readable text and an honest plan out."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.announce.limits import fitted, too_small
from connector.announce.plan import plan_hash, shown
from connector.announce.writing import (
    MAX_MARKDOWN_CHARACTERS,
    Event,
    Written,
    faults_of,
    message_of,
)
from connector.html import clean, plain_text
from connector.model import Limits, Message, PlannedRequest

NZ = ZoneInfo("Pacific/Auckland")
START = datetime(2026, 3, 12, 2, 30, tzinfo=UTC)


def message(body: str = "Nau mai.", **more: object) -> Message:
    written = Written(title="Maths evening", body=body)
    return message_of(replace(written, **more), zone=NZ, uid="u")  # type: ignore[arg-type]


def test_markdown_becomes_html_and_stays_readable_as_text() -> None:
    told = message("## Bring\n\n- *paper*\n- [the plan](https://kauri.example/plan)")
    assert "<h2>Bring</h2>" in told.html
    assert '<a href="https://kauri.example/plan"' in told.html
    assert "the plan (https://kauri.example/plan)" in told.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("**Nau mai**, *haere* `mai`!\nAll of *you*.", "Nau mai, haere mai!\nAll of you."),
        ("## Bring\n\nA pen.", "Bring\n\nA pen."),
        ("Bring:\n- paper\n- pens\n  - red\n  - blue,\n    green\n- glue\n\nThen", ""
         "Bring:\n\n- paper\n- pens\n  - red\n  - blue,\n    green\n- glue\n\nThen"),
        ("9. nine\n\n10. ten\n\n    of them", "9. nine\n\n10. ten\n\n    of them"),
        ("0. none\n1. one", "0. none\n1. one"),
        ("[the plan](https://a.example/p)", "the plan (https://a.example/p)"),
        ("<https://a.example/p> <anna@a.example>", "https://a.example/p anna@a.example"),
        ("![a tūī](https://a.example/t.jpg)", "a tūī (https://a.example/t.jpg)"),
        ("> one\n> two\n\nthree", "> one\n> two\n\nthree"),
        ("a\n\n    code  *here*\n\nb", "a\n\ncode  *here*\n\nb"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("a\n\n---\n\nb", "a\n\n--------------------\n\nb"),
        ("snake_case, 5 * 3 * 2, <b>raw</b>", "snake_case, 5 * 3 * 2, <b>raw</b>"),
    ],
)  # fmt: skip
def test_plain_text_is_as_a_person_would_type_it(body: str, text: str) -> None:
    assert message(body).text == text


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200))
def test_every_word_of_any_text_is_in_the_plain_one(body: str) -> None:
    shown = set(re.findall(r"[a-z]+", plain_text(message(body or "x").html)))
    assert shown <= set(re.findall(r"[a-z]+", message(body or "x").text))


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        '<a href="https://a.example" onclick="x()">y</a>',
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_that_runs_comes_out(body: str) -> None:
    html = message(body).html
    assert "<script" not in html
    assert "<img" not in html
    assert '<a href="javascript' not in html
    assert html == clean(html)


@given(st.text(max_size=400))
def test_any_text_gives_clean_html(body: str) -> None:
    html = message(body or "x").html
    assert clean(html) == html


def test_an_event_is_told_in_local_time_with_its_place_and_sign_up() -> None:
    event = Event(
        start=START, end=START.replace(hour=4), place="Hall", sign_up="https://a.example/"
    )
    told = message(event=event)
    assert "Thursday 12 March 2026, 15:30 to 17:30" in told.text
    assert (told.start, told.location, told.url) == (START, "Hall", "https://a.example/")
    assert "Hall" in told.html


def test_a_picture_is_a_link() -> None:
    told = message(picture="https://a.example/p.jpg")
    assert "https://a.example/p.jpg" in told.html
    assert "https://a.example/p.jpg" in told.text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"title": " "}, "title"),
        ({"body": "\n"}, "text"),
        ({"body": "x" * (MAX_MARKDOWN_CHARACTERS + 1)}, "longer"),
        ({"picture": "javascript:1"}, "picture"),
        ({"event": Event(start=START, end=START.replace(hour=1))}, "ends"),
        ({"event": Event(start=START, sign_up="nowhere")}, "sign-up"),
    ],
)
def test_a_mistake_is_one_sentence(changes: dict[str, object], word: str) -> None:
    written = replace(Written(title="A", body="B"), **changes)  # type: ignore[arg-type]
    (fault,) = faults_of(written)
    assert word in fault


def test_a_title_is_cut_at_a_word_and_loses_what_looks_like_a_tag() -> None:
    long = replace(message(), title="I <3 maths " + "word " * 60)
    cut = fitted(long, Limits(most_title=60, plain_title=True))
    assert len(cut.title) <= 60
    assert "<" not in cut.title


def test_long_lines_are_broken_at_blanks_by_their_bytes() -> None:
    told = fitted(replace(message(), text="kākā " * 400), Limits(line_bytes=900))
    assert max(len(line.encode()) for line in told.text.split("\n")) <= 900
    assert told.text.split() == ["kākā"] * 400


def test_no_copy_holds_controls_or_turns_the_direction_round() -> None:
    told = message("Nau\x1b[2J mai\x01 &#13;&#12;&#8238;haere\u202e mai")
    assert told.text == "Nau[2J mai haere mai"
    assert plain_text(told.html) == "Nau[2J mai haere mai"


def test_long_text_without_a_blank_is_cut_at_once() -> None:
    long = replace(message(), text="a" * 30_000 + " bbbb")
    started = time.process_time()
    assert fitted(long, Limits(most_text=30_002)).text == "a" * 30_000 + "…"
    assert time.process_time() - started < 1


def test_what_is_too_short_for_a_place_is_told() -> None:
    limits = Limits(least_title=15, least_text=20)
    assert len(too_small(message(), limits)) == 2
    longer = replace(message(), title="A title that is long", text="A text that is long enough")
    assert too_small(longer, limits) == []


REQUEST = PlannedRequest(
    method="POST",
    address="https://blog.example/wp-json/wp/v2/posts",
    headers=(("Content-Type", "application/json"), ("Date", "today")),
    body='{"title": "A"}',
    secrets=("Authorization",),
)


def hashed(request: PlannedRequest, audience: str = "public") -> str:
    return plan_hash([request], destination="wordpress https://blog.example/", audience=audience)


def test_dates_and_credentials_are_no_part_of_a_plan() -> None:
    other = replace(
        REQUEST,
        headers=(
            ("date", "tomorrow"),
            ("content-type", "application/json"),
            ("Authorization", "x"),
        ),
    )
    assert hashed(other) == hashed(REQUEST)


@pytest.mark.parametrize(
    "change",
    [{"body": "{}"}, {"address": "https://other.example/"}, {"method": "PUT"}, {"headers": ()}],
)
def test_anything_else_makes_another_plan(change: dict[str, object]) -> None:
    assert hashed(replace(REQUEST, **change)) != hashed(REQUEST)  # type: ignore[arg-type]


def test_other_readers_make_another_plan() -> None:
    assert hashed(REQUEST, "cluster") != hashed(REQUEST)


def test_a_shown_request_holds_no_secret() -> None:
    told = shown(replace(REQUEST, headers=(("Api-Key", "TOKEN"), ("Authorization", "TOKEN"))))
    assert "TOKEN" not in told
    assert told.count("(kept secret)") == 2
