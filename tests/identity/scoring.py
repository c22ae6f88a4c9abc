"""How right the hub was: precision and recall over pairs of readings.

A pair is two different showings of one case. The hub says of it "one post" or "two"; the
case says which is true. A showing that is read again unchanged counts once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from tests.identity.village import Seen


@dataclass(frozen=True)
class Score:
    """Counts of pairs; they add up over cases."""

    right: int = 0
    """Joined, and one post."""
    wrong: int = 0
    """Joined, and two posts."""
    missed: int = 0
    """One post, and not joined."""
    apart: int = 0
    """Two posts, and kept apart."""

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.apart + other.apart,
        )

    @property
    def precision(self) -> float:
        """The share of joined pairs that are one post."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of pairs of one post that are joined."""
        return self.right / max(1, self.right + self.missed)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.4f}, recall {self.recall:.4f} "
            f"(right {self.right}, wrong {self.wrong}, missed {self.missed}, apart {self.apart})"
        )


def different(readings: Iterable[Seen]) -> list[Seen]:
    """Return the readings without those that show nothing else than an earlier one."""
    return list({(one.place, one.shown): one for one in readings}.values())


def score(readings: Iterable[Seen], items: Mapping[int, int]) -> Score:
    """Return the score of one case's readings."""
    total = Score()
    for one, other in combinations(different(readings), 2):
        joined = items[one.origin_id] == items[other.origin_id]
        same = one.shown.post == other.shown.post
        total += _ONE[joined, same]
    return total


_ONE = {
    (True, True): Score(right=1),
    (True, False): Score(wrong=1),
    (False, True): Score(missed=1),
    (False, False): Score(apart=1),
}
