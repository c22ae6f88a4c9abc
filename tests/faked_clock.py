"""Real processes whose clock libfaketime sets: tests start them and read what they say.

``python -m tests.faked_clock ticks DATABASE`` runs the runner and prints a line for each tick.
``python -m tests.faked_clock dies DATABASE`` reads the first page of a place and kills itself.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connector.store.database import open_database
from sync_jobs.jobs import SourceRun
from sync_jobs.local import LocalRunner
from sync_jobs.pull import run_source
from tests.engine import Engine
from tests.fake_place import record

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
LACKING = "libfaketime is not installed: see the packages in .ci/run"
TICK = timedelta(seconds=0.2)
PATIENCE = 60


class Speaking:
    """A process that prints one JSON object for each line."""

    def __init__(self, process: "subprocess.Popen[bytes]"):
        self.process = process

    def line(self) -> dict[str, Any]:
        """Return what it says next; silence for a minute is an error."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], "it fell silent"
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said


@contextmanager
def faked(what: str, url: str, **environment: str) -> Iterator[Speaking]:
    """Run one of the programs of this module under another clock; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faked_clock", what, url],
        stdout=subprocess.PIPE,
        bufsize=0,  # else lines wait where select does not see them
        env={
            **os.environ,
            "LD_PRELOAD": str(LIBRARY),
            # Waiting is not faked: only what the clock on the wall says.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            **environment,
        },
    )
    with process:
        try:
            yield Speaking(process)
        finally:
            process.kill()


def publish_two_pages(engine: Engine) -> None:
    """Give the hub a place with two pages."""
    service = engine.add()
    service.publish(record(1), record(2))
    service.publish(record(3))


def _ticks(engine: Engine) -> None:
    class Told(LocalRunner):
        def tick(self) -> None:
            super().tick()
            _say(utc=datetime.now(UTC).timestamp(), **_local())

    runner = Told(engine.jobs, threads=1, tick=TICK)
    runner.start()
    signal.pause()


def _say(**what: object) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())  # whole lines, whichever thread speaks


def _local() -> dict[str, object]:
    now = datetime.now().astimezone()  # what a clock on the wall shows
    offset = now.utcoffset()
    assert offset is not None
    return {"clock": now.strftime("%H:%M"), "offset_hours": offset / timedelta(hours=1)}


def _dies(engine: Engine) -> None:
    engine.clock.now = datetime.now(UTC)
    publish_two_pages(engine)

    def die(run: SourceRun) -> None:
        _say(new=run.counts["new"])
        os.kill(os.getpid(), signal.SIGKILL)

    run_source(engine.jobs, engine.source().id, on_progress=die)


def main() -> None:
    """Do what the first argument says."""
    what, url = sys.argv[1:]
    {"ticks": _ticks, "dies": _dies}[what](Engine(open_database(url)))


if __name__ == "__main__":
    main()
