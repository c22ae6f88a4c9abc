"""``reader`` from PyPI with its defaults and eight threads, in an environment of its own.

``python -m bench.sides.reader_side FOLDER PORT``. Its search index is left out, to its
advantage: ours and the floor's are up to date with every page.
"""

import sys
import time
from pathlib import Path

from bench.sides.corpus import FEEDS
from bench.sides.measure import PROCESS_START, Figures, measured, tell

THREADS = 8


def main() -> None:
    """Read all feeds once and tell what it cost."""
    # Here, so that importing them is timed.
    import feedparser_sgmllib

    # reader 3.26 carries a feedparser of its own that asks for this module by its former name;
    # the package of that name has no wheel.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    reader = make_reader(str(Path(sys.argv[1]) / "reader.db"))
    for feed in range(FEEDS):
        reader.add_feed(f"http://127.0.0.1:{sys.argv[2]}/feed/{feed}", exist_ok=True)
    figures.setup_seconds = time.perf_counter() - begun
    with measured(figures):
        reader.update_feeds(workers=THREADS, scheduled=False)
    broken = [feed.url for feed in reader.get_feeds(broken=True)]
    if broken:
        raise SystemExit(f"reader could not read {len(broken)} feeds, {broken[0]} among them.")
    figures.entries = reader.get_entry_counts().total or 0
    tell(figures)


if __name__ == "__main__":
    main()
