"""The command ``clusterhub`` and what all its commands share.

A command's module is imported when the command is called: a web server, a database and a
sample cluster take a second to load, and 'clusterhub status' needs one of the three.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from connector import VERSION
from connector.cli.chosen import Chosen
from connector.errors import HubError

COMMANDS = {
    "init": (
        "setup",
        "Make a new hub: a configuration file, a folder for its data, an empty database.",
    ),
    "source": ("places", "Add, list, pause and resume places."),
    "check": (
        "checking",
        "Try each ability of places and destinations (all, or those named) with real calls.",
    ),
    "preview": ("preview", "Read without keeping, by the same code as a sync."),
    "sync": ("running", "Read places now: all, or those named."),
    "status": ("health", "Show how the places are."),
    "search": (
        "questions",
        "Find posts with all these words, newest first; macrons and case do not count.",
    ),
    "why": ("why", "Say why the post at ADDRESS is in the hub, or why not."),
    "unmerge": ("questions", "Take apart two posts that were joined; 'why' tells the NUMBER."),
    "held": ("held", "List what waits for your OK; release or retire it."),
    "announce": (
        "announcing",
        "Announce what FILE says at the destinations named, once each.",
    ),
    "deliveries": ("delivered", "Show what became of announcements."),
    "retry": ("delivered", "Say yes to a delivery that waits or failed; NUMBER is the delivery's."),
    "retract": ("delivered", "Take an announcement back everywhere; NUMBER is its own."),
    "settle": ("delivered", "Say whether a copy is there, where the hub cannot know."),
    "export": (
        "exporting",
        "Write posts and replies as ActivityStreams 2.0, one JSON object on each line.",
    ),
    "prune": (
        "keeping",
        "Delete what is over its time, in all clusters; 'serve' does so every night.",
    ),
    "serve": ("serving", "Show the hub in a browser and keep reading its places."),
    "doctor": ("doctor", "Look over the whole hub; say what is wrong and what to do."),
    "backup": (
        "backing_up",
        "Copy the hub into the folder or file TARGET; the hub may run meanwhile.",
    ),
    "restore": (
        "restoring",
        "Put the backup FILE in place of the hub's database. Stop the hub first.",
    ),
    "confirm": ("confirming", "Say what the hub cannot know: moved, copied, or a loss."),
    "demo": (
        "demo",
        "Show an invented cluster: eight schools, forty teachers, three years of posts.",
    ),
}
"""The module and the line of help of each command; each module has it under its own name."""


class Commands(MutableMapping[str, click.Command]):
    """The commands by name, each imported when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module = import_module(f"connector.cli.{COMMANDS[name][0]}")
            self._loaded[name] = getattr(module, name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _HubGroup(click.Group):
    """A group whose expected errors are one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HubError as error:
            click.echo(str(error), err=True)
            sys.exit(1)
        except BrokenPipeError:
            sys.exit(1)  # whoever read our output has seen enough

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.group(
    cls=_HubGroup, commands=Commands(), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(VERSION, prog_name="clusterhub")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    default=Path("config.toml"),
    envvar="CLUSTERHUB_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)
@click.option(
    "--cluster",
    metavar="SLUG",
    envvar="CLUSTERHUB_CLUSTER",
    help="Which cluster, where there are several.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more on standard error: each run.")
@click.pass_context
def main(ctx: click.Context, config: Path, cluster: str | None, verbose: bool) -> None:
    """Read the places of a school cluster into one shared hub.

    Begin with 'clusterhub init', then add places and 'clusterhub sync'. 'clusterhub serve'
    shows the hub and keeps reading; 'clusterhub demo' shows an invented cluster.
    """
    ctx.obj = Chosen(config, cluster, verbose)
    logging.basicConfig(
        level=logging.INFO if verbose or ctx.invoked_subcommand == "serve" else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("apscheduler", "urllib3", "alembic", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
