"""Serves the sample cluster alone: ``python -m sample_cluster``.

Only the command line belongs here.
"""

import argparse
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from sample_cluster.config import config_toml
from sample_cluster.servers import SampleServers
from sample_cluster.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    world = World(options.seed, options.today)
    with SampleServers(world, ports=options.port, step=options.step) as servers:
        for blog in world.blogs:
            _say(sys.stdout, f"{servers.address(blog)}  {blog.title}")
        if options.config:
            Path(options.config).write_text(config_toml(servers, options.data_dir), "utf-8")
        _serve(servers, options.every)
    return 0


def _serve(servers: SampleServers, every: float) -> None:
    try:
        while True:
            time.sleep(every if every else 3600)
            if every and servers.step < servers.world.last_step:
                _say(sys.stderr, f"Step {servers.advance()} is shown now.")
    except KeyboardInterrupt:
        _say(sys.stderr, "The sample cluster has stopped.")


def _say(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def _today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("Pacific/Auckland")).date()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sample_cluster", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which world (default 1)")
    parser.add_argument("--today", type=date.fromisoformat, default=_today(), help="YYYY-MM-DD")
    parser.add_argument("--step", type=int, default=0, help="where the history begins")
    parser.add_argument("--every", type=float, default=0, help="seconds between two steps")
    parser.add_argument("--port", type=int, help="the first port (default: any)")
    parser.add_argument("--config", help="write a config.toml for the hub to this file")
    parser.add_argument("--data-dir", default="data", help="the hub's folder in that file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
