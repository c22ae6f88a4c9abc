"""The bare loop: 304 for every feed with ``requests``, and nothing done with the answers.

One thread, one Session, no look at the environment. ``python -m bench.sides.loop FOLDER PORT``
"""

import sys
import time

import requests

from bench.sides.corpus import FEEDS
from bench.sides.measure import PROCESS_START, Figures, measured, tell


def main() -> None:
    """Learn the validators, then ask for every feed once more."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    urls = [f"http://127.0.0.1:{sys.argv[2]}/feed/{feed}" for feed in range(FEEDS)]
    session = requests.Session()
    session.trust_env = False
    known = {url: session.get(url, timeout=20).headers["ETag"] for url in urls}
    figures.setup_seconds = time.perf_counter() - begun
    statuses = []
    with measured(figures):
        for url in urls:
            answer = session.get(url, headers={"If-None-Match": known[url]}, timeout=20)
            statuses.append(answer.status_code)
    figures.entries = statuses.count(304)
    tell(figures)


if __name__ == "__main__":
    main()
