"""What may happen after a merge, for any case: replies, edits, and a third place."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from tests.identity.cases import Case, CorpusPlace, CorpusStep, Shown

THIRD = CorpusPlace("third", "https://third.example/rss")


def with_comments(case: Case) -> Case:
    """Return the case with a feed of comments at every blog."""
    places = {
        key: place if place.style == "course" else replace(place, comments=_comments_of(place))
        for key, place in case.places.items()
    }
    return replace(case, places=places | {THIRD.key: THIRD})


def _comments_of(place: CorpusPlace) -> str:
    parts = urlsplit(place.feed)
    return place.comments or f"{parts.scheme}://{parts.netloc}/comments/{place.key}/feed"


def afterwards(case: Case) -> Iterator[CorpusStep]:
    """Yield a reply at each place, an edit of all that is shown, and a third place's copy."""
    last = {step.place: step for step in case.steps if step.part == "posts"}
    for key, step in last.items():
        if case.places[key].style != "course":
            yield _replies(step, 1)
    for step in last.values():
        yield edited(step, "Mended afterwards.")
    yield _copy(next(iter(last.values())))
    for key, step in last.items():
        if case.places[key].style != "course":
            yield _replies(step, 2)


def _replies(step: CorpusStep, number: int) -> CorpusStep:
    """Let somebody answer every post that is shown and has a page."""
    shows = tuple(
        Shown(
            post=f"reply-{number}-{place}",
            id=f"reply-{number}-{place}",
            link=f"{one.link}#comment-{number}{place}",
            title="By: Hana",
            author="Hana",
            text=f"Answer {number} to {one.post}, ka pai.",
        )
        for place, one in enumerate(step.shows)
        if one.link and "#" not in one.link
    )
    earlier = () if number == 1 else _replies(step, 1).shows
    return CorpusStep("replies", step.place, (*shows, *earlier), part="comments")


def edited(step: CorpusStep, words: str) -> CorpusStep:
    """Return the step's document with something added to every text."""
    shows = tuple(replace(one, text=f"{one.text} {words}") for one in step.shows)
    return CorpusStep("edited", step.place, shows, days=1)


def _copy(step: CorpusStep) -> CorpusStep:
    """Let a third place copy the first post that has a page."""
    linked = [replace(one, id="third-1") for one in step.shows if one.link]
    return CorpusStep("a third place", THIRD.key, tuple(linked[:1]))
