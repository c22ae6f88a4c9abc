"""``doctor``: each trouble is named, with what to do; a well hub has none."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.cli.doctor_database import judge_clock, judge_kind, search
from connector.cli.doctor_machine import file_system, room
from connector.cli.findings import Finding
from connector.store import health
from tests.engine import Engine
from tests.house.hub_folder import HubFolder, hub_with
from tests.house.rights import ordinary_user

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
31 22 0:40 / /srv/school\\040share rw - nfs4 server:/share rw
40 22 0:41 / /var rw shared:3 - btrfs /dev/sdb1 rw
"""


def checks(hub: HubFolder, *arguments: str) -> dict[str, tuple[bool, str]]:
    """Return what a doctor's visit found: check -> (ok, sentence)."""
    result = hub.call("doctor", "--json", *arguments)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == (0 if all(one["ok"] for one in found) else 1), result.output
    return {one["check"]: (one["ok"], one["sentence"]) for one in found}


def change(hub: HubFolder, statement: str) -> None:
    """Change the database behind the hub's back."""
    with closing(sqlite3.connect(hub.data / "hub.db")) as conn:
        conn.execute(statement)
        conn.commit()


def test_a_well_hub_passes_every_check(hub: HubFolder) -> None:
    found = checks(hub)
    assert [name for name, (ok, _) in found.items() if not ok] == []
    assert list(found) == (
        "configuration,versions,time zones,secrets,folder,disk,permissions,file system,database,"
        "integrity,schema,search,key,withdrawals,instance,clock,readings,places,announcements,backup"
    ).split(",")


def test_a_visit_changes_nothing(hub: HubFolder) -> None:
    before = hub.state()
    hub.do("doctor")
    assert hub.state() == before


@pytest.mark.postgres
def test_a_hub_on_postgresql_is_looked_over_too(tmp_path: Path, second_postgres: object) -> None:
    with second_postgres.make(tmp_path) as url:
        hub = hub_with(tmp_path / "hub", database_url=url)
        hub.do("init")
        found = checks(hub)
        assert all(ok for ok, _ in found.values())
        assert found["database"][1].startswith("PostgreSQL ")
        assert "no extension is needed" in found["database"][1]


def test_a_server_that_does_not_answer_is_a_line(tmp_path: Path) -> None:
    hub = hub_with(tmp_path / "hub", database_url="postgresql://nobody@127.0.0.1:1/none")
    ok, told = checks(hub)["database"]
    assert not ok
    assert "does not answer" in told


def test_a_wrong_configuration_leaves_what_needs_none(hub: HubFolder) -> None:
    hub.config.write_text("[hub]\ndata_folder = 1\n")
    found = checks(hub)
    assert list(found) == ["configuration", "versions"]
    assert "data_folder" in found["configuration"][1]


def test_a_configuration_that_may_not_be_read_is_a_line(hub: HubFolder) -> None:
    hub.config.chmod(0)
    with ordinary_user():
        ok, told = checks(hub)["configuration"]
    assert not ok
    assert "check its rights" in told


def test_an_address_that_the_environment_lacks_is_a_line_among_others(hub: HubFolder) -> None:
    text = hub.config.read_text()
    hub.config.write_text(f'[hub]\ndatabase_url = "env:NOWHERE_SET"\n{text}')
    found = checks(hub)
    ok, told = found["configuration"]
    assert not ok
    assert "NOWHERE_SET" in told
    assert found["folder"][0]
    assert "database" not in found


@pytest.mark.parametrize(("name", "check"), [(".env", "secrets"), ("data/hub.key", "permissions")])
def test_private_files_that_others_may_read(hub: HubFolder, name: str, check: str) -> None:
    (hub.folder / ".env").write_text("A=b\n")
    (hub.folder / ".env").chmod(0o600)
    (hub.folder / name).chmod(0o644)
    ok, told = checks(hub)[check]
    assert not ok
    assert f"chmod 600 {hub.folder / name}" in told


@pytest.mark.parametrize(
    ("statement", "check", "told"),
    [
        ("UPDATE instance SET key_fingerprint = 'another'", "key", "does not belong"),
        ("UPDATE alembic_version SET version_num = '9999'", "schema", "newer Cluster Hub"),
        ("UPDATE instance SET uid = 'another'", "instance", "moved or copied"),
        ("UPDATE instance SET created = 0", "backup", "There is no backup"),
        ("UPDATE instance SET backed_up = 0", "backup", "The last is of 1 January 1970"),
        ("UPDATE run SET started = started + 86400000000", "clock", "was set back"),
        ("UPDATE source SET lease_end = 1", "readings", "Cut off and not taken up again: matuku"),
        ("UPDATE source SET last_good = 1, created = 1", "places", "matuku: last read well 1"),
        ("UPDATE origin SET item_id = 99999", "integrity", "rows point nowhere"),
    ],
)
def test_what_is_wrong_in_the_database(
    hub: HubFolder, statement: str, check: str, told: str
) -> None:
    change(hub, statement)
    ok, sentence = checks(hub)[check]
    assert not ok
    assert told in sentence


@pytest.mark.parametrize(
    ("folder", "file"), [(0o500, 0o600), (0o700, 0o400), (0o500, 0o400), (0o700, 0o000)]
)
def test_missing_rights_are_told_as_rights_and_never_as_damage(
    hub: HubFolder, folder: int, file: int
) -> None:
    (hub.data / "hub.db").chmod(file)
    hub.data.chmod(folder)
    try:
        with ordinary_user():
            result = hub.call("doctor")
    finally:
        hub.data.chmod(0o700)
    assert result.exit_code == 1, result.output
    assert "rights of" in result.stdout or "give it to the user" in result.stdout
    assert "--replace" not in result.stdout
    assert "database is damaged" not in result.stdout
    if file:
        assert "ok     integrity: " in result.stdout


@pytest.mark.parametrize("content", [b"nonsense" * 1000, None])
def test_real_damage_is_told_with_what_to_do(hub: HubFolder, content: bytes | None) -> None:
    path = hub.data / "hub.db"
    whole = path.read_bytes()
    path.write_bytes(content or whole[:8192] + b"\xff" * (len(whole) - 8192))
    ok, told = checks(hub)["integrity"]
    assert not ok
    assert "--replace" in told


def test_what_is_missing_beside_the_database(hub: HubFolder) -> None:
    for name in ("hub.key", "withdrawals.jsonl", "instance.json"):
        (hub.data / name).unlink()
    found = checks(hub)
    assert "put the file back" in found["key"][1]
    assert "confirm loss" in found["withdrawals"][1]
    assert "confirm moved" in found["instance"][1]


@pytest.mark.parametrize("left", ["hub.key", "withdrawals.jsonl", "instance.json"])
def test_a_database_that_vanished_is_not_made_anew(hub: HubFolder, left: str) -> None:
    for path in hub.data.iterdir():
        if path.is_file() and path.name != left:
            path.unlink()
    before = hub.state()
    for command in ("status", "sync", "serve", "init", "backup"):
        told = hub.refused(command)
        assert f"{hub.data / 'hub.db'} is missing" in told
        assert "'clusterhub restore BACKUP'" in told
        assert f"rename {left}" in told
    assert hub.state() == before
    assert checks(hub)["database"] == (False, told.strip())
    (hub.data / left).rename(hub.data / "former")
    hub.do("status")


def test_a_hub_that_was_never_opened(tmp_path: Path) -> None:
    found = checks(hub_with(tmp_path / "hub"))
    assert "clusterhub init" in found["folder"][1]
    assert "clusterhub init" in found["database"][1]
    assert not (tmp_path / "hub" / "data").exists()


MISSING = "DELETE FROM search_entry WHERE sort_key = (SELECT max(sort_key) FROM search_entry)"
SURPLUS = "UPDATE origin SET is_listed = {no}"


@pytest.mark.parametrize("statement", [MISSING, SURPLUS])
def test_a_search_index_that_differs_is_written_afresh(full: Engine, statement: str) -> None:
    no = "0" if full.store.is_sqlite else "false"
    with full.store.write() as conn:
        conn.execute(text(statement.format(no=no)))
    assert "doctor --fix" in search(full.store, fixes=False).sentence
    assert search(full.store, fixes=True).ok
    assert search(full.store, fixes=False) == Finding.well(
        "search", "The index says what the posts say."
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_text_index_that_contradicts_itself_is_written_afresh(full: Engine) -> None:
    word = full.found("garden", full.facilitator())
    with full.store.write() as conn:
        conn.execute(text("INSERT INTO search_index(search_index) VALUES ('delete-all')"))
    assert full.found("garden", full.facilitator()) == []
    gap = health.search_gap(full.store)
    assert (gap.is_torn, gap.missing, gap.surplus) == (True, 0, 0)
    assert search(full.store, fixes=True).ok
    assert full.found("garden", full.facilitator()) == word == ["A bird"]


@pytest.mark.parametrize(
    ("folder", "ok"),
    [("/srv/school share/hub", False), ("/srv/school", True), ("/var/kea/hub", True)],
)
def test_sqlite_on_a_network_drive_is_refused(folder: str, ok: bool) -> None:
    finding = file_system(Path(folder), MOUNTS)
    assert finding.ok is ok
    assert ok or "(nfs4)" in finding.sentence


def test_a_drive_mounted_over_another_counts() -> None:
    over = MOUNTS + "41 40 0:42 / /var rw - cifs //server/var rw\n"
    assert not file_system(Path("/var/kea"), over).ok


def test_a_system_that_does_not_tell_its_drives_is_no_trouble() -> None:
    assert file_system(Path("/var"), None).ok
    assert file_system(Path("/var"), "nonsense\n").ok


@pytest.mark.parametrize(("free", "ok"), [(499, False), (500, True)])
def test_a_disk_that_is_nearly_full(free: int, ok: bool) -> None:
    assert room(Path("/data"), free, 500).ok is ok


@pytest.mark.parametrize(
    ("seconds", "newest", "ok"),
    [(0, None, True), (4, NOW, True), (-60, None, False), (0, NOW + timedelta(hours=1), False)],
)
def test_clocks_that_differ(seconds: int, newest: datetime | None, ok: bool) -> None:
    assert judge_clock(timedelta(seconds=seconds), newest, NOW).ok is ok


@pytest.mark.parametrize(("new", "unicode", "ok"), [(1, 1, True), (0, 1, False), (1, 0, False)])
def test_database_programs_that_do_not_do(new: int, unicode: int, ok: bool) -> None:
    assert judge_kind("PostgreSQL", "9.6", bool(new), bool(unicode)).ok is ok
