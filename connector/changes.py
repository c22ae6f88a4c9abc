"""Kept and fetched become what to write, with a reason. Pure.

Identity says which kept item a record is; this module says what follows: whether it is
new, edited or back again, whether a former text is kept as a revision, whether people are
told, and whether it first waits for a yes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connector.fetched import Fetched
from connector.identity import Candidate, Match, Step

NEWS_WITHIN = timedelta(days=7)
DEFAULT_FLOOD_BRAKE = 50
MASS_REMOVAL_LEAST = 10
MASS_REMOVAL_SHARE = 0.05

ECHO_REASON = "it is a copy of an announcement of this hub"
HELD_FLOOD = "flood"
HELD_REMOVAL = "removal"
_STUDENT_REASON = "its author is a student, so its text is no longer kept"


class Outcome(StrEnum):
    """What became of a record; a closed set."""

    NEW = "new"
    UPDATED = "updated"
    MERGED = "merged"
    HELD = "held"
    HIDDEN = "hidden"
    SKIPPED = "skipped"
    FAILED = "failed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to write for one fetched record; ``outcome`` None means nothing changed."""

    match: Match
    outcome: Outcome | None
    reason: str = ""
    keep_revision: bool = False
    """Keep the former text of the origin as a revision."""
    held: str | None = None
    is_news: bool = False
    """People may be told about it."""

    @property
    def adds_origin(self) -> bool:
        """Whether this is an origin the hub has not seen."""
        return self.match.step is not Step.SAME


@dataclass(slots=True)
class NewsBrake:
    """How much news one stream may bring in one run before the rest waits for a yes."""

    limit: int = DEFAULT_FLOOD_BRAKE
    counted: int = 0

    def admits(self) -> bool:
        """Count one more; False above the limit."""
        self.counted += 1
        return self.counted <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is true for all decisions of one page."""

    now: datetime
    is_silent: bool
    """The stream has not been read completely yet, so nothing in it is news."""


def decide(fetched: Fetched, match: Match, moment: Moment, brake: NewsBrake) -> Change:
    """Return what to write for a record that identity has placed."""
    if match.step is Step.SAME and match.origin is not None:
        return _for_known(fetched, match, match.origin)
    if match.origin is not None:
        return Change(match=match, outcome=Outcome.MERGED, reason=match.reason)
    if not is_news(fetched.record.published, moment):
        return Change(match=match, outcome=Outcome.NEW, reason=match.reason)
    if brake.admits():
        return Change(match=match, outcome=Outcome.NEW, reason=match.reason, is_news=True)
    return Change(
        match=match,
        outcome=Outcome.HELD,
        reason=f"more than {brake.limit} new posts came at once from this place",
        held=HELD_FLOOD,
        is_news=True,
    )


def decide_echo(joined: Candidate | None) -> Change:
    """Return what to write for a copy of our own that was not seen before: never news.

    ``joined`` is another copy of the same announcement, if one is kept.
    """
    if joined is None:
        return Change(match=Match(Step.NEW), outcome=Outcome.NEW, reason=ECHO_REASON)
    match = Match(Step.ECHO, joined, reason=ECHO_REASON)
    return Change(match=match, outcome=Outcome.MERGED, reason=ECHO_REASON)


def _for_known(fetched: Fetched, match: Match, kept: Candidate) -> Change:
    reason = _what_changed(fetched, match, kept)
    if reason is None:
        return Change(match=match, outcome=None)
    text_changed = fetched.incoming.text_hash != kept.text_hash
    return Change(
        match=match,
        outcome=Outcome.UPDATED,
        reason=reason,
        # What was kept before somebody was known to be a student is kept no longer.
        keep_revision=text_changed and not fetched.is_student,
        held=None if kept.held == HELD_REMOVAL else kept.held,
    )


def _what_changed(fetched: Fetched, match: Match, kept: Candidate) -> str | None:
    if not kept.is_live:
        return "it is back at its place"
    if fetched.incoming.text_hash != kept.text_hash:
        return _STUDENT_REASON if fetched.is_student else "edited"
    if match.changes_stream:
        return "it moved to another part of its place"
    if fetched.meta_hash != kept.meta_hash:
        return "its details changed"
    return "it is still at its place" if kept.held == HELD_REMOVAL else None


def is_news(published: datetime | None, moment: Moment) -> bool:
    """Whether people may be told: read live, and not published long before it was seen."""
    if moment.is_silent:
        return False
    return published is None or moment.now - published <= NEWS_WITHIN


def sort_time(
    published: datetime | None, first_seen: datetime, beside: datetime | None = None
) -> datetime:
    """Return the moment an origin is sorted by: a future date never pins it on top.

    Args:
        published: as its place says.
        first_seen: when the hub met it.
        beside: the date of the post beside it in its document, for a first reading, where
            "first seen" would put years of undated posts on top of what is new.
    """
    if published is not None and published <= first_seen:
        return published
    return first_seen if beside is None else min(beside, first_seen)


def dates_beside(dates: Sequence[datetime | None], now: datetime) -> list[datetime | None]:
    """Return where records without a date stand, by their neighbours in a document.

    A second after the next one that has a date, so that it stands before that one, as in the
    document; at the end, a second before the last one. A date in the future is none.
    """
    known = [date if date is not None and date <= now else None for date in dates]
    after = _carried(reversed(known), timedelta(seconds=1))[::-1]
    before = _carried(known, timedelta(seconds=-1))
    return [one or other for one, other in zip(after, before, strict=True)]


def _carried(dates: Iterable[datetime | None], step: timedelta) -> list[datetime | None]:
    found: list[datetime | None] = []
    for date in dates:
        last = found[-1] if found else None
        found.append(date if date is not None or last is None else last + step)
    return found


def is_mass_removal(leaving: int, kept: int, *, listed: int) -> bool:
    """Whether so much leaves at once that the platform is more likely wrong than right."""
    if kept and not listed:
        return True
    return leaving > max(MASS_REMOVAL_LEAST, MASS_REMOVAL_SHARE * kept)
