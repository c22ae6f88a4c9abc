"""Sets of whole numbers that fit into a cursor: a bit for each, packed.

Fifty thousand ids take at most a few kilobytes, and most often some hundred bytes.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

MOST_IDS = 20_000_000
"""A set above this is damaged: it would be megabytes of bits."""


class IdSet:
    """A set of small whole numbers; changing it gives another."""

    __slots__ = ("_bits",)

    def __init__(self, bits: int = 0) -> None:
        self._bits = bits

    @classmethod
    def of(cls, ids: Iterable[int]) -> "IdSet":
        """Return the set of these numbers; those that are too large are left out."""
        bits = 0
        for one in ids:
            if 0 <= one < MOST_IDS:
                bits |= 1 << one
        return cls(bits)

    def __contains__(self, one: int) -> bool:
        return 0 <= one < MOST_IDS and bool(self._bits >> one & 1)

    def __or__(self, other: "IdSet") -> "IdSet":
        return IdSet(self._bits | other._bits)

    def __sub__(self, other: "IdSet") -> "IdSet":
        return IdSet(self._bits & ~other._bits)

    def __bool__(self) -> bool:
        return bool(self._bits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdSet) and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)

    def __iter__(self) -> Iterator[int]:
        return self.within(0, self._bits.bit_length())

    def within(self, low: int, high: int) -> Iterator[int]:
        """Yield the numbers from ``low`` to below ``high``, rising."""
        bits = (self._bits >> low) & ((1 << max(high - low, 0)) - 1)
        while bits:
            lowest = bits & -bits
            yield low + lowest.bit_length() - 1
            bits ^= lowest

    def packed(self) -> str:
        """Return the set as text."""
        return _packed(self._bits)

    @classmethod
    def unpacked(cls, text: str) -> "IdSet":
        """Return the set in a text; a damaged one is empty."""
        try:
            inflate = zlib.decompressobj()
            raw = inflate.decompress(base64.b64decode(text, validate=True), MOST_IDS // 8)
        except (ValueError, binascii.Error, zlib.error):
            return cls()
        return cls(int.from_bytes(raw, "little"))


@lru_cache(maxsize=256)
def _packed(bits: int) -> str:
    if not bits:
        return ""
    raw = bits.to_bytes(bits.bit_length() // 8 + 1, "little")
    return base64.b64encode(zlib.compress(raw, 6)).decode()
