"""What a place leaves out because the hub keeps it as it came: nothing is lost by that."""

from functools import cache

import pytest

from connector.contract import ChangeReader
from tests.contract.kit import KITS, Hub, opened


@cache
def both(name):
    """Return one hub that is told only what changed, and one that asks for everything.

    Both have read again and again, with something new, edited and removed in between.
    """
    kit = KITS[name]()
    found = Hub(kit), Hub(kit, asks_for_all=True)
    read_all(found)
    first, second, _ = kit.add(), kit.add(), kit.add()
    read_all(found)
    kit.edit(second)
    kit.remove(first)
    read_all(found)
    kit.add()
    read_all(found)
    return found


@pytest.fixture
def hubs(kit, request):
    """Both of them; nobody lets them read on."""
    return both(request.node.callspec.params["kit"])


def read_all(hubs):
    for hub in hubs:
        hub.pages.clear()
        hub.cycle()
        assert not hub.failures


def test_the_hub_ends_with_the_same_records(hubs):
    some, every = hubs
    assert some.records == every.records
    assert any("Written anew" in record.html for record in some.records.values())


def test_the_same_is_listed_and_told_as_gone(hubs):
    some, every = ([(p.stream, p.listed, p.gone, p.problems) for p in h.pages] for h in hubs)
    assert some == every


def test_only_what_the_hub_answered_is_left_out_and_is_listed(hubs):
    some, every = hubs
    for page in some.pages:
        assert {*page.unchanged} <= some.answered
        assert {*page.unchanged} <= {*page.listed}
        assert not {*page.unchanged} & {record.external_id for record in page.records}
    assert not any(page.unchanged for page in every.pages)


def test_a_hub_that_keeps_nothing_gets_every_record(hub, kit):
    hub.records.clear()
    hub.pages.clear()
    kit.add()
    hub.cycle()
    assert not any(page.unchanged for page in hub.pages)


def test_at_least_one_kind_of_place_can_leave_something_out(hubs, kit):
    """Or these tests would say nothing."""
    if isinstance(opened(kit)[0], ChangeReader) and kit.main.startswith("feed:"):
        assert any(page.unchanged for page in hubs[0].pages)
