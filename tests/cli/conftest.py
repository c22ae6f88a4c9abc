"""A command line in an empty folder, and stand-in blogs for it to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connector.cli import main
from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World
from tests.databases import SqliteDatabases


@dataclass
class CommandLine:
    """The command in one folder."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def call(self, *arguments: str) -> Result:
        """Run a command, whatever it says."""
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments])

    def do(self, *arguments: str) -> str:
        """Run a command that has to succeed; return its standard output."""
        result = self.call(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json; return its objects."""
        return [json.loads(line) for line in self.do(*arguments, "--json").splitlines()]

    def write(self, more: str = "") -> None:
        """Write a configuration with one cluster that may ask this machine."""
        self.config.write_text(
            '[network]\nallow = ["127.0.0.0/8"]\n[clusters.kauri]\nname = "Kauri"\n' + more,
            encoding="utf-8",
        )


@pytest.fixture
def bare_cli(tmp_path: Path) -> CommandLine:
    """A command line without a hub."""
    return CommandLine(tmp_path)


@pytest.fixture
def cli(tmp_path: Path, sqlite_databases: SqliteDatabases) -> Iterator[CommandLine]:
    """A command line with an empty hub: to make its tables takes longer than most commands."""
    folder = tmp_path / "data"
    folder.mkdir()
    with sqlite_databases.make(folder):
        yield CommandLine(tmp_path)


@pytest.fixture(scope="module")
def servers() -> Iterator[SampleServers]:
    """The sample cluster's blogs at their first step."""
    with SampleServers(World(DEFAULT_SEED, date(2026, 11, 20))) as running:
        yield running


@pytest.fixture
def blog(servers: SampleServers) -> str:
    """The address of a small blog."""
    return servers.addresses["matuku-school"] + "/"
