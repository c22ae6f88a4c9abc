"""How many chances a test of chance takes: a quarter of them, or all with CLUSTERHUB_TEST_MORE=1.

``.ci/run`` sets that. Where many throws of the dice prove the same thing, a few tell whoever
changes the code at once, and all of them are for the night.
"""

import os
import random
from collections.abc import Iterable
from typing import TypeVar

_Case = TypeVar("_Case")

MORE_VARIABLE = "CLUSTERHUB_TEST_MORE"
TAKES_ALL = os.environ.get(MORE_VARIABLE) == "1"


def some_of(chances: int) -> int:
    """Return how many of so many chances are taken."""
    return chances if TAKES_ALL else -(-chances // 4)


def some_cases(cases: Iterable[_Case]) -> list[_Case]:
    """Return those of these cases that are tried: others in each run, where not all are."""
    listed = list(cases)
    # The same in all processes of one run, which have to find the same tests.
    chosen = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
    at = sorted(chosen.sample(range(len(listed)), some_of(len(listed))))
    return [listed[number] for number in at]
