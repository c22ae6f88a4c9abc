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

from sample_cluster.config import config_toml
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
    for blog in servers.world.blogs:
        click.echo(f"{servers.address(blog)}  {blog.title}")
    if options.config:
        Path(options.config).write_text(config_toml(servers, options.data_dir), "utf-8")


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
    parser = argparse.ArgumentParser("python -m sample_cluster", description=__doc__)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="which world")
    parser.add_argument("--today", type=date.fromisoformat, default=_today(), help="YYYY-MM-DD")
    parser.add_argument("--step", type=int, default=0, help="where the history begins")
    parser.add_argument("--every", type=float, default=0, help="seconds between two steps")
    parser.add_argument("--port", type=int, help="the first port (default: any)")
    parser.add_argument("--config", help="write a config.toml for the hub to this file")
    parser.add_argument("--data-dir", default="data", help="the hub's folder in that file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
