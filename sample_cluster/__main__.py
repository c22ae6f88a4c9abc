"""Serves the sample cluster alone: ``python -m sample_cluster``.

Only the command line belongs here.
"""

import argparse
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from sample_cluster.config import write_configuration
from sample_cluster.moodle.vln import VLN_NAME
from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World

_ADVICE = "Choose another first port with --port, or a folder that can be written with --config."


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    world = World(options.seed, options.today)
    try:
        with SampleServers(world, ports=options.port, step=options.step) as servers:
            _announce(servers, options)
            _serve(servers, options.every)
    except OSError as error:
        click.echo(f"The sample cluster cannot be shown: {error}. {_ADVICE}", err=True)
        return 1
    return 0


def _announce(servers: SampleServers, options: argparse.Namespace) -> None:
    if options.config:
        write_configuration(servers, Path(options.config), options.data_dir)
    for blog in servers.world.blogs:
        click.echo(f"{servers.address(blog)}  {blog.title}")
    click.echo(f"{servers.vln.address}  {VLN_NAME} (Moodle)")


def _serve(servers: SampleServers, every: float) -> None:
    try:
        while True:
            time.sleep(every if every else 3600)
            if every and servers.step < servers.world.last_step:
                click.echo(f"Step {servers.advance()} is shown now.", err=True)
    except KeyboardInterrupt:
        click.echo("The sample cluster has stopped.", err=True)


def _today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("Pacific/Auckland")).date()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m sample_cluster",
        description="Show the invented blogs and the Moodle of eight schools on this machine, for a hub to "
        "read, until you press Ctrl-C. Nothing outside is asked.",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_SEED,
        help="another seed invents another cluster (default: %(default)s)",
    )
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=_today(),
        metavar="YYYY-MM-DD",
        help="the day after the newest post (default: today)",
    )
    parser.add_argument(
        "--step",
        type=int,
        default=0,
        help="where in the history to begin (default: %(default)s, the archive)",
    )
    parser.add_argument(
        "--every",
        type=float,
        default=0,
        metavar="SECONDS",
        help="go on to the next step by itself, after so long",
    )
    parser.add_argument(
        "--port",
        type=int,
        help="the port of the first blog; the others and the Moodle take those after it "
        "(default: any free)",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="write a config.toml that reads them all to this file, and a .env beside it",
    )
    parser.add_argument(
        "--data-dir",
        default="data",
        metavar="FOLDER",
        help="the hub's folder in that file (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
