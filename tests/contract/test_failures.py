"""When a place fails, the error says what to do next, and nothing is taken for an answer."""

import contextlib
import json
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.contract import Place
from connector.errors import AuthError, ParseError, SourceError, TemporaryError
from connector.model import Known, Presence, StreamFailed
from tests.chances import some_cases, some_of
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW, Hub, only_sweepable, opened

FAULTS = {
    "401": AuthError,
    "403": AuthError,
    "408": TemporaryError,
    "429": TemporaryError,
    "500": TemporaryError,
    "502": TemporaryError,
    "503": TemporaryError,
    "timeout": TemporaryError,
    "truncated": TemporaryError,
    "garbage": ParseError,
}

every_fault = pytest.mark.parametrize("fault", FAULTS)
IN_THE_MIDDLE = some_cases(product(FAULTS, (1, 2, 3)))
"""A fault, and how many answers come before it."""


def failures_of(hub: Hub, fault: str, fault_after: int = 0) -> list[StreamFailed]:
    hub.failures.clear()
    hub.cycle(fault=fault, fault_after=fault_after)
    return hub.failures


@every_fault
def test_known_place_that_fails_gives_the_right_error(hub, fault):
    hub.pages.clear()
    failures = failures_of(hub, fault)
    assert {failure.stream for failure in failures} == set(hub.cursors)
    assert {type(failure.error) for failure in failures} == {FAULTS[fault]}
    assert hub.pages == []


@every_fault
def test_failure_leaves_what_was_read_and_the_cursors(hub, fault):
    before = dict(hub.records), dict(hub.cursors)
    failures_of(hub, fault)
    assert (hub.records, hub.cursors) == before


@every_fault
def test_new_place_that_fails_gives_a_source_error(kit, fault):
    place, session = opened(kit)
    session.fault = fault
    with pytest.raises(SourceError):
        list(place.streams())


@pytest.mark.parametrize(("fault", "answered"), IN_THE_MIDDLE)
def test_failure_in_the_middle_ends_no_reading(kit, fault, answered):
    """The stream is not complete, and reading on later gives all the rest."""
    hub = Hub(kit)
    discovery = opened(kit)
    list(discovery[0].streams())
    hub.cycle(fault=fault, fault_after=discovery[1].requests + answered)
    failed = {failure.stream for failure in hub.failures}
    assert not [page for page in hub.pages if page.complete and page.stream in failed]
    hub.cycle()
    assert (hub.held(kit.main) == kit.ids(kit.main)) == kit.whole


@only_sweepable
@every_fault
@pytest.mark.parametrize("answered", [0, 1])
def test_failed_sweep_is_never_whole(kit, fault, answered):
    place, session = opened(kit)
    list(place.streams())
    session.fault, session.fault_after = fault, session.requests + answered
    pages = []

    def sweep():
        for page in place.sweep(kit.main):
            pages.append(page)

    with pytest.raises(SourceError):
        sweep()
    assert not any(page.complete for page in pages)


@every_fault
def test_failed_lookup_is_no_answer(hub, kit, fault):
    place, session = opened(kit)
    list(place.streams())
    session.fault, session.fault_after = fault, session.requests
    found = place.lookup(known(hub, kit)[:2])
    assert {*found.values()}.isdisjoint({Presence.GONE, Presence.FORBIDDEN})


@every_fault
def test_check_of_a_failing_place_says_so_and_raises_nothing(kit, fault):
    place, session = opened(kit)
    session.fault = fault
    report = place.check()
    assert not report.ok
    assert all(line.sentence for line in report.lines)


def test_check_of_a_working_place_is_ok(kit):
    assert opened(kit)[0].check().ok


def test_errors_read_as_sentences(hub):
    for fault in FAULTS:
        for failure in failures_of(hub, fault):
            assert str(failure.error)
            assert "Traceback" not in str(failure.error)


@settings(
    max_examples=some_of(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=st.binary(max_size=300), status=st.sampled_from([200, 200, 200, 301, 404]))
def test_any_bytes_at_all_give_pages_or_source_errors(kit, hub, body, status):
    answer = Answer(body, status, {"Content-Type": "application/json"})
    place = kit.adapter.open(kit.settings, FakeSession(lambda _: answer), NOW)
    with contextlib.suppress(SourceError):
        list(place.streams())
    read_both_ways(place, hub)
    place.lookup(known(hub, kit)[:3])


# What the services of the kits call their things, so that made-up answers look like theirs.
WORDS = """
    id uuid posts feed entry content rendered status author
    error people groups role forums discussions ids shown
""".split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            each,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=some_of(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(value=JSON)
def test_any_json_at_all_gives_pages_or_source_errors(kit, hub, value):
    answer = Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/json"})
    place = kit.adapter.open(kit.settings, FakeSession(lambda _: answer), NOW)
    read_both_ways(place, hub)
    place.lookup(known(hub, kit)[:3])


def read_both_ways(place: Place, hub: Hub) -> None:
    """Read on, and from the beginning; an error of the whole place is a source error too."""
    for cursors in (hub.cursors, dict.fromkeys(hub.cursors)):
        with contextlib.suppress(SourceError):
            list(place.read(cursors))


def known(hub: Hub, kit) -> list[Known]:
    kept = sorted(hub.held(kit.main))
    return [Known(kit.main, each, hub.records[each].url) for each in kept]
