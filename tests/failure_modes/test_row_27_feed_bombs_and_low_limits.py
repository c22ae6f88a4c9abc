"""Row 27: feeds that explode, or limits so low that real feeds fail.

Seen at FreshRSS, feedparser, rowanmanning/feed-parser and Denamu (a real
feed with 111,206 entity references, refused as "unsupported format").
"""

import json
import subprocess
import sys

import pytest

from connector.store.database import Store
from tests.feeds.feed_reading import rss
from tests.hostile.answers import ANSWERS
from tests.hostile.hub import hostile_hub
from tests.loopback import Reply

RSS_TYPE = {"Content-Type": "application/rss+xml"}
LIMITS = {
    "a gzip bomb of 300 MB": "20,000,000 bytes",
    "50 MB announced": "20,000,000 bytes",
    "a body without end": "20,000,000 bytes",
    "an entity bomb": "more than 10 MB",
    "200,000 nested tags": "256 levels",
    "much broken XML": "2 MB or 50,000 tags",
    "a redirect to itself": "more than 5 times",
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_sentence_says_which_limit_was_hit(sqlite_store: Store, name: str) -> None:
    with hostile_hub(sqlite_store) as hub:
        hub.add_with_posts()
        before = hub.kept()
        hub.server.on("/feed", ANSWERS[name].script)
        hub.wait_until_due()
        assert LIMITS[name] in hub.run().sentence
        assert hub.kept() == before


def test_a_real_feed_with_111206_entity_references_is_read(store: Store) -> None:
    with hostile_hub(store) as hub:
        text = "bread &amp;amp; butter " * 25_000 + "&#8217;" * 61_206 + "&amp;hellip;" * 25_000
        item = f"<guid>1</guid><title>Tistory</title><description>{text}</description>"
        hub.server.on("/feed", Reply(200, RSS_TYPE, rss(item).encode()))
        hub.add(hub.url("/feed"))
        assert hub.run().counts == {"new": 1}
        assert hub.titles() == ["Tistory"]
        assert hub.engine.found("butter bread") == ["Tistory"]


def test_a_large_but_honest_feed_is_read(sqlite_store: Store) -> None:
    """Nine megabytes, as a blog that puts its whole history into one file writes."""
    with hostile_hub(sqlite_store) as hub:
        items = [
            f"<guid>{number}</guid><title>Week {number}</title>"
            f"<description>{f'{number} kea ' * 1500}</description>"
            for number in range(700)
        ]
        hub.server.on("/feed", Reply(200, RSS_TYPE, rss(*items).encode()))
        hub.add(hub.url("/feed"))
        assert hub.run().counts["new"] == 700


def test_fifty_megabytes_are_refused_without_growing() -> None:
    """In a process of its own: what the first refusal costs, and that ten more cost nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.memory"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    figures = json.loads(done.stdout)
    assert figures["refused"] == 22
    assert figures["first_megabytes"] < 80
    assert figures["more_megabytes"] < 10
