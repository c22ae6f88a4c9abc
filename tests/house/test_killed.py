"""``backup`` and ``restore`` killed with SIGKILL: what was there stays, and a second try works."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.config import load
from connector.store.backup_file import examine
from connector.store.database import open_database
from tests.emptied import EmptiedPostgres
from tests.house.conftest import PASSPHRASE
from tests.house.hub_folder import HubFolder, hub_with, kept

ROOT = Path(__file__).parents[2]
SQLITE_SEAMS = [
    ("after", "connector.store.restoring:settle_in", False),
    ("pages", "connector.store.restoring:", False),
    ("after", "connector.store.restoring:put_in_place", True),
    ("after", "connector.hub_files:take_staged", True),
]
POSTGRES_SEAMS = [
    ("before", "connector.store.copying:_move_sequences_on", False),
    ("after", "connector.store.restoring:put_in_place", True),
]


def killed(hub: HubFolder, when: str, seam: str, *arguments: str) -> None:
    """Run a command that is killed at this point."""
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.house.killed",
            when,
            seam,
            "--config",
            hub.config,
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "CLUSTERHUB_BACKUP_PASSPHRASE": PASSPHRASE},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def change(hub: HubFolder) -> None:
    store = open_database(load(hub.config).database_url)
    with store.write() as conn:
        conn.execute(text("UPDATE origin SET title = 'changed since'"))
    store.close()


def left_over(hub: HubFolder) -> list[str]:
    """Return the names of files that a killed command left and that nobody needs."""
    names = [str(path.relative_to(hub.folder)) for path in hub.folder.rglob("*")]
    return [name for name in names if "restoring" in name]


def leaves_one_or_the_other(
    hub: HubFolder, backup: Path, when: str, seam: str, *, is_restored: bool
) -> None:
    """Kill a restore over a hub that has changed since its backup; then let it end well."""
    change(hub)
    former = kept(hub)
    killed(hub, when, seam, "restore", str(backup), "--replace")
    assert (kept(hub) != former) is is_restored
    hub.do("status")
    hub.do("restore", str(backup), "--replace")
    assert "changed since" not in repr(kept(hub))
    assert left_over(hub) == []


@pytest.mark.parametrize(("when", "seam", "is_restored"), SQLITE_SEAMS)
def test_a_restore_killed_anywhere_leaves_the_one_hub_or_the_other(
    hub: HubFolder, tmp_path: Path, when: str, seam: str, is_restored: bool
) -> None:
    """Never half of one; the same command again ends well."""
    backup = hub.backup(str(tmp_path / "usb.db"))
    leaves_one_or_the_other(hub, backup, when, seam, is_restored=is_restored)


@pytest.mark.postgres
@pytest.mark.parametrize(("when", "seam", "is_restored"), POSTGRES_SEAMS)
def test_a_restore_to_postgresql_killed_anywhere_leaves_the_one_hub_or_the_other(
    hub: HubFolder,
    tmp_path: Path,
    second_postgres: EmptiedPostgres,
    when: str,
    seam: str,
    is_restored: bool,
) -> None:
    backup = hub.backup(str(tmp_path / "usb.db"))
    with second_postgres.make(tmp_path) as url:
        on_server = hub_with(tmp_path / "server", database_url=url)
        on_server.do("restore", str(backup))
        leaves_one_or_the_other(on_server, backup, when, seam, is_restored=is_restored)


@pytest.mark.parametrize(
    ("when", "seam"),
    [
        ("before", "connector.store.restoring:put_in_place"),
        ("after", "connector.store.restoring:put_in_place"),
    ],
)
def test_a_restore_to_a_new_folder_killed_anywhere_leaves_no_hub_or_a_whole_one(
    hub: HubFolder, tmp_path: Path, when: str, seam: str
) -> None:
    backup = hub.backup()
    new = HubFolder(tmp_path / "new")
    new.folder.mkdir()
    killed(new, when, seam, "restore", str(backup), "--into", str(new.folder))
    assert not new.config.exists()
    assert "There is no" in new.refused("sync")
    is_there = (new.data / "hub.db").exists()
    assert is_there is (when == "after" and seam.endswith("put_in_place"))
    new.do("restore", str(backup), "--into", str(new.folder), *(["--replace"] * is_there))
    assert kept(new) == kept(hub)
    assert left_over(new) == []


@pytest.mark.parametrize(
    ("when", "seam", "is_made"),
    [
        ("pages", "connector.store.backup:", False),
        ("before", "connector.store.backup:_publish", False),
        ("after", "connector.cli.backups:write_backup", True),
    ],
)
def test_a_backup_killed_anywhere_leaves_none_or_a_whole_one(
    hub: HubFolder, when: str, seam: str, is_made: bool
) -> None:
    folder = hub.data / "backups"
    killed(hub, when, seam, "backup")
    made = list(folder.glob("clusterhub-*.db"))
    assert bool(made) is is_made
    for path in made:
        examine(path)
    hub.do("status")
    for path in folder.iterdir():
        os.utime(path, (time.time() - 2 * 86_400,) * 2)
    assert hub.backup(str(folder)).exists()
    assert [path.name for path in folder.iterdir() if "part" in path.name] == []
