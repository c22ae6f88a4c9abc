"""Mistakes made on purpose: each is one that the checks of ``kills`` have to find."""

from datetime import timedelta
from typing import Any

from connector.contract import Place
from connector.model import Page
from connector.store import leases, records, runs, streams, tables
from connector.store.database import Connection
from connector.store.streams import StreamRow
from sync_jobs import pages, pull
from sync_jobs.jobs import SourceRun


def save_validators_first() -> None:
    """Commit the cursor, with its validators, before the page that it vouches for."""
    whole = pages.store_page

    def store_page(
        run: SourceRun, place: Place, by_key: dict[str, StreamRow], page: Page, **more: Any
    ) -> None:
        row = by_key[page.stream]
        with run.jobs.store.write(run.source.cluster_id) as conn:
            leases.renew(conn, run.lease)
            shape = pages.wanted_shape(run, place, page.stream)
            streams.save_progress(conn, row, page.cursor, shape, finished=None)
        whole(run, place, by_key, page, **more)

    vars(pull)["store_page"] = store_page


def commit_in_the_middle() -> None:
    """Commit a page's posts before their texts."""
    whole = records._insert_texts

    def insert_texts(conn: Connection, *rest: Any) -> None:
        conn.exec_driver_sql("COMMIT")
        conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.dialect.name == "sqlite" else "BEGIN")
        whole(conn, *rest)

    vars(records)["_insert_texts"] = insert_texts


def lease_for_a_year() -> None:
    """Let the lease of a runner that died go on for ever."""
    vars(leases)["LEASE"] = timedelta(days=365)


def forget_who_stalled() -> None:
    """Leave the run of a runner that died open."""
    whole = runs.start_run

    def start_run(conn: Connection, cluster_id: int, source_id: int, now: Any) -> int:
        mine = (tables.run.c.source_id == source_id, tables.run.c.state == "running")
        conn.execute(tables.run.update().where(*mine).values(state="lost"))
        number = whole(conn, cluster_id, source_id, now)
        lost = (tables.run.c.source_id == source_id, tables.run.c.state == "lost")
        conn.execute(tables.run.update().where(*lost).values(state="running"))
        return number

    vars(pull)["runs"] = _Changed(runs, start_run=start_run)


class _Changed:
    """A module with some of its functions replaced, for one user of it."""

    def __init__(self, module: Any, **instead: Any):
        self._module = module
        vars(self).update(instead)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


MISTAKES = {
    "validators first": save_validators_first,
    "commit in the middle": commit_in_the_middle,
    "lease for a year": lease_for_a_year,
    "forgotten run": forget_who_stalled,
}
