"""A blog that Moodle copies and the hub reads itself: one post, found at two places."""

from datetime import UTC, datetime

import pytest

from connector.store.database import Store
from tests.contract.kits.moodle import village
from tests.engine import Clock, Engine
from tests.fake_place import record
from tests.moodle.moodle_hub import MoodleHub
from tests.moodle.small_moodle import SmallMoodle

LINK = "https://room5.blog.example/2026/11/maths"
WORDS = "<p>We measured the whole school hall with our own feet and wrote it all down.</p>"


@pytest.fixture
def moodle() -> SmallMoodle:
    """The village, in which an outside blog is copied."""
    found = village()
    copy = next(each for each in found.entries.values() if each.original == LINK)
    copy.subject, copy.html = "Maths week", WORDS
    return found


def blog_beside(hub: MoodleHub) -> Engine:
    """Return the same cluster with the blog itself as another place."""
    engine = Engine(hub.store, Clock(hub.clock()))
    assert engine.cluster_id == hub.cluster_id
    published = datetime.fromtimestamp(hub.moodle.now - 86_400, UTC)
    blog = engine.add("room5", host="https://room5.blog.example/")
    blog.publish(record(1, url=LINK, title="Maths week", html=WORDS, published=published))
    return engine


@pytest.mark.parametrize("is_moodle_first", [True, False])
def test_copy_is_a_second_origin_of_the_blogs_post(
    moodle: SmallMoodle, store: Store, is_moodle_first: bool
) -> None:
    hub = MoodleHub(store, moodle, {"courses": [12, 13], "adult_categories": [6]})
    engine = blog_beside(hub)
    if is_moodle_first:
        hub.settle()
        engine.run("room5")
    else:
        engine.run("room5")
        hub.settle()
    found = engine.item("Maths week", engine.facilitator())
    assert {each.place for each in found.elsewhere} | {found.summary.place} == {
        "Place room5",
        "VLN",
    }
    assert {each.url for each in found.elsewhere} | {found.summary.url} == {LINK}
    # The copy is for those in the courses, and what the blog shows to all stays so.
    assert "Maths week" in engine.titles(engine.visitor())


def test_entry_with_the_same_words_and_no_permalink_is_another_post(
    moodle: SmallMoodle, store: Store
) -> None:
    copy = next(each for each in moodle.entries.values() if each.original == LINK)
    copy.original = ""
    hub = MoodleHub(store, moodle, {"courses": [12, 13], "adult_categories": [6]})
    engine = blog_beside(hub)
    engine.run("room5")
    hub.settle()
    assert engine.titles(engine.facilitator()).count("Maths week") == 2
