"""What ``doctor`` asks of the database and of what lies beside it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from connector import hub_files
from connector.cli import backups
from connector.cli.beside import LOST_KEY, LOST_WITHDRAWALS, MOVED, is_settled, lost_database
from connector.cli.findings import Finding
from connector.cli.show import when
from connector.config import Settings
from connector.errors import HubError, StoreError
from connector.privacy import Privacy
from connector.store import deliveries, health, instance
from connector.store.database import Connection, Store
from connector.store.instance import InstanceRow
from connector.store.migrate import current_revision, newest_revision, refuse_newer

LEASES_END = timedelta(hours=1)
STALE_AFTER = timedelta(days=3)
BACKUP_AFTER = timedelta(days=7)
CLOCKS_DIFFER = timedelta(seconds=5)


def database_findings(
    settings: Settings, store: Store, now: datetime, *, fixes: bool
) -> Iterator[Finding]:
    """Look at a database; what cannot be asked after a finding is left out."""
    if store.is_sqlite and not (path := Path(store.engine.url.database or "")).exists():
        lost = lost_database(settings.data_dir, path)
        if lost is not None:
            yield Finding.wrong("database", lost)
            return
        yield Finding.wrong(
            "database", "There is none yet: 'clusterhub init' makes it, 'restore' brings one back."
        )
        return
    damage = health.damage(store)
    if damage is not None:
        yield Finding.wrong(
            "integrity",
            f"The database is damaged ({damage}): stop the hub, keep a copy of the file, and "
            "restore the last backup with --replace.",
        )
        return
    kind, is_open = _opened_kind(store)
    yield kind
    yield Finding.well("integrity", "Nothing is damaged, no row points nowhere.")
    if not is_open:
        return
    schema = _schema(store)
    yield schema
    if not schema.ok:
        return
    with store.read() as conn:
        row = instance.read_instance(conn)
    yield search(store, fixes=fixes)
    yield from _beside(settings, store, row)
    yield _clock(store, now)
    yield from _standing_still(settings, store, now)
    yield _announcements(store)
    yield from _backups(settings, row, now)


def _announcements(store: Store) -> Finding:
    with store.read() as conn:
        waiting = deliveries.waiting_for_somebody(conn)
    if waiting:
        return Finding.wrong(
            "announcements",
            f"{waiting:,} copies wait for somebody: 'clusterhub deliveries' says what to do.",
        )
    return Finding.well("announcements", "None waits for somebody.")


def _opened_kind(store: Store) -> tuple[Finding, bool]:
    """Return the finding on the database program, and whether the hub can work with it."""
    try:
        with store.read() as conn:
            kind = _kind(conn)
        if store.is_sqlite:
            with store.write():
                pass  # the right to write is asked for by beginning to
        return kind, True
    except StoreError as error:
        return Finding.wrong("database", str(error)), False


def _kind(conn: Connection) -> Finding:
    version, encoding = health.version(conn), health.encoding(conn)
    told = ".".join(map(str, version))
    if conn.dialect.name == "sqlite":
        return judge_kind("SQLite", told, version >= health.OLDEST_SQLITE, encoding == "UTF-8")
    return judge_kind("PostgreSQL", told, version[0] >= health.OLDEST_POSTGRES, encoding == "UTF8")


def judge_kind(name: str, version: str, is_new_enough: bool, is_unicode: bool) -> Finding:
    """Judge a database program and how it keeps letters."""
    if not is_new_enough:
        return Finding.wrong("database", f"{name} {version} is too old: install a newer one.")
    if not is_unicode:
        return Finding.wrong(
            "database", f"{name} does not keep letters as UTF-8: make the database anew, in UTF8."
        )
    extensions = ", no extension is needed" if name == "PostgreSQL" else ""
    return Finding.well("database", f"{name} {version}, UTF-8{extensions}.")


def _schema(store: Store) -> Finding:
    current, newest = current_revision(store), newest_revision()
    if current == newest:
        return Finding.well("schema", f"{newest}, the newest.")
    try:
        refuse_newer(current)
    except HubError as error:
        return Finding.wrong("schema", str(error))
    if current is None:
        return Finding.wrong("schema", "The database is empty: 'clusterhub init' prepares it.")
    return Finding.wrong(
        "schema",
        f"The schema is {current}, not {newest}: make a backup, then any command, such as "
        "'clusterhub status', brings it up to date.",
    )


def search(store: Store, *, fixes: bool) -> Finding:
    """Compare the search index with the posts; write it afresh if it differs and may be."""
    gap = health.search_gap(store)
    if gap.is_well:
        return Finding.well("search", "The index says what the posts say.")
    told = f"{gap.missing:,} posts are missing in the search index, {gap.surplus:,} are too many"
    if gap.is_torn:
        told += ", and it contradicts itself"
    if not fixes:
        return Finding.wrong("search", f"{told}: 'clusterhub doctor --fix' writes it afresh.")
    health.rebuild_search(store)
    if health.search_gap(store).is_well:
        return Finding.well("search", f"{told}: it was written afresh.")
    return Finding.wrong("search", f"{told}, also after it was written afresh: please report this.")


def _beside(settings: Settings, store: Store, row: InstanceRow) -> Iterator[Finding]:
    folder = settings.data_dir
    yield _key(folder, row)
    try:
        kept = hub_files.read_withdrawals(folder, row.key_fingerprint)
    except HubError as error:
        yield Finding.wrong("withdrawals", str(error))
    else:
        path = folder / hub_files.WITHDRAWALS_FILE
        if kept is None and row.files_made:
            yield Finding.wrong("withdrawals", LOST_WITHDRAWALS.format(path=path))
        else:
            yield Finding.well("withdrawals", f"{len(kept or ()):,} are noted.")
    if row.files_made and not is_settled(store, folder):
        yield Finding.wrong("instance", MOVED)
    else:
        yield Finding.well("instance", "This is the database and the machine that it was.")


def _key(folder: Path, row: InstanceRow) -> Finding:
    path = folder / hub_files.KEY_FILE
    try:
        key = hub_files.read_key(folder)
    except HubError as error:
        return Finding.wrong("key", str(error))
    if key is None:
        return Finding.wrong("key", LOST_KEY.format(path=path))
    if Privacy(key).fingerprint() != row.key_fingerprint:
        return Finding.wrong(
            "key", f"{path} does not belong to this database: put the hub's own file back."
        )
    return Finding.well("key", "It belongs to this database.")


def _clock(store: Store, now: datetime) -> Finding:
    with store.read() as conn:
        newest = health.newest_moment(conn)
    return judge_clock(health.clock_difference(store, now), newest, now)


def judge_clock(difference: timedelta, newest: datetime | None, now: datetime) -> Finding:
    """Judge this machine's clock by the database's, and by what was noted before."""
    if newest is not None and newest > now + CLOCKS_DIFFER:
        return Finding.wrong(
            "clock",
            f"The clock was set back: a reading began at {newest:%Y-%m-%d %H:%M} UTC, which is "
            "still to come. Set the clock, best by NTP.",
        )
    if abs(difference) > CLOCKS_DIFFER:
        return Finding.wrong(
            "clock",
            f"The clocks of this machine and of the database differ by "
            f"{abs(difference).total_seconds():,.0f} seconds: set both by NTP.",
        )
    return Finding.well("clock", "It agrees with the database's.")


def _standing_still(settings: Settings, store: Store, now: datetime) -> Iterator[Finding]:
    with store.read() as conn:
        cut = health.cut_off(conn, now - LEASES_END)
        stale = health.stale(conn, now - STALE_AFTER)
    if cut:
        yield Finding.wrong(
            "readings",
            f"Cut off and not taken up again: {_some(cut)}. See that 'clusterhub serve' runs.",
        )
    else:
        yield Finding.well("readings", "None was cut off.")
    if not stale:
        yield Finding.well("places", "All that are read had a good reading in three days.")
    for one in stale:
        last = when(one.last_good, settings.hub.timezone)
        advice = one.sentence or "See that 'clusterhub serve' runs."
        yield Finding.wrong("places", f"{one.key}: last read well {last}. {advice}")


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    return ", ".join(keys[:5]) + more


def _backups(settings: Settings, row: InstanceRow, now: datetime) -> Iterator[Finding]:
    zone = settings.hub.timezone
    last = row.backed_up or row.created
    if now - last > BACKUP_AFTER:
        told = (
            "There is no backup" if row.backed_up is None else f"The last is of {when(last, zone)}"
        )
        yield Finding.wrong("backup", f"{told}: run 'clusterhub backup', best every night.")
    elif row.backed_up is None:
        yield Finding.well("backup", "None yet; the hub is younger than a week.")
    else:
        yield Finding.well("backup", f"The last is of {when(last, zone)}.")
    folder = settings.data_dir / backups.FOLDER
    old = [*backups.expired(folder, row.uid, now), *backups.expired_copies(settings.data_dir, now)]
    if old:
        yield Finding.wrong(
            "old backups",
            f"{len(old)} files are older than 30 days and may hold what was withdrawn: "
            "'clusterhub backup' deletes them.",
        )
