"""A progress line on a terminal; nothing elsewhere."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Progress:
    """Shows how many places are read, and what the last one brought. Thread-safe."""

    def __init__(self, total: int, *, quiet: bool):
        self._bar = RichProgress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("places"),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True, emoji=False),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
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
