"""Reads a dump of an Interact into its temporary database, and tells what that cost.

``python -m bench.sides.interact_dump FOLDER`` opens the place of the folder's config.toml.
"""

import sys
from pathlib import Path

from bench.sides.measure import Figures, measured, tell
from connector.cli.hub import open_hub
from connector.store import sources
from sync_jobs.pull import place_of


def main() -> None:
    """Open the dump and list its spaces: that reads it once, from its beginning to its end."""
    figures = Figures()
    with open_hub(Path(sys.argv[1]) / "config.toml") as hub:
        with hub.store.read() as conn:
            (source,) = sources.all_sources(conn)
        with measured(figures):
            place = place_of(hub.jobs, source, hub.jobs.open_session(1))
            figures.entries = len(list(place.streams()))
    tell(figures)


if __name__ == "__main__":
    main()
