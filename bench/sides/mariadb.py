"""A MariaDB server of our own on loopback, for as long as it is needed; it leaves nothing behind.

Also what is done to it from outside: filling, dumping, and accounts that may only read.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

COMMANDS = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
START_SECONDS = 60.0


def missing() -> str | None:
    """Say what this machine lacks, or None."""
    lacking = [name for name in COMMANDS if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else None


class MariaDb:
    """One running server; its root account needs no password and comes by the socket."""

    def __enter__(self) -> Self:
        with ExitStack() as started:
            folder = started.enter_context(tempfile.TemporaryDirectory(prefix="mariadb"))
            self.folder = Path(folder)
            self._socket = self.folder / "db.sock"
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = int(probe.getsockname()[1])
            self._start(started)
            self._cleanup = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def run(self, statements: str, database: str = "") -> str:
        """Let root run statements; return what they print."""
        return self._client(statements.encode(), database)

    def fill(self, database: str, sql: Iterable[bytes]) -> None:
        """Make the database if it is not there, and run the SQL in it."""
        self.run(f"CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4")
        self._client(b"".join(sql), database)

    def reader(self, name: str, password: str, database: str) -> str:
        """Make an account that may only read this database; return its address."""
        self.run(
            f"CREATE OR REPLACE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{password}';"
            f"GRANT SELECT ON {database}.* TO '{name}'@'127.0.0.1'"
        )
        return f"mysql://{name}@127.0.0.1:{self.port}/{database}"

    def dump(self, database: str, path: Path, *options: str) -> Path:
        """Write the database as mariadb-dump does."""
        with path.open("wb") as output:
            command = ["mariadb-dump", *self._common(), *options, database]
            subprocess.run(command, check=True, stdout=output, stdin=subprocess.DEVNULL)
        return path

    def questions(self) -> int:
        """Return how many statements were put to the server so far, this one included."""
        told = self.run("SHOW GLOBAL STATUS LIKE 'Questions'")
        return int(told.split()[-1])

    def _common(self) -> list[str]:
        return ["--no-defaults", f"--socket={self._socket}", "--user=root"]

    def _client(self, statements: bytes, database: str) -> str:
        command = ["mariadb", *self._common(), "--default-character-set=utf8mb4", "--batch"]
        done = subprocess.run(
            [*command, *([database] if database else [])],
            input=statements,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"MariaDB refused: {done.stderr.decode(errors='replace')[:2000]}")
        return done.stdout.decode()

    def _start(self, started: ExitStack) -> None:
        data, log = self.folder / "db", self.folder / "db.log"
        # A server started as root refuses to run unless it is told to.
        common = ["--no-defaults", f"--datadir={data}"] + ["--user=root"] * (os.geteuid() == 0)
        make = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal"]
        make += ["--skip-test-db", "--skip-name-resolve", "--force"]
        subprocess.run(make, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        serve = ["mariadbd", *common, f"--socket={self._socket}", "--bind-address=127.0.0.1"]
        serve += [f"--port={self.port}", "--skip-log-bin", "--skip-name-resolve"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                serve,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.callback(_stop, process)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"MariaDB did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)  # asking again is the only way to learn that it listens

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _stop(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
