"""What lies beside the database: the key, the withdrawals, where this hub is.

Opening a hub finishes a restore that was cut off, makes what a new hub lacks, and brings
withdrawals that only one of file and database knows to the other.
"""

from datetime import datetime
from pathlib import Path

from connector import hub_files
from connector.config import Settings
from connector.errors import ConfigError
from connector.privacy import Privacy
from connector.store import instance, withdrawals
from connector.store.database import Store, open_database

LOST_KEY = (
    "{path} is missing although the database is there: put the file back, or restore a backup "
    "with its key file. Without it, withdrawals and students' pseudonyms would be lost; "
    "'clusterhub confirm loss' agrees to that."
)
LOST_WITHDRAWALS = (
    "{path} is missing: nothing is read, since what people withdrew could come back. Put the "
    "file back, or restore a backup with its key file; 'clusterhub confirm loss' agrees to go "
    "on with the withdrawals that the database knows."
)
LOST_DATABASE = (
    "{path} is missing, although {names} of a hub {are} still in {folder}: put the file back, or "
    "run 'clusterhub restore BACKUP'. To begin anew on purpose, first remove or rename {names}."
)
MOVED = (
    "This hub was restored, moved or copied. Say which, so that only one of two hubs sends: "
    "'clusterhub confirm moved' where the former one is gone, 'clusterhub confirm copied' where "
    "it goes on."
)


def open_store(settings: Settings) -> Store:
    """Return the store of a configuration, its folder made.

    Raises ConfigError, also for a database that has vanished: an empty one in its place would
    read everything anew and send as if nothing had been sent.
    """
    address = settings.database_url
    lost = lost_database(settings.data_dir, sqlite_path(address))
    if lost is not None:
        raise ConfigError(lost)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{settings.data_dir} cannot be read or made ({error.strerror}): "
            "check data_dir and its rights."
        ) from error
    return open_database(address)


def sqlite_path(address: str) -> Path | None:
    """Return the file that an address names, None for a server. Raises ConfigError."""
    store = open_database(address)
    try:
        name = store.engine.url.database
        return Path(name) if store.is_sqlite and name and name != ":memory:" else None
    finally:
        store.close()


def lost_database(folder: Path, path: Path | None) -> str | None:
    """Return the sentence for a database file that is missing beside a hub's other files."""
    # These first: where two programs make a hub at once, the database is there before them.
    files = (hub_files.KEY_FILE, hub_files.WITHDRAWALS_FILE, hub_files.INSTANCE_FILE)
    left = [name for name in files if (folder / name).exists()]
    if not left or path is None or path.exists():
        return None
    return LOST_DATABASE.format(
        path=path, folder=folder, names=", ".join(left), are="is" if len(left) == 1 else "are"
    )


def key_of(settings: Settings, store: Store) -> bytes:
    """Return the hub's key, made at the first start. Raises ConfigError where it is lost."""
    known = instance.fingerprint_of(store)
    finish_restore(settings.data_dir, known)
    key = hub_files.read_key(settings.data_dir)
    if key is not None:
        return key
    if known is not None:
        raise ConfigError(LOST_KEY.format(path=settings.data_dir / hub_files.KEY_FILE))
    return hub_files.make_key(settings.data_dir)


def finish_restore(data_dir: Path, fingerprint: str | None) -> None:
    """Let a restore's files count if its database came into place; else forget them."""
    staged = hub_files.staged_key(data_dir)
    if staged is not None and Privacy(staged).fingerprint() == fingerprint:
        hub_files.take_staged(data_dir)
    else:
        hub_files.drop_staged(data_dir)


def keep_files(store: Store, data_dir: Path, privacy: Privacy, now: datetime) -> str | None:
    """Bring files and database together; return the sentence for what is lost, if anything."""
    with store.read() as conn:
        row = instance.read_instance(conn)
        barred = withdrawals.all_withdrawals(conn)
    kept = hub_files.read_withdrawals(data_dir, row.key_fingerprint)
    if kept is None and row.files_made:
        return LOST_WITHDRAWALS.format(path=data_dir / hub_files.WITHDRAWALS_FILE)
    if not row.files_made:
        make_files(store, data_dir)
    elif kept is not None and set(kept) != set(barred):
        everything = hub_files.sorted_once([*kept, *barred])
        if set(everything) != set(kept):
            # The file first: killed in between, the next start brings it to the database.
            hub_files.write_withdrawals(data_dir, row.key_fingerprint, everything)
        with store.write() as conn:
            withdrawals.replay(conn, privacy, everything, now)
    return None


def make_files(store: Store, data_dir: Path) -> None:
    """Make what lies beside the database from what it knows."""
    with store.read() as conn:
        row = instance.read_instance(conn)
        barred = withdrawals.all_withdrawals(conn)
    hub_files.write_withdrawals(data_dir, row.key_fingerprint, barred)
    if not row.files_made:
        hub_files.write_whereabouts(data_dir, instance.whereabouts(store))
    with store.write() as conn:
        instance.note_files_made(conn)


def is_settled(store: Store, data_dir: Path) -> bool:
    """Whether this is the database and the machine that ``instance.json`` names."""
    return hub_files.is_same(hub_files.read_whereabouts(data_dir), instance.whereabouts(store))
