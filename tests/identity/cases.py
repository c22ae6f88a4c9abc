"""The corpus: scripted migrations and near-misses, read from ``tests/corpus/identity``.

A case tells what people would have seen: posts as a teacher knows them, and steps in which
places show them. Two showings of one post are the same, whatever id, address or text they
have there; showings of two posts are two. How a case is written is in the corpus's README.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.identity.school_text import without_macrons, written_out

CORPUS = Path(__file__).parents[1] / "corpus" / "identity"
_PATTERNS = ("id", "link")
_SHOWN = ("id", "link", "title", "author", "on", "text", "photo", "sound")
_OF_A_STEP = {"what", "place", "shows", "part", "days", "address", "dress", "words", "macrons"}


@dataclass(frozen=True)
class CorpusPlace:
    """A place of the hub."""

    key: str
    feed: str
    style: str = "rss"
    """``rss``, ``atom``, or ``course``: a course in memory, seen by its members only."""
    comments: str = ""
    """The feed of its comments."""
    audience: str | None = None
    follows: str | None = None
    """The place that it continues."""

    @property
    def is_open(self) -> bool:
        """Whether anybody may see what it shows."""
        return self.style != "course" and self.audience is None


@dataclass(frozen=True)
class Shown:
    """One entry of a document."""

    post: str
    id: str = ""
    link: str = ""
    title: str = ""
    author: str = ""
    on: datetime | None = None
    text: str = ""
    """HTML."""
    photo: str = ""
    sound: str = ""


@dataclass(frozen=True)
class CorpusStep:
    """A place shows a document and the hub reads it."""

    what: str
    place: str
    shows: tuple[Shown, ...]
    part: str = "posts"
    days: float = 0.1
    """How much later than the step before."""
    address: str | None = None
    """The place's new address, as somebody wrote it into the hub before this step."""


@dataclass(frozen=True)
class Case:
    """A story with its truth."""

    name: str
    story: str
    kind: str
    """``migration``: something has to be joined; ``near-miss``: nothing may be."""
    places: Mapping[str, CorpusPlace]
    steps: tuple[CorpusStep, ...]


def load_cases() -> list[Case]:
    """Return all cases by name."""
    return [_case(path) for path in sorted(CORPUS.glob("*.toml"))]


def load_case(name: str) -> Case:
    """Return one case."""
    return _case(CORPUS / f"{name}.toml")


def _case(path: Path) -> Case:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    places = {key: CorpusPlace(key, **place) for key, place in told["places"].items()}
    posts = _posts(told)
    return Case(
        name=path.stem,
        story=told["story"],
        kind=told["kind"],
        places=places,
        steps=tuple(_step(step, posts) for step in told["steps"]),
    )


def _posts(told: dict[str, Any]) -> dict[str, tuple[int, Shown]]:
    common = told.get("every_post", {})
    return {
        name: (number, Shown(post=name, **(common | post)))
        for number, (name, post) in enumerate(told["posts"].items(), start=1)
    }


def _step(step: dict[str, Any], posts: dict[str, tuple[int, Shown]]) -> CorpusStep:
    unknown = set(step) - _OF_A_STEP - set(_SHOWN)
    assert not unknown, f"unknown keys in a step: {unknown}"
    return CorpusStep(
        what=step["what"],
        place=step["place"],
        shows=tuple(_shown(one, step, posts) for one in step["shows"]),
        part=step.get("part", "posts"),
        days=step.get("days", 0.1),
        address=step.get("address"),
    )


def _shown(told: Any, step: dict[str, Any], posts: dict[str, tuple[int, Shown]]) -> Shown:
    own = {"post": told} if isinstance(told, str) else told
    number, post = posts[own["post"]]
    changes = {name: step[name] for name in _SHOWN if name in step} | own
    for name in _PATTERNS:
        if name in changes:
            changes[name] = changes[name].format(post=post.post, number=number)
    if changes.get("on") == "":
        changes["on"] = None
    shown = replace(post, **changes)
    return replace(
        shown,
        title=_spelt(shown.title, step),
        author=_spelt(shown.author, step),
        text=_dressed(shown.text, step),
    )


def _dressed(text: str, step: dict[str, Any]) -> str:
    body = written_out(text)
    if "words" in step:
        body = " ".join(body.split()[: step["words"]])
    return _spelt(written_out(step.get("dress", "TEXT")).replace("TEXT", body), step)


def _spelt(text: str, step: dict[str, Any]) -> str:
    return text if step.get("macrons", True) else without_macrons(text)
