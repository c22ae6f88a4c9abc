"""What any place hands on: ids, times, kinds, people, audiences, and nothing wider than it is."""

from datetime import timedelta

from connector.model import AudienceKind, Role
from tests.contract.kit import Hub, only_with_members, only_with_students, opened


def test_what_one_hub_read_another_reads_just_so(hub, kit):
    """So the tests here may begin with copies of a hub that has read once."""
    another = Hub(kit)
    another.cycle()
    assert (another.records, another.cursors) == (hub.records, hub.cursors)
    assert another.pages == hub.pages


def test_opening_asks_nobody(kit):
    _, session = opened(kit)
    assert session.requests == 0


def test_stream_keys_are_unique_and_stay(kit):
    keys = [stream.key for stream in opened(kit)[0].streams()]
    assert len(keys) == len(set(keys))
    assert [stream.key for stream in opened(kit)[0].streams()] == keys


def test_reading_gives_everything_that_may_be_read(hub, kit):
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
    announced = kit.adapter.INFO.reads
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
    assert bool(public) == kit.shows_public
    assert [r for r in public for phrase in kit.private if phrase in repr(r)] == []


def test_problems_and_cursors_hold_no_private_words(hub, kit):
    kept = repr([(page.problems, page.cursor, page.gone) for page in hub.pages])
    assert [phrase for phrase in kit.private if phrase in kept] == []


def test_service_does_hold_the_private_phrases(kit):
    """Otherwise the two tests above could not fail."""
    held = kit.words()
    assert kit.private
    assert [phrase for phrase in kit.private if phrase not in held] == []


OF_MEMBERS = {AudienceKind.STREAM, AudienceKind.GROUP}
KEYED = {AudienceKind.SCHOOL, AudienceKind.GROUP, AudienceKind.PERSON}


def test_audiences_name_whom_they_mean(hub):
    """A school, a group or a person has a key; the others have none."""
    audiences = {record.audience for record in hub.records.values()}
    assert [each for each in audiences if bool(each.key) != (each.kind in KEYED)] == []


def test_memberships_are_of_streams_and_groups_without_repeats(hub, kit):
    memberships = [each for page in hub.pages for each in page.memberships]
    assert bool(memberships) == kit.lists_members
    for each in memberships:
        assert each.audience.kind in OF_MEMBERS
        assert bool(each.audience.key) == (each.audience.kind is AudienceKind.GROUP)
        assert len(each.members) == len(set(each.members))


@only_with_members
def test_whoever_may_see_a_record_of_a_stream_or_group_is_listed_before_it(kit):
    """Else it would be kept for an audience that is nobody yet."""
    listed, named = set(), set()
    for page in opened(kit)[0].read(Hub(kit).cursors):
        listed |= {(page.stream, each.audience) for each in page.memberships}
        named |= {(page.stream, each.audience) for each in page.records}
        assert {each for each in named if each[1].kind in OF_MEMBERS} <= listed
    assert {audience.kind for _, audience in named} & OF_MEMBERS


@only_with_students
def test_students_are_marked_on_every_record_of_theirs(hub, kit):
    """A student's record is known by the role of its author alone."""
    authors = [record.author for record in hub.records.values() if record.author]
    marked = {author.external_id for author in authors if author.role is Role.STUDENT}
    unmarked = {author.external_id for author in authors if author.role is not Role.STUDENT}
    assert (marked, unmarked & kit.students) == (kit.students, set())
