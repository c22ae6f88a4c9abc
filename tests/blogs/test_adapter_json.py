"""JSON that anybody may have written: any value gives records or a ParseError."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.blogs import blogger_json, ghost_json, wordpress_json
from adapters.blogs.client import BlogClient
from adapters.feeds.cursors import pack, unpack
from adapters.feeds.json_values import at, list_at, number_at, text_at, utc_time
from connector.errors import ParseError
from tests.contract.fake_session import Answer, FakeSession

READERS = {
    "wordpress posts": wordpress_json.read_posts,
    "wordpress comments": wordpress_json.read_comments,
    "wordpress ids": wordpress_json.read_ids,
    "ghost posts": ghost_json.read_posts,
    "blogger posts": lambda value: blogger_json.read_entries(value, "posts"),
    "blogger comments": lambda value: blogger_json.read_entries(value, "comments"),
}
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = (
    "id uuid status content protected rendered title author date_gmt link _embedded wp:term posts"
    " visibility tags primary_author feed entry $t category parent post author_name meta"
).split()
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.sampled_from(KEYS), each, max_size=6)
    ),
    max_leaves=20,
)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(KEYS), ANY, max_size=8), max_size=4)


@pytest.mark.parametrize("name", READERS)
@unhurried
@given(value=ANY | ENTRIES | st.fixed_dictionaries({"posts": ENTRIES}))
def test_any_json_gives_records_or_a_parse_error(name, value):
    try:
        READERS[name](value)
    except ParseError:
        return


@unhurried
@given(value=ANY, keys=st.lists(st.sampled_from(KEYS), max_size=3))
def test_values_are_of_their_type(value, keys):
    assert isinstance(text_at(value, *keys), str)
    assert number_at(value, *keys) is None or isinstance(number_at(value, *keys), int)
    assert not isinstance(number_at(value, *keys), bool)
    list(list_at(value, *keys))
    at(value, *keys)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T18:23:40", datetime(2026, 11, 21, 18, 23, 40, tzinfo=UTC)),
        ("2026-11-22T07:23:40+13:00", datetime(2026, 11, 21, 18, 23, 40, tzinfo=UTC)),
        ("2026-11-21T18:23:40.000Z", datetime(2026, 11, 21, 18, 23, 40, tzinfo=UTC)),
        ("0000-00-00T00:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_utc_or_none(text, moment):
    assert utc_time(text) == moment


@unhurried
@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text):
    found = utc_time(text)
    assert found is None or found.utcoffset().total_seconds() == 0


@unhurried
@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_none(text):
    unpack(text)


@unhurried
@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(min_size=1), max_size=4))
def test_state_comes_back_as_it_was_packed(state):
    state.pop("v", None)
    assert unpack(pack(state)) == state


def test_zero_is_kept_in_a_cursor():
    """A walk that has given nothing yet stands at 0."""
    assert unpack(pack({"last": 0})) == {"last": 0}


def test_cursor_of_another_layout_is_none():
    assert unpack('{"v":99,"way":"feed"}') is None


@pytest.mark.parametrize("body", [b"[" * 100_000, b"1" * 6000, b"\xff", b"", b"{", b"<html>"])
def test_what_is_no_json_is_told_by_type_and_size(body):
    session = FakeSession(lambda request: Answer(body, headers={"Content-Type": "text/html; x=y"}))
    with pytest.raises(ParseError, match="answers with text/html instead of JSON") as caught:
        BlogClient(session).ask_json("https://b.example.nz/a?key=canary")
    assert caught.value.body.size == len(body)
    assert "canary" not in f"{caught.value} {caught.value.url}"
