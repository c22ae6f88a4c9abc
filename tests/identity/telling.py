"""Short words for tests that tell a story of their own: entries of an invented blog."""

from datetime import timedelta
from typing import Any

from tests.fake_place import words
from tests.identity.cases import CorpusPlace, CorpusStep, Shown
from tests.identity.village import BEGIN, Village

HOME = "https://kura.example"


def entry(number: int, **changes: Any) -> Shown:
    """Return an entry of the blog: a day apart from its neighbours, two months ago."""
    told = {
        "post": f"post-{number}",
        "id": f"{HOME}/?p={number}",
        "link": f"{HOME}/{number}/",
        "title": f"Title{number}",
        "author": "Aroha Park",
        "on": BEGIN - timedelta(days=60 - number),
        "text": " ".join(words(number)),
        **changes,
    }
    return Shown(**told)


def add_blog(village: Village, key: str = "blog", home: str = HOME, **more: Any) -> None:
    """Put a blog with a feed into the hub."""
    village.put(CorpusPlace(key, f"{home}/feed/", **more))


def read(village: Village, *shows: Shown, key: str = "blog", days: float = 0.1) -> None:
    """Let the blog show these and the hub read them."""
    village.happen(CorpusStep("a reading", key, shows, days=days))
