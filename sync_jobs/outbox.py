"""What the jobs of announcements are given, and when they must not send at all."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from connector import hub_files
from connector.announce.timing import Quiet
from connector.contract import Destination, DestinationAdapter
from connector.errors import ConfigError
from connector.http import Session
from connector.model import Clock
from connector.store import clusters, deliveries, instance
from connector.store.database import Store
from connector.store.destinations import DestinationRow
from sync_jobs.jobs import utc_now

MOVED = "moved"
"""Why everything is held after a restore or a copy."""
MOVED_SENTENCE = (
    "The hub was restored, moved or copied, so this may have been sent already. Look at the "
    "place, then send it ('clusterhub retry') or say that it is there ('clusterhub settle')."
)
LEASE_LEAST = timedelta(minutes=5)


class Anchor:
    """The count of sendings beside the database: tells a database that was put back.

    Threads share one.
    """

    def __init__(self, store: Store, folder: Path):
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()

    def holds(self) -> bool:
        """Whether this is the database and the machine that sent until now."""
        noted = hub_files.read_whereabouts(self._folder)
        return hub_files.is_same(noted, instance.whereabouts(self._store))

    def note(self) -> None:
        """Write down how often was sent, on the disk at return."""
        with self._lock:
            hub_files.write_whereabouts(self._folder, instance.whereabouts(self._store))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The tools of the jobs that send, for one process."""

    store: Store
    kinds: Mapping[str, DestinationAdapter]
    open_session: Callable[[], Session]
    zone: ZoneInfo
    """In which events are told and nights are quiet."""
    anchor: Anchor
    resolve: Callable[[dict[str, Any]], dict[str, Any]] = field(default=dict)
    """Puts secrets from the environment into a destination's settings."""
    clock: Clock = utc_now
    stop_link: Callable[[int, str], str | None] = lambda cluster_id, address: None
    """Where somebody stops the mails to an address; None: the hub has no public address."""
    late_limit: timedelta = timedelta(hours=12)
    quiet: Quiet | None = None
    flood_brake: int = 20
    """So many copies a day to one destination, then the rest waits for a yes."""
    daily_mails: int = 3
    """To one person within 24 hours, at most."""
    slice_time: timedelta = timedelta(seconds=60)
    """After so long a destination with many recipients lets the others send."""
    send_time: timedelta = timedelta(seconds=60)
    """One sending takes so long at most."""

    @property
    def lease_time(self) -> timedelta:
        """So long an account is held: longer than looking and sending can take."""
        return max(LEASE_LEAST, 4 * self.send_time)

    @property
    def blind_kinds(self) -> list[str]:
        """The kinds of destinations where a copy cannot be looked for."""
        return [kind for kind, one in self.kinds.items() if one.INFO.find == "none"]

    def adapter_of(self, row: DestinationRow) -> DestinationAdapter:
        """Return what knows this kind of destination. Raises ConfigError."""
        if row.kind not in self.kinds:
            raise ConfigError(f"Nothing sends to {row.kind}: mend the kind of {row.key}.")
        return self.kinds[row.kind]

    def open(self, row: DestinationRow) -> Destination:
        """Return the destination behind a row; asks nobody. Raises ConfigError."""
        adapter = self.adapter_of(row)
        values = self.resolve(row.settings)
        try:
            settings = adapter.Settings.model_validate({**values, "address": row.address})
        except ValidationError as error:
            keys = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            raise ConfigError(
                f"A setting of {row.key} is wrong or missing: {', '.join(keys)}."
            ) from None
        return adapter.open_destination(settings, self.open_session(), self.clock())


def hold_everything(store: Store, now: datetime) -> int:
    """Hold what any cluster might still send; return how many deliveries that were."""
    with store.read() as conn:
        known = clusters.all_clusters(conn)
    held = 0
    for one in known:
        with store.write(one.cluster_id) as conn:
            held += deliveries.hold_all(conn, one.cluster_id, MOVED, MOVED_SENTENCE, now)
    return held
