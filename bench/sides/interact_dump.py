"""Reads a dump of an Interact into its temporary database, and tells what that cost.

``python -m bench.sides.interact_dump FILE``
"""

import sys
from datetime import UTC, datetime

from adapters.registry import ADAPTERS
from bench.sides.measure import Figures, measured, tell
from connector.http import Network, NetworkPolicy


def main() -> None:
    """Open the dump and list its spaces: that reads it once, from its beginning to its end."""
    adapter, figures = ADAPTERS["interact"], Figures()
    settings = adapter.Settings.model_validate(
        {"address": "https://interact.example.school.nz/", "dump": sys.argv[1]}
    )
    network = Network(NetworkPolicy(user_agent="bench"))
    with measured(figures):
        place = adapter.open(settings, network.session(), datetime.now(UTC))
        figures.entries = len(list(place.streams()))
    network.close()
    tell(figures)


if __name__ == "__main__":
    main()
