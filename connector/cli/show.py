"""Printing: sentences to standard error, results to standard output."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

NO_PLACES = "There are no places yet: 'clusterhub source add ADDRESS' adds one."


def say(sentence: str) -> None:
    """Tell the operator something that is not a result."""
    click.echo(sentence, err=True)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} is not known in JSON")


def iso(moment: datetime | None) -> str | None:
    """Return a moment in RFC 3339, UTC, to the second."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def when(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as people read it, in their zone."""
    if moment is None:
        return "never"
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; off a terminal it is as wide as its longest cell, for other programs."""
    from rich.console import Console  # takes a twentieth of a second to load
    from rich.table import Table

    width = None if sys.stdout.isatty() else 10_000
    console = Console(width=width, highlight=False, emoji=False, markup=False)
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def counts_sentence(counts: Mapping[str, int]) -> str:
    """Return "3 new, 1 updated"; unchanged ones are left out."""
    shown = {name: n for name, n in sorted(counts.items()) if n and name != "unchanged"}
    told = [f"{count:,} {name}" for name, count in shown.items()]
    return ", ".join(told) or "nothing new"
