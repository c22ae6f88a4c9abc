"""What the options before the command chose."""

from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which configuration and which cluster a command is about."""

    config: Path
    cluster: str | None
    verbose: bool = False


pass_chosen = click.make_pass_decorator(Chosen)
