"""``backup``: a copy of the hub, while it runs."""

from pathlib import Path

import click

from connector.cli import backups
from connector.cli.backups import FOLDER, KEY_SUFFIX
from connector.cli.beside import open_store
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.passphrase import new_passphrase
from connector.cli.show import iso, print_json, say
from connector.config import load
from connector.store import instance
from connector.store.migrate import current_revision, newest_revision
from sync_jobs.jobs import utc_now


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--without-key", is_flag=True, help="Leave out the file with the hub's key.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object.")
@pass_chosen
def backup(chosen: Chosen, target: Path | None, without_key: bool, as_json: bool) -> None:
    """Copy the hub into the folder or file TARGET; the hub may run meanwhile.

    Without TARGET it goes into the folder 'backups' in data_dir. Two files are written: the
    database, and beside it the key, the withdrawals and config.toml, encrypted with the
    passphrase in CLUSTERHUB_BACKUP_PASSPHRASE. Backups of this hub in that folder are deleted
    after 30 days.
    """
    settings = load(chosen.config)
    sealing = None
    if not without_key:
        text = chosen.config.read_text(encoding="utf-8-sig")
        sealing = {"passphrase": new_passphrase(settings.environment), "config": text}
    store = open_store(settings)
    now = utc_now()
    try:
        path, note = backups.back_up(
            store, settings.data_dir, target or settings.data_dir / FOLDER, now, sealing=sealing
        )
        if current_revision(store) == newest_revision():
            with store.write() as conn:
                instance.note_backup(conn, now)
        deleted = backups.delete_expired(store, settings.data_dir, path.parent, now)
    finally:
        store.close()
    key_path = None if without_key else path.with_suffix(KEY_SUFFIX)
    if as_json:
        print_json(
            {
                "file": str(path),
                "key_file": None if key_path is None else str(key_path),
                "made": iso(note.made),
                "schema": note.revision,
                "rows": note.rows,
                "expired": deleted,
            }
        )
        return
    click.echo(str(path))
    if key_path is not None:
        click.echo(str(key_path))
    posts, places = note.rows.get("item", 0), note.rows.get("source", 0)
    say(f"{posts:,} posts of {places:,} places are saved and checked.")
    if deleted:
        say(f"{deleted} files of backups older than 30 days were deleted.")
    if without_key:
        say("The hub's key is not in it: without its own hub.key the hub cannot go on reading.")
