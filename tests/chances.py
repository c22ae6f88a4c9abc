"""How many chances a test of chance takes: a quarter of them, or all with CLUSTERHUB_TEST_MORE=1.

``.ci/run`` sets that. Where many throws of the dice prove the same thing, a few tell whoever
changes the code at once, and all of them are for the night.
"""

import os

MORE_VARIABLE = "CLUSTERHUB_TEST_MORE"
TAKES_ALL = os.environ.get(MORE_VARIABLE) == "1"


def some_of(chances: int) -> int:
    """Return how many of so many chances are taken."""
    return chances if TAKES_ALL else -(-chances // 4)
