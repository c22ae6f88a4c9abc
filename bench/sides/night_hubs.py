"""Hubs for ``kills``: one of each database, put back to the start of any night in no time."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from bench.sides.changing_feeds import ChangingFeeds


class SqliteHub:
    """A hub in a file."""

    kind = "sqlite"

    def __init__(self, folder: Path):
        self.config = folder / "config.toml"
        self._file = folder / "data" / "hub.db"
        self.url = f"sqlite:///{self._file}"
        self.section = '[hub]\ndata_dir = "data"\n'

    def keep(self, night: int) -> None:
        """Remember the present state as the start of a night."""
        shutil.copyfile(self._file, self._kept(night))

    def restore(self, night: int) -> None:
        """Go back to the start of a night."""
        for ending in ("-wal", "-shm"):
            Path(f"{self._file}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self._kept(night), self._file)

    def _kept(self, night: int) -> Path:
        return self._file.with_name(f"night-{night}.db")

    def close(self) -> None:
        """Leave the files to whoever made the folder."""


class PostgresHub:
    """A hub on a server, in databases of its own."""

    kind = "postgresql"

    def __init__(self, folder: Path, server: str):
        self.config = folder / "config.toml"
        self._server = server
        self._name = f"clusterhub_kills_{os.getpid()}"
        self._made: set[str] = set()
        self._make(self._name)
        self.url = make_url(server).set(database=self._name).render_as_string(hide_password=False)
        self.section = f'[hub]\ndata_dir = "data"\ndatabase_url = "{self.url}"\n'

    def keep(self, night: int) -> None:
        """Remember the present state as the start of a night."""
        self._make(f"{self._name}_night_{night}", template=self._name)

    def restore(self, night: int) -> None:
        """Go back to the start of a night."""
        self._drop(self._name)
        self._make(self._name, template=f"{self._name}_night_{night}")

    def _make(self, name: str, template: str = "template0") -> None:
        parts = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        self._do(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**parts))
        self._made.add(name)

    def _drop(self, name: str) -> None:
        parts = {"name": sql.Identifier(name)}
        self._do(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**parts))
        self._made.discard(name)

    def _do(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        """Drop all that was made."""
        for name in sorted(self._made):
            self._drop(name)


NightHub = SqliteHub | PostgresHub


@contextmanager
def night_hub(
    kind: str, folder: Path, server: str, service: ChangingFeeds, feeds: Iterable[int]
) -> Iterator[NightHub]:
    """Give a hub with these feeds configured, its database not yet made; dropped afterwards.

    Args:
        kind: "sqlite" or "postgresql".
        server: the address of a PostgreSQL server, where it is needed.
    """
    folder.mkdir(parents=True)
    hub: NightHub = SqliteHub(folder) if kind == "sqlite" else PostgresHub(folder, server)
    try:
        hub.config.write_text(_config(hub.section, service, feeds), encoding="utf-8")
        yield hub
    finally:
        hub.close()


def _config(section: str, service: ChangingFeeds, feeds: Iterable[int]) -> str:
    places = [
        f'[[sources]]\nid = "feed-{feed}"\nkind = "blogs"\naddress = "{service.address(feed)}"\n'
        'settings = { flavour = "feed", comments = false }\n'
        for feed in feeds
    ]
    network = '[network]\nallow = ["127.0.0.0/8"]\nrequests_per_host = 16\n'
    return "\n".join([section, network, '[clusters.bench]\nname = "Bench"\n', *places])
