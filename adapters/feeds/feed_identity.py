"""Which id each entry of one document has.

Feeds' ids are sloppy: missing, repeated, the same for all. The rules are those of the first
step of the identity ladder; matching with what is kept already happens elsewhere.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable

from adapters.feeds.raw_feed import RawEntry

_LONGEST = 500
"""Database indexes refuse very long values."""


def identify(entries: Iterable[RawEntry]) -> tuple[list[tuple[str, RawEntry]], bool]:
    """Return each different entry with its id, and whether different ones shared an id.

    Repeats of one entry (same id, link and title) are kept once, as last updated. An id shared
    by different entries is degraded for each of them: link, or else title and date, is added.
    """
    kept = _without_repeats(entries)
    uses = Counter(own for own, _, _ in kept)
    links = Counter((own, link) for own, link, _ in kept)
    identified = []
    for (own, link, _), entry in kept.items():
        if uses[own] > 1:
            tells_apart = link and link != own and links[own, link] == 1
            own = f"{own}|{link}" if tells_apart else f"{own}|{_fingerprint(entry)}"
        identified.append((_bounded(own), entry))
    return identified, any(count > 1 for count in uses.values())


def _without_repeats(entries: Iterable[RawEntry]) -> dict[tuple[str, str, str], RawEntry]:
    kept: dict[tuple[str, str, str], RawEntry] = {}
    for entry in entries:
        key = (_own_id(entry), entry.link, entry.title)
        # Dates as text: good enough to order two readings of one entry in one document.
        if key not in kept or entry.updated > kept[key].updated:
            kept[key] = entry
    return kept


def _own_id(entry: RawEntry) -> str:
    return " ".join(entry.guid.split()) or entry.link or _fingerprint(entry)


def _fingerprint(entry: RawEntry) -> str:
    """Return what stands for the id where there is none; a note without title is its text."""
    parts = [entry.link, entry.title, *entry.published[:1]]
    return "t:" + _digest("\x1f".join(parts if entry.title else [*parts, entry.html]))


def _bounded(own: str) -> str:
    return own if len(own) <= _LONGEST else f"{own[:400]}|{_digest(own)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
