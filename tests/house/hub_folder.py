"""A hub in a folder, used as its technician does: by commands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from connector.cli import main
from connector.config import load
from connector.store.database import open_database
from sample_cluster.servers import SampleServers
from tests.cli.test_places import SOURCE
from tests.store.kept import Dump, dump

BLOG = "matuku-school"


@dataclass
class HubFolder:
    """A configuration and what belongs to it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def call(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command, whatever it says."""
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments], input=typed)

    def do(self, *arguments: str) -> str:
        """Run a command that has to succeed; return its standard output."""
        result = self.call(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json; return its objects."""
        return [json.loads(line) for line in self.do(*arguments, "--json").splitlines()]

    def refused(self, *arguments: str) -> str:
        """Run a command that has to fail with one sentence; return it."""
        result = self.call(*arguments)
        assert result.exit_code == 1, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.stderr

    def backup(self, *arguments: str) -> Path:
        """Make a backup; return its file."""
        return Path(self.rows("backup", *arguments)[0]["file"])

    def state(self) -> dict[str, bytes]:
        """Return every file of the hub, but what SQLite keeps beside its own."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        }


def hub_with(folder: Path, address: str = "", database_url: str = "") -> HubFolder:
    """Return a hub whose configuration names one place, or none."""
    folder.mkdir(parents=True, exist_ok=True)
    hub = HubFolder(folder)
    hub.config.write_text(
        (f'[hub]\ndatabase_url = "{database_url}"\n' if database_url else "")
        + '[network]\nallow = ["127.0.0.0/8"]\n[clusters.kauri]\nname = "Kauri"\n'
        + (SOURCE.format(address=address) if address else ""),
        encoding="utf-8",
    )
    return hub


def statuses(servers: SampleServers, blog: str) -> list[int | None]:
    """Return what a stand-in answered since it was last asked to forget."""
    return [one.status for one in servers.requests(blog)]


def kept(hub: HubFolder) -> Dump:
    """Return what its database holds."""
    store = open_database(load(hub.config).database_url)
    try:
        return dump(store)
    finally:
        store.close()
