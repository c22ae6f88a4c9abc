"""Calls from places that say "something happened here": a genuine one asks for a run.

Nothing in a call is believed but its signature; polling stays the truth. So a call that is
lost costs time, and one that is sent again asks for no more than a run a minute.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from connector.contract import Hooked
from connector.errors import ConfigError
from connector.store import clusters, sources
from connector.store.sources import SourceRow
from sync_jobs.jobs import Jobs
from sync_jobs.pull import settings_of

ONE_RUN_IN = timedelta(minutes=1)


class HookEar:
    """Hears the calls of all places of one process."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._asked: dict[int, datetime] = {}

    def hear(self, cluster: str, place: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Ask for a run where the call is genuine; return whether it is. Asks nobody outside."""
        source = self._source(cluster, place)
        if source is None or not self._is_genuine(source, headers, body):
            return False
        now = self._jobs.clock()
        # Whoever is asked to wait, or is being read, is not disturbed: the run comes anyway.
        is_free = source.trouble is None and source.cycle is None and not source.paused
        last = self._asked.get(source.id)
        if is_free and (last is None or now - last >= ONE_RUN_IN):
            self._asked[source.id] = now
            with self._jobs.store.write(source.cluster_id) as conn:
                sources.ask_for_run(conn, source.id, now)
        return True

    def _source(self, cluster: str, place: str) -> SourceRow | None:
        with self._jobs.store.read() as conn:
            for one in clusters.all_clusters(conn):
                if one.slug == cluster:
                    return sources.find_source(conn, one.cluster_id, place)
        return None

    def _is_genuine(self, source: SourceRow, headers: Mapping[str, str], body: bytes) -> bool:
        adapter = self._jobs.adapters.get(source.kind)
        if adapter is None or not isinstance(adapter, Hooked):
            return False
        try:
            values = self._jobs.resolve(source.settings)
            settings = settings_of(adapter, source.address, values)
        except ConfigError:
            return False
        secret = getattr(settings, "webhook_secret", None)
        return secret is not None and adapter.verify_hook(
            headers, body, str(secret.get_secret_value())
        )
