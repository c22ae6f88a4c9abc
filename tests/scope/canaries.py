"""Words that nobody can guess, each in one thing, and the circle of people it is for.

What is here is told apart from the product's own rules on purpose: who may see a word is
written down beside it, not computed by what is being tested.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

EVERYONE, CLUSTER, SCHOOL, STREAM, GROUP, PERSON = (
    "everyone", "cluster", "school", "stream", "group", "person",
)  # fmt: skip
OTHERS = "others"
"""Those of another place whose stream, group and accounts have the same names."""
FACILITATORS, NOBODY = "facilitators", "nobody"

OURS, THEIRS = "kauri", "rata"
"""The two clusters of the hub."""

PARTS = ("title", "opening", "body", "author", "tag", "link", "file", "location")
_OF: dict[str, tuple[str, str]] = {}


@cache
def canary(thing: str, part: str) -> str:
    """Return the word that stands in this part of this thing and nowhere else."""
    digest = hashlib.blake2b(f"{thing}/{part}".encode(), digest_size=11).digest()
    word = "qz" + "".join(chr(ord("a") + byte % 26) for byte in digest)
    _OF[word] = (thing, part)
    return word


def is_canary(word: str) -> bool:
    """Whether it is one; a form's random token may look like one, one run in ten."""
    return word in _OF


def name_of(word: str) -> str:
    """Return what a canary stands in, for a failure's sentence."""
    return " ".join(_OF[word])


@dataclass(frozen=True)
class Seed:
    """One thing that a place shows, and for whom it is."""

    name: str
    place: str
    circle: str
    cluster: str = OURS
    stream: str = "posts"
    record: dict[str, Any] = field(default_factory=dict)
    """What differs from an invented public post."""
    first: dict[str, Any] | None = None
    """What it was when it was first read; it became this one later."""
    then: str = ""
    """What happens to it: "flood" (too many came at once), "missing" (all of its place is gone
    at once), "gone" (its place took it back), "narrowed", "edited"."""
    parts: dict[str, str] = field(default_factory=dict)
    """The circles of those parts that are for others than the whole."""

    def words(self) -> dict[str, str]:
        """Return the circle of each canary."""
        found = {canary(self.name, part): self.parts.get(part, self.circle) for part in PARTS}
        if self.first is not None:
            found |= {canary(f"{self.name} before", part): FACILITATORS for part in PARTS}
        return found


@dataclass(frozen=True)
class Spot:
    """A place of the hub."""

    key: str
    circle: str
    """Who sees its title and address: whoever sees one of its posts."""
    cluster: str = OURS
    school: str | None = None
    limit: str | None = None
    host: str = ""
    trouble: bool = False
    members: str = FACILITATORS
    """Who belongs to its stream, and may be told the stream's name."""

    @property
    def title(self) -> str:
        """Its title; a canary."""
        return canary(self.label, "title")

    @property
    def label(self) -> str:
        """Its name among all clusters."""
        return f"{self.cluster} place {self.key}"

    @property
    def address(self) -> str:
        """Its address; the host is a canary where nothing else lies there."""
        return f"http://{self.host or canary(self.label, 'host')}.example/"

    def words(self) -> dict[str, str]:
        """Return the circle of each canary."""
        found = {self.title: self.circle, canary(self.label, "trouble"): FACILITATORS}
        found |= {canary(f"{self.label} posts", "stream"): self.members}
        found |= {canary(f"{self.label} b", "stream"): FACILITATORS}
        return found if self.host else found | {canary(self.label, "host"): self.circle}


@dataclass(frozen=True)
class Notice:
    """An announcement of a cluster; its texts and addresses are canaries."""

    key: str
    cluster: str = OURS

    @property
    def circle(self) -> str:
        """Who sees what became of it."""
        return FACILITATORS

    def part(self, part: str) -> str:
        """Return the canary of a part."""
        return canary(f"{self.cluster} notice {self.key}", part)

    def words(self) -> dict[str, str]:
        """Return the circle of each canary: what became of announcements is for facilitators."""
        parts = ("title", "body", "link", "sentence")
        return {self.part(part): self.circle for part in parts}


@dataclass(frozen=True)
class KnownSchool:
    """A school of a cluster; its name is a canary."""

    key: str
    circle: str
    cluster: str = OURS

    @property
    def name(self) -> str:
        """Its name, as the places write it."""
        return f"{canary(f'{self.cluster} school {self.key}', 'name')} School"

    def words(self) -> dict[str, str]:
        """Return the circle of the canary."""
        return {self.name.split()[0]: self.circle}
