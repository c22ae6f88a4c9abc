"""Row 1: a GUID scheme changes, and every post comes again as new."""

from datetime import timedelta

import pytest

from connector.store import reading
from connector.store.database import Store
from tests.identity.telling import HOME, add_blog, entry, read
from tests.identity.village import BEGIN, Village

POSTS = range(1, 13)


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    read(found, *(entry(number) for number in POSTS))
    return found


@pytest.mark.parametrize(
    ("new_id", "new_link"),
    [
        ("http://kura.example/?p={}", "http://kura.example/{}/"),  # the scheme of WordPress
        ("https://stories.example/p/{}", HOME + "/{}/"),  # Medium: ids alone
        ("urn:uuid:{}", "https://new.example/posts/{}"),  # ids and addresses
    ],
)
def test_new_ids_bring_no_new_posts(village: Village, new_id: str, new_link: str) -> None:
    before = village.titles()
    assert len(before) == len(POSTS)
    again = [entry(n, id=new_id.format(n), link=new_link.format(n)) for n in POSTS]
    read(village, *again)
    assert village.titles() == before
    for number in POSTS:
        assert village.found(f"Title{number}") == [f"Title{number}"]


def test_the_reason_is_kept(village: Village) -> None:
    read(village, *(entry(number, id=f"new-{number}") for number in POSTS))
    view = village.item("Title3", village.facilitator())
    assert [one.reason for one in view.elsewhere] == ["the same address in this place"]


def test_what_cannot_be_recognised_waits_for_a_yes_instead_of_flooding(village: Village) -> None:
    """More than fifty notes of a few words, all under new ids and addresses, dated today."""
    today = BEGIN + timedelta(days=1)
    notes = [
        entry(n, id=f"n{n}", link=f"{HOME}/n/{n}", on=today, text=f"Note {n}.", author="")
        for n in range(100, 170)
    ]
    village.clock.now = today
    read(village, *notes)
    shown = [one for one in village.news(limit=200) if one.held is None]
    assert len(shown) == len(POSTS) + 50
    with village.store.read() as conn:
        everything = reading.news(conn, village.facilitator(), limit=200).items
    assert len([one for one in everything if one.held == "flood"]) == 20
