"""Whether two posts are one, by what is said of them: titles, authors, dates and texts. Pure.

Each answer is evidence of its own kind; which one counts is decided in ``connector.identity``.
The less there is to compare, the more has to agree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from connector.likeness import FEW_SHINGLES, Compared, Shingles, containment, similarity

MOVED_MIN_CHARACTERS = 200
MOVED_SIMILARITY = 0.9
MOVED_WITHIN = timedelta(days=2)
CLOCKS_APART = timedelta(hours=14)
"""No local time is further from UTC: an import shifts dates by so many whole hours at most."""
REUSED_SIMILARITY = 0.2
SAME_TEXT_SIMILARITY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What identity needs to know of a fetched record."""

    external_id: str
    link_key: int | None
    owns_link: bool
    """Whether the link's host is this source's own."""
    title: str
    """Folded."""
    folded: str
    """The folded text, title excluded."""
    text_hash: bytes
    """Of title and text; empty for students, of whom neither is kept."""
    author: str
    """Folded name; empty when unknown."""
    published: datetime | None
    is_comment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A kept origin that might be the same."""

    origin_id: int
    item_id: int
    source_id: int
    stream_id: int
    external_id: str
    generation: int
    link_key: int | None
    owns_link: bool
    title: str
    """Folded."""
    text_hash: bytes
    meta_hash: bytes
    author: str
    published: datetime | None
    is_comment: bool
    is_live: bool
    held: str | None = None
    """Why it waits for a yes, if it does."""
    raw_hash: int | None = None
    """Digest of the record as its place gave it when it was last written."""


def same_title(incoming: Incoming, candidate: Candidate) -> bool:
    """Whether both have one title; posts without titles have none in common."""
    return bool(incoming.title) and incoming.title == candidate.title


def dated_anew(incoming: Incoming, candidate: Candidate) -> bool:
    """Whether it is of another day: "Daily notices" under one id are many."""
    if incoming.published is None or candidate.published is None:
        return False
    return abs(incoming.published - candidate.published) > CLOCKS_APART


def is_copy(incoming: Incoming, mine: Shingles, candidate: Candidate, other: Shingles) -> bool:
    """Whether an entry at another place is a copy of this post, or this is a copy of it.

    A copy may be a summary, or have a frame. Under another title and by another author it is
    somebody's own post that quotes, so there next to nothing may be added.
    """
    if same_title(incoming, candidate) or same_author(incoming, candidate):
        return containment(mine, other) >= SAME_TEXT_SIMILARITY
    return bool(mine) and similarity(mine, other) >= MOVED_SIMILARITY


def same_author(incoming: Incoming, candidate: Candidate) -> bool:
    """Whether both name one author."""
    return bool(incoming.author) and incoming.author == candidate.author


def same_entry(incoming: Incoming, mine: Shingles, candidate: Candidate, other: Shingles) -> bool:
    """Whether two entries of a feed's own at one address, under two ids, are one post.

    Each week's newsletter may have the title and the address of the last, and most of its
    words, so the further apart the dates are, the more alike the texts must be. Where there
    is little or no text to compare, the dates must be one, and the title where one of the two
    has no text.
    """
    dates_agree = same_moment(incoming.published, candidate.published)
    alike = similarity(mine, other)
    least = REUSED_SIMILARITY if incoming.owns_link else SAME_TEXT_SIMILARITY
    fewer, more = sorted((len(mine), len(other)))
    if fewer < FEW_SHINGLES:
        both_short = fewer > 0 and more < FEW_SHINGLES
        return dates_agree and (alike >= least if both_short else same_title(incoming, candidate))
    if dates_agree:
        return alike >= least or containment(mine, other) >= SAME_TEXT_SIMILARITY
    return mine == other if dated_anew(incoming, candidate) else alike >= MOVED_SIMILARITY


def same_moment(one: datetime | None, other: datetime | None) -> bool:
    """Whether two dates are one, maybe told in two zones: whole hours and a minute apart."""
    if one is None or other is None or abs(one - other) > CLOCKS_APART:
        return False
    beyond = abs(one - other) % timedelta(hours=1)
    return min(beyond, timedelta(hours=1) - beyond) <= timedelta(minutes=1)


def is_moved_text(
    incoming: Incoming, mine: Shingles, candidate: Candidate, theirs: Compared
) -> bool:
    """Whether the text is the same, small edits apart.

    The plan for Tuesday is Monday's with two words changed: with another title, or a date
    that no zone explains, every word must be the same.
    """
    if theirs.characters < MOVED_MIN_CHARACTERS:
        return False
    same_post = same_moment(incoming.published, candidate.published)
    if not same_post or incoming.title != candidate.title:
        return mine == theirs.shingles
    # So much alike, of any ninth of the runs and one more at least one is in both texts; that
    # is tried first, since each new post may be compared with fifty.
    if theirs.shingles.isdisjoint(islice(mine, len(mine) // 9 + 1)):
        return False
    fewer, more = sorted((len(mine), len(theirs.shingles)))
    # Texts of such different lengths cannot be so much alike.
    if fewer < MOVED_SIMILARITY * more:
        return False
    return similarity(mine, theirs.shingles) >= MOVED_SIMILARITY


def near_in_time(one: datetime | None, other: datetime | None) -> bool:
    """Whether both have a date and less than days lie between."""
    return one is not None and other is not None and abs(one - other) <= MOVED_WITHIN
