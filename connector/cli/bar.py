"""The progress bar on a terminal."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from connector.cli.progress import Progress


class Bar(Progress):
    """Shows how many places are read, and what the last one brought. Thread-safe.

    Where results go to the same terminal, bar and results share one console: two writers
    would glue a result to the bar and leave dead bars behind.
    """

    def __init__(self, total: int) -> None:
        self._shares = sys.stdout.isatty()
        self._bar = RichProgress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("places"),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=not self._shares, emoji=False, markup=False, highlight=False),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        """Begin."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and leave no line behind."""
        self._bar.stop()

    def told(self, title: str, counts: Mapping[str, int]) -> None:
        """Show what a place under way has brought so far."""
        new = counts.get("new", 0)
        self._bar.update(self._task, description=f"{title}: {new:,} new")

    def finished(self, title: str) -> None:
        """Count one more place."""
        self._bar.update(self._task, advance=1, description=title)

    def result(self, line: str) -> None:
        """Print one line of results on standard output, above the bar."""
        if self._shares:
            self._bar.console.print(line, soft_wrap=True)
        else:
            super().result(line)
