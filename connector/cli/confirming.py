"""``confirm``: what only a person can know."""

from pathlib import Path

import click

from connector import hub_files
from connector.cli.beside import make_files, open_store
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.show import say
from connector.config import load
from connector.errors import ConfigError
from connector.privacy import Privacy
from connector.store import instance, withdrawals
from connector.store.database import Store
from connector.store.migrate import migrate
from sync_jobs.jobs import utc_now
from sync_jobs.outbox import hold_everything


@click.group()
def confirm() -> None:
    """Say what the hub cannot know: moved, copied, or a loss."""


@confirm.command("moved")
@pass_chosen
def confirm_moved(chosen: Chosen) -> None:
    """This hub was moved or restored, and the former one is gone."""
    _settle(chosen, is_copy=False)
    say("Noted: this is the hub, at its new place.")


@confirm.command("copied")
@pass_chosen
def confirm_copied(chosen: Chosen) -> None:
    """This hub is a copy, and the former one goes on."""
    _settle(chosen, is_copy=True)
    say("Noted: this is another hub than the former one.")


def _settle(chosen: Chosen, *, is_copy: bool) -> None:
    with open_hub(chosen.config) as hub:
        folder = hub.settings.data_dir
        noted = hub_files.read_whereabouts(folder)
        if hub_files.is_same(noted, instance.whereabouts(hub.store)):
            raise ConfigError(
                "Nothing is to be confirmed: this is the database and the machine that it was. "
                "Nothing was changed."
            )
        held = hold_everything(hub.store, utc_now())
        with hub.store.write() as conn:
            instance.raise_epoch(conn, above=0 if noted is None else noted.epoch)
            if is_copy:
                instance.take_new_identity(conn)
        hub_files.write_whereabouts(folder, instance.whereabouts(hub.store))
    if held:
        say(
            f"{held:,} announcements wait for your OK, since they may have been sent: "
            "'clusterhub deliveries' shows them, 'clusterhub retry NUMBER' sends one."
        )


@confirm.command("loss")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_chosen
def confirm_loss(chosen: Chosen, yes: bool) -> None:
    """Go on without the hub's key or its file of withdrawals."""
    settings = load(chosen.config)
    store = open_store(settings)
    try:
        lost = losses(settings.data_dir, store)
        if not lost:
            say("Nothing is lost.")
            return
        for one in lost:
            say(one)
        if not yes:
            click.confirm("Go on without?", abort=True, err=True)
        accept_loss(settings.data_dir, store)
        say("The hub reads its places again.")
    finally:
        store.close()


def losses(folder: Path, store: Store) -> list[str]:
    """Return a sentence for each thing that is lost."""
    fingerprint = instance.fingerprint_of(store)
    if fingerprint is None:
        return []
    migrate(store, utc_now())
    lost = []
    key = hub_files.read_key(folder)
    barred = len(withdrawals.withdrawals_of(store))
    if key is None or Privacy(key).fingerprint() != fingerprint:
        lost.append(
            f"The hub's key is lost: {barred:,} withdrawals no longer hold, so what was "
            "withdrawn comes back where its place still shows it; students' posts get other "
            "pseudonyms, and some are counted twice."
        )
    if hub_files.read_withdrawals(folder, fingerprint) is None:
        lost.append(
            "The file of withdrawals is lost: what was withdrawn after the backup was made "
            "comes back where its place still shows it."
        )
    return lost


def accept_loss(folder: Path, store: Store) -> list[str]:
    """Go on with the key that is there or a new one; return what was lost."""
    lost = losses(folder, store)
    if lost:
        key = hub_files.read_key(folder) or hub_files.make_key(folder)
        with store.write() as conn:
            instance.take_key(conn, Privacy(key).fingerprint())
        make_files(store, folder)
    return lost
