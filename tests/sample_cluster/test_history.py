"""Each step of the scripted history does what it says, and nothing else."""

from datetime import timedelta
from itertools import pairwise

import pytest

from sample_cluster.history import LAST_STEP, SCRIPT, Act
from sample_cluster.posts import Health, Post
from sample_cluster.world import State, World


def _target(world: World, blog: str, nth: int, step: int) -> Post:
    number = world.at(0).sites[blog].public[nth].number
    return world.at(step).sites[blog].by_number[number]


def _state(world: World, blog: str, nth: int, step: int) -> State:
    number = world.at(0).sites[blog].public[nth].number
    return next(p.state for p in world.expected(step)[blog].posts if p.number == number)


def _new_numbers(world: World, blog: str, step: int) -> set[int]:
    now = {post.number for post in world.at(step).sites[blog].public}
    return now - {post.number for post in world.at(step - 1).sites[blog].public}


def test_blogs_that_no_change_names_stay_as_they_are(world: World) -> None:
    for step, changes in enumerate(SCRIPT, start=1):
        named = {change.blog for change in changes}
        before, after = world.at(step - 1).sites, world.at(step).sites
        untouched = after.keys() - named
        assert all(after[slug] is before[slug] for slug in untouched)
        assert all(after[slug] != before[slug] for slug in named)


def test_every_act_is_played(world: World) -> None:
    assert {change.act for changes in SCRIPT for change in changes} == set(Act)


def test_time_goes_on_by_half_an_hour(world: World) -> None:
    moments = [world.at(step).now for step in range(LAST_STEP + 1)]
    assert {b - a for a, b in pairwise(moments)} == {timedelta(minutes=30)}


def test_after_the_last_step_nothing_happens(world: World) -> None:
    assert world.at(LAST_STEP + 5) is world.at(LAST_STEP)


def test_before_the_beginning_there_is_nothing(world: World) -> None:
    with pytest.raises(ValueError, match="before the beginning"):
        world.at(-1)


def test_an_edit_changes_the_text_and_keeps_id_and_address(world: World) -> None:
    before = _target(world, "rimuwai-room-5", 1, 0)
    after = _target(world, "rimuwai-room-5", 1, 1)
    assert (after.guid, after.link, after.title) == (before.guid, before.link, before.title)
    assert after.html != before.html
    assert after.html.split("\n")[0] == before.html.split("\n")[0]
    assert after.modified == world.at(1).now


def test_a_retitled_post_keeps_its_text(world: World) -> None:
    before, after = (_target(world, "waikotare-kura", 2, step) for step in (0, 1))
    assert after.title != before.title
    assert after.html == before.html


@pytest.mark.parametrize(
    ("blog", "nth", "states"),
    [
        ("rimuwai-news", 6, [State.PUBLISHED, State.PUBLISHED, State.FORBIDDEN, State.PUBLISHED]),
        ("halvorsen-news", 0, [State.PUBLISHED, State.PUBLISHED, State.FORBIDDEN]),
        ("waikotare-kura", 5, [State.PUBLISHED, State.PUBLISHED, State.FORBIDDEN]),
        ("rimuwai-room-5", 3, [State.PUBLISHED, State.PUBLISHED, State.GONE, State.GONE]),
        ("lake-tui-news", 3, [State.PUBLISHED, State.PUBLISHED, State.GONE]),
        ("halvorsen-young-writers", 2, [State.PUBLISHED, State.PUBLISHED, State.PROTECTED]),
    ],
)
def test_posts_leave_and_come_back(world: World, blog: str, nth: int, states: list[State]) -> None:
    """Trash and restore, trash, private, deleted, deleted from a plain feed, password."""
    assert [_state(world, blog, nth, step) for step in range(len(states))] == states


def test_a_new_address_keeps_the_guid_and_leaves_a_redirect(world: World) -> None:
    before, after = (_target(world, "rimuwai-room-5", 5, step) for step in (2, 3))
    assert after.guid == before.guid
    assert after.link != before.link
    path = before.link.removeprefix("sample://rimuwai-room-5")
    assert (path, after.link) in world.at(3).sites["rimuwai-room-5"].redirects


def test_a_scheduled_post_falls_due_without_being_modified(world: World) -> None:
    sites = world.at(3).sites
    due = _new_numbers(world, "rimuwai-news", 3)
    posts = [sites["rimuwai-news"].by_number[number] for number in due]
    scheduled = [post for post in posts if post.modified < post.published]
    assert len(scheduled) == 1
    assert world.at(2).now < scheduled[0].published <= world.at(3).now
    assert scheduled[0].modified < world.at(0).now


def test_a_backdated_post_has_a_new_number_and_an_old_date(world: World) -> None:
    site = world.at(3).sites["cluster-facilitator"]
    (number,) = _new_numbers(world, "cluster-facilitator", 3)
    assert number == max(post.number for post in site.posts)
    assert site.by_number[number].modified < world.at(0).now - timedelta(days=90)


def test_the_blog_that_moves_keeps_its_words_and_changes_everything_else(world: World) -> None:
    old = world.at(4).sites["waikotare-room-3-old"]
    new = world.at(4).sites["waikotare-room-3"]
    carried = {(post.title, post.author, post.published): post for post in new.public}
    assert old.health is Health.MOVED
    assert len(new.public) == len(old.public) + 1
    for post in old.public:
        twin = carried[(post.title, post.author, post.published)]
        assert twin.html.replace(new.blog.base, old.blog.base) == post.html
        assert {twin.guid, twin.link, twin.number}.isdisjoint({post.guid, post.link, post.number})


def test_the_new_house_is_empty_before(world: World) -> None:
    assert world.expected(3)["waikotare-room-3"].health is Health.NOT_FOUND
    assert world.expected(3)["waikotare-room-3"].posts == ()


def test_one_blog_changes_all_its_guids_in_place(world: World) -> None:
    before = {p.link: p.guid for p in world.at(3).sites["lake-tui-news"].public}
    after = {p.link: p.guid for p in world.at(4).sites["lake-tui-news"].public}
    assert before.keys() == after.keys()
    assert set(before.values()).isdisjoint(after.values())


@pytest.mark.parametrize(
    ("blog", "health"),
    [
        ("matuku-sport", "well well well well well 404 410 410 410"),
        ("northmarsh-science", "well well well well well refusing refusing refusing well"),
        ("pukerata-inquiry", "well well well well well well 429 429 well"),
        ("halvorsen-room-12", "well well well well well well 503 503 well"),
    ],
)
def test_blogs_fall_ill_and_most_recover(world: World, blog: str, health: str) -> None:
    found = [world.expected(step)[blog].health.value for step in range(LAST_STEP + 1)]
    assert found == health.split()


def test_plain_feeds_promise_only_their_window(world: World) -> None:
    sport = world.expected(0)["kotukutuku-sport"]
    assert len(sport.published) == 20
    assert len([post for post in sport.posts if post.state is State.PUBLISHED]) > 100
