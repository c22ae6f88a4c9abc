"""Reading goes on from any cursor, without gaps, whatever happened in between."""

import pytest

from connector.model import StreamFailed
from tests.contract.kit import Hub, only_paged, only_whole, opened


def pages_of(kit, stream, cursor):
    """Read one stream from a cursor to its end."""
    return list(opened(kit)[0].read({stream: cursor}))


def test_reading_twice_changes_nothing(hub):
    before = dict(hub.records)
    hub.pages.clear()
    hub.cycle()
    assert hub.records == before


def test_third_reading_hands_on_no_record(hub):
    """The second may repeat what overlaps; after that a quiet place is silent."""
    hub.cycle()
    hub.pages.clear()
    hub.cycle()
    assert [record.external_id for page in hub.pages for record in page.records] == []
    assert all(page.complete for page in hub.pages)


def test_quiet_cycle_costs_few_requests(hub):
    hub.cycle()
    assert hub.cycle().requests <= 2 + 2 * len(hub.cursors)


@only_whole
def test_reading_on_from_any_cursor_gives_the_rest(kit):
    pages = pages_of(kit, kit.main, None)
    for number, page in enumerate(pages):
        if page.cursor is None:
            continue
        before = {r.external_id for each in pages[: number + 1] for r in each.records}
        after = {
            r.external_id for each in pages_of(kit, kit.main, page.cursor) for r in each.records
        }
        assert before | after == kit.ids(kit.main)


def test_first_reading_comes_in_as_many_pages_as_the_kit_says(kit):
    assert (len(pages_of(kit, kit.main, None)) > 1) == kit.paged


@only_paged
def test_reading_on_keeps_a_first_reading_a_baseline(kit):
    """Stopped in the middle, what follows is no news either."""
    cursors = [page.cursor for page in pages_of(kit, kit.main, None)[:-1] if page.cursor]
    assert cursors
    for cursor in cursors:
        assert all(page.baseline for page in pages_of(kit, kit.main, cursor))


@pytest.mark.parametrize("stop", [0, 1, 2])
@only_whole
def test_removal_between_pages_skips_nothing(kit, stop):
    hub = Hub(kit)
    place = opened(kit)[0]
    for number, page in enumerate(place.read({kit.main: None})):
        hub.take(page)
        if number == stop:
            for gone in sorted(hub.held(kit.main))[:3]:
                kit.remove(gone)
    hub.cycle()
    assert kit.ids(kit.main) <= hub.held(kit.main)


@pytest.mark.parametrize("stop", [0, 1])
def test_addition_between_pages_is_met(kit, stop):
    hub = Hub(kit)
    added = []
    for number, page in enumerate(opened(kit)[0].read({kit.main: None})):
        hub.take(page)
        if number == stop:
            added = [kit.add(), kit.add()]
    hub.cycle()
    assert set(added) <= hub.held(kit.main)


@only_whole
def test_stopping_after_each_page_still_reaches_the_end(kit):
    """A slice may end anywhere; each run takes one page and goes on."""
    hub = Hub(kit)
    for _ in range(300):
        page = next(iter(opened(kit)[0].read({kit.main: hub.cursors[kit.main]})))
        assert not isinstance(page, StreamFailed)
        hub.take(page)
        if page.complete:
            break
    assert page.complete
    assert hub.held(kit.main) == kit.ids(kit.main)


def test_new_thing_comes_with_the_next_cycle(hub, kit):
    added = kit.add()
    hub.cycle()
    assert added in hub.held(kit.main)


@only_whole
def test_many_new_things_come_with_the_next_cycle(kit):
    """More than any window shows at once, where the place has pages."""
    hub = Hub(kit)
    hub.cycle()
    added = {kit.add() for _ in range(130)}
    hub.cycle()
    assert added <= hub.held(kit.main)


def test_edit_comes_with_the_next_cycle(hub, kit):
    newest = kit.add()
    hub.cycle()
    kit.edit(newest)
    hub.cycle()
    assert "Written anew" in hub.records[newest].html


def test_cursor_that_nobody_wrote_is_a_first_reading(kit):
    pages = list(opened(kit)[0].read({kit.main: "{broken"}))
    assert pages
    assert all(page.baseline for page in pages)


def test_unknown_stream_is_an_error(kit):
    (failure,) = opened(kit)[0].read({"no such stream": None})
    assert isinstance(failure, StreamFailed)
    with pytest.raises(type(failure.error)):
        list(opened(kit)[0].sweep("no such stream"))
    with pytest.raises(type(failure.error)):
        opened(kit)[0].shape("no such stream")
