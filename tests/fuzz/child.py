"""The process that is fuzzed: ``python -m tests.fuzz.child PARSER SECONDS FINDINGS CORPUS``.

libFuzzer ends at the first failure. Here every failure of a new kind is kept with its
traceback and the search goes on, so that ten minutes are ten minutes.
"""

import hashlib
import sys
import time
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["adapters", "connector", "sync_jobs.storable", "feedparser", "sgmllib", "markdown_it"]
):
    from tests.hostile.parsers import PARSERS

MAX_BYTES = 8_000
SLOW_SECONDS = 0.25
"""For so few bytes: thirty times this size is still a small feed."""
MANY_BYTES = 300_000
SLOW_MANY_SECONDS = 3.0
"""Instrumented code is about three times as slow, and what judges it takes its time too."""
GROWN_ONE_IN = 400


class Keeper:
    """Keeps one input of each kind of failure."""

    def __init__(self, parser: str, folder: Path):
        self._parser = parser
        self._folder = folder
        self._known: set[str] = set()

    def failed(self, body: bytes, error: BaseException) -> None:
        """Keep an input that raised something, once for each place in the code."""
        places = traceback.extract_tb(error.__traceback__)
        key = f"{type(error).__name__} {[(each.filename, each.lineno) for each in places]}"
        self._keep("failed", key, body, "".join(traceback.format_exception(error)))

    def slow(self, body: bytes, seconds: float) -> None:
        """Keep an input that took long; at most a few, they are often alike."""
        if sum(key.startswith("slow") for key in self._known) < 5:
            self._keep("slow", f"slow {body!r}", body, f"{seconds:.2f} seconds, {len(body)} bytes")

    def _keep(self, what: str, key: str, body: bytes, words: str) -> None:
        if key in self._known:
            return
        self._known.add(key)
        name = f"{self._parser}-{what}-{hashlib.sha256(body).hexdigest()[:12]}"
        (self._folder / name).write_bytes(body)
        (self._folder / f"about-{name}.txt").write_text(words, encoding="utf-8", errors="replace")


def grown(body: bytes) -> bytes:
    """Return the input with a part of it repeated: what grows faster than its size shows."""
    seed = int.from_bytes(hashlib.sha256(body).digest()[:8])
    start = seed % (len(body) + 1)
    part = body[start : start + 1 + (seed >> 32) % 64]
    return body[:start] + part * (MANY_BYTES // max(1, len(part))) + body[start:]


def main() -> None:
    """Fuzz until the time is over."""
    name, seconds, findings, corpus = sys.argv[1:]
    read = PARSERS[name].read
    keeper = Keeper(name, Path(findings))
    count = 0

    def attempt(body: bytes, limit: float) -> None:
        started = time.process_time()
        try:
            read(body)
        except Exception as error:  # noqa: BLE001 - every kind is what we look for
            keeper.failed(body, error)
        took = time.process_time() - started
        if took > limit:
            keeper.slow(body, took)

    def one(body: bytes) -> None:
        nonlocal count
        count += 1
        attempt(body, SLOW_SECONDS)
        if count % GROWN_ONE_IN == 0:
            attempt(grown(body), SLOW_MANY_SECONDS)

    options = [
        f"-max_total_time={float(seconds):.0f}",
        f"-max_len={MAX_BYTES}",
        "-timeout=60",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        f"-artifact_prefix={findings}/{name}-stopped-",
    ]
    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
