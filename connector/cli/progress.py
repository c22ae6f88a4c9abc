"""What is told while places are read: results, and on a terminal a bar below them."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import click


class Progress:
    """Prints results as they come and shows nothing besides. Thread-safe."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def told(self, title: str, counts: Mapping[str, int]) -> None:
        """Hear what a place under way has brought so far."""

    def finished(self, title: str) -> None:
        """Count one more place."""

    def result(self, line: str) -> None:
        """Print one line of results on standard output."""
        click.echo(line)


def progress(total: int, *, quiet: bool) -> Progress:
    """Return what shows the progress of so many places: a bar where somebody looks at it."""
    if quiet or not sys.stderr.isatty():
        return Progress()
    from connector.cli.bar import Bar  # its library is loaded only where it is seen

    return Bar(total)
