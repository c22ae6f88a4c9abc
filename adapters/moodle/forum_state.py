"""Pure: what the hub remembers of a forum from one reading to the next.

All its discussions stand in it with the numbers of their posts. So whatever lists the forum
again shows what came, what left, and what left a discussion, without a second question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adapters.moodle.audience import NOBODY
from adapters.moodle.cursors import State, numbers_in, table_in
from adapters.moodle.said_posts import NO_GROUP, Discussion
from adapters.moodle.values import number_at, text_at

SHUT = "closed"
"""Stands for the rule of a forum that Moodle stopped showing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A discussion as it was last read."""

    group: int = NO_GROUP
    replies: int = 0
    modified: int = 0
    """Of its first post, in seconds."""
    digest: str = ""
    """Of its posts' numbers and times."""
    posts: tuple[int, ...] = ()

    def differs(self, listed: Discussion, group: int) -> bool:
        """Whether the listing shows that there is something to read."""
        return (self.group, self.replies, self.modified) != (
            group,
            listed.replies,
            listed.modified,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumState:
    """How far a forum was read."""

    course: int = 0
    since: int = 0
    """Changes after this second are asked for next; by the site's clock."""
    rule: str = NOBODY.token
    """Who might see it, as a token of ``audience.Rule``."""
    members: str = ""
    """Digest of who was said to belong to it."""
    told_roster: bool = False
    """Whether Moodle told who is in the course."""
    count: int = 0
    """How many discussions its course counted."""
    kept: Mapping[int, Kept] = field(default_factory=dict)
    open: tuple[int, ...] = ()
    """Discussions whose newest post may still be edited."""
    adults: tuple[int, ...] = ()
    """Adults who wrote in it."""
    is_baseline: bool = True
    """A first reading is not at its end."""
    done: int = 0
    """First reading: the last discussion that was handed on whole."""
    done_post: int = 0
    """First reading: the last post of the next discussion that was handed on."""

    def with_kept(self, number: int, kept: Kept | None) -> "ForumState":
        """Return the state with a discussion read, or gone (None)."""
        rows = {each: row for each, row in self.kept.items() if each != number}
        if kept is not None:
            rows[number] = kept
        return replace(self, kept=rows)


def forum_state(state: State | None) -> ForumState:
    """Return what a cursor says; nothing is a first reading."""
    if state is None:
        return ForumState()
    return ForumState(
        course=number_at(state, "c") or 0,
        since=number_at(state, "t") or 0,
        rule=text_at(state, "a") or NOBODY.token,
        members=text_at(state, "m"),
        told_roster=number_at(state, "r") == 1,
        count=number_at(state, "n") or 0,
        kept={number: _kept(row) for number, row in table_in(state, "d").items()},
        open=tuple(numbers_in(state, "o")),
        adults=tuple(numbers_in(state, "s")),
        is_baseline=number_at(state, "f") == 1,
        done=number_at(state, "b") or 0,
        done_post=number_at(state, "p") or 0,
    )


def _kept(row: list[object]) -> Kept:
    numbers = [each if isinstance(each, int) else 0 for each in row]
    padded = [*numbers, *[0] * 4]
    return Kept(
        group=padded[0],
        replies=padded[1],
        modified=padded[2],
        digest=row[3] if len(row) > 3 and isinstance(row[3], str) else "",
        posts=tuple(each for each in numbers[4:] if each > 0),
    )


def as_state(state: ForumState) -> State:
    """Return what a cursor keeps."""
    return {
        "c": state.course,
        "t": state.since,
        "a": state.rule,
        "m": state.members,
        "r": int(state.told_roster),
        "n": state.count,
        "d": {
            str(number): [kept.group, kept.replies, kept.modified, kept.digest, *kept.posts]
            for number, kept in state.kept.items()
        },
        "o": list(state.open),
        "s": list(state.adults),
        "f": int(state.is_baseline),
        "b": state.done,
        "p": state.done_post,
    }
