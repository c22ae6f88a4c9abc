"""Which kept item is this record? Pure: values in, a Match with its reason out.

The ladder: (1) the external id in this source; (2) the canonical permalink; (3) a blog that
moved house. Each step would rather keep two items than join two that are not the same.

What a feed says is weak evidence. Its address is a permalink only while one post alone has it:
two entries of one document that carry it, or two kept posts, are two. Each week's newsletter
may have one address and one title, so the texts must be alike as well, the more the further
apart the dates are; of texts too short to compare the dates must agree. In a feed that lists a
single entry even the id may be that of whatever is newest, so there its address and title show
an edit only under the same date. How likeness is weighed is in ``connector.evidence``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from connector.evidence import (
    MOVED_MIN_CHARACTERS,
    MOVED_WITHIN,
    REUSED_SIMILARITY,
    SAME_TEXT_SIMILARITY,
    Candidate,
    Incoming,
    dated_anew,
    is_copy,
    is_moved_text,
    near_in_time,
    same_entry,
    same_title,
)
from connector.likeness import Compared, Shingles, containment, shingles, similarity

__all__ = [
    "MOST_CANDIDATES",
    "MOVED_WITHIN",
    "Candidate",
    "Context",
    "Incoming",
    "Kept",
    "Match",
    "Step",
    "canonical_link",
    "digest64",
    "host_in",
    "link_host",
    "link_key",
    "match",
    "may_have_moved",
]

MOST_CANDIDATES = 50
"""Of what might be the same as more than so many, nobody can say which it is."""

_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|_hsenc|_hsmi|ref_src|"
    r"wt_mc|cmpid|at_medium|at_campaign|xtor)$"
)
_TRACKING_FRAGMENT = re.compile(r"^(utm_|xtor=|at_medium=|ref=|\.[A-Za-z0-9_-]+$)")
# What most permalinks are like: nothing in them is spelt in two ways but a last slash.
_PLAIN_LINK = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)((?:/[A-Za-z0-9._~-]*)*)"
    r"(\?[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*(?:&[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*)*)?"
    r"(#[A-Za-z0-9_-]+)?"
)
_MAYBE_TRACKED = re.compile(
    r"[?&](?:utm_|fbclid|gclid|dclid|msclkid|mc_|igshid|yclid|_hs|ref_src|wt_mc|cmpid|at_|xtor)"
    r"|#utm_"
)
# An id of a place's own, such as "post:137": it has no host.
_PLAIN_ID = re.compile(r"[A-Za-z0-9:_.-]*")
_PLAIN_IN_PATH = "/:@!$&'()*+,;=~-._"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(r"\s")
_HOST_END = re.compile("[/?#]")


def canonical_link(url: str | None) -> str | None:
    """Return what two spellings of one permalink have in common, or None if it is none.

    Scheme, letter case of the host, default port, a last slash, percent spelling and
    tracking parameters do not count. The fragment does, unless it is known tracking:
    ``#comment-5`` is another place than the page.
    """
    if _PLAIN_ID.fullmatch(url or ""):
        return None
    plain = _PLAIN_LINK.fullmatch(url or "")
    if plain and not _MAYBE_TRACKED.search(url or ""):
        return f"{plain[1]}{plain[2]}".rstrip("/") + (plain[3] or "") + (plain[4] or "")
    try:
        parts = urlsplit((url or "").strip())
        place = _place(parts)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not place or _HALF_CHARACTER.search(url or ""):
        return None
    # Bytes that are no UTF-8 pass as they are: %fe and %ff are two places.
    query = [
        pair
        for pair in parse_qsl(parts.query, True, errors="surrogateescape")
        if not _TRACKING.match(pair[0])
    ]
    path = unquote(parts.path, errors="surrogateescape")
    link = place + quote(path, safe=_PLAIN_IN_PATH, errors="surrogateescape").rstrip("/")
    if query:
        link += "?" + urlencode(query, errors="surrogateescape")
    if parts.fragment and not _TRACKING_FRAGMENT.match(parts.fragment):
        link += "#" + parts.fragment
    return link


def _place(parts: SplitResult) -> str:
    """Return host and unusual port; empty when it has none. Raises ValueError."""
    host = (parts.hostname or "").rstrip(".")
    if not host or _BLANK.search(host):
        return ""
    if ":" in host:
        host = f"[{host}]"  # IPv6: else its last part would read as a port
    return host if parts.port in (None, 80, 443) else f"{host}:{parts.port}"


def link_host(url: str | None) -> str:
    """Return host and unusual port of an address in lower case; empty when it has none."""
    return host_in(canonical_link(url))


def host_in(canonical: str | None) -> str:
    """Return the same of a canonical link."""
    return _HOST_END.split(canonical or "", maxsplit=1)[0]


def digest64(text: str) -> int:
    """Return a signed 64-bit digest, small enough for an index; not a secret."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)


def link_key(url: str | None) -> int | None:
    """Return the digest of the canonical link, or None where there is no link."""
    link = canonical_link(url)
    return None if link is None else digest64(link)


class Step(StrEnum):
    """Which rung of the ladder decided."""

    NEW = "new"
    SAME = "same"
    REUSED_ID = "reused id"
    LINK = "link"
    MOVED = "moved"
    ECHO = "echo"
    """A copy of an announcement of ours."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a record is to what is kept."""

    step: Step
    origin: Candidate | None = None
    """The kept origin: the record's own (SAME), or the one it is merged with."""
    generation: int = 0
    reason: str = ""
    changes_stream: bool = False
    """SAME only: its place lists it in another stream than it is kept in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is true for all records of one page."""

    source_id: int
    stream_id: int
    predecessor_id: int | None = None
    """The source that this one continues, if somebody said so."""
    sloppy_ids: bool = False
    listed: frozenset[str] = frozenset()
    """External ids which this document lists."""


Texts = Callable[[int], Compared]
"""Gives what is compared of a kept origin's text; asked only where the text decides."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The candidates for one page, loaded inside the transaction."""

    by_id: Mapping[str, Sequence[Candidate]]
    by_link: Mapping[int, Sequence[Candidate]]
    near: Sequence[Candidate] = ()
    """Origins of this source and its predecessor published about when the page's were."""
    shared_links: frozenset[int] = frozenset()
    """Links which two records of the page carry."""


def match(incoming: Incoming, kept: Kept, context: Context, texts: Texts) -> Match:
    """Return which kept origin this record is, belongs to, or that it is new."""
    own = kept.by_id.get(incoming.external_id, ())
    if own:
        return _by_id(incoming, own, context, texts)
    found = _by_link(incoming, kept, context, texts) or _moved(incoming, kept, context, texts)
    return found or Match(Step.NEW)


def _by_id(incoming: Incoming, own: Sequence[Candidate], context: Context, texts: Texts) -> Match:
    newest = max(own, key=lambda candidate: candidate.generation)
    if not context.sloppy_ids:
        return _same(newest, context)
    latest = sorted(own, key=lambda c: -c.generation)[:MOST_CANDIDATES]
    alone = _is_alone(context)
    for candidate in latest:
        if _plainly_same(incoming, candidate, alone):
            return _same(candidate, context)
    mine = shingles(incoming.folded)
    rated = [(similarity(mine, texts(c.origin_id).shingles), c) for c in latest]
    best, candidate = max(rated, key=lambda pair: pair[0])  # of equals the latest
    if best >= REUSED_SIMILARITY and (mine or not alone):
        return _same(candidate, context)
    return Match(
        Step.REUSED_ID,
        generation=newest.generation + 1,
        reason="the feed uses the id of an older post again",
    )


def _same(candidate: Candidate, context: Context) -> Match:
    moved = candidate.stream_id != context.stream_id
    return Match(Step.SAME, candidate, candidate.generation, changes_stream=moved)


def _is_alone(context: Context) -> bool:
    """Whether the document lists one entry; an id also stands there in its form for students."""
    return len([one for one in context.listed if not one.startswith("student:")]) == 1


def _plainly_same(incoming: Incoming, candidate: Candidate, alone: bool) -> bool:
    """Whether what is said beside the text shows an edit.

    A feed that shows nothing but its newest entry may say the same id, address and title each
    week. There the two are evidence only with the same date, else the text decides.
    """
    if incoming.text_hash == candidate.text_hash:
        return True
    if alone and (incoming.published is None or incoming.published != candidate.published):
        return False
    same_link = incoming.link_key is not None and incoming.link_key == candidate.link_key
    return same_link or (same_title(incoming, candidate) and not dated_anew(incoming, candidate))


def _by_link(incoming: Incoming, kept: Kept, context: Context, texts: Texts) -> Match | None:
    if incoming.link_key is None or incoming.is_comment:
        return None
    found = [one for one in kept.by_link.get(incoming.link_key, ()) if not one.is_comment]
    if not found or len(found) > MOST_CANDIDATES:
        return None
    mine = shingles(incoming.folded)
    home = [
        one
        for one in _at_permalink(incoming.link_key, found, kept, context)
        if _same_at_home(incoming, mine, one, context, texts)
    ]
    chosen = home or [
        one
        for one in found
        if one.source_id != context.source_id and _same_elsewhere(incoming, mine, one, texts)
    ]
    if len({candidate.item_id for candidate in chosen}) != 1:
        return None
    where = "this place" if home else "another place"
    return Match(Step.LINK, chosen[0], reason=f"the same address in {where}")


def _at_permalink(
    link_key: int, found: Sequence[Candidate], kept: Kept, context: Context
) -> Sequence[Candidate]:
    """Return this place's candidates, none when the address is no permalink.

    It is none when two entries of this document carry it, or two posts of this place do:
    whatever they link to, they are two.
    """
    home = [one for one in found if one.source_id == context.source_id]
    is_shared = link_key in kept.shared_links or len({one.item_id for one in home}) > 1
    is_listed = any(one.external_id in context.listed for one in home)
    return () if is_shared or is_listed else home


def _same_at_home(
    incoming: Incoming, mine: Shingles, candidate: Candidate, context: Context, texts: Texts
) -> bool:
    if not incoming.text_hash:
        # A student's: only a feed's own permalink and the date can say that it is the same.
        is_feeds = context.sloppy_ids and incoming.owns_link
        near = near_in_time(incoming.published, candidate.published)
        return is_feeds and near and not candidate.text_hash
    if not incoming.title and not mine:
        return False  # it says nothing by which two could be one
    other = texts(candidate.origin_id).shingles
    if context.sloppy_ids:
        return same_entry(incoming, mine, candidate, other)
    if incoming.text_hash == candidate.text_hash:
        return True
    if not incoming.owns_link:
        return containment(mine, other) >= SAME_TEXT_SIMILARITY
    # What is replaced each year at its one address has its title too, and another date.
    if same_title(incoming, candidate) and not dated_anew(incoming, candidate):
        return True
    return bool(mine) and similarity(mine, other) >= REUSED_SIMILARITY


def _same_elsewhere(incoming: Incoming, mine: Shingles, candidate: Candidate, texts: Texts) -> bool:
    if not incoming.text_hash or not (incoming.title or mine):
        return False
    if incoming.text_hash == candidate.text_hash:
        return True
    return is_copy(incoming, mine, candidate, texts(candidate.origin_id).shingles)


def may_have_moved(incoming: Incoming) -> bool:
    """Whether enough is said to know it again at another place."""
    is_told = bool(incoming.author) and incoming.published is not None
    return is_told and not incoming.is_comment and len(incoming.folded) >= MOVED_MIN_CHARACTERS


def _moved(incoming: Incoming, kept: Kept, context: Context, texts: Texts) -> Match | None:
    if not kept.near or not may_have_moved(incoming):
        return None
    likely = [one for one in kept.near if _could_have_moved(incoming, one, context)]
    if not likely or len(likely) > MOST_CANDIDATES:
        return None
    mine = shingles(incoming.folded)
    found = [one for one in likely if is_moved_text(incoming, mine, one, texts(one.origin_id))]
    if len({candidate.item_id for candidate in found}) != 1:
        return None
    return Match(Step.MOVED, found[0], reason="the same text by the same author: it moved house")


def _could_have_moved(incoming: Incoming, candidate: Candidate, context: Context) -> bool:
    """Whether all but the text allows it; asked of every neighbour, so the cheap comes first."""
    if candidate.author != incoming.author or candidate.is_comment:
        return False
    # A blog may take its ids along to its new house: then the old id is this very record's.
    own_id = candidate.external_id == incoming.external_id
    if not own_id and candidate.external_id in context.listed:
        return False
    same_place = candidate.source_id == context.source_id
    if not same_place and candidate.source_id != context.predecessor_id:
        return False
    if _is_still_there(candidate, context, same_place):
        return False
    return near_in_time(incoming.published, candidate.published)


def _is_still_there(candidate: Candidate, context: Context, same_place: bool) -> bool:
    """An API lists no window, so its live neighbour is taken to be there still."""
    same_stream = same_place and candidate.stream_id == context.stream_id
    return same_stream and not context.sloppy_ids and candidate.is_live
