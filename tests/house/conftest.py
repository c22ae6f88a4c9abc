"""Hubs that hold something, and places for their backups."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connector import sealed
from connector.store.database import Store, open_database, sqlite_url
from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World
from tests.conftest import BOTH
from tests.databases import PostgresDatabases
from tests.emptied import EmptiedPostgres, one_postgres
from tests.engine import Engine
from tests.house.hub_folder import BLOG, HubFolder, hub_with
from tests.house.populated import populate

PASSPHRASE = "four words of mine"


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real passphrases cost a third of a second; ``test_sealed`` pays it."""
    monkeypatch.setattr(sealed, "_LOG_N", 4)
    monkeypatch.setenv("CLUSTERHUB_BACKUP_PASSPHRASE", PASSPHRASE)


@pytest.fixture(scope="session")
def second_postgres(
    postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmptiedPostgres]:
    """The one PostgreSQL database that backups are restored to."""
    folder = tmp_path_factory.mktemp("second")
    with one_postgres(postgres_databases, folder, stays_connected=False) as databases:
        yield databases


@pytest.fixture
def full(engine: Engine) -> Engine:
    """A hub that has lived: edits, merges, replies, removals, students, a withdrawal."""
    populate(engine)
    return engine


@pytest.fixture(params=BOTH)
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second database of each kind: no file yet, or no hub in it."""
    if request.param == "sqlite":
        folder = tmp_path / "other"
        folder.mkdir()
        yield sqlite_url(folder / "hub.db")
        return
    with request.getfixturevalue("second_postgres").make(tmp_path) as url:
        yield url


@pytest.fixture
def other(other_url: str) -> Iterator[Store]:
    """The store of that second database."""
    opened = open_database(other_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[SampleServers]:
    """The sample cluster's blogs at their first step."""
    with SampleServers(World(DEFAULT_SEED, date(2026, 11, 20))) as running:
        yield running


@pytest.fixture(scope="session")
def read_hub(servers: SampleServers, tmp_path_factory: pytest.TempPathFactory) -> HubFolder:
    """A hub on SQLite that has read a small blog; copied by each test that changes it."""
    hub = hub_with(tmp_path_factory.mktemp("read"), servers.addresses[BLOG] + "/")
    hub.do("sync")
    return hub


@pytest.fixture
def hub(read_hub: HubFolder, tmp_path: Path) -> HubFolder:
    """A hub that has read a small blog."""
    shutil.copytree(read_hub.folder, tmp_path / "hub")
    copy = HubFolder(tmp_path / "hub")
    copy.do("confirm", "moved")
    return copy
