"""What a board's answers become, and that nothing in them can do harm."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discourse import parse
from adapters.discourse.cooked import event_in, mentions_in, with_absolute_links
from adapters.discourse.idset import MOST_IDS, IdSet
from adapters.discourse.state import StreamState, unpacked
from connector.errors import ParseError
from connector.model import PUBLIC, Kind
from sample_cluster.discourse import shapes
from tests.discourse.small_board import Small

BASE = "https://board.example"

READERS = {
    "posts": parse.read_posts,
    "post": parse.read_post,
    "topics": parse.read_topics,
    "topic": parse.read_whole_topic,
    "categories": lambda value: parse.read_categories(value, BASE),
    "members": lambda value: parse.read_members(value, BASE),
    "events": parse.read_events,
    "invitees": lambda value: parse.read_invitees(value, 1, BASE, PUBLIC),
}
every_reader = pytest.mark.parametrize("name", READERS)


@every_reader
@pytest.mark.parametrize("value", [None, [], {}, "text", {"latest_posts": {}}, {"errors": []}])
def test_other_answer_is_not_understood(name, value):
    with pytest.raises(ParseError, match="The board answers"):
        READERS[name](value)


KEYS = """
    id latest_posts topic_list topics post_stream posts stream category_list categories tags name
    read_restricted subcategory_list members meta total events stats going max_attendees invitees
    status user username user_id topic_id post_number cooked created_at bumped_at post_type
    actions_summary count deleted_at hidden category_id like_count group_permissions
    permission_type group_id group_name category user_fields
""".split()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.sampled_from(KEYS), each, max_size=8)
    ),
    max_leaves=30,
)


@every_reader
@given(value=VALUES)
def test_any_json_gives_values_or_a_parse_error(name, value):
    with suppress(ParseError):
        READERS[name](value)


@given(value=VALUES)
def test_any_json_gives_permissions_or_none(value):
    parse.read_permissions(value)
    parse.read_profile_field(value, "1")


def post(**more):
    told = {
        "id": 5,
        "topic_id": 2,
        "post_number": 1,
        "cooked": "<p>Kia ora</p>",
        "topic_title": "A <b>title</b>",
        "username": "mere",
        "name": "",
        "user_id": 7,
        "category_id": 4,
        "created_at": "2026-11-20T09:00:00.000+13:00",
    }
    return {**told, **more}


def read(**more):
    (found,) = parse.read_posts({"latest_posts": [post(**more)]})
    return found


def test_times_are_utc_and_one_without_a_zone_is_none():
    assert read().created == datetime(2026, 11, 19, 20, tzinfo=UTC)
    assert read(created_at="2026-11-20T09:00:00").created is None


def test_same_post_twice_in_one_answer_is_one():
    assert len(parse.read_posts({"latest_posts": [post(), post()]})) == 1


@pytest.mark.parametrize("missing", [{"id": 0}, {"topic_id": None}, {"post_number": "1"}])
def test_post_without_its_numbers_is_left_out(missing):
    assert parse.read_posts({"latest_posts": [post(**missing)]}) == ()


@pytest.mark.parametrize(
    "hidden",
    [{"hidden": True}, {"deleted_at": "2026"}, {"user_deleted": True}]
    + [{"post_type": kind} for kind in (3, 4)],
)
def test_hidden_deleted_and_staffs_own_posts_are_not_shown(hidden):
    assert not read(**hidden).is_shown


def test_likes_are_told_only_where_the_board_tells_them():
    assert read(actions_summary=[{"id": 3, "count": 9}, {"id": 2, "count": 4}]).likes == 4
    assert read(actions_summary=[{"id": 2, "can_act": True}]).likes is None
    assert parse.counts_of(read(actions_summary=[{"id": 2, "count": 4}])) == {"likes": 4}


def record(tags=(), school=None, **more):
    return parse.record_of(read(**more), base=BASE, audience=PUBLIC, tags=tags, school=school)


def test_first_post_is_a_post_and_any_other_a_comment_under_it():
    first, reply = record(tags=("a",)), record(post_number=3, tags=("a",))
    assert (first.kind, first.title, first.url, first.tags) == (
        Kind.POST,
        "A title",
        f"{BASE}/t/2",
        ("a",),
    )
    assert (reply.kind, reply.title, reply.url, reply.tags) == (
        Kind.COMMENT,
        "",
        f"{BASE}/t/2/3",
        (),
    )
    assert reply.in_reply_to == first.url


def test_author_without_a_name_is_called_by_the_user_name():
    assert (record().author.name, record().author.external_id) == ("mere", "user:7")
    assert record(username="").author is None


EVENT = (
    '<div class="discourse-post-event" data-start="2026-12-01 15:30" data-end="2026-12-01 17:00" '
    'data-timezone="Pacific/Auckland" data-location="Hall &amp; kitchen"></div>'
)


def test_event_is_read_in_its_own_zone():
    found = event_in(EVENT)
    assert found.start == datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
    assert found.end == datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert found.location == "Hall & kitchen"
    assert record(cooked=EVENT).kind is Kind.WORKSHOP
    assert record(cooked=EVENT, post_number=2).kind is Kind.COMMENT


@pytest.mark.parametrize(
    ("html", "start"),
    [
        (EVENT.replace("Pacific/Auckland", "Mars"), datetime(2026, 12, 1, 15, 30, tzinfo=UTC)),
        (
            EVENT.replace(' data-timezone="Pacific/Auckland"', ""),
            datetime(2026, 12, 1, 15, 30, tzinfo=UTC),
        ),
        (EVENT.replace("2026-12-01 15:30", "2026-12-01"), datetime(2026, 11, 30, 11, tzinfo=UTC)),
    ],
)
def test_event_with_another_zone_or_none_or_no_time(html, start):
    assert event_in(html).start == start


@pytest.mark.parametrize("html", ["", "<p>No event</p>", EVENT.replace("2026-12-01 15:30", "soon")])
def test_what_has_no_start_is_no_event(html):
    assert event_in(html) is None


def test_links_become_absolute_only_inside_tags():
    html = '<a href="/t/7">x</a> <img src="//cdn.example/a.png"> <a href="#p">y</a> href="/no"'
    assert with_absolute_links(html, f"{BASE}/") == (
        f'<a href="{BASE}/t/7">x</a> <img src="https://cdn.example/a.png"> '
        f'<a href="{BASE}/#p">y</a> href="/no"'
    )
    assert (
        with_absolute_links('<a href="mailto:a@b.nz">x</a>', BASE)
        == '<a href="mailto:a@b.nz">x</a>'
    )
    assert with_absolute_links('<a href="//[x">x</a>', BASE) == "<a>x</a>"


def test_mentions_of_people_and_groups_are_counted():
    html = '<a class="mention" href="/u/a">@a</a><a class="mention-group" href="/g/b">@b</a>'
    assert mentions_in(html + '<a class="onebox" href="/">no</a>') == 2


def test_tags_are_strings_or_objects():
    page = {"topic_list": {"topics": [{"id": 1, "tags": ["a", {"id": 2, "name": "b"}, 7]}]}}
    (topic,) = parse.read_topics(page).topics
    assert topic.tags == ("a", "b")


def test_list_without_topics_is_the_last_whatever_it_says():
    page = {"topic_list": {"topics": [{"id": 0}], "more_topics_url": "/latest?page=1"}}
    assert not parse.read_topics(page).has_more


def test_category_is_open_only_where_the_board_says_so():
    said = [{"id": 1, "read_restricted": False}, {"id": 2}, {"id": 3, "read_restricted": None}]
    found = parse.read_categories({"category_list": {"categories": [*said, said[0], {}]}}, BASE)
    assert [(one.id, one.is_restricted) for one in found] == [(1, False), (2, True), (3, True)]


def test_deleted_unlisted_and_personal_topics_are_not_open():
    small = Small()
    topic = small.board.topics[small.first.topic]
    told = shapes.whole_topic(small.board, topic, [small.first])
    assert parse.read_whole_topic(told).is_open
    for change in ({"deleted_at": "2026"}, {"visible": False}, {"archetype": "private_message"}):
        assert not parse.read_whole_topic({**told, **change}).is_open


def test_permission_that_gives_nothing_names_nobody():
    groups = [
        {"permission_type": 1, "group_id": 41, "group_name": "a"},
        {"permission_type": 9, "group_id": 42, "group_name": "b"},
        {"permission_type": 1, "group_id": 43, "group_name": ""},
    ]
    told = {"category": {"group_permissions": groups}}
    assert parse.read_permissions(told) == (parse.GroupName(41, "a"),)
    assert parse.read_permissions({"category": {}}) is None


def test_event_without_a_number_and_invitee_who_stays_away_are_left_out():
    assert parse.read_events({"events": [{"id": None}, {"id": 3}]}) == (
        parse.Event(3, None, (), False),
    )
    user = {"id": 1, "username": "mere"}
    said = [{"id": n, "status": s, "user": user} for n, s in ((1, "going"), (2, "not_going"))]
    (found,) = parse.read_invitees(
        {"invitees": [*said, {"id": 3, "status": "going"}]}, 9, BASE, PUBLIC
    )
    assert (found.external_id, found.title, found.object) == ("registration:1", "Going", "post:9")


# What a cursor holds


@given(ids=st.sets(st.integers(0, 5_000), max_size=200))
def test_set_of_ids_comes_back_from_text(ids):
    found = IdSet.unpacked(IdSet.of(ids).packed())
    assert set(found) == ids
    assert found == IdSet.of(ids)
    assert hash(found) == hash(IdSet.of(ids))
    assert bool(found) == bool(ids)
    assert list(found.within(100, 2_000)) == sorted(i for i in ids if 100 <= i < 2_000)


def test_absurd_ids_and_damaged_sets_are_nothing():
    assert not IdSet.of([-1, MOST_IDS, 2**70])
    assert -1 not in IdSet.of([1])
    assert not IdSet.unpacked("%%%")
    assert not IdSet.unpacked("AAAA")
    assert (IdSet() == 3) is False


@given(value=VALUES | st.text())
def test_cursor_that_nobody_wrote_is_a_first_reading(value):
    assert unpacked(json.dumps(value)) == StreamState()


def test_damaged_cursor_loses_only_what_is_damaged():
    told = json.loads(StreamState(top=9, gaps=[(1, 3)]).packed())
    told |= {"gaps": [[1, 3], [5], "x", [7, 2]], "sums": {"a": 1, "2": "x", "3": 4}, "tags": [1]}
    told |= {"groups": {"4": [41, "x"], "5": 6}, "names": {"41": 7}, "page": "x", "roll": None}
    found = unpacked(json.dumps(told))
    assert (found.top, found.gaps, found.sums, found.tags) == (9, [(1, 3)], {3: 4}, {})
    assert (found.groups, found.names, found.page, found.roll) == ({4: [41]}, {}, 0, -1)


@given(
    gaps=st.lists(st.tuples(st.integers(0, 50), st.integers(51, 99)), max_size=1),
    windows=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=6),
)
def test_covered_ids_are_awaited_no_more_and_the_others_still_are(gaps, windows):
    state = StreamState(top=100, gaps=list(gaps))
    awaited = {n for low, high in gaps for n in range(low, high)}
    for low, size in windows:
        state.cover(low, low + size)
        awaited -= set(range(low, low + size))
    assert {n for n in range(130) if state.awaits(n)} == awaited


def test_single_post_is_read_as_one():
    assert parse.read_post(post()).id == 5
