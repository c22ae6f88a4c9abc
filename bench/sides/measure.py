"""What every side measures about itself, in the same way."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

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
    figures.peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tell(figures: Figures) -> None:
    """Print the figures for the benchmark that started this side."""
    print(json.dumps(asdict(figures)))
