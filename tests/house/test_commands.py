"""``backup``, ``restore`` and ``confirm`` by a technician, with a real stand-in blog."""

import json
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

import pytest

from connector.hub_files import KEY_FILE, WITHDRAWALS_FILE, write_withdrawals
from connector.privacy import Privacy
from sample_cluster.servers import SampleServers
from tests.house.conftest import PASSPHRASE
from tests.house.hub_folder import BLOG, HubFolder, hub_with, kept, statuses
from tests.house.rights import ordinary_user

MOVED = "moved or copied"


def fingerprint(hub: HubFolder) -> str:
    key = bytes.fromhex((hub.data / KEY_FILE).read_text())
    return Privacy(key).fingerprint()


def test_restored_to_a_new_folder_the_hub_reads_on_and_doubles_nothing(
    hub: HubFolder, servers: SampleServers, tmp_path: Path
) -> None:
    """Old cursors are used: the blog answers that nothing has changed, and only that."""
    path = hub.backup()
    other = HubFolder(tmp_path / "new")
    other.do("restore", str(path), "--into", str(other.folder))
    before = kept(other)
    assert before == kept(hub)
    assert len(before["origin_text"]) > 10
    servers.forget()
    (report,) = other.rows("sync")
    assert report["state"] == "done"
    assert not report["counts"].get("new")
    assert set(statuses(servers, BLOG)) == {304}
    assert kept(other) == before
    assert other.config.read_text() == hub.config.read_text()
    assert (other.data / KEY_FILE).read_text() == (hub.data / KEY_FILE).read_text()


@pytest.mark.postgres
def test_a_hub_moves_to_postgresql_and_back(
    hub: HubFolder, servers: SampleServers, tmp_path: Path, postgres_databases: object
) -> None:
    before = kept(hub)
    with postgres_databases.make(tmp_path) as url:
        on_server = hub_with(tmp_path / "server", servers.addresses[BLOG] + "/", url)
        on_server.do("restore", str(hub.backup()))
        servers.forget()
        (report,) = on_server.rows("sync")
        assert (report["state"], report["counts"].get("new", 0)) == ("done", 0)
        assert set(statuses(servers, BLOG)) == {304}
        assert MOVED in on_server.call("doctor").stdout
        on_server.do("confirm", "moved")
        on_server.do("doctor")
        path = on_server.backup()
    back = hub_with(tmp_path / "back", servers.addresses[BLOG] + "/")
    back.do("restore", str(path))
    assert kept(back) == before
    back.do("confirm", "moved")
    back.do("doctor")


def test_a_database_may_be_named_by_its_address(hub: HubFolder, tmp_path: Path) -> None:
    path = hub.backup()
    other = hub_with(tmp_path / "new")
    place = tmp_path / "elsewhere.db"
    result = other.call("restore", str(path), "--into", f"sqlite:///{place}")
    assert result.exit_code == 0, result.output
    assert "database_url" in result.stderr
    assert place.exists()
    assert not (other.data / "hub.db").exists()


def test_a_database_may_lie_on_another_disk(hub: HubFolder, tmp_path: Path) -> None:
    path = hub.backup()
    other = hub_with(tmp_path / "new")
    known = [one for one in map(Path, ("/dev/shm", "/tmp", "/var/tmp")) if one.is_dir()]
    elsewhere = [one for one in known if one.stat().st_dev != tmp_path.stat().st_dev]
    if not elsewhere:
        pytest.skip("no other disk is known here")
    with tempfile.TemporaryDirectory(dir=elsewhere[0]) as folder:
        place = Path(folder) / "elsewhere.db"
        other.call("restore", str(path), "--into", f"sqlite:///{place}")
        assert [one.name for one in place.parent.iterdir() if "-" not in one.name] == [place.name]
        assert place.stat().st_mode & 0o777 == 0o600


def test_a_hub_that_holds_something_is_replaced_only_when_told(
    hub: HubFolder, tmp_path: Path
) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    before = hub.state()
    assert "say --replace" in hub.refused("restore", str(path))
    assert hub.state() == before
    hub.do("restore", str(path), "--replace")
    (former,) = (hub.data / "backups").glob("*.db")
    assert former.with_suffix(".key").exists()
    assert (
        "Restored"
        in HubFolder(tmp_path / "again")
        .call("restore", str(former), "--into", str(tmp_path / "again"))
        .stderr
    )


def test_a_damaged_hub_is_replaced_and_kept_aside(hub: HubFolder) -> None:
    path = hub.backup()
    content = bytearray((hub.data / "hub.db").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (hub.data / "hub.db").write_bytes(content)
    assert "integrity" in hub.call("doctor").stdout
    hub.do("restore", str(path), "--replace")
    (aside,) = hub.data.glob("hub.db.before-restore-*")
    assert aside.read_bytes() == bytes(content)
    assert hub.rows("sync")[0]["state"] == "done"


@pytest.mark.parametrize("spoilt", ["db", "key"])
def test_a_damaged_file_changes_nothing(hub: HubFolder, tmp_path: Path, spoilt: str) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    changed = path.with_suffix(f".{spoilt}")
    content = bytearray(changed.read_bytes())
    content[-2000 if spoilt == "db" else -20] ^= 1
    changed.write_bytes(content)
    before = hub.state()
    assert "damaged" in hub.refused("restore", str(path), "--replace")
    assert hub.state() == before


def test_a_failed_restore_to_a_new_folder_leaves_no_hub(hub: HubFolder, tmp_path: Path) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    path.write_bytes(path.read_bytes()[:9000])
    other = HubFolder(tmp_path / "new")
    other.refused("restore", str(path), "--into", str(other.folder))
    assert other.state() == {}


def test_the_epoch_rises_with_each_restore_and_the_question_is_asked(
    hub: HubFolder, tmp_path: Path
) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    first = json.loads((hub.data / "instance.json").read_text())
    for _ in range(2):
        assert MOVED in hub.call("restore", str(path), "--replace").stderr
    doctor = hub.call("doctor")
    assert doctor.exit_code == 1
    assert MOVED in doctor.stdout
    hub.do("confirm", "moved")
    second = json.loads((hub.data / "instance.json").read_text())
    assert second["hub"] == first["hub"]
    assert second["epoch"] >= first["epoch"] + 2
    hub.do("doctor")


def test_a_copied_folder_is_noticed_and_becomes_another_hub(hub: HubFolder, tmp_path: Path) -> None:
    shutil.copytree(hub.folder, tmp_path / "copy")
    copy = HubFolder(tmp_path / "copy")
    assert MOVED in copy.call("doctor").stdout
    copy.do("confirm", "copied")
    copy.do("doctor")
    former, new = (
        json.loads((one.data / "instance.json").read_text())["hub"] for one in (hub, copy)
    )
    assert former != new
    hub.do("doctor")


def test_without_the_key_nothing_is_read_until_a_yes_that_names_the_loss(
    hub: HubFolder, servers: SampleServers, tmp_path: Path
) -> None:
    path = hub.backup("--without-key")
    other = hub_with(tmp_path / "new", servers.addresses[BLOG] + "/")
    before = other.state()
    told = other.refused("restore", str(path))
    assert "students' pseudonyms" in told
    assert "--without-key" in told
    assert "--accept-loss" in told
    assert other.state() == before
    assert "confirm loss" in other.call("restore", str(path), "--without-key").stderr
    for command in ("sync", "serve"):
        assert "students' pseudonyms would be lost" in other.refused(command)
    asked = other.call("confirm", "loss", typed="n\n")
    assert asked.exit_code == 1
    assert "The hub's key is lost" in asked.stderr
    assert "confirm loss" in other.refused("sync")
    assert other.call("confirm", "loss", typed="y\n").exit_code == 0
    (report,) = other.rows("sync")
    assert (report["state"], report["counts"].get("new", 0)) == ("done", 0)
    assert "Nothing is lost" in other.call("confirm", "loss").stderr


def test_a_loss_may_be_accepted_with_the_restore(
    hub: HubFolder, servers: SampleServers, tmp_path: Path
) -> None:
    path = hub.backup("--without-key")
    other = hub_with(tmp_path / "new", servers.addresses[BLOG] + "/")
    assert "key is lost" in other.call("restore", str(path), "--accept-loss").stderr
    assert other.rows("sync")[0]["state"] == "done"


def test_without_the_withdrawals_nothing_is_read_until_a_yes(
    hub: HubFolder, servers: SampleServers, tmp_path: Path
) -> None:
    """The key was kept by hand, the file of withdrawals was not."""
    path = hub.backup("--without-key")
    other = hub_with(tmp_path / "new", servers.addresses[BLOG] + "/")
    other.data.mkdir()
    shutil.copy(hub.data / KEY_FILE, other.data / KEY_FILE)
    other.do("restore", str(path))
    for command in ("sync", "serve"):
        assert f"{WITHDRAWALS_FILE} is missing" in other.refused(command)
    other.do("status")
    other.do("confirm", "loss", "--yes")
    assert other.rows("sync")[0]["state"] == "done"


def test_an_older_backup_does_not_bring_back_what_was_withdrawn_since(hub: HubFolder) -> None:
    """The file beside the database knows, and so does the newer backup's key file."""
    path = hub.backup()
    (post, *_) = hub.rows("search", "the")
    why = hub.rows("why", post["url"])[0]["origins"][0]
    privacy = Privacy(bytes.fromhex((hub.data / KEY_FILE).read_text()))
    gone = {
        "cluster": "kauri",
        "source": "matuku",
        "id_digest": privacy.digest(why["id"]),
        "link_digest": None,
        "reason": "asked",
        "at": 1_770_000_000_000_000,
    }
    with (hub.data / WITHDRAWALS_FILE).open("a") as file:
        file.write(json.dumps(gone) + "\n")
    assert post["url"] not in [one["url"] for one in hub.rows("search", "the")]
    restored = hub.call("restore", str(path), "--replace")
    assert "1 posts in it were withdrawn since" in restored.stderr
    hub.do("sync")
    urls = [one["url"] for one in hub.rows("search", "the", "--limit", "1000")]
    assert urls
    assert post["url"] not in urls


def test_two_files_are_written_and_nothing_secret_is_readable_in_them(hub: HubFolder) -> None:
    (hub.folder / ".env").write_text("SECRET_TOKEN=do-not-copy-me\n")
    path = hub.backup()
    key_file = path.with_suffix(".key")
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, key_file)} == {0o600}
    key = (hub.data / KEY_FILE).read_bytes().strip()
    for one in (path, key_file):
        content = one.read_bytes()
        assert key not in content
        assert bytes.fromhex(key.decode()) not in content
        assert PASSPHRASE.encode() not in content
        assert b"do-not-copy-me" not in content
    assert b"[clusters" not in key_file.read_bytes()


def test_a_backup_overwrites_nothing(hub: HubFolder, tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    path.write_text("something of mine")
    assert "is there already" in hub.refused("backup", str(path))
    assert path.read_text() == "something of mine"


def test_without_a_passphrase_there_is_no_half_backup(
    hub: HubFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTERHUB_BACKUP_PASSPHRASE")
    assert "CLUSTERHUB_BACKUP_PASSPHRASE" in hub.refused("backup")
    monkeypatch.setenv("CLUSTERHUB_BACKUP_PASSPHRASE", "short")
    assert "12 characters" in hub.refused("backup")
    assert not (hub.data / "backups").exists()


def test_a_wrong_passphrase_changes_nothing(
    hub: HubFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    before = hub.state()
    monkeypatch.setenv("CLUSTERHUB_BACKUP_PASSPHRASE", "other words than mine")
    assert "passphrase is wrong" in hub.refused("restore", str(path), "--replace")
    assert hub.state() == before


def test_the_passphrase_may_stand_in_the_env_file(
    hub: HubFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTERHUB_BACKUP_PASSPHRASE")
    (hub.folder / ".env").write_text(f"CLUSTERHUB_BACKUP_PASSPHRASE={PASSPHRASE}\n")
    path = hub.backup()
    hub.do("restore", str(path), "--replace")


def test_only_this_hubs_own_backups_expire(hub: HubFolder, tmp_path: Path) -> None:
    folder = hub.data / "backups"
    path = hub.backup()
    stranger = hub_with(tmp_path / "stranger")
    stranger.do("init")
    foreign = stranger.backup()
    for made, name in (
        (path, "clusterhub-20200101T000000Z"),
        (foreign, "clusterhub-20200102T000000Z"),
    ):
        for suffix in (".db", ".key"):
            shutil.copy(made.with_suffix(suffix), folder / (name + suffix))
    (folder / "clusterhub-20200103T000000Z.db").write_text("notes of mine")
    (folder / "holiday.db").write_text("notes of mine")
    shutil.copy(path, folder / "keep-for-ever.db")
    aside = hub.data / "hub.db.before-0001"
    aside.write_text("an old copy")
    os.utime(aside, (time.time() - 40 * 86_400,) * 2)
    assert "older than 30 days" in hub.call("doctor").stdout
    (report,) = hub.rows("backup", str(folder))
    assert report["expired"] == 3
    left = sorted(one.name for one in folder.iterdir() if "2020" in one.name)
    assert left == [
        "clusterhub-20200102T000000Z.db",
        "clusterhub-20200102T000000Z.key",
        "clusterhub-20200103T000000Z.db",
    ]
    assert {"holiday.db", "keep-for-ever.db", path.name} <= {one.name for one in folder.iterdir()}
    assert not aside.exists()


def test_a_configuration_that_leads_elsewhere_is_brought_home(
    hub: HubFolder, tmp_path: Path
) -> None:
    """Else a trial restore would replace the very hub that it was made of."""
    text = hub.config.read_text()
    hub.config.write_text(f'[hub]\ndata_dir = "{hub.data}"\n{text}')
    path = hub.backup()
    before = hub.state()
    other = HubFolder(tmp_path / "new")
    other.do("restore", str(path), "--into", str(other.folder))
    assert (other.data / "hub.db").exists()
    assert hub.state() == before
    assert f'# data_dir = "{hub.data}"' in other.config.read_text()


def test_a_folder_without_any_configuration_is_refused(hub: HubFolder, tmp_path: Path) -> None:
    path = hub.backup("--without-key")
    other = HubFolder(tmp_path / "new")
    assert "put the hub's config.toml there first" in other.refused(
        "restore", str(path), "--into", str(other.folder)
    )
    assert other.state() == {}


def test_another_hubs_key_file_is_refused(hub: HubFolder, tmp_path: Path) -> None:
    stranger = hub_with(tmp_path / "stranger")
    stranger.do("init")
    foreign = stranger.backup().with_suffix(".key")
    path = hub.backup(str(tmp_path / "usb.db"))
    before = hub.state()
    told = hub.refused("restore", str(path), "--key", str(foreign), "--replace")
    assert "belongs to another hub" in told
    assert hub.state() == before


def test_a_damaged_file_of_withdrawals_stops_the_hub(hub: HubFolder) -> None:
    (hub.data / WITHDRAWALS_FILE).write_text("{half a line")
    assert "is damaged: put a copy of it back" in hub.refused("sync")


def test_the_file_of_withdrawals_of_another_key_is_a_missing_one(hub: HubFolder) -> None:
    write_withdrawals(hub.data, "another", [])
    assert "is missing" in hub.refused("sync")
    write_withdrawals(hub.data, fingerprint(hub), [])
    hub.do("sync")


@pytest.mark.postgres
def test_an_address_without_a_database_is_told_as_such(
    hub: HubFolder, tmp_path: Path, postgres_databases: object
) -> None:
    path = hub.backup()
    with postgres_databases.make(tmp_path) as url:
        start, _, _ = url.rpartition("/")
        told = hub.refused("restore", str(path), "--into", f"{start}/not_made_yet")
    assert "no such database" in told
    assert "make it first" in told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("sqlite:////nowhere/at/all/hub.db", "make the folder of the database first"),
    ],
)
def test_an_address_that_cannot_be_reached_is_no_hub_that_holds_something(
    hub: HubFolder, address: str, told: str
) -> None:
    path = hub.backup()
    before = hub.state()
    for replace in ([], ["--replace"]):
        assert told in hub.refused("restore", str(path), "--into", address, *replace)
    assert hub.state() == before


@pytest.mark.parametrize("is_file", [True, False])
def test_a_folder_that_cannot_be_made_is_one_sentence(
    hub: HubFolder, tmp_path: Path, is_file: bool
) -> None:
    path = hub.backup()
    place = tmp_path / "place"
    if is_file:
        place.write_text("mine")
    else:
        place.mkdir(mode=0o500)
        place /= "new"
    with ordinary_user():
        told = hub.refused("restore", str(path), "--into", str(place))
    assert f"{place} cannot be" in told
    assert "Nothing was changed." in told


@pytest.mark.parametrize("what", ["moved", "copied"])
def test_nothing_to_confirm_is_said_and_changes_nothing(hub: HubFolder, what: str) -> None:
    before = hub.state()
    assert "Nothing is to be confirmed" in hub.refused("confirm", what)
    assert hub.state() == before


def test_a_refused_restore_leaves_no_new_folder(hub: HubFolder, tmp_path: Path) -> None:
    path = hub.backup(str(tmp_path / "usb.db"))
    path.write_bytes(path.read_bytes()[:9000])
    other = HubFolder(tmp_path / "new" / "deep")
    other.refused("restore", str(path), "--into", str(other.folder))
    assert not (tmp_path / "new").exists()
    hub_with(other.folder)
    other.refused("restore", str(path), "--into", str(other.folder))
    assert not other.data.exists()
    assert other.config.exists()
