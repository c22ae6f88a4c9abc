"""``restore``: a backup becomes the hub of a configuration, all of it or nothing."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import click

from connector import hub_files
from connector.cli import backups
from connector.cli.backups import FOLDER, KEY_SUFFIX, KeyFile, read_key_file
from connector.cli.beside import MOVED, finish_restore
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.confirming import accept_loss
from connector.cli.passphrase import known_passphrase, new_passphrase
from connector.cli.restore_target import Target, target_of
from connector.cli.show import iso, say
from connector.errors import ConfigError, StoreError
from connector.hub_files import Withdrawal
from connector.privacy import Privacy
from connector.store import instance, restoring
from connector.store.backup_file import BackupNote
from connector.store.restoring import Prepared
from sync_jobs.jobs import utc_now

LOSES_KEY = (
    "There is neither the key file {path} nor the hub's key here: without it what people "
    "withdrew comes back where its place still shows it, and students' pseudonyms change. Name "
    "a key file of this hub with --key, also an older one. Where there is none, --without-key "
    "restores all the same, and the hub reads nothing before 'clusterhub confirm loss'; "
    "--accept-loss agrees to the loss at once. Nothing was changed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known beside the database that is restored."""

    key: bytes | None
    withdrawn: list[Withdrawal] | None


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--into",
    metavar="FOLDER|ADDRESS",
    help="A folder for the hub, or the address of a database (or env:NAME); "
    "else the hub of the configuration.",
)
@click.option(
    "--key",
    "key_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The backup's key file; else the one beside FILE.",
)
@click.option("--without-key", is_flag=True, help="Do without the key file.")
@click.option(
    "--replace", is_flag=True, help="Replace a hub that holds something; it is backed up."
)
@click.option("--accept-loss", is_flag=True, help="Go on although key or withdrawals are missing.")
@pass_chosen
def restore(
    chosen: Chosen,
    /,
    file: Path,
    into: str | None,
    key_path: Path | None,
    without_key: bool,
    **wishes: bool,
) -> None:
    """Put the backup FILE in place of the hub's database. Stop the hub first.

    An older backup is brought to this version. The hub goes on reading where the backup
    stood: nothing is doubled and nothing counts as new.
    """
    sealed_path = key_path or file.with_suffix(KEY_SUFFIX)
    agrees = without_key or wishes["accept_loss"]
    if key_path is None and not sealed_path.exists():
        without_key = True
    with target_of(chosen, into) as target:
        content = None
        if not without_key:
            content = read_key_file(sealed_path, known_passphrase(target.environment))
        target.configure(None if content is None else content.config)
        _restore(target, file, content, replace=wishes["replace"], agrees=agrees, now=utc_now())
        if wishes["accept_loss"]:
            for lost in accept_loss(target.settings.data_dir, target.store):
                say(lost)
    if into is not None and target.is_database:
        say("Write that address as database_url into the configuration.")
    say("Secrets are in no backup: see that .env is there.")
    say(MOVED)


def _restore(
    target: Target,
    file: Path,
    content: KeyFile | None,
    *,
    replace: bool,
    agrees: bool,
    now: datetime,
) -> None:
    data_dir = target.settings.data_dir
    _tidy(target)
    is_empty = target.is_empty()
    if not is_empty and not replace:
        raise StoreError(
            "There is a hub already, and it holds something: name another folder with --into, "
            "or say --replace; the hub is backed up first then. Nothing was changed."
        )
    if target.exists():
        restoring.refuse_while_in_use(target.store)
    work = Path(tempfile.mkdtemp(prefix="restoring-", dir=data_dir))
    try:
        prepared = restoring.prepare(file, work, now)
        _refuse_strangers(file, prepared.note, content)
        known = _known(data_dir, prepared.note, content)
        if known.key is None and not agrees:
            raise ConfigError(LOSES_KEY.format(path=file.with_suffix(KEY_SUFFIX)))
        if not is_empty:
            _keep_former(target, content, now)
        _go(target, prepared, known, now)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tidy(target: Target) -> None:
    """Finish or forget what an earlier restore has left that was cut off."""
    data_dir = target.settings.data_dir
    fingerprint = None
    if target.exists():
        with suppress(StoreError):  # it is damaged, and is about to be replaced
            fingerprint = instance.fingerprint_of(target.store)
    finish_restore(data_dir, fingerprint)
    for left in data_dir.glob("restoring-*"):
        shutil.rmtree(left, ignore_errors=True)


def _refuse_strangers(file: Path, note: BackupNote, content: KeyFile | None) -> None:
    """Raise ConfigError for a key file of another hub, StoreError for a changed backup."""
    if content is None:
        return
    if Privacy(bytes.fromhex(content.key)).fingerprint() != note.key_fingerprint:
        raise ConfigError(
            "The key file belongs to another hub than the backup: name the right one with "
            "--key. Nothing was changed."
        )
    if note.made is not None and content.made == iso(note.made):
        with file.open("rb") as opened:
            if file_digest(opened, "sha256").hexdigest() != content.sha256:
                raise StoreError(
                    f"{file} is damaged (it is not what was written): nothing was changed. "
                    "Take another backup."
                )


def _known(data_dir: Path, note: BackupNote, content: KeyFile | None) -> _Known:
    """Return key and withdrawals, from the backup's key file and from what lies here."""
    fingerprint = note.key_fingerprint
    here = hub_files.read_key(data_dir)
    if here is not None and Privacy(here).fingerprint() != fingerprint:
        here = None
    withdrawn = hub_files.read_withdrawals(data_dir, fingerprint)
    if content is None:
        return _Known(key=here, withdrawn=withdrawn)
    both = hub_files.sorted_once([*content.withdrawals, *(withdrawn or ())])
    return _Known(key=bytes.fromhex(content.key), withdrawn=both)


def _keep_former(target: Target, content: KeyFile | None, now: datetime) -> None:
    """Back up what is about to be replaced; a damaged file gets another name."""
    data_dir = target.settings.data_dir
    sealing = None
    if content is not None:
        passphrase = new_passphrase(target.environment)
        sealing = {"passphrase": passphrase, "config": target.config_text()}
    try:
        path, _ = backups.back_up(target.store, data_dir, data_dir / FOLDER, now, sealing=sealing)
    except StoreError as error:
        if not target.store.is_sqlite or "damaged" not in str(error):
            raise
        path = restoring.put_aside(target.store, f"{hub_files.BEFORE}-{now:%Y%m%dT%H%M%SZ}")
    say(f"The former hub is in {path}.")


def _go(target: Target, prepared: Prepared, known: _Known, now: datetime) -> None:
    data_dir, note = target.settings.data_dir, prepared.note
    taken = restoring.settle_in(
        prepared,
        above_epoch=target.former_epoch(),
        privacy=None if known.key is None else Privacy(known.key),
        withdrawn=known.withdrawn or (),
        now=now,
    )
    _stage(data_dir, prepared, known)
    restoring.put_in_place(prepared, target.store, now)
    finish_restore(data_dir, note.key_fingerprint)
    target.settle()
    made = "an unknown time" if note.made is None else iso(note.made)
    say(f"Restored the backup of {made}.")
    if known.key is None:
        say("It has no key: the hub reads nothing before 'clusterhub confirm loss'.")
    if taken:
        say(f"{taken:,} posts in it were withdrawn since; their texts are deleted again.")


def _stage(data_dir: Path, prepared: Prepared, known: _Known) -> None:
    if known.key is None:
        return
    hub_files.stage(data_dir, hub_files.KEY_FILE, known.key.hex() + "\n")
    if known.withdrawn is not None:
        barred = hub_files.sorted_once([*known.withdrawn, *restoring.withdrawn_in(prepared)])
        text = hub_files.withdrawals_text(prepared.note.key_fingerprint, barred)
        hub_files.stage(data_dir, hub_files.WITHDRAWALS_FILE, text)
