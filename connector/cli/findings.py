"""One line of ``doctor``: what was looked at, and what to do when it is not well."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    check: str
    ok: bool
    sentence: str

    @classmethod
    def well(cls, check: str, sentence: str) -> Self:
        """Return that nothing has to be done."""
        return cls(check, True, sentence)

    @classmethod
    def wrong(cls, check: str, sentence: str) -> Self:
        """Return that something has to be done, as the sentence says."""
        return cls(check, False, sentence)
