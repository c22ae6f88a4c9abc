"""What any place hands on: ids, times, kinds, audiences, and nothing that is not public."""

from datetime import timedelta

from adapters.registry import ADAPTERS
from connector.model import AudienceKind
from tests.contract.kit import Hub, opened


def test_opening_asks_nobody(kit):
    _, session = opened(kit)
    assert session.requests == 0


def test_stream_keys_are_unique_and_stay(kit):
    keys = [stream.key for stream in opened(kit)[0].streams()]
    assert len(keys) == len(set(keys))
    assert [stream.key for stream in opened(kit)[0].streams()] == keys


def test_reading_gives_everything_that_is_public(hub, kit):
    if kit.whole:
        assert hub.held(kit.main) == kit.ids(kit.main)
    else:
        assert hub.held(kit.main) < kit.ids(kit.main)


def test_ids_are_unique_within_a_page(hub):
    for page in hub.pages:
        ids = [record.external_id for record in page.records]
        assert len(ids) == len(set(ids))


def test_ids_belong_to_one_stream(hub):
    owners = {}
    for page in hub.pages:
        for record in page.records:
            assert owners.setdefault(record.external_id, page.stream) == page.stream


def test_pages_hold_at_most_a_hundred_records(hub):
    assert max(len(page.records) for page in hub.pages) <= 100


def test_times_are_aware_utc(hub):
    for record in hub.records.values():
        for moment in (record.published, record.updated, record.start, record.end):
            assert moment is None or moment.utcoffset() == timedelta(0)


def test_kinds_are_those_announced(hub, kit):
    announced = ADAPTERS[kit.kind].INFO.reads
    assert {record.kind for record in hub.records.values()} <= announced


def test_first_reading_is_a_baseline_and_a_later_one_is_not(hub):
    assert all(page.baseline for page in hub.pages)
    hub.pages.clear()
    hub.cycle()
    assert not any(page.baseline for page in hub.pages)


def test_last_page_of_each_stream_is_complete(hub):
    last = {page.stream: page for page in hub.pages}
    assert set(last) == set(hub.cursors)
    assert all(page.complete for page in last.values())


def test_same_bytes_give_the_same_pages(hub, kit):
    other = Hub(kit)
    other.cycle()
    assert other.pages == hub.pages


def test_nothing_private_is_marked_public(hub, kit):
    public = [r for r in hub.records.values() if r.audience.kind is AudienceKind.PUBLIC]
    assert public
    assert [r for r in public for phrase in kit.private if phrase in repr(r)] == []


def test_problems_and_cursors_hold_no_private_words(hub, kit):
    kept = repr([(page.problems, page.cursor, page.gone) for page in hub.pages])
    assert [phrase for phrase in kit.private if phrase in kept] == []


def test_service_does_hold_the_private_phrases(kit):
    """Otherwise the two tests above could not fail."""
    held = repr(vars(kit.blog)) if hasattr(kit, "blog") else repr(vars(kit))
    assert [phrase for phrase in kit.private if phrase not in held] == []
