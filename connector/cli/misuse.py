"""A call that names what is not there: one sentence, and exit code 2."""

from typing import IO, Any

import click


class Misused(click.ClickException):
    """The command was called in a way it does not know; the sentence says what it knows."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence alone."""
        click.echo(self.format_message(), file=file, err=file is None)
