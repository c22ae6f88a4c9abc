"""The big stand-in Moodle of ``bench moodle``, in a process of its own.

``python -m bench.sides.moodle_server COURSES ANSWER_MS EACH_MS`` prints its port, then does what
the lines on its standard input say, one JSON line for each: ``asked`` counts and forgets,
``later`` lets ten minutes pass, ``talk`` adds one reply somewhere. It ends with its input.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from bench.sides.whole import ROOT
from sample_cluster.moodle.big import Size, big_site
from sample_cluster.moodle.server import MoodleServer
from sample_cluster.moodle.site import MoodleSite


@dataclass(frozen=True, slots=True)
class Serving:
    """The running server, as the benchmark talks to it."""

    port: int
    _says: IO[str]
    _hears: IO[str]

    def calls(self) -> int:
        """Return how many HTTP requests came since the last time."""
        return self._do("asked") or 0

    def later(self) -> None:
        """Let ten minutes pass at the site."""
        self._do("later")

    def talk(self) -> None:
        """Let somebody answer in one discussion."""
        self._do("talk")

    def _do(self, line: str) -> int | None:
        self._hears.write(f"{line}\n")
        self._hears.flush()
        told: int | None = json.loads(self._says.readline())
        return told


@contextmanager
def serving_moodle(courses: int, answer_ms: float, each_ms: float) -> Iterator[Serving]:
    """Serve the big site while the context lasts."""
    pace = [str(courses), str(answer_ms), str(each_ms)]
    command = [sys.executable, "-m", "bench.sides.moodle_server", *pace]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield Serving(int(server.stdout.readline()), server.stdout, server.stdin)
        server.stdin.close()


def _asked(site: MoodleSite) -> int:
    count = len(site.requests)
    site.forget()
    return count


def _later(site: MoodleSite) -> None:
    site.world.clock.advance(timedelta(minutes=10))


def _talk(site: MoodleSite) -> None:
    thread = next(reversed(site.world.forums.discussions.values()))
    site.world.forums.reply(thread.first, thread.user, "<p>One more thing.</p>")


_DEEDS: dict[str, Callable[[MoodleSite], int | None]] = {
    "asked": _asked,
    "later": _later,
    "talk": _talk,
}


def main() -> None:
    """Serve until the input ends."""
    courses, answer_ms, each_ms = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    site = big_site(Size(courses=courses))
    pause, pause_each = timedelta(milliseconds=answer_ms), timedelta(milliseconds=each_ms)
    with MoodleServer(site, pause=pause, pause_each=pause_each) as server:
        print(server.address.rsplit(":", 1)[1], flush=True)
        for line in sys.stdin:
            with site.lock:
                told = _DEEDS[line.strip()](site)
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
