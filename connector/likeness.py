"""How like two texts are: what they have in common of their runs of three words. Pure.

What a likeness means for two posts is decided in ``connector.identity``.
"""

import re
from dataclasses import dataclass

SHINGLE_WORDS = 3
FEW_SHINGLES = 8
"""A text with fewer proves little."""
COMPARED_CHARACTERS = 20_000
"""Texts are compared by so much of their beginning, since it happens in the transaction."""

_WORD = re.compile(r"\w+")

Shingles = frozenset[tuple[str, ...]]


def shingles(folded: str) -> Shingles:
    """Return the runs of three words of a folded text; a shorter text is one run."""
    words = _WORD.findall(folded[:COMPARED_CHARACTERS])
    if len(words) < SHINGLE_WORDS:
        return frozenset([tuple(words)]) if words else frozenset()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the share of runs that two texts have in common, 0 to 1; two empty texts are 1."""
    if not one and not other:
        return 1.0
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def containment(one: Shingles, other: Shingles) -> float:
    """Return how much of the shorter text stands in the longer one, 0 to 1.

    For a summary in one feed and the whole post in another. Under eight runs a summary
    proves nothing, so there the plain similarity counts; no text at all is in no other.
    """
    shorter = min(len(one), len(other))
    if shorter < FEW_SHINGLES:
        return similarity(one, other) if shorter else 0.0
    return len(one & other) / shorter


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a text is compared."""

    shingles: Shingles
    characters: int
    """How long the folded text is."""


def compared(folded: str) -> Compared:
    """Return what is compared of a folded text."""
    return Compared(shingles(folded), len(folded))
