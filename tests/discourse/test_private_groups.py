"""What is for a private group reaches its members, and nobody else by any way."""

import re

import pytest

from connector.store import exporting, reading
from tests.discourse.small_board import PRIVATE
from tests.web.making import make_app

LEADERS, ASSESSORS, BOTH = PRIVATE


@pytest.fixture
def hub(hub):
    hub.cycle()
    return hub


def canaries(hub, user):
    """Return which secret words somebody is shown anywhere."""
    scope = hub.scope_of(user)
    shown = repr([hub.seen(scope, word) for word in ("canary", *PRIVATE, "Release", "Planning")])
    return {word for word in PRIVATE if word in shown}


def test_facilitators_do_see_them(hub):
    """Otherwise the others could not fail."""
    shown = repr([hub.seen(hub.facilitator(), word) for word in PRIVATE])
    assert {word for word in PRIVATE if word in shown} == set(PRIVATE)


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        (None, set()),
        ("lena", set()),
        ("mere", {LEADERS, BOTH}),
        ("sam", {ASSESSORS, BOTH}),
        ("hub", {LEADERS, ASSESSORS, BOTH}),
    ],
)
def test_posts_of_a_private_group_reach_its_members_alone(hub, name, sees):
    assert canaries(hub, name and getattr(hub.small, name)) == sees


def test_counts_of_a_visitor_hold_no_private_post(hub):
    scope = hub.scope_of(None)
    with hub.store.read() as conn:
        found = reading.search(conn, scope, "canary")
    assert (found.items, found.count, found.older) == ((), 0, None)


def test_no_page_shows_a_visitor_a_private_word(hub):
    client = make_app(hub.store, now=lambda: hub.board.now).test_client()
    with hub.store.read() as conn:
        items = {one.item_id for one in reading.news(conn, hub.facilitator()).items}
    paths = ["/c/kauri/", "/c/kauri/places", *(f"/c/kauri/search?q={w}" for w in PRIVATE)]
    paths += [f"/c/kauri/item/{number}" for number in sorted(items)]
    pages = [client.get(path) for path in paths]
    assert any(page.status_code == 200 and "Nau mai" in page.text for page in pages)
    # A search page repeats the words that were typed, so those pages are read for titles.
    shown = "".join(p.text for p, path in zip(pages, paths, strict=True) if "search" not in path)
    assert [word for word in PRIVATE if word in shown] == []
    everything = "".join(page.text for page in pages)
    assert [t for t in ("Release days", "Moderation", "Planning day") if t in everything] == []


def test_private_posts_change_no_list_and_no_number_that_a_visitor_is_shown(hub):
    """Also by tags that an open topic has as well, and by an author who writes in the open."""
    app, words = make_app(hub.store, now=lambda: hub.board.now), ("robotics", "Mere", "Moderation")
    paths = ["/c/kauri/", "/c/kauri/?place=board", "/c/kauri/places"]
    paths += [f"/c/kauri/search?q={word}" for word in words]
    before = [told_apart_from_times(app.test_client().get(path).text) for path in paths]
    small = hub.small
    small.topic(small.private, "Robotics for leaders", f"<p>{LEADERS}</p>", "robotics")
    for _ in range(5):
        small.reply(small.secret, f"<p>{LEADERS} Moderation</p>")
    hub.board.like(small.secret.id, 9)
    hub.cycle()
    assert "Robotics for leaders" in repr(hub.seen(hub.facilitator(), "robotics"))
    after = [told_apart_from_times(app.test_client().get(path).text) for path in paths]
    assert after == before
    small.topic(small.open, "Robotics for all", "<p>Moderation</p>", "robotics")
    hub.cycle()
    open_too = [told_apart_from_times(app.test_client().get(path).text) for path in paths]
    assert open_too[0] != before[0], "otherwise nothing could differ"
    assert all(now != then for now, then in zip(open_too[3:], before[3:], strict=True))


def told_apart_from_times(page):
    """Return a page's text without its times and what is made anew for each visit."""
    return re.sub(r"<time\b.*?</time>|(?:nonce|value)=\"[^\"]*\"", "", page, flags=re.DOTALL)


def test_member_who_leaves_a_group_sees_its_posts_no_more(hub):
    hub.small.leaders.members.remove(hub.small.mere.id)
    for _ in range(3):
        hub.cycle()
    assert LEADERS not in canaries(hub, hub.small.mere)


def test_group_that_hides_its_members_is_for_facilitators(hub):
    hub.small.leaders.shows_members = False
    for _ in range(3):
        hub.cycle()
    assert LEADERS not in canaries(hub, hub.small.mere)


def test_category_given_to_another_group_follows(hub):
    category = hub.board.categories[hub.small.private]
    category.groups = (hub.small.assessors.id,)
    for _ in range(4):
        hub.cycle()
    assert LEADERS not in canaries(hub, hub.small.mere)
    assert LEADERS in canaries(hub, hub.small.sam)


def test_board_that_asks_for_signing_in_is_closed_at_once(hub):
    hub.board.login_required = True
    hub.cycle()
    hub.cycle()
    scope = hub.scope_of(None)
    assert hub.seen(scope, "Nau")["search"].items == ()
    assert hub.seen(scope, "Nau")["news"].items == ()
    assert hub.seen(hub.scope_of(hub.small.lena), "Nau")["search"].items


@pytest.mark.parametrize(
    ("name", "sees"), [(None, set()), ("lena", set()), ("mere", {LEADERS, BOTH})]
)
def test_feed_holds_what_its_reader_may_see_and_no_more(hub, name, sees):
    scope = hub.scope_of(name and getattr(hub.small, name))
    with hub.store.read() as conn:
        whole = repr(list(exporting.exported(conn, scope)))
    assert "Nau mai" in whole
    assert {word for word in PRIVATE if word in whole} == sees
