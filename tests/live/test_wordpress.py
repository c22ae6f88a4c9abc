"""The real command reads a real WordPress: what is public is there, nothing else ever is."""

from pathlib import Path

import pytest

from tests.live.hub import Hub
from tests.live.wordpress_site import Post, WordPressSite

CANARY = "canary"
"""In every text of the seeded blog that is not for everyone, and in no other."""


@pytest.fixture
def hub(tmp_path: Path, site: WordPressSite) -> Hub:
    """A hub that knows the address of the blog and has read nothing yet."""
    return Hub(tmp_path, site.url)


def shown(site: WordPressSite) -> dict[str, str]:
    """Return permalink and title of all that everyone may read."""
    return {post.url: post.title for post in site.published()}


def kept(hub: Hub) -> dict[str, str]:
    """Return permalink and title of all that the hub shows."""
    return {post.url: post.title for post in hub.live().values()}


def items_of(hub: Hub, post: Post) -> set[int]:
    """Return the items that this post of the blog became, whatever their state."""
    return {
        each.item
        for each in hub.posts()
        if each.external_id == f"post:{post.id}" or each.url == post.url
    }


def assert_one_item_each(hub: Hub) -> None:
    """What has one address is one item, and an item has one address.

    A post with a new guid in a feed was seen twice, as one item: that is as it should be.
    """
    pairs = {(post.url, post.item) for post in hub.posts() if post.is_live}
    assert len({url for url, _ in pairs}) == len({item for _, item in pairs}) == len(pairs)


def assert_nothing_hidden(hub: Hub, phrase: str = CANARY) -> None:
    """The phrase is in no column of any table and not in the bytes of any file."""
    assert [place for place, text in hub.texts() if phrase in text.casefold()] == []
    assert [path.name for path in hub.files() if phrase.encode() in path.read_bytes()] == []


def test_one_sync_reads_every_published_post_and_nothing_hidden(
    hub: Hub, site: WordPressSite
) -> None:
    hub.do("sync")
    assert len(shown(site)) >= 120  # far beyond the ten posts of the feed
    assert kept(hub) == shown(site)
    assert_one_item_each(hub)
    assert_nothing_hidden(hub)


def test_closed_api_does_not_hide_old_posts_nor_show_hidden_ones(
    hub: Hub, site: WordPressSite
) -> None:
    """The whole history is read through the pages of the feed."""
    with site.rest_closed():
        hub.do("sync")
        assert set(kept(hub)) == set(shown(site))
        assert_one_item_each(hub)
        assert_nothing_hidden(hub)


@pytest.mark.parametrize("where", ["home", "post", "feed"])
def test_any_address_of_the_blog_will_do(tmp_path: Path, site: WordPressSite, where: str) -> None:
    address = {"home": site.url, "post": site.published()[3].url, "feed": f"{site.url}feed/"}
    hub = Hub(tmp_path, address[where])
    hub.do("check")
    hub.do("sync")
    assert kept(hub) == shown(site)


def test_a_quiet_cycle_asks_little_and_changes_nothing(hub: Hub, site: WordPressSite) -> None:
    hub.do("sync")
    before = hub.posts()
    with site.recorded() as seen:
        hub.do("sync")
    assert hub.posts() == before
    assert 0 < len(seen) <= 8


def test_a_quiet_feed_answers_304(hub: Hub, site: WordPressSite) -> None:
    with site.rest_closed():
        hub.do("sync")
        with site.recorded() as seen:
            hub.do("sync")
    assert {request.status for request in seen if "feed" in request.path} == {304}


def test_edits_and_new_addresses_stay_one_item(hub: Hub, site: WordPressSite) -> None:
    edited = site.insert("Kapa haka on Monday", "In the hall")
    moved = site.insert("Reading together", "Bring a book")
    renumbered = site.insert("Worms", "They eat paper")
    hub.do("sync")
    items = {post.id: items_of(hub, post) for post in (edited, moved, renumbered)}
    edited = site.edit(edited, title="Kapa haka on Tuesday", text="In the library")
    moved = site.change_slug(moved, "reading-for-whanau")
    renumbered = site.change_guid(renumbered, "urn:invented:worms")
    hub.cycle_and_sweep()
    assert kept(hub) == shown(site)
    assert_one_item_each(hub)
    for post in (edited, moved, renumbered):
        assert items_of(hub, post) == items[post.id]
        assert len(items[post.id]) == 1


def test_new_guids_and_addresses_in_a_feed_stay_one_item(hub: Hub, site: WordPressSite) -> None:
    moved = site.insert("Reading by candle", "Bring a candle and a book that you like")
    renumbered = site.insert("Snails", "They eat everything in the garden, and at night")
    with site.rest_closed():
        hub.do("sync")
        items = {post.id: items_of(hub, post) for post in (moved, renumbered)}
        moved = site.change_slug(moved, "candles")
        renumbered = site.change_guid(renumbered, "urn:invented:snails")
        hub.cycle_and_sweep()
        assert_one_item_each(hub)
        assert set(kept(hub)) == set(shown(site))
    assert items_of(hub, moved) == items[moved.id]
    assert items_of(hub, renumbered) == items[renumbered.id]


def test_what_leaves_the_blog_leaves_the_hub(hub: Hub, site: WordPressSite) -> None:
    leaving = [site.insert(f"Leaving {n}", f"Goodbye number {n}") for n in range(4)]
    hub.do("sync")
    site.trash(leaving[0])
    site.make_private(leaving[1])
    site.set_password(leaving[2], "kowhai")
    site.delete(leaving[3])
    hub.cycle_and_sweep()
    assert kept(hub) == shown(site)
    assert not {post.url for post in leaving} & set(kept(hub))
    for post in leaving:
        assert "removed" in hub.do("why", post.url)


def test_a_restored_post_is_the_item_it_was(hub: Hub, site: WordPressSite) -> None:
    post = site.insert("Found again", "It was in the bin")
    hub.do("sync")
    before = items_of(hub, post)
    site.trash(post)
    hub.cycle_and_sweep()
    assert post.url not in kept(hub)
    site.restore(post)
    hub.cycle_and_sweep()
    assert kept(hub) == shown(site)
    assert_one_item_each(hub)
    assert items_of(hub, post) == before


def test_scheduled_and_backdated_posts_are_found(hub: Hub, site: WordPressSite) -> None:
    """Neither is newer or modified later than what was read before."""
    scheduled = site.schedule("Assembly", "with a surprise-of-tomorrow")
    hub.do("sync")
    assert_nothing_hidden(hub, "surprise-of-tomorrow")
    scheduled = site.publish_scheduled(scheduled)
    backdated = site.insert_backdated("From the old blog", "Imported", "2024-05-01")
    hub.cycle_and_sweep()
    assert {scheduled.url, backdated.url} <= set(kept(hub))
    assert kept(hub) == shown(site)
    assert_one_item_each(hub)


def test_an_api_that_refuses_everything_retires_nothing(hub: Hub, site: WordPressSite) -> None:
    hub.do("sync")
    before = kept(hub)
    with site.rest_closed():
        hub.run("sync")
        hub.run("sync", "--sweep")
        hub.run("sync", "--sweep")
        assert kept(hub) == before
        assert_one_item_each(hub)
    hub.cycle_and_sweep()
    assert kept(hub) == before == shown(site)


def test_search_why_and_status_answer_for_an_old_post(hub: Hub, site: WordPressSite) -> None:
    hub.do("sync")
    oldest = site.published()[0]
    found = hub.json("search", "kakapo", "number", "0", "week")
    assert oldest.url in {each["url"] for each in found}
    (why,) = hub.json("why", oldest.url)
    assert [origin["is_live"] for origin in why["origins"]] == [True]
    assert [place["state"] for place in hub.json("status")] == ["well"]
