"""Sweeps and lookups: what they may say, and what they may not."""

import pytest

from connector.errors import PermanentError
from connector.model import Known, Presence
from tests.contract.kit import Hub, only_sweepable, opened


def swept(kit, stream):
    """Return the ids of a sweep and whether it was whole."""
    pages = list(opened(kit)[0].sweep(stream))
    return {each for page in pages for each in page.ids}, pages[-1].complete


def sweepable(kit):
    """Return the streams that can be swept; the main one is always among them."""
    found = [stream.key for stream in opened(kit)[0].streams() if stream.can_sweep]
    assert kit.main in found
    return found


def lookup(kit, hub: Hub, *ids: str) -> dict[str, Presence]:
    known = [Known(kit.main, each, hub.records[each].url) for each in ids]
    return dict(opened(kit)[0].lookup(known))


def test_main_stream_can_be_swept_where_the_kit_says_so(kit):
    streams = {stream.key: stream for stream in opened(kit)[0].streams()}
    assert streams[kit.main].can_sweep == kit.sweeps


@only_sweepable
def test_whole_sweep_equals_what_reading_gave(hub, kit):
    for stream in sweepable(kit):
        assert swept(kit, stream) == (hub.held(stream), True)


@only_sweepable
def test_only_the_last_page_of_a_sweep_says_whole(kit):
    for stream in sweepable(kit):
        pages = list(opened(kit)[0].sweep(stream))
        assert [page.complete for page in pages[:-1]] == [False] * (len(pages) - 1)


def test_stream_without_sweep_refuses_it(kit):
    for stream in opened(kit)[0].streams():
        if not stream.can_sweep:
            with pytest.raises(PermanentError):
                list(opened(kit)[0].sweep(stream.key))


@only_sweepable
def test_sweep_shows_what_left_and_what_came(hub, kit):
    gone = min(hub.held(kit.main))
    kit.remove(gone)
    added = kit.add()
    ids, whole = swept(kit, kit.main)
    assert whole
    assert gone not in ids
    assert added in ids


@only_sweepable
def test_removal_during_a_sweep_loses_no_other_id(kit):
    ids = set()
    for number, page in enumerate(opened(kit)[0].sweep(kit.main)):
        ids.update(page.ids)
        if number == 0:
            kit.remove(min(ids))
    assert kit.ids(kit.main) <= ids or not page.complete


def test_present_is_present(hub, kit):
    some = max(hub.held(kit.main))
    assert lookup(kit, hub, some) == {some: Presence.PRESENT}


def test_removed_is_what_the_place_can_say_and_its_neighbour_present(hub, kit):
    assert kit.removed is not Presence.PRESENT
    gone, kept = sorted(hub.held(kit.main))[:2]
    kit.remove(gone)
    assert lookup(kit, hub, gone, kept) == {gone: kit.removed, kept: Presence.PRESENT}


def test_lookup_of_nothing_asks_nobody(kit):
    place, session = opened(kit)
    assert place.lookup([]) == {}
    assert session.requests == 0


STRANGE = ["", ":", "' or 1", "../users", "1e9", "-1", "9" * 5000]


def test_strange_ids_are_unknown(hub, kit):
    """Whether they look like ids of this place, or like those of another."""
    own = min(hub.held(kit.main)).partition(":")[0]
    strange = ["", *(f"{kind}:{each}" for kind in (own, "post", "user") for each in STRANGE)]
    known = [Known(kit.main, each, None) for each in strange]
    assert set(opened(kit)[0].lookup(known).values()) == {Presence.UNKNOWN}
