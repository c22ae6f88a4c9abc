"""Any bytes at all give values that can be kept, or ``ParseError``; for every parser there is.

What is asserted stands in ``tests.hostile.parsers``, where the fuzzer finds it too.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chances import some_of
from tests.hostile.parsers import CAPTURES, PARSERS

FOUND = sorted((CAPTURES / "fuzz").glob("*/*"))
SEEDS = {name: [body for body in parser.seeds() if body] for name, parser in PARSERS.items()}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_the_fuzzer_found_stays_mended(path: Path) -> None:
    PARSERS[path.parent.name].read(path.read_bytes())


@pytest.mark.parametrize("name", PARSERS)
def test_every_capture_is_read(name: str) -> None:
    assert SEEDS[name]
    for body in SEEDS[name]:
        PARSERS[name].read(body)


@pytest.mark.parametrize("name", PARSERS)
@settings(deadline=None, max_examples=some_of(60))
@given(body=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(name: str, body: bytes) -> None:
    PARSERS[name].read(body)


@pytest.mark.parametrize("name", PARSERS)
@settings(deadline=None, max_examples=some_of(60))
@given(data=st.data())
def test_damaged_captures_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Pieces of one capture are cut out, doubled, moved, or put into another."""
    body = data.draw(st.sampled_from(SEEDS[name]))
    for _ in range(data.draw(st.integers(1, 4))):
        other = data.draw(st.sampled_from(SEEDS[name]))
        start, end = sorted(data.draw(st.tuples(_place(other), _place(other))))
        cut, resume = sorted(data.draw(st.tuples(_place(body), _place(body))))
        noise = data.draw(st.binary(max_size=4))
        body = body[:cut] + noise + other[start : min(end, start + 500)] + body[resume:]
    PARSERS[name].read(body)


def _place(body: bytes) -> st.SearchStrategy[int]:
    return st.integers(0, len(body))


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["2026-03-01T09:00:00Z", "publish", "public", "https://kea.example/", "\ud800"]
    ),
)


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict | list)
    except ValueError:
        return False


JSON_SEEDS = {
    name: [body for body in SEEDS[name] if _is_json(body)]
    for name in ("json", "moodle", "discourse")
}


@st.composite
def _altered(draw: st.DrawFn, name: str) -> bytes:
    """Return a JSON capture in which some values became another thing altogether."""
    value = json.loads(draw(st.sampled_from(JSON_SEEDS[name])))

    def alter(part: Any, depth: int) -> Any:
        if draw(st.integers(0, 11)) == 0:
            return draw(st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=2)))
        if depth and isinstance(part, dict):
            keys = draw(st.sets(st.sampled_from(sorted(part)), max_size=6)) if part else set()
            return {
                key: alter(each, depth - 1) if key in keys else each for key, each in part.items()
            }
        if depth and isinstance(part, list):
            return [alter(each, depth - 1) for each in part[:3]]
        return part

    return json.dumps(alter(value, 4)).encode()


_ODD = (7, "http://[2026-13-45", [{}])
"""What stands for a text, for a number or time, and for what has parts of its own."""


def _keys(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from _keys(each)
    yield from value if isinstance(value, dict) else ()


def _with(value: Any, key: str, odd: object) -> Any:
    if isinstance(value, dict):
        return {name: odd if name == key else _with(one, key, odd) for name, one in value.items()}
    return [_with(one, key, odd) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", JSON_SEEDS)
def test_answers_with_any_one_field_of_another_kind_are_read_or_refused(name: str) -> None:
    seen: set[frozenset[str]] = set()
    for value in map(json.loads, JSON_SEEDS[name]):
        keys = frozenset(_keys(value))
        for key, odd in product(keys if keys not in seen else (), _ODD):
            PARSERS[name].read(json.dumps(_with(value, key, odd)).encode())
        seen.add(keys)


@pytest.mark.parametrize("name", JSON_SEEDS)
@settings(deadline=None, max_examples=some_of(150))
@given(data=st.data())
def test_answers_with_values_of_another_kind_are_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    PARSERS[name].read(data.draw(_altered(name)))
