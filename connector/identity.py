"""Which kept item is this record? Pure: values in, a Match with its reason out.

The ladder: (1) the external id in this source; (2) the canonical permalink; (3) a blog that
moved house. Each step would rather keep two items than join two that are not the same.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

MOVED_MIN_CHARACTERS = 200
MOVED_SIMILARITY = 0.9
MOVED_WITHIN = timedelta(days=2)
REUSED_SIMILARITY = 0.2
SAME_TEXT_SIMILARITY = 0.5
SHINGLE_WORDS = 3

_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|_hsenc|_hsmi|ref_src|"
    r"wt_mc|cmpid|at_medium|at_campaign|xtor)$"
)
_TRACKING_FRAGMENT = re.compile(r"^(utm_|xtor=|at_medium=|ref=|\.[A-Za-z0-9_-]+$)")
_PLAIN_IN_PATH = "/:@!$&'()*+,;=~-._"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(r"\s")
_WORD = re.compile(r"\w+")


def canonical_link(url: str | None) -> str | None:
    """Return what two spellings of one permalink have in common, or None if it is none.

    Scheme, letter case of the host, default port, a last slash, percent spelling and
    tracking parameters do not count. The fragment does, unless it is known tracking:
    ``#comment-5`` is another place than the page.
    """
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
    link = canonical_link(url) or ""
    return re.split(r"[/?#]", link, maxsplit=1)[0]


def digest64(text: str) -> int:
    """Return a signed 64-bit digest, small enough for an index; not a secret."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)


def link_key(url: str | None) -> int | None:
    """Return the digest of the canonical link, or None where there is no link."""
    link = canonical_link(url)
    return None if link is None else digest64(link)


Shingles = frozenset[tuple[str, ...]]


def shingles(folded: str) -> Shingles:
    """Return the runs of three words of a folded text; a shorter text is one run."""
    words = _WORD.findall(folded)
    if len(words) < SHINGLE_WORDS:
        return frozenset([tuple(words)]) if words else frozenset()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the share of runs that two texts have in common, 0 to 1; two empty texts are 1."""
    if not one and not other:
        return 1.0
    return len(one & other) / len(one | other)


def containment(one: Shingles, other: Shingles) -> float:
    """Return how much of the shorter text stands in the longer one, 0 to 1.

    For a summary in one feed and the whole post in another. Under eight runs a summary
    proves nothing, so there the plain similarity counts; no text at all is in no other.
    """
    shorter = min(len(one), len(other))
    if shorter < 8:
        return similarity(one, other) if shorter else 0.0
    return len(one & other) / shorter


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


class Step(StrEnum):
    """Which rung of the ladder decided."""

    NEW = "new"
    SAME = "same"
    REUSED_ID = "reused id"
    LINK = "link"
    MOVED = "moved"


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


Texts = Callable[[int], str]
"""Gives the folded text of a kept origin; asked only where the text decides."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The candidates for one page, loaded inside the transaction."""

    by_id: Mapping[str, Sequence[Candidate]]
    by_link: Mapping[int, Sequence[Candidate]]
    near: Sequence[Candidate] = ()
    """Origins of this source and its predecessor published about when the page's were."""


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
    for candidate in sorted(own, key=lambda c: -c.generation):
        if _plainly_same(incoming, candidate):
            return _same(candidate, context)
    mine = shingles(incoming.folded)
    scored = [(similarity(mine, shingles(texts(c.origin_id))), c.generation, c) for c in own]
    best, _, candidate = max(scored, key=lambda row: row[:2])
    if best >= REUSED_SIMILARITY:
        return _same(candidate, context)
    return Match(
        Step.REUSED_ID,
        generation=newest.generation + 1,
        reason="the feed uses the id of an older post again",
    )


def _same(candidate: Candidate, context: Context) -> Match:
    moved = candidate.stream_id != context.stream_id
    return Match(Step.SAME, candidate, candidate.generation, changes_stream=moved)


def _plainly_same(incoming: Incoming, candidate: Candidate) -> bool:
    same_link = incoming.link_key is not None and incoming.link_key == candidate.link_key
    same_title = bool(incoming.title) and incoming.title == candidate.title
    return same_link or same_title or incoming.text_hash == candidate.text_hash


def _by_link(incoming: Incoming, kept: Kept, context: Context, texts: Texts) -> Match | None:
    if incoming.link_key is None or incoming.is_comment:
        return None
    mine = shingles(incoming.folded)
    fits = [
        candidate
        for candidate in kept.by_link.get(incoming.link_key, ())
        if not candidate.is_comment and _same_by_link(incoming, mine, candidate, context, texts)
    ]
    home = [candidate for candidate in fits if candidate.source_id == context.source_id]
    chosen = home or fits
    if len({candidate.item_id for candidate in chosen}) != 1:
        return None
    where = "this place" if home else "another place"
    return Match(Step.LINK, chosen[0], reason=f"the same address in {where}")


def _same_by_link(
    incoming: Incoming, mine: Shingles, candidate: Candidate, context: Context, texts: Texts
) -> bool:
    same_place = candidate.source_id == context.source_id
    if same_place and candidate.external_id in context.listed:
        return False  # two entries of one document are two, whatever they link to
    is_home = same_place and incoming.owns_link
    if not incoming.text_hash:
        # A student's: only a feed's own permalink can say that it is the same.
        return is_home and context.sloppy_ids and not candidate.text_hash
    if not incoming.title and not mine:
        return False  # it says nothing by which two could be one
    if incoming.text_hash == candidate.text_hash:
        return True
    other = shingles(texts(candidate.origin_id))
    if is_home:
        same_title = bool(incoming.title) and incoming.title == candidate.title
        return same_title or (bool(mine) and similarity(mine, other) >= REUSED_SIMILARITY)
    return containment(mine, other) >= SAME_TEXT_SIMILARITY


def _moved(incoming: Incoming, kept: Kept, context: Context, texts: Texts) -> Match | None:
    eligible = incoming.author and incoming.published and not incoming.is_comment
    if not eligible or len(incoming.folded) < MOVED_MIN_CHARACTERS:
        return None
    mine: Shingles | None = None
    found: list[Candidate] = []
    for candidate in kept.near:
        if not _could_have_moved(incoming, candidate, context):
            continue
        mine = mine or shingles(incoming.folded)
        theirs = texts(candidate.origin_id)
        long_enough = len(theirs) >= MOVED_MIN_CHARACTERS
        if long_enough and similarity(mine, shingles(theirs)) >= MOVED_SIMILARITY:
            found.append(candidate)
    if len({candidate.item_id for candidate in found}) != 1:
        return None
    return Match(Step.MOVED, found[0], reason="the same text by the same author: it moved house")


def _could_have_moved(incoming: Incoming, candidate: Candidate, context: Context) -> bool:
    same_place = candidate.source_id == context.source_id
    if not same_place and candidate.source_id != context.predecessor_id:
        return False
    if candidate.is_comment or candidate.author != incoming.author:
        return False
    # A blog may take its ids along to its new house: then the old id is this very record's.
    is_listed = candidate.external_id in context.listed - {incoming.external_id}
    if is_listed or _is_still_there(candidate, context, same_place):
        return False
    return _near_in_time(incoming.published, candidate.published)


def _is_still_there(candidate: Candidate, context: Context, same_place: bool) -> bool:
    """An API lists no window, so its live neighbour is taken to be there still."""
    same_stream = same_place and candidate.stream_id == context.stream_id
    return same_stream and not context.sloppy_ids and candidate.is_live


def _near_in_time(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= MOVED_WITHIN
