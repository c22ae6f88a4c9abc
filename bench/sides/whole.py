"""Running one side as a whole process, and what that cost from outside."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).parents[2]


@contextmanager
def serving() -> Iterator[int]:
    """Serve the benchmark's feeds; give the port."""
    command = [sys.executable, "-m", "bench.sides.server"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.stdin.close()


def ask(port: int, path: str) -> bytes:
    """Return what the server answers to the benchmark itself."""
    with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/{path}") as answer:
        body: bytes = answer.read()
        return body


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended well."""

    output: str
    process_seconds: float
    """From its start to its end: imports and set-up too."""
    process_cpu_seconds: float
    peak_megabytes: float


def run_whole(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Ended:
    """Run a command in the clone's folder; a failure ends the benchmark with its words."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({process.returncode}).\n{output}")
    return Ended(output, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def machine() -> dict[str, object]:
    """Return what figures of this machine depend on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(
            os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1
        ),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
