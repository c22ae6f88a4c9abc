"""Feeds whose entries share an address, or an id: as many posts as were written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.identity import MOST_CANDIDATES
from connector.model import Account, Kind, Record, Stream
from connector.store import candidates
from connector.store.candidates import KeptTexts, load_kept
from tests.engine import Engine
from tests.fake_place import NOON, FakeService, record, words
from tests.pure.ladder import incoming

PAGE = "http://blog.example/panui"
WEEKS = range(1, 10)


def issue(number: int, **changes: object) -> Record:
    """Return the newsletter of a week: its title and address are those of every week."""
    told = {
        "external_id": f"feed#guid-{number}",
        "url": PAGE,
        "title": "Panui",
        "published": NOON - timedelta(days=70 - 7 * number),
    }
    return record(number, **(told | changes))


@pytest.fixture
def feed(engine: Engine) -> FakeService:
    service = engine.add()
    service.streams = [Stream(key="posts", title="Feed", sloppy_ids=True)]
    return service


def show(feed: FakeService, *found: Record) -> None:
    newest_first = tuple(one.external_id for one in reversed(found))
    feed.publish(*found, listed=newest_first)


@pytest.mark.parametrize("shown", [1, 2, 3])
def test_nine_weeks_are_nine_posts_however_many_the_feed_shows(
    engine: Engine, feed: FakeService, shown: int
) -> None:
    for number in WEEKS:
        show(feed, *(issue(each) for each in range(max(1, number - shown + 1), number + 1)))
        engine.run()
    assert len(engine.titles()) == len(WEEKS)
    for number in WEEKS:
        assert len(engine.found(words(number)[30])) == 1


@pytest.mark.parametrize("title", ["Panui", "Week {}"])
def test_nine_weeks_under_one_id_are_nine_posts(
    engine: Engine, feed: FakeService, title: str
) -> None:
    for number in WEEKS:
        told = issue(number, external_id="feed#newest", title=title.format(number))
        for edition in (told, told, replace(told, tags=("birds",))):
            show(feed, edition)
            engine.run()
    assert len(engine.titles()) == len(WEEKS)


def test_entries_of_two_pages_of_one_feed_with_one_address_are_two(
    engine: Engine, feed: FakeService
) -> None:
    for number in (9, 2):
        show(feed, issue(number), record(number, external_id=f"feed#{number}"))
    engine.run()
    assert engine.titles().count("Panui") == 2


def test_two_entries_of_a_first_page_are_not_joined_with_an_older_one(
    engine: Engine, feed: FakeService
) -> None:
    """One of the two says what last month's said, word for word."""
    show(feed, issue(1, author=None))
    engine.run()
    same = issue(1, external_id="feed#again", author=None)
    show(feed, same, issue(2))
    engine.run()
    assert len(engine.titles()) == 3


@pytest.mark.parametrize("more", [0, 1])
def test_whoever_carries_a_link_is_loaded_unless_very_many_do(
    engine: Engine, feed: FakeService, more: int
) -> None:
    feed.publish(*(issue(number) for number in range(MOST_CANDIDATES + more)))
    engine.run()
    with engine.store.read() as conn:
        new = [incoming(999, link=PAGE), incoming(998)]
        kept = load_kept(conn, engine.cluster_id, 1, new, predecessor_id=None)
    assert sum(map(len, kept.by_link.values())) == (0 if more else MOST_CANDIDATES)
    assert kept.shared_links == frozenset()


@pytest.mark.parametrize("most", [3, 4])
def test_neighbours_are_loaded_unless_there_are_very_many(
    engine: Engine, feed: FakeService, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(candidates, "_MOST_NEAR", most)
    feed.publish(*(issue(number, published=NOON) for number in range(4)))
    engine.run()
    with engine.store.read() as conn:
        new = [incoming(999, published=NOON)]
        kept = load_kept(conn, engine.cluster_id, 1, new, predecessor_id=None)
    assert len(kept.near) == (4 if most == 4 else 0)


def test_neighbours_by_others_and_comments_are_not_loaded(
    engine: Engine, feed: FakeService
) -> None:
    mere = Account("name:mere", "Mēre Paki")
    feed.publish(
        issue(1, published=NOON, author=mere),
        issue(2, published=NOON),
        issue(3, published=NOON, author=None),
        issue(4, published=NOON, author=mere, kind=Kind.COMMENT),
    )
    engine.run()
    with engine.store.read() as conn:
        by_mere = replace(incoming(999, published=NOON), author="mere paki")
        too_short = replace(by_mere, folded="kia ora")
        found = [
            load_kept(conn, engine.cluster_id, 1, [one], predecessor_id=None).near
            for one in (by_mere, too_short, replace(by_mere, author=""))
        ]
    assert [[one.external_id for one in near] for near in found] == [[issue(1).external_id], [], []]


def test_texts_are_remembered_and_forgotten(
    engine: Engine, feed: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_MOST_TEXTS", 2)
    feed.publish(*(issue(number) for number in range(3)))
    engine.run()
    with engine.store.read() as conn:
        texts = KeptTexts(conn)
        first, second = texts(1), texts(2)
        assert first.characters > 200
        assert texts(1) is first
        texts(3)
        assert texts(1) is first
        assert texts(2) is not second
        assert texts(99).shingles == frozenset()
