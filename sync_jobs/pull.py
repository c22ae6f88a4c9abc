"""Reading one source: from its lease to the closed run.

Each page is cleaned before its transaction and decided inside it; killed anywhere, the
source resumes after the last page that was written.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Literal, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connector.contract import Adapter, ChangeReader, DestinationAdapter, Place
from connector.errors import (
    ConfigError,
    LeaseLostError,
    SourceError,
    StoreError,
    TemporaryError,
    UnfinishedError,
)
from connector.http import Session
from connector.model import Cursor, Page, StreamFailed
from connector.rules import Rules
from connector.store import leases, runs, sources, streams
from connector.store.database import Connection
from connector.store.runs import Closing, State
from connector.store.sources import SourceRow, Verdict
from connector.store.streams import StreamRow
from sync_jobs import schedule, sweep
from sync_jobs.gathering import joined
from sync_jobs.jobs import Jobs, SourceRun
from sync_jobs.pages import kept_as_came, store_page, wanted_shape
from sync_jobs.retry import after_failure
from sync_jobs.selection import still_there
from sync_jobs.slices import SlicedSession
from sync_jobs.storable import storable

log = logging.getLogger("clusterhub.sync")


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended, for whoever started it."""

    state: Literal["done", "partial", "failed", "busy"]
    counts: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    sentence: str = ""
    goes_on: bool = False
    """It got further, though no stream shows it: a step is longer than a slice."""


def run_source(
    jobs: Jobs,
    source_id: int,
    *,
    force_sweep: bool = False,
    only_if_due: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[SourceRun], None] = lambda run: None,
) -> Report:
    """Read one source for one slice, and check what left if that is due.

    Safe to call from anywhere at any time: a source that somebody else reads is left alone
    (``busy``), and with ``only_if_due`` one that somebody else has just read. Raises StoreError,
    and what is a mistake of ours, after closing the run.
    """
    with jobs.turns.work():
        run = _start(
            jobs, source_id, force_sweep, only_if_due, stop or threading.Event(), on_progress
        )
        return Report("busy") if run is None else _run(run)


def _run(run: SourceRun) -> Report:
    try:
        ended = _work(run)
    except LeaseLostError as lost:
        return Report("failed", dict(+run.counts), run.session.requests, str(lost))
    except (SourceError, ConfigError) as error:
        return _close_paused(run, error) if _is_pause(run, error) else _close_failed(run, error)
    except StoreError as error:
        with suppress(StoreError):
            _close_failed(run, TemporaryError(str(error)))
        raise
    except Exception:
        _close_failed(run, ConfigError("Cluster Hub itself failed here: see its log."))
        raise
    return ended or _close(run)


def _start(
    jobs: Jobs,
    source_id: int,
    force_sweep: bool,
    only_if_due: bool,
    stop: threading.Event,
    on_progress: Callable[[SourceRun], None],
) -> SourceRun | None:
    now = jobs.clock()
    cluster_id = _cluster_of(jobs, source_id)
    with jobs.store.write(cluster_id) as conn:
        claimed = leases.claim(conn, source_id)
        if claimed is None:
            return None
        lease, source = claimed
        if only_if_due and not sources.is_due(source, now):
            leases.release(conn, lease)
            return None
        if force_sweep:
            sources.ask_for_run(conn, source_id, now, sweep=True)
            source = replace(source, due=now, sweep_due=now)
        run_id = runs.start_run(conn, cluster_id, source_id, now)
        known = streams.streams_of(conn, source_id)
    adapter = jobs.adapters.get(source.kind)
    rules = jobs.rules.get(source_id, source.rules, lambda: Rules.model_validate(source.rules))
    per_host = adapter.INFO.requests_per_host if adapter else 1
    return SourceRun(
        jobs=jobs,
        source=source,
        lease=lease,
        run_id=run_id,
        session=SlicedSession(
            jobs.open_session(per_host),
            lambda: stop.is_set() or jobs.clock() - now >= jobs.slice_time,
        ),
        rules=rules,
        stop=stop,
        started=now,
        on_progress=on_progress,
        streams=known,
    )


def _cluster_of(jobs: Jobs, source_id: int) -> int:
    """Return a source's cluster, which never changes."""
    if source_id not in jobs.clusters:
        with jobs.store.read() as conn:
            jobs.clusters.update(sources.clusters_of(conn))
    return jobs.clusters[source_id]


def place_of(jobs: Jobs, source: SourceRow, session: Session) -> Place:
    """Return the place behind a source. Raises ConfigError that names the setting."""
    adapter = jobs.adapters.get(source.kind)
    if adapter is None:
        raise ConfigError(f"No adapter is called {source.kind}: mend the place's kind.")
    values = {**jobs.resolve(source.settings), "address": source.address}
    settings = jobs.settings.get(
        source.id, (adapter, values), lambda: settings_of(adapter, source.address, values)
    )
    return adapter.open(settings, session, jobs.clock())


def settings_of(adapter: Adapter, address: str, values: Mapping[str, Any]) -> BaseModel:
    """Return an adapter's settings for a place. Raises ConfigError that names every mistake."""
    try:
        return adapter.Settings.model_validate({**values, "address": address})
    except ValidationError as error:
        mistakes = error.errors(include_input=False, include_url=False)
    raise ConfigError(f"A setting of this place is wrong: {'; '.join(map(_told, mistakes))}.")


def refuse_plain_secrets(adapter: Adapter | DestinationAdapter, values: Mapping[str, Any]) -> None:
    """Raise ConfigError for a secret that would be stored: it belongs in the environment."""
    for key, value in values.items():
        field = adapter.Settings.model_fields.get(key)
        is_secret = field is not None and "SecretStr" in str(field.annotation)
        if is_secret and value and not str(value).startswith("env:"):
            raise ConfigError(
                f"{key} is a secret: put it into .env beside config.toml, as NAME=..., "
                f'and write {key} = "env:NAME".'
            )


def _told(mistake: ErrorDetails) -> str:
    key = ".".join(map(str, mistake["loc"]))
    if mistake["type"] == "extra_forbidden":
        return f"{key} is not known"
    return f"{key}: {mistake['msg'].removeprefix('Value error, ')}"


def _work(run: SourceRun) -> Report | None:
    """Read, and sweep where that is due; return the report where the run is closed already."""
    place = place_of(run.jobs, run.source, run.session)
    sweep_now = run.source.sweep_due <= run.started
    rows = _known_streams(run, place, ask=sweep_now)
    ended = _read(run, place, [row for row in rows if row.selected], is_all=not sweep_now)
    if sweep_now and not run.partial and not run.stop.is_set():
        sweep.sweep_source(run, place)
    return ended


def _known_streams(run: SourceRun, place: Place, *, ask: bool) -> list[StreamRow]:
    known = still_there(place, run.streams)
    if known and not ask:
        return known
    found = [storable(one) for one in place.streams()]
    with run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)
        rows = streams.put_streams(conn, run.source.cluster_id, run.source.id, found)
    return still_there(place, rows)


def _read(run: SourceRun, place: Place, rows: list[StreamRow], *, is_all: bool) -> Report | None:
    """Read these streams to their ends, or for one slice.

    A page is stored when the next one has been read: the two may be written together, and the
    last one ends the run in its own transaction, where nothing else is to be done (``is_all``).
    """
    fresh = [row for row in _after_rule_changes(run, place, rows) if not _is_read(run, row)]
    # Whoever waited longest comes first: a slow stream does not keep the others from theirs.
    fresh.sort(key=lambda row: (row.finished is not None, row.finished or run.started, row.id))
    by_key = {row.key: row for row in fresh}
    cursors: dict[str, Cursor | None] = {key: row.cursor for key, row in by_key.items()}
    if not cursors:
        return None
    unfinished = set(by_key)
    waiting: Page | None = None
    asked = 0
    for page in _until_error(_pages(run, place, by_key, cursors)):
        together = None
        if waiting is not None:
            is_at_hand = run.session.requests == asked and not by_key[waiting.stream].sloppy_ids
            together = joined(waiting, page) if is_at_hand and isinstance(page, Page) else None
            if together is None:
                store_page(run, place, by_key, waiting)
                run.on_progress(run)
            waiting = None
        if isinstance(page, Exception):
            raise page
        if isinstance(page, StreamFailed):
            unfinished.discard(page.stream)
            run.note_stream_failure(by_key[page.stream].id, page.error)
            continue
        waiting, asked = together or page, run.session.requests
        if page.complete:
            unfinished.discard(page.stream)
        if unfinished and run.slice_is_over():
            run.partial = True
            break
    if len(run.stream_errors) == len(by_key):
        raise run.stream_errors[0]
    if waiting is None:
        return None
    if not is_all:
        store_page(run, place, by_key, waiting)
        run.on_progress(run)
        return None
    ending = _Ending(run)
    store_page(run, place, by_key, waiting, then=ending.write)
    ending.tell()
    run.on_progress(run)
    return ending.report


def _pages(
    run: SourceRun,
    place: Place,
    by_key: Mapping[str, StreamRow],
    cursors: Mapping[str, Cursor | None],
) -> Iterator[Page | StreamFailed]:
    """Return what a place gives, without what is kept as it came where the place can tell."""
    if _reads_changes(type(place)):
        return cast(ChangeReader, place).read_changes(cursors, partial(kept_as_came, run, by_key))
    return place.read(cursors)


@cache
def _reads_changes(place: type[Place]) -> bool:
    """Whether these places are ``ChangeReader``: looking it up takes as long as a statement."""
    return issubclass(place, ChangeReader)


def _until_error(
    pages: Iterable[Page | StreamFailed],
) -> Iterator[Page | StreamFailed | Exception]:
    """Yield the pages, and what stopped them as a last value: what came before is kept."""
    try:
        yield from pages
    except Exception as error:  # noqa: BLE001 - whoever asks raises it again
        yield error


def _is_read(run: SourceRun, row: StreamRow) -> bool:
    """Whether an earlier run of an unfinished reading has brought this stream to its end."""
    begun = run.source.cycle
    return begun is not None and row.finished is not None and row.finished >= begun


def _after_rule_changes(run: SourceRun, place: Place, rows: list[StreamRow]) -> list[StreamRow]:
    """Start streams afresh whose records would come out otherwise now."""
    stale = [
        row
        for row in rows
        if schedule.needs_fresh_read(
            row.shape, wanted_shape(run, place, row.key), stream_id=row.id, now=run.started
        )
    ]
    if not stale:
        return rows
    with run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)
        for row in stale:
            streams.start_baseline(conn, row.id)
        chosen = {row.id for row in rows}
        return [row for row in streams.streams_of(conn, run.source.id) if row.id in chosen]


def _close(run: SourceRun) -> Report:
    return _finish(run, *_verdict(run, run.counts))


def _is_pause(run: SourceRun, error: Exception) -> bool:
    """Whether a place only wants to be left alone for a while, or has more to do than a slice.

    A place that allows so many requests a minute ends each run of a long reading like this;
    counted as failures, these would put it off for a day.
    """
    asked = isinstance(error, TemporaryError) and error.not_before is not None
    return isinstance(error, UnfinishedError) or (asked and run.stored > 0)


def _close_paused(run: SourceRun, pause: Exception) -> Report:
    """Close a run that goes on when its place wants to be asked again."""
    run.partial = True
    state, verdict = _verdict(run, run.counts)
    due = max([verdict.due, *_not_before([pause])])
    # A nightly check that is due makes the source due as well: it has to wait with the rest.
    later = max(run.source.sweep_due, due)
    report = _finish(run, state, replace(verdict, due=due, sweep_due=later))
    return replace(report, goes_on=isinstance(pause, UnfinishedError))


def _verdict(run: SourceRun, counts: Counter[str]) -> tuple[Literal["done", "partial"], Verdict]:
    """Return how the run ended and when the source is due again."""
    jobs, source = run.jobs, run.source
    now = jobs.clock()
    found_news = bool(counts["new"] or counts["held"] or counts["updated"])
    info = jobs.adapters[source.kind].INFO
    current = info.default_interval if source.last_read is None else source.interval
    interval = schedule.next_interval(
        current, found_news=found_news, fastest=source.fastest or info.fastest_interval
    )
    due = now if run.partial else now + schedule.jittered(interval, jobs.roll())
    verdict = Verdict(
        due=due,
        interval=interval,
        sweep_due=schedule.next_night(now, jobs.zone, jobs.roll()) if run.swept else None,
        cycle=(source.cycle or run.started) if run.partial else None,
    )
    if run.stream_errors:
        setback = after_failure(run.stream_errors[0], failures=1, now=now, roll=jobs.roll())
        verdict = replace(
            verdict,
            due=max([due, *_not_before(run.stream_errors)]),
            trouble=setback.trouble,
            sentence=str(run.stream_errors[0]),
        )
    return "partial" if run.partial else "done", verdict


def _not_before(errors: Iterable[Exception]) -> list[datetime]:
    """Return the moments before which a place asked us not to come back."""
    asked = (error.not_before for error in errors if isinstance(error, TemporaryError))
    return [moment for moment in asked if moment is not None]


def _close_failed(run: SourceRun, error: Exception) -> Report:
    jobs, source = run.jobs, run.source
    now = jobs.clock()
    failures = source.failures + 1
    setback = after_failure(error, failures=failures, now=now, roll=jobs.roll())
    verdict = Verdict(
        due=setback.due,
        interval=source.interval,
        failures=failures,
        trouble=setback.trouble,
        sentence=str(error),
        # A failing place is not asked again for its nightly check until it answers.
        sweep_due=max(source.sweep_due, setback.due),
    )
    return _finish(run, "failed", verdict)


def _finish(
    run: SourceRun, state: Literal["done", "partial", "failed"], verdict: Verdict
) -> Report:
    with run.jobs.store.write(run.source.cluster_id) as conn:
        try:
            leases.renew(conn, run.lease)
        except LeaseLostError as lost:
            return Report("failed", dict(+run.counts), run.session.requests, str(lost))
        _write_end(conn, run, state, verdict, run.counts)
    _log_end(run, state, run.counts)
    return Report(state, dict(+run.counts), run.session.requests, verdict.sentence or "")


class _Ending:
    """The end of a run that is written together with its last page."""

    def __init__(self, run: SourceRun) -> None:
        self._run = run
        self._counts: Counter[str] = Counter()
        self.report: Report | None = None

    def write(self, conn: Connection, counts: Counter[str]) -> None:
        """Close the run in the page's transaction."""
        run = self._run
        self._counts = run.counts + counts
        state, verdict = _verdict(run, self._counts)
        _write_end(conn, run, state, verdict, self._counts)
        sentence = verdict.sentence or ""
        self.report = Report(state, dict(+self._counts), run.session.requests, sentence)

    def tell(self) -> None:
        """Log the end, once it is kept."""
        if self.report is not None:
            _log_end(self._run, self.report.state, self._counts)


def _write_end(
    conn: Connection, run: SourceRun, state: State, verdict: Verdict, counts: Counter[str]
) -> None:
    now = run.jobs.clock()
    closing = Closing(
        state=state,
        counts=+counts,
        requests=run.session.requests,
        bytes=run.session.bytes_read,
        sentence=verdict.sentence,
    )
    sources.record_verdict(conn, run.source, verdict, now)
    runs.close_run(conn, run.source.id, run.run_id, closing, now)


def _log_end(run: SourceRun, state: str, counts: Counter[str]) -> None:
    log.info(
        "source=%s run=%s state=%s requests=%s %s",
        run.source.key,
        run.run_id,
        state,
        run.session.requests,
        " ".join(f"{name}={count}" for name, count in sorted((+counts).items())),
    )
