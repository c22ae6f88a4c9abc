"""Starts servers in process groups of their own and stops exactly those.

What a server is belongs elsewhere; here is only how one starts, answers and ends.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Server:
    """One running server; its group holds the workers that outlive their parent."""

    def __init__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None):
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Return when it answers; a server that ended or stays silent is an error with its log."""
        end = time.monotonic() + START_SECONDS
        while not answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{self._process.args!r} did not start:\n{self.log.read_text()}")
            time.sleep(0.05)  # asking again is the only way to learn that a port opened

    def stop(self) -> None:
        """End the whole group, gently first."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(STOP_SECONDS)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_at(address: tuple[str, int] | str) -> bool:
    """Whether something listens there: a host and port, or the path of a socket."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0
