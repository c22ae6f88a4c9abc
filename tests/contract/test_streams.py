"""A reading speaks of the streams that were asked for, and of no others."""

import contextlib

import pytest

from connector.errors import SourceError
from tests.contract.kit import Hub, opened


def asked(kit) -> list[str]:
    return [stream.key for stream in opened(kit)[0].streams()]


def test_main_stream_is_among_the_streams(kit):
    assert kit.main in asked(kit)


def test_pages_are_of_the_stream_asked_for(kit):
    """Also where one answer of the service holds more than that."""
    for stream in asked(kit):
        assert {page.stream for page in opened(kit)[0].read({stream: None})} == {stream}


def test_pages_of_a_later_reading_are_of_the_stream_asked_for(hub, kit):
    kit.add()
    for stream, cursor in hub.cursors.items():
        assert {page.stream for page in opened(kit)[0].read({stream: cursor})} == {stream}


@pytest.mark.parametrize("fault", ["403", "500", "garbage"])
@pytest.mark.parametrize("answered", [0, 1, 2])
def test_failures_are_of_the_stream_asked_for(kit, fault, answered):
    for stream in asked(kit):
        place, session = opened(kit)
        session.fault, session.fault_after = fault, answered
        assert {each.stream for each in met(place, stream)} <= {stream}


def met(place, stream):
    """Return pages and failures; an error of the whole place names no stream."""
    found = []
    with contextlib.suppress(SourceError):
        for each in place.read({stream: None}):
            found.append(each)
    return found


def test_each_stream_is_read_as_alone(hub, kit):
    """What a stream gives does not depend on what is read beside it."""
    for stream in hub.cursors:
        alone = Hub(kit)
        alone.cursors = {stream: None}
        alone.cycle()
        assert alone.held(stream) == hub.held(stream)


def test_reading_of_nothing_asks_nobody(kit):
    place, session = opened(kit)
    assert list(place.read({})) == []
    assert session.requests == 0
