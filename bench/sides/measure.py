"""What every side measures about itself, in the same way."""

import json
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

PROCESS_START = time.perf_counter()


@dataclass
class Figures:
    """One phase of one side."""

    wall_seconds: float = 0.0
    """From the first request to the last commit."""
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0
    entries: int = 0
    """Entries kept in all afterwards: proof that the work was done."""
    imports_seconds: float = 0.0
    setup_seconds: float = 0.0


@contextmanager
def measured(figures: Figures) -> Iterator[Figures]:
    """Time what happens inside."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield figures
    figures.wall_seconds = time.perf_counter() - wall
    figures.cpu_seconds = time.process_time() - cpu
    figures.peak_megabytes = peak_megabytes()


def peak_megabytes() -> float:
    """Return the most memory that this process has held at once.

    Linux counts what the starting process held into ``ru_maxrss``, so its own line is read
    where there is one.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    kilobytes = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


def tell(figures: Figures) -> None:
    """Print the figures for the benchmark that started this side."""
    print(json.dumps(asdict(figures)))
