"""What a board is sent, and what its answers say: without any socket."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discourse.destination import DESTINATION
from adapters.discourse.posting import (
    event_block,
    marker_in,
    raw_of,
    read_copy,
    refusal_of,
    topics_of,
)
from adapters.discourse.settings import DiscoursePostingSettings
from connector.announce.writing import Written, message_of
from connector.errors import AuthError, ParseError, PermanentError, UnknownOutcome
from connector.model import Message, Receipt
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW

MARKER = f"hub-{7:032x}"
ADDRESS = "https://board.example.school.nz"
MESSAGE = Message(title="Maths evening in the hall", html="<p>Nau mai, haere mai</p>", text="Nau")
ZONE = ZoneInfo("Pacific/Auckland")


def opened(*answers: Answer):
    """Return a destination whose board gives these answers in turn."""
    left = list(answers)
    session = FakeSession(lambda request: left.pop(0))
    settings = DiscoursePostingSettings(
        address=f"{ADDRESS}/latest", api_key="secret-key", api_username="hub", category=4
    )
    return DESTINATION.open_destination(settings, session, NOW), session


def written(body: str) -> Message:
    return message_of(Written(title="Title", body=body), zone=ZONE, uid="u")


CODE = """
Say @everyone, [quote] and [poll]:

- one

      first

      second

```
a

b
```
"""


def test_no_blank_line_ends_the_html_early():
    raw = raw_of(written(CODE), MARKER, with_event=False)
    words, mark = raw.split("\n\n")
    assert "@everyone, [quote] and [poll]" in words
    assert marker_in(mark) == MARKER
    assert "a&#10;\nb" in words


@given(st.text(max_size=300))
def test_any_text_is_one_block_of_html(body):
    html = written(body).html
    raw = raw_of(Message(title="T", html=html, text=""), MARKER, with_event=False)
    parts = [part for part in raw.replace("\r", "\n").split("\n\n") if part.strip()]
    assert len(parts) == (2 if html.strip() else 1)
    assert not html.strip() or parts[0].startswith("<")
    assert marker_in(raw) == MARKER


def test_an_event_says_no_more_than_it_may():
    start = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)
    message = Message(
        title="T", html="", text="", start=start, location='Hall" status="private"][/event]'
    )
    block = event_block(message)
    assert block == (
        '[event start="2026-12-01 05:30" timezone="UTC" status="public" '
        "location=\"Hall' status='private')(/event)\"]\n[/event]"
    )
    assert event_block(MESSAGE) == ""


def test_an_event_is_told_in_utc_whatever_its_own_zone() -> None:
    start = datetime(2026, 12, 1, 18, tzinfo=ZoneInfo("Pacific/Auckland"))
    block = event_block(replace(MESSAGE, start=start))
    assert 'start="2026-12-01 05:00"' in block


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("External ID has already been taken", "taken"),
        ("Title has already been used", "title"),
        ("Title is too short (minimum is 15 characters)", "other"),
        (None, "other"),
    ],
)
def test_refusals_are_told_apart(words, why):
    assert refusal_of({"errors": [words]}) == why


def test_only_new_topics_of_the_user_are_looked_into():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    users = [{"id": 1, "username": "Hub"}, {"id": 2, "username": "mere"}]

    def topic(number, user, days):
        created = (now - timedelta(days=days)).isoformat()
        return {"id": number, "created_at": created, "posters": [{"user_id": user}]}

    topics = [topic(9, 1, 1), topic(8, 2, 1), topic(7, 1, 20), {"id": 6}]
    value = {"users": users, "topic_list": {"topics": topics}}
    assert topics_of(value, "hub", now, timedelta(days=14)) == (9,)


def test_a_topic_that_was_withdrawn_by_its_author_is_gone():
    post = {"id": 5, "post_number": 1, "version": 2, "user_deleted": True}
    copy = read_copy({"id": 3, "title": "T", "post_stream": {"posts": [post]}})
    assert copy.is_gone


# --- answers that are none ------------------------------------------------------------------

TOPIC = {
    "id": 7,
    "title": "Maths evening in the hall",
    "post_stream": {"posts": [{"id": 5, "post_number": 1, "version": 1, "raw": "Nau mai"}]},
}
NOT_FOUND = b'{"errors": ["Not found"], "error_type": "not_found"}'
PAGE = b"<html>Not here</html>"


def test_a_proxy_that_finds_nothing_is_no_answer():
    """Otherwise the topic would be sent again."""
    with pytest.raises(PermanentError, match="error page"):
        opened(Answer(PAGE, 404))[0].find(MARKER)


def test_a_proxy_that_finds_nothing_has_taken_nothing_back():
    topic = {**TOPIC, "details": {"can_delete": True}}
    destination, session = opened(Answer(json.dumps(topic).encode()), Answer(PAGE, 404))
    with pytest.raises(PermanentError, match="error page"):
        destination.retract(Receipt("post:5", f"{ADDRESS}/t/7"))
    assert session.seen[-1].headers["X-HTTP-Method-Override"] == "DELETE"


def test_a_topic_that_its_author_withdrew_is_found_as_taken_back():
    post = {**TOPIC["post_stream"]["posts"][0], "user_deleted": True}
    topic = {**TOPIC, "post_stream": {"posts": [post]}}
    found = opened(Answer(json.dumps(topic).encode()))[0].find(MARKER)
    assert found == Receipt("post:5", f"{ADDRESS}/t/7", version="1", removed=True)


@pytest.mark.parametrize("body", [PAGE, b'{"what": 1}', b"[]", b""])
def test_an_answer_that_is_no_topic_is_no_answer(body):
    with pytest.raises(ParseError):
        opened(Answer(body))[0].find(MARKER)


@pytest.mark.parametrize("body", [b"{}", b'{"id": "5", "topic_id": 1}', b"", PAGE])
def test_an_answer_without_numbers_leaves_a_doubt(body):
    with pytest.raises(UnknownOutcome):
        opened(Answer(body))[0].send(MESSAGE, MARKER)


def test_a_refusal_that_names_no_known_reason_repeats_no_word_of_the_board():
    refusal = Answer(b'{"errors": ["Geheim: wurde verwendet"]}', 422)
    missing = Answer(NOT_FOUND, 404)
    latest = Answer(b'{"topic_list": {"topics": []}}')
    with pytest.raises(PermanentError) as caught:
        opened(refusal, missing, missing, latest)[0].send(MESSAGE, MARKER)
    assert "Geheim" not in str(caught.value)


def test_what_the_board_has_already_is_the_copy():
    refusal = Answer(b'{"errors": ["External ID has already been taken"]}', 422)
    destination, _ = opened(refusal, Answer(json.dumps(TOPIC).encode()))
    found = destination.send(MESSAGE, MARKER)
    assert found == Receipt("post:5", f"{ADDRESS}/t/7", version="1")


def test_key_and_user_stand_in_the_headers_alone():
    destination, session = opened(Answer(b"{}", 403))
    with pytest.raises(AuthError) as caught:
        destination.send(MESSAGE, MARKER)
    (seen,) = session.seen
    assert (seen.headers["Api-Key"], seen.headers["Api-Username"]) == ("secret-key", "hub")
    assert b"secret-key" not in (seen.body or b"")
    assert "secret-key" not in f"{caught.value} {seen.url} {destination.plan(MESSAGE, MARKER)}"


@pytest.mark.parametrize(
    "url", [None, "https://elsewhere.example/t/7", f"{ADDRESS}/c/staffroom/7", f"{ADDRESS}/t/7x"]
)
def test_a_copy_whose_place_nobody_knows_is_left_alone(url):
    destination, session = opened()
    with pytest.raises(PermanentError, match="does not know"):
        destination.update(Receipt("post:5", url), MESSAGE)
    assert session.seen == []


@pytest.mark.parametrize("url", [f"{ADDRESS}/t/maths-evening/7/2", f"{ADDRESS}/t/7?u=mere"])
def test_an_address_that_a_person_gave_is_understood(url):
    destination, session = opened(Answer(NOT_FOUND, 404))
    with pytest.raises(PermanentError) as caught:
        destination.update(Receipt(url, url), MESSAGE)
    assert caught.value.status == 410
    assert session.asked == [f"{ADDRESS}/t/7.json?include_raw=true"]


def test_a_topic_whose_first_post_is_another_is_not_ours():
    post = {**TOPIC["post_stream"]["posts"][0], "id": 6}
    topic = {**TOPIC, "post_stream": {"posts": [post]}}
    destination, session = opened(Answer(json.dumps(topic).encode()))
    destination.retract(Receipt("post:5", f"{ADDRESS}/t/7"))
    assert len(session.seen) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"category": 0},
        {"api_key": " "},
        {"api_username": ""},
        {"address": "gopher://x"},
        {"user_api_key": "x"},
        {"tags": ["a"] * 6},
    ],
)
def test_wrong_settings_are_refused(settings):
    good = {"address": ADDRESS, "api_key": "k", "api_username": "hub", "category": 4}
    assert DiscoursePostingSettings(**good)
    with pytest.raises(ValueError, match=next(iter(settings))):
        DiscoursePostingSettings(**{**good, **settings})
