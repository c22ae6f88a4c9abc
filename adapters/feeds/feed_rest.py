"""Pure but for one question: the feed that came, read only as far as it is not kept already.

How a text is cut belongs to ``feed_pieces``. Whatever is not sure gives None, and the feed is
read whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from adapters.feeds.encodings import decode
from adapters.feeds.feed_pieces import Pieces, cut
from adapters.feeds.parse import Feed, open_text, setting_of, stand_alone
from connector.errors import ParseError

AskKept = Callable[[Sequence[str]], Mapping[str, str]]
"""Given digests, returns the external ids of those records that are kept as they came."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where and how a feed is read."""

    url: str
    stream: str
    zone: ZoneInfo
    comments: bool


def read_rest(
    body: bytes, content_type: str, wanted: Wanted, former: str, ask: AskKept
) -> Feed | None:
    """Return the feed without what is kept as it came, or None where it has to be read whole.

    Args:
        former: what stood around the entries the last time (``Pieces.frame``).
    """
    setting = setting_of(wanted.url, wanted.stream, wanted.zone, wanted.comments)
    pieces = cut(decode(body, content_type), setting)
    if pieces is None or len({*pieces.digests}) < len(pieces.digests):
        return None
    names = ask(pieces.digests)
    if not names or len({*names.values()}) < len(names):
        return None
    rest = [
        entry
        for entry, digest in zip(pieces.entries, pieces.digests, strict=True)
        if digest not in names
    ]
    frame = pieces.frame()
    # Around no entry at all, what was well-formed the last time is so again.
    is_known = not rest and frame == former
    feed = _NOTHING if is_known else _read(pieces.with_only(rest), len(rest), wanted, names)
    return None if feed is None else _whole(feed, pieces, frame, names)


_NOTHING = Feed(
    format="",
    title="",
    home=None,
    records=(),
    problems=(),
    listed=(),
    next_url=None,
    generator="",
)


def _read(text: str, entries: int, wanted: Wanted, names: Mapping[str, str]) -> Feed | None:
    """Return what the entries that are left become, if that says nothing about the others."""
    try:
        document = open_text(text, wanted.url)
    except ParseError:
        return None
    if not document.raw.is_well_formed or len(document.raw.entries) != entries:
        return None
    feed = document.read(wanted.stream, zone=wanted.zone, comments=wanted.comments)
    own_ids = {*feed.listed, *(problem.external_id for problem in feed.problems)}
    is_sure = stand_alone(entries, feed.records, feed.problems)
    return feed if is_sure and own_ids.isdisjoint(names.values()) else None


def _whole(feed: Feed, pieces: Pieces, frame: str, kept: Mapping[str, str]) -> Feed:
    """Return the feed as it stands in the document, kept entries among the others."""
    names = {**kept, **{record.digest: record.external_id for record in feed.records}}
    return replace(
        feed,
        listed=_in_order(pieces.digests, names),
        unchanged=_in_order(pieces.digests, kept),
        frame=frame,
    )


def _in_order(digests: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[digest] for digest in digests if digest in names)
