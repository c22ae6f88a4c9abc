"""The embedded runner: one tick in this process asks what is due, a few threads read it.

APScheduler holds one job, an interval in UTC. Two runners on one database by mistake do no
harm: the lease in the database decides who reads a source.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from connector.errors import HubError, StoreError
from connector.store import housekeeping, sources
from sync_jobs.jobs import Jobs, utc_now
from sync_jobs.outbox import Outbox
from sync_jobs.probe import probe_due
from sync_jobs.pull import run_source
from sync_jobs.push import send_due

log = logging.getLogger("clusterhub.sync")

TICK = timedelta(seconds=15)


class LocalRunner:
    """Reads what is due, until it is stopped."""

    def __init__(
        self,
        jobs: Jobs,
        *,
        outbox: Outbox | None = None,
        threads: int = 4,
        tick: timedelta = TICK,
    ):
        self._jobs = jobs
        self._outbox = outbox
        self._post = ThreadPoolExecutor(1, "push")
        self._sending = threading.Lock()
        self._threads = threads
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sync")
        self._under_way: set[int] = set()
        self._lock = threading.Lock()
        self._house = ThreadPoolExecutor(1, "house")
        self._keeping_house = False
        self._kept_house: date | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._job = self._scheduler.add_job(
            self.tick,
            "interval",
            seconds=tick.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._tick = tick
        self._watch = threading.Thread(target=self._keep_ticking, name="watch", daemon=True)

    def start(self) -> None:
        """Begin ticking, with a first look at once."""
        self._scheduler.start()
        self._watch.start()
        self._pool.submit(self.tick)

    def _keep_ticking(self) -> None:
        """Bring the next tick near again when the clock was set back: it was planned before.

        APScheduler would wait until the clock is there once more, an hour or a year.
        """
        while not self._stop.wait(self._tick.total_seconds()):
            ahead = self._job.next_run_time - utc_now()
            if ahead > 2 * self._tick:
                log.warning(
                    "The clock was set back by about %d minutes: reading goes on by the new one.",
                    round(ahead / timedelta(minutes=1)),
                )
                self._job.modify(next_run_time=utc_now())

    def tick(self) -> None:
        """Hand due sources to free threads. A failing database is tried again next time."""
        for work in (self._hand_out, self._keep_house, self._hand_to_sender):
            try:
                work()
            except HubError as error:
                log.error("tick: %s", error)

    def _hand_out(self) -> None:
        with self._lock:
            free = self._threads - len(self._under_way)
            if free <= 0 or self._stop.is_set():
                return
            with self._jobs.store.read() as conn:
                due = sources.due_sources(conn, self._jobs.clock(), free + len(self._under_way))
            chosen = [one for one in due if one not in self._under_way][:free]
            self._under_way |= set(chosen)
        for source_id in chosen:
            self._pool.submit(self._run, source_id)

    def _run(self, source_id: int) -> None:
        goes_on = True
        try:
            if not self._stop.is_set():
                run_source(self._jobs, source_id, only_if_due=True, stop=self._stop)
        except StoreError as error:
            # The place may be due as before: asking again at once would never end.
            goes_on = False
            log.error("source_id=%s %s", source_id, error)
        except Exception:
            log.exception("source_id=%s failed by a mistake of Cluster Hub", source_id)
        finally:
            with self._lock:
                self._under_way.discard(source_id)
        if goes_on and not self._stop.is_set():
            self.tick()

    def _hand_to_sender(self) -> None:
        """Let one thread send what is due, and try what will be."""
        if self._outbox is None or self._stop.is_set() or not self._sending.acquire(blocking=False):
            return
        self._post.submit(self._push, self._outbox)

    def _push(self, outbox: Outbox) -> None:
        try:
            probe_due(outbox)
            send_due(outbox, self._stop)
        except HubError as error:
            log.error("push: %s", error)
        except Exception:
            log.exception("push failed by a mistake of Cluster Hub")
        finally:
            self._sending.release()

    def _keep_house(self) -> None:
        """Once a day delete what is over its time, beside the reading."""
        now = self._jobs.clock()
        with self._lock:
            if self._keeping_house or self._kept_house == now.date() or self._stop.is_set():
                return
            self._keeping_house = True
        self._house.submit(self._prune, now)

    def _prune(self, now: datetime) -> None:
        try:
            pruned = housekeeping.prune(
                self._jobs.store, now, stop=self._stop.is_set, pause=self._stop.wait
            )
            self._kept_house = now.date()
            told = {name: count for name, count in pruned.counts.items() if count}
            log.info("pruned %s", told or "nothing")
        except HubError as error:
            log.error("prune: %s", error)
        except Exception:
            log.exception("prune failed by a mistake of Cluster Hub")
            self._kept_house = now.date()  # not again every tick
        finally:
            self._keeping_house = False

    def stop(self) -> None:
        """Finish the pages in hand, close their runs, and end."""
        self._stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._house.shutdown(wait=True, cancel_futures=True)
        self._post.shutdown(wait=True, cancel_futures=True)
