"""The files that lie beside the database, in ``data_dir``, and are in no copy of it.

``hub.key`` makes pseudonyms and digests. ``withdrawals.jsonl`` repeats what was withdrawn, so
that an older database does not bring it back. ``instance.json`` says which database on which
machine this is. All are readable by their owner only, and written whole or not at all.
"""

import hashlib
import json
import os
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from connector.errors import ConfigError
from connector.privacy import KEY_BYTES

KEY_FILE = "hub.key"
WITHDRAWALS_FILE = "withdrawals.jsonl"
INSTANCE_FILE = "instance.json"
STAGED = ".restoring"
BEFORE = ".before-restore"
_MACHINE_FILE = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Withdrawal:
    """Something withdrawn, known only by keyed digests."""

    cluster: str
    """Slug of the cluster."""
    source: str
    """Id of the place."""
    id_digest: str
    link_digest: str | None
    reason: str
    at: int
    """Microseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Which database this is, and on which machine."""

    hub: str
    epoch: int
    machine: str
    database: str
    """Path and file number, or a PostgreSQL server's own number and the database's."""
    sent: int = field(default=0, compare=False)
    """How often anything was sent; a database that knows of fewer was put back."""


def read_key(folder: Path) -> bytes | None:
    """Return the hub's key, None where there is none. Raises ConfigError for a wrong file."""
    path = folder / KEY_FILE
    try:
        key = key_from(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read or made ({error.strerror}): check data_dir and its rights."
        ) from error
    except ValueError:
        key = None
    if key is None:
        raise ConfigError(f"{path} is not a key of Cluster Hub: put the hub's own file back.")
    return key


def key_from(text: str) -> bytes | None:
    """Return the key that a file's text holds, None where it holds none."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def make_key(folder: Path) -> bytes:
    """Return the hub's key, made where there is none; two starts at once agree on one."""
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        write_private(made, secrets.token_hex(KEY_BYTES) + "\n")
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read or made ({error.strerror}): check data_dir and its rights."
        ) from error
    key = read_key(folder)
    assert key is not None
    return key


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads: whole or not at all, and on the disk at return."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See to it that names in a folder survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def withdrawals_text(fingerprint: str, withdrawals: Iterable[Withdrawal]) -> str:
    """Return the file's text: with whose key the digests are made, then one line for each."""
    lines: list[dict[str, Any]] = [
        {"key": fingerprint},
        *(asdict(one) for one in sorted_once(withdrawals)),
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def sorted_once(withdrawals: Iterable[Withdrawal]) -> list[Withdrawal]:
    """Return each withdrawal of one record once, the earliest."""
    found: dict[tuple[str, str, str], Withdrawal] = {}
    for one in sorted(withdrawals, key=lambda one: one.at):
        found.setdefault((one.cluster, one.source, one.id_digest), one)
    return list(found.values())


def withdrawals_from(text: str, fingerprint: str, name: str) -> list[Withdrawal] | None:
    """Return what a file holds; None when another key made it. Raises ConfigError."""
    try:
        first, *lines = [json.loads(line) for line in text.splitlines()]
        found = [Withdrawal(**line) for line in lines]
        return found if first["key"] == fingerprint else None
    except (ValueError, TypeError, KeyError):
        raise ConfigError(
            f"{name} is damaged: put a copy of it back, such as that of the last backup."
        ) from None


def read_withdrawals(folder: Path, fingerprint: str) -> list[Withdrawal] | None:
    """Return what was withdrawn; None where the file of this key is missing. Raises ConfigError."""
    path = folder / WITHDRAWALS_FILE
    try:
        return withdrawals_from(path.read_text(encoding="utf-8"), fingerprint, str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check its rights.") from error


def write_withdrawals(folder: Path, fingerprint: str, withdrawals: Iterable[Withdrawal]) -> None:
    """Write the file anew."""
    write_private(folder / WITHDRAWALS_FILE, withdrawals_text(fingerprint, withdrawals))


def read_whereabouts(folder: Path) -> Whereabouts | None:
    """Return what ``instance.json`` says; None where it is missing or unreadable."""
    try:
        return Whereabouts(**json.loads((folder / INSTANCE_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_whereabouts(folder: Path, here: Whereabouts) -> None:
    """Note where this hub is."""
    write_private(folder / INSTANCE_FILE, json.dumps(asdict(here), indent=1) + "\n")


def is_same(noted: Whereabouts | None, here: Whereabouts) -> bool:
    """Whether a database is the one that was noted, and has forgotten no sending."""
    return noted is not None and noted == here and noted.sent <= here.sent


def machine() -> str:
    """Return what tells this machine from others; it does not reveal the machine's own id."""
    try:
        known = _MACHINE_FILE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        known = ""
    return hashlib.sha256(f"clusterhub {known or uuid.getnode()}".encode()).hexdigest()[:32]


def stage(folder: Path, name: str, text: str) -> None:
    """Put a file ready that counts once the database it belongs to is in place."""
    write_private(folder / (name + STAGED), text)


def staged_key(folder: Path) -> bytes | None:
    """Return the key that a restore has put ready, if there is one."""
    try:
        return key_from((folder / (KEY_FILE + STAGED)).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def take_staged(folder: Path) -> None:
    """Let what a restore has put ready count; a former key stays beside it."""
    for name in (WITHDRAWALS_FILE, KEY_FILE):
        ready, path = folder / (name + STAGED), folder / name
        if not ready.exists():
            continue
        if path.exists() and path.read_bytes() != ready.read_bytes():
            os.replace(path, folder / (name + BEFORE))
        os.replace(ready, path)
    sync_folder(folder)


def drop_staged(folder: Path) -> None:
    """Forget what a restore has put ready: it did not come to its end."""
    for name in (WITHDRAWALS_FILE, KEY_FILE):
        (folder / (name + STAGED)).unlink(missing_ok=True)
