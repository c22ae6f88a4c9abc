"""A dump that is longer than a slice: it is left half-read, and gone on with."""

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from adapters.interact import dump_shelf, dump_store
from adapters.interact.adapter import ADAPTER
from adapters.interact.dump_shelf import DumpShelf
from connector.cli import running
from connector.errors import ParseError, UnfinishedError
from connector.http import is_slice_over
from connector.turns import Turns
from sample_cluster.interact_site import InteractSite
from sync_jobs.pull import Report, run_source
from sync_jobs.slices import SlicedSession
from tests.engine import NoSession
from tests.fake_place import NOON, record
from tests.interact.reading import dump_of, opened, settings_of
from tests.interact.test_in_the_hub import Hub, hub, items

__all__ = ["hub"]


@pytest.fixture(scope="module")
def site() -> InteractSite:
    return InteractSite()


@pytest.fixture
def begun(monkeypatch) -> list:
    """Which readings of a dump were begun, from its start."""
    readings = []

    class Counted(dump_shelf.DumpReading):
        def __init__(self, path):
            super().__init__(path)
            readings.append(self)

    monkeypatch.setattr(dump_shelf, "DumpReading", Counted)
    return readings


def tables_of(database) -> dict[str, list]:
    ask = database._connection.execute
    return {name: ask(f'SELECT * FROM "{name}"').fetchall() for name in database.names()}


def after_steps(steps: int):
    numbers = count(1)
    return lambda: next(numbers) > steps


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_slices_come_to_the_same_tables_as_one_reading(site, tmp_path, begun, monkeypatch, steps):
    monkeypatch.setattr(dump_store, "_BATCH", 20)
    path, shelf = dump_of(site, tmp_path), DumpShelf()
    whole = tables_of(DumpShelf().database(path))
    slices, found = 0, None
    while found is None:
        slices += 1
        with suppress(UnfinishedError):
            found = shelf.database(path, after_steps(steps))
    assert tables_of(found) == whole
    assert slices > 5
    assert len(begun) == 2
    assert shelf.database(path) is found


def test_dump_that_is_replaced_between_slices_begins_anew(site, tmp_path, begun):
    path, shelf = dump_of(site, tmp_path), DumpShelf()
    with pytest.raises(UnfinishedError):
        shelf.database(path, lambda: True)
    path.write_bytes(path.read_bytes() + b"\n-- newer\n")
    shelf.database(path)
    assert len(begun) == 2
    with pytest.raises(ParseError):
        begun[0].go_on(lambda: False)


def test_reading_that_is_broken_off_in_a_slice_starts_over_cleanly(site, tmp_path, begun):
    path, shelf = dump_of(site, tmp_path), DumpShelf()

    def broken() -> bool:
        raise KeyboardInterrupt

    for is_over, error in ((lambda: True, UnfinishedError), (broken, KeyboardInterrupt)):
        with pytest.raises(error):
            shelf.database(path, is_over)
    assert tables_of(shelf.database(path)) == tables_of(DumpShelf().database(path))
    assert len(begun) == 3


def test_nothing_is_left_of_a_reading_that_is_given_up(site, tmp_path, begun):
    shelf = DumpShelf()
    with pytest.raises(UnfinishedError):
        shelf.database(dump_of(site, tmp_path), lambda: True)
    begun[0].close()
    with pytest.raises(ParseError):
        begun[0].go_on(lambda: True)


def test_other_places_are_read_between_the_slices_of_a_dump(hub, tmp_path, begun):
    site = InteractSite()
    hub.old(dump_of(site, tmp_path))
    hub.add().publish(record(1))
    hurried = Hurried(hub.store, clock=hub.clock, adapter=hub.adapter)
    first = run_source(hurried.jobs, hub.source("old").id)
    assert (first.state, first.goes_on, first.counts, items(hub)) == ("partial", True, {}, 0)
    source = hub.source("old")
    assert (source.failures, source.trouble, source.due) == (0, None, hub.clock.now)
    assert run_source(hurried.fake_jobs, hub.source("room5").id).state == "done"
    reports = [first]
    while reports[-1].state == "partial":
        reports.append(run_source(hurried.jobs, source.id))
    assert reports[-1].state == "done"
    assert sum(one.goes_on for one in reports) > 2
    assert items(hub) == len(site.expected) + 1
    assert len(begun) == 1


class Hurried(Hub):
    """Its slices are over as soon as they have begun."""

    @property
    def jobs(self):
        return replace(super().jobs, slice_time=timedelta(0))

    @property
    def fake_jobs(self):
        return super(Hub, self).jobs


def test_sync_goes_on_after_a_slice_that_shows_nothing(monkeypatch):
    reports = [Report("partial", requests=1, goes_on=True), Report("done", {"new": 2}, 3)]
    monkeypatch.setattr(running, "run_source", lambda *_, **__: reports.pop(0))

    class Jobs:
        clock = staticmethod(lambda: NOON)

    class Row:
        id = 1

    class OneHub:
        jobs = Jobs

    found = running._read_to_end(OneHub, Row, False, threading.Event(), None)
    assert (found.state, found.counts, found.requests) == ("done", {"new": 2}, 4)


def test_others_work_while_a_dump_is_read(tmp_path, monkeypatch):
    turns = Turns()
    free = []

    class Watching(DumpShelf):
        def database(self, path, is_over):
            free.append(not turns._lock.locked())
            return super().database(path, is_over)

    monkeypatch.setattr("adapters.interact.adapter.SHELF", Watching())
    path = dump_of(InteractSite(), tmp_path)
    with turns.work():
        place = ADAPTER.open(settings_of(dump=str(path)), NoSession(), NOON)
        assert list(place.streams())
        assert turns._lock.locked()
    assert free == [True]


@pytest.mark.parametrize("is_over", [True, False])
def test_a_session_knows_when_its_slice_is_over(is_over):
    session = SlicedSession(NoSession(), lambda: is_over)
    assert is_slice_over(session) is is_over
    assert not is_slice_over(NoSession())


def test_a_newer_dump_that_comes_while_the_former_is_read_is_read_next(tmp_path):
    path = dump_of(InteractSite(), tmp_path)
    settings = settings_of(dump=str(path))
    place = opened(settings)
    cursors = {one.key: None for one in place.streams()}  # here the former one is opened
    path.write_bytes(path.read_bytes().replace(b" the ", b" THE "))
    for page in place.read(dict(cursors)):
        cursors[page.stream] = page.cursor or cursors[page.stream]
    later = list(opened(settings).read(dict(cursors)))
    assert any("THE" in one.html for page in later for one in page.records)
