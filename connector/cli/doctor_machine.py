"""What ``doctor`` looks at on this machine: files, folders, disk, zones."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector import VERSION, hub_files
from connector.cli.findings import Finding
from connector.config import Settings

LEAST_FREE_BYTES = 500_000_000
MOUNTS = Path("/proc/self/mountinfo")
NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs ncpfs afs ceph glusterfs lustre gpfs 9p virtiofs "
    "davfs fuse.sshfs fuse.davfs2 fuse.glusterfs fuse.rclone fuse.s3fs fuse.vmhgfs-fuse "
    "vboxsf prl_fs".split()
)
PRIVATE_FILES = (hub_files.KEY_FILE, hub_files.WITHDRAWALS_FILE, hub_files.INSTANCE_FILE)
_SHOWN = ("sqlalchemy", "alembic", "flask", "lxml", "nh3", "requests", "cryptography")


def machine_findings(settings: Settings) -> Iterator[Finding]:
    """Look at everything that needs no database."""
    yield versions()
    yield _zone(settings)
    yield _env_file(settings)
    yield _folder(settings.data_dir)
    if settings.data_dir.is_dir():
        yield _room(settings.data_dir)
        yield _permissions(settings.data_dir)
    if not settings.hub.database_url or settings.hub.database_url.startswith("sqlite"):
        yield file_system(settings.data_dir, _mounts())


def versions() -> Finding:
    """Say what is installed, whatever the configuration says."""
    found = [f"Cluster Hub {VERSION}", f"Python {platform.python_version()}"]
    missing = []
    for name in _SHOWN:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding.wrong(
            "versions", f"Packages are missing: {', '.join(missing)}. Install Cluster Hub again."
        )
    return Finding.well("versions", ", ".join(found))


def _zone(settings: Settings) -> Finding:
    name = settings.hub.timezone.key
    try:
        ZoneInfo.no_cache(name)
        ZoneInfo.no_cache("Pacific/Chatham")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Finding.wrong(
            "time zones", "The zone database is missing: install the package tzdata."
        )
    return Finding.well("time zones", f"{name} is known.")


def _env_file(settings: Settings) -> Finding:
    path = settings.folder / ".env"
    if not path.exists():
        return Finding.well("secrets", "There is no .env file.")
    if _is_open(path):
        return Finding.wrong("secrets", f"Others may read {path}: run 'chmod 600 {path}'.")
    return Finding.well("secrets", f"Only its owner reads {path}.")


def _is_open(path: Path) -> bool:
    """Whether somebody else may read a file; Windows has no such bits."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _folder(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding.wrong(
            "folder", f"{folder} is missing: 'clusterhub init' makes it, or correct data_dir."
        )
    probe = folder / f".doctor-{os.getpid()}"
    try:
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        return Finding.wrong(
            "folder",
            f"{folder} cannot be written ({error.strerror}): give it to the user that runs "
            "Cluster Hub.",
        )
    return _files(folder) or Finding.well("folder", f"{folder} can be written.")


def _files(folder: Path) -> Finding | None:
    """Say which file of the hub may not be written, before anything opens the database."""
    for path in (folder / name for name in ("hub.db", "hub.db-wal", *PRIVATE_FILES)):
        try:
            with path.open("r+b"):
                continue
        except FileNotFoundError:
            continue
        except OSError as error:
            return Finding.wrong(
                "folder",
                f"{path} cannot be written ({error.strerror}): give it to the user that runs "
                "Cluster Hub.",
            )
    return None


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return room(folder, free, _needed(folder))


def _needed(folder: Path) -> int:
    """Return how much a backup or an update takes: as much again as the database."""
    database = folder / "hub.db"
    return max(LEAST_FREE_BYTES, database.stat().st_size * 2 if database.exists() else 0)


def room(folder: Path, free: int, needed: int) -> Finding:
    """Judge the free space of a disk, in bytes."""
    told = f"{free // 1_000_000:,} MB are free"
    if free < needed:
        return Finding.wrong(
            "disk",
            f"Only {told} at {folder}; updates and backups need {needed // 1_000_000:,} MB: "
            "make room.",
        )
    return Finding.well("disk", f"{told}.")


def _permissions(folder: Path) -> Finding:
    open_ones = [folder / name for name in PRIVATE_FILES if (folder / name).exists()]
    open_ones = [path for path in open_ones if _is_open(path)]
    backups = folder / "backups"
    if backups.is_dir():
        open_ones += [path for path in sorted(backups.iterdir()) if _is_open(path)]
    database = folder / "hub.db"
    if database.exists() and _is_open(database) and _is_open(folder):
        open_ones.append(database)
    if open_ones:
        names_shown = " ".join(str(path) for path in open_ones)
        return Finding.wrong(
            "permissions", f"Others may read what is private: run 'chmod 600 {names_shown}'."
        )
    return Finding.well("permissions", "Only their owner reads the private files.")


def _mounts() -> str | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def file_system(folder: Path, mounts: str | None) -> Finding:
    """Judge where the database lies, by the text of ``/proc/self/mountinfo`` (proc(5))."""
    kind = None if mounts is None else _kind_of(folder, mounts)
    if kind is None:
        return Finding.well(
            "file system", "Not known on this system; a network drive would not do."
        )
    if kind in NETWORK_FILE_SYSTEMS:
        return Finding.wrong(
            "file system",
            f"{folder} is on a network drive ({kind}), where SQLite damages its file: move "
            "data_dir to a disk of this machine, or use PostgreSQL.",
        )
    return Finding.well("file system", f"{kind}, on this machine.")


def _kind_of(folder: Path, mounts: str) -> str | None:
    """Return the type of the file system that is mounted nearest above a folder."""
    found: tuple[int, str] | None = None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        parts, kinds = before.split(), after.split()
        if len(parts) < 5 or not kinds:
            continue
        point = Path(parts[4].replace("\\040", " "))
        # Of two at one place the later one lies on top.
        if folder.is_relative_to(point) and (found is None or len(point.parts) >= found[0]):
            found = (len(point.parts), kinds[0])
    return None if found is None else found[1]
