"""Anything at all as a feed or a home page: one sentence, an untouched hub, and recovery.

Through the real engine, adapter and network; the blog is a server on loopback.
"""

import pytest

from connector.store.database import Store
from tests.hostile.answers import ANSWERS, Hostile
from tests.hostile.hub import HostileHub, feed, hostile_hub, posts
from tests.loopback import Reply

ON_BOTH_DATABASES = ["an HTML page", "half of what it promised", "an entity bomb"]


def fails_and_recovers(hub: HostileHub, hostile: Hostile) -> None:
    """See a known feed turn hostile and heal."""
    hub.add_with_posts()
    before = hub.kept()
    hub.wait_until_due()
    hub.server.on("/feed", hostile.script)
    report = hub.run()
    assert (report.state, report.sentence) == ("failed", hostile.sentence)
    assert hub.source.trouble_sentence == hostile.sentence
    assert hub.source.trouble == ("waiting" if hostile.temporary else "attention")
    assert hub.kept() == before

    hub.server.on("/feed", feed(1, 2, 3))
    hub.wait_until_due()
    assert hub.run().counts == {"new": 1, "unchanged": 2}
    assert hub.titles() == ["Week 3", "Week 2", "Week 1"]
    assert (hub.source.trouble, hub.source.failures) == (None, 0)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_known_feed_that_turns_hostile_harms_nothing_and_recovers(
    sqlite_store: Store, name: str
) -> None:
    hostile = ANSWERS[name]
    with hostile_hub(sqlite_store, **hostile.policy) as hub:
        fails_and_recovers(hub, hostile)


@pytest.mark.parametrize("name", ON_BOTH_DATABASES)
def test_it_recovers_on_either_database(store: Store, name: str) -> None:
    with hostile_hub(store) as hub:
        fails_and_recovers(hub, ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_a_new_place_that_is_hostile_says_why_and_is_read_when_it_heals(
    sqlite_store: Store, name: str
) -> None:
    hostile = ANSWERS[name]
    with hostile_hub(sqlite_store, **hostile.policy) as hub:
        before = hub.kept()
        hub.server.on("/", hostile.script)
        hub.add(hub.url("/"))
        report = hub.run()
        assert (report.state, report.sentence) == ("failed", hostile.of_a_page or hostile.sentence)
        assert hub.kept() == before

        hub.server.on("/", feed(1, 2, 3))
        hub.wait_until_due()
        assert hub.run().counts == {"new": 3}
        assert hub.titles() == ["Week 3", "Week 2", "Week 1"]
        assert hub.source.trouble is None


def test_a_feed_that_stays_hostile_for_a_week_is_asked_once_a_day_and_says_why(
    sqlite_store: Store,
) -> None:
    hostile = ANSWERS["a login page"]
    with hostile_hub(sqlite_store) as hub:
        hub.add_with_posts()
        before, began = hub.kept(), hub.engine.clock.now
        hub.server.on("/feed", hostile.script)
        asked = len(hub.server.seen)
        for _ in range(8):
            hub.wait_until_due()
            # A nightly check looks at the address afresh.
            assert hub.run().sentence in (hostile.sentence, hostile.of_a_page)
        # Each looks for where the feed may have gone, too: a dozen questions a day at most.
        assert len(hub.server.seen) - asked <= 8 * 13
        assert (hub.engine.clock.now - began).days >= 6
        assert hub.kept() == before
        hub.server.on("/feed", feed(1, 2))
        hub.wait_until_due()
        assert hub.run().counts == {"unchanged": 2}
        assert hub.source.trouble is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (posts(1, 2).decode().encode("utf-16"), "application/rss+xml; charset=utf-8"),
        (posts(1, 2).decode().encode("utf-8-sig"), "application/rss+xml; charset=iso-8859-1"),
        (posts(1, 2), "application/rss+xml; charset=shift_jis"),
        (posts(1, 2), "application/rss+xml; charset=no-such-thing"),
        (b"\n\n" + posts(1, 2), "text/html"),
    ],
    ids=["UTF-16 as UTF-8", "a mark against the label", "Japanese", "unknown", "as a page"],
)
def test_a_wrong_character_set_changes_nothing_that_is_kept(
    sqlite_store: Store, body: bytes, content_type: str
) -> None:
    with hostile_hub(sqlite_store) as hub:
        hub.add_with_posts()
        before = hub.kept()
        hub.server.on("/feed", Reply(200, {"Content-Type": content_type}, body))
        hub.wait_until_due()
        report = hub.run()
        assert (report.state, report.counts) == ("done", {"unchanged": 2})
        assert hub.kept() == before


def test_a_feed_cut_off_within_an_entry_keeps_the_whole_ones_and_removes_nothing(
    sqlite_store: Store,
) -> None:
    with hostile_hub(sqlite_store) as hub:
        hub.add_with_posts()
        whole = posts(1, 2, 3, 4)
        cut = whole[: whole.index(b"Week 2") + 3]
        hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, cut))
        hub.wait_until_due()
        assert hub.run().counts["new"] == 2
        assert hub.titles() == ["Week 4", "Week 3", "Week 2", "Week 1"]
        hub.server.on("/feed", feed(1, 2, 3, 4))
        hub.wait_until_due()
        assert hub.run().counts == {"unchanged": 4}
