"""The command ``clusterhub`` and what all its commands share."""

import logging
import sys
from pathlib import Path
from typing import Any

import click

from connector import VERSION
from connector.cli import places, questions, running, setup
from connector.cli.chosen import Chosen
from connector.cli.show import say
from connector.errors import HubError

COMMANDS = (
    setup.init,
    places.source,
    places.check,
    places.preview,
    running.sync,
    places.status,
    questions.search,
    questions.why,
    questions.unmerge,
    questions.held,
    running.serve,
    running.demo,
)


class _HubGroup(click.Group):
    """A group whose expected errors are one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HubError as error:
            say(str(error))
            sys.exit(1)
        except BrokenPipeError:
            sys.exit(1)  # whoever read our output has seen enough


@click.group(cls=_HubGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="clusterhub")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
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
@click.option("-v", "--verbose", is_flag=True, help="Log each run on standard error.")
@click.pass_context
def main(ctx: click.Context, config: Path, cluster: str | None, verbose: bool) -> None:
    """Read the places of a school cluster into one shared hub.

    Begin with 'clusterhub init', then add places and 'clusterhub sync'. 'clusterhub serve'
    shows the hub and keeps reading; 'clusterhub demo' shows an invented cluster.
    """
    ctx.obj = Chosen(config, cluster)
    logging.basicConfig(
        level=logging.INFO if verbose or ctx.invoked_subcommand == "serve" else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("apscheduler", "urllib3", "alembic", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


for _command in COMMANDS:
    main.add_command(_command)
