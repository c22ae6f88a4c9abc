"""This hub's own row: its id, its epoch, whose key it is, and what it keeps beside itself."""

import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text, update

from connector.hub_files import Whereabouts, machine
from connector.store.database import Store
from connector.store.database_errors import as_store_error
from connector.store.tables import instance


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    """Which hub a database holds."""

    uid: str
    epoch: int
    key_fingerprint: str
    created: datetime
    files_made: bool
    """Whether the files beside the database were made once, so that a missing one is a loss."""
    backed_up: datetime | None
    sent: int
    """How often anything was sent."""


def fingerprint_of(store: Store) -> str | None:
    """Return the fingerprint of a database's key, whatever its schema; None for a new one."""
    with as_store_error(store.engine), store.engine.connect() as conn:
        if not inspect(conn).has_table(instance.name):
            return None
        found = conn.execute(select(instance.c.key_fingerprint)).scalar_one_or_none()
        return None if found is None else str(found)


def hub_of(store: Store) -> str:
    """Return the id of a database's hub, whatever its schema."""
    with store.read() as conn:
        return str(conn.execute(select(instance.c.uid)).scalar_one())


def epoch_of(store: Store) -> int:
    """Return the epoch of a database; 0 where there is no hub in it."""
    if fingerprint_of(store) is None:
        return 0
    with store.read() as conn:
        return int(conn.execute(select(instance.c.epoch)).scalar_one())


def read_instance(conn: Connection) -> InstanceRow:
    """Return the row of a hub that was opened before."""
    row = conn.execute(select(instance)).one()
    names = InstanceRow.__slots__
    return InstanceRow(**{name: getattr(row, name) for name in names})


def note_files_made(conn: Connection) -> None:
    """Remember that the files beside the database are there."""
    conn.execute(update(instance).values(files_made=True))


def note_backup(conn: Connection, made: datetime | None) -> None:
    """Remember when the last backup was made."""
    conn.execute(update(instance).values(backed_up=made))


def raise_epoch(conn: Connection, *, above: int = 0) -> int:
    """Return this hub's next epoch, noted; it is higher than ``above``, too."""
    epoch = max(read_instance(conn).epoch, above) + 1
    conn.execute(update(instance).values(epoch=epoch))
    return epoch


def count_sending(conn: Connection) -> int:
    """Count one more sending; return how many there were."""
    counted = update(instance).values(sent=instance.c.sent + 1).returning(instance.c.sent)
    return int(conn.execute(counted).scalar_one())


def take_new_identity(conn: Connection) -> None:
    """Give this hub another id: it is a copy that lives beside the former one."""
    conn.execute(update(instance).values(uid=str(uuid.uuid4())))


def take_key(conn: Connection, fingerprint: str) -> None:
    """Believe another key from now on: the former one is lost."""
    conn.execute(update(instance).values(key_fingerprint=fingerprint))


def whereabouts(store: Store) -> Whereabouts:
    """Return which database this is, and on which machine."""
    with store.read() as conn:
        row = read_instance(conn)
        database = _sqlite(store) if store.is_sqlite else _postgres(conn)
    return Whereabouts(
        hub=row.uid, epoch=row.epoch, machine=machine(), database=database, sent=row.sent
    )


def _sqlite(store: Store) -> str:
    path = Path(store.engine.url.database or "").resolve()
    return f"{path} {os.stat(path).st_ino}"


def _postgres(conn: Connection) -> str:
    found = conn.execute(
        text(
            "SELECT (SELECT system_identifier FROM pg_control_system()) AS server, "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) AS database"
        )
    ).one()
    return f"server {found.server} database {found.database}"
