"""Backups as files: their names, the second file with the key, and how they expire."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from itertools import count
from pathlib import Path

from connector import hub_files, sealed
from connector.cli.show import iso
from connector.errors import ConfigError, HubError, StoreError
from connector.hub_files import Withdrawal
from connector.store.backup import UNFINISHED, publish, write_backup
from connector.store.backup_file import BackupNote, examine_note
from connector.store.database import Store
from connector.store.instance import hub_of
from connector.store.withdrawals import withdrawals_of

FOLDER = "backups"
LASTS = timedelta(days=30)
KEY_SUFFIX = ".key"
_NAME = re.compile(r"clusterhub-(\d{8}T\d{6}Z)(?:-\d+)?\.(db|key)")
_STAMP = "%Y%m%dT%H%M%SZ"
_UNFINISHED_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """What the second, encrypted file holds."""

    hub: str
    made: str
    """Of the backup it was written with, RFC 3339."""
    sha256: str
    """Of that backup."""
    key: str
    config: str
    """The text of config.toml."""
    withdrawals: tuple[Withdrawal, ...]


def back_up(
    store: Store, data_dir: Path, target: Path, now: datetime, *, sealing: Mapping[str, str] | None
) -> tuple[Path, BackupNote]:
    """Write a backup into a folder or to a file; return where, and what it holds.

    Args:
        sealing: "passphrase" and "config" (the text of config.toml) for the second file;
            None: it is left out.
    """
    path = _path(target, now)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{path.parent} cannot be made ({error.strerror}).") from error
    if path.with_suffix(KEY_SUFFIX).exists():
        raise StoreError(f"{path.with_suffix(KEY_SUFFIX)} is there already: choose another name.")
    note = write_backup(store, path, now)
    if sealing is not None:
        try:
            _write_key_file(store, data_dir, path, note, sealing)
        except BaseException:
            path.unlink()  # half a backup would pass for a whole one
            raise
    return path, note


def _path(target: Path, now: datetime) -> Path:
    """Return the file to write: a name of its own in a folder, or the file itself."""
    if target.is_dir() or not target.suffix:
        stamp = now.astimezone(UTC).strftime(_STAMP)
        # Two in one second have names of their own.
        names = (
            f"clusterhub-{stamp}" + (f"-{number}" if number > 1 else "") for number in count(1)
        )
        free = (target / f"{name}.db" for name in names if not _is_taken(target / name))
        return next(free)
    return target


def _is_taken(path: Path) -> bool:
    return path.with_suffix(".db").exists() or path.with_suffix(KEY_SUFFIX).exists()


def _write_key_file(
    store: Store, data_dir: Path, path: Path, note: BackupNote, sealing: Mapping[str, str]
) -> None:
    key = hub_files.read_key(data_dir)
    if key is None:
        raise ConfigError(
            f"{data_dir / hub_files.KEY_FILE} is missing: put it back, or make a backup without "
            "it with --without-key."
        )
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    made = "" if note.made is None else str(iso(note.made))
    kept = hub_files.read_withdrawals(data_dir, note.key_fingerprint) or []
    content = KeyFile(
        hub=note.hub,
        made=made,
        sha256=digest,
        key=key.hex(),
        config=sealing["config"],
        withdrawals=tuple(hub_files.sorted_once([*kept, *withdrawals_of(store)])),
    )
    text = json.dumps(asdict(content), ensure_ascii=False)
    file_bytes = sealed.seal(text, sealing["passphrase"], {"hub": note.hub, "made": made})
    _write_new(path.with_suffix(KEY_SUFFIX), file_bytes)


def _write_new(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        publish(unfinished, path)
        unfinished.unlink(missing_ok=True)
        hub_files.sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): the backup was taken back."
        ) from error


def read_key_file(path: Path, passphrase: str) -> KeyFile:
    """Return what the second file holds. Raises ConfigError."""
    try:
        found = json.loads(sealed.unseal(path.read_bytes(), passphrase))
        listed = tuple(Withdrawal(**one) for one in found.pop("withdrawals"))
        return KeyFile(**found, withdrawals=listed)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"{path} was made by another Cluster Hub.") from None
    except ConfigError as error:
        raise ConfigError(f"{path} cannot be opened: {error}") from None


def expired(folder: Path, hub: str, now: datetime) -> list[Path]:
    """Return the files of a folder that this hub made as backups more than 30 days ago.

    What has another name, lies deeper, or belongs to another hub is not looked at.
    """
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is None or path.is_symlink() or not path.is_file():
            continue
        made = _moment(match[1])
        if made is not None and made < now - LASTS and _belongs(path, hub):
            found.append(path)
    return found


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _belongs(path: Path, hub: str) -> bool:
    try:
        if path.suffix == KEY_SUFFIX:
            return bool(sealed.label_of(path.read_bytes()).get("hub") == hub)
        return examine_note(path).hub == hub
    except (HubError, OSError):
        return False


def expired_copies(data_dir: Path, now: datetime) -> list[Path]:
    """Return the copies that updates and restores put aside more than 30 days ago."""
    aside = [*data_dir.glob("hub.db.before-*"), *data_dir.glob(f"*{hub_files.BEFORE}")]
    oldest = (now - LASTS).timestamp()
    return sorted({path for path in aside if path.stat().st_mtime < oldest})


def unfinished(folder: Path, now: datetime) -> list[Path]:
    """Return what backups that were cut off have left in a folder, a day ago or more."""
    oldest = (now - _UNFINISHED_LASTS).timestamp()
    left = folder.glob(f".clusterhub-*{UNFINISHED}*")
    return sorted(path for path in left if path.stat().st_mtime < oldest)


def delete_expired(store: Store, data_dir: Path, folder: Path, now: datetime) -> int:
    """Delete what is over its time; return how many files went."""
    old = {*expired(folder, hub_of(store), now), *expired_copies(data_dir, now)}
    old |= set(expired(data_dir / FOLDER, hub_of(store), now))
    for path in [*sorted(old), *unfinished(folder, now)]:
        path.unlink(missing_ok=True)
    return len(old)
