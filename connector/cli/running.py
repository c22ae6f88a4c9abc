"""``sync``: reading places to their end, now."""

import json
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub, refuse_loss
from connector.cli.named import left_the_file, named_sources, paused_words
from connector.cli.progress import Progress, progress
from connector.cli.show import NO_PLACES, counts_sentence, say
from connector.cli.stopping import stop_on_signals
from connector.store import streams
from connector.store.sources import SourceRow
from sync_jobs.pull import Report, run_source

_NOT_READ = Report("partial")
"""Of a place whose turn had not come when somebody stopped the sync."""


@dataclass(frozen=True, slots=True)
class _Result:
    row: SourceRow
    report: Report
    is_cut_short: bool
    """Whether this place was not read to its end."""


@click.command()
@click.argument("ids", nargs=-1)
@click.option("--sweep", is_flag=True, help="Also do the nightly check for what was removed.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each place.")
@pass_chosen
def sync(chosen: Chosen, ids: Sequence[str], sweep: bool, as_json: bool) -> None:
    """Read places now: all, or those named.

    Interrupted, it goes on where it stopped. A paused place is read when it is named.
    """
    with open_hub(chosen.config) as hub, stop_on_signals() as stop:
        refuse_loss(hub)
        rows = _wanted(hub, chosen, ids)
        told = _result_json if as_json else _result_words
        with progress(len(rows), quiet=chosen.verbose) as shown:
            results = read_all(hub, rows, sweep=sweep, stop=stop, shown=shown, told=told)
    for one in results:
        if one.is_cut_short:
            what = "interrupted" if stop.is_set() else "not read to its end"
            say(f"{one.row.key}: {what}; the next reading goes on there.")
    if stop.is_set() or any(one.report.state == "failed" for one in results):
        raise SystemExit(1)


def _wanted(hub: Hub, chosen: Chosen, ids: Sequence[str]) -> list[SourceRow]:
    """Return the places to read: those named, or all that are not paused."""
    rows = named_sources(hub, chosen, ids)
    if not ids:
        unpaused = [row for row in rows if not row.paused]
        if not unpaused:
            say("All places are paused." if rows else NO_PLACES)
        return unpaused
    _say_paused(rows, left_the_file(hub, rows), chosen)
    return rows


def _say_paused(rows: Sequence[SourceRow], left: Collection[int], chosen: Chosen) -> None:
    for row in rows:
        if row.paused:
            say(f"{row.key} is {paused_words(row, left, chosen)}. It is read this once.")


def read_all(
    hub: Hub,
    rows: Sequence[SourceRow],
    *,
    sweep: bool,
    stop: threading.Event,
    shown: Progress,
    told: Callable[[_Result], str] | None,
) -> list[_Result]:
    """Read these places to their end, several at once, and print each result as ``told``."""
    results = []
    with ThreadPoolExecutor(hub.settings.sync.threads) as pool:
        work = {pool.submit(_read_to_end, hub, row, sweep, stop, shown): row for row in rows}
        for done in as_completed(work):
            report, row = done.result(), work[done]
            result = _Result(row, report, report.state == "partial")
            results.append(result)
            shown.finished(row.title)
            if told is not None:
                shown.result(told(result))
    return results


def _result_words(result: _Result) -> str:
    return f"{result.row.key}: {_told(result.report)}"


def _result_json(result: _Result) -> str:
    report = result.report
    return json.dumps(
        {
            "id": result.row.key,
            "state": report.state,
            "counts": report.counts,
            "requests": report.requests,
            "sentence": report.sentence,
        },
        ensure_ascii=False,
    )


def _told(report: Report) -> str:
    if report is _NOT_READ:
        return "not read"
    if report.state == "busy":
        return "somebody else reads it now"
    if report.state == "failed":
        return f"failed. {report.sentence}"
    told = counts_sentence(report.counts)
    return f"{told}. {report.sentence}" if report.sentence else told


def _read_to_end(
    hub: Hub, row: SourceRow, sweep: bool, stop: threading.Event, shown: Progress
) -> Report:
    """Read slice after slice, until the place has no more for now."""
    counts: dict[str, int] = {}
    requests = 0
    if stop.is_set():
        return _NOT_READ
    started = hub.jobs.clock()
    seen: set[frozenset[tuple[str, str | None]]] = set()
    while True:
        report = run_source(
            hub.jobs,
            row.id,
            force_sweep=sweep,
            stop=stop,
            on_progress=lambda run: shown.told(row.title, dict(run.counts)),
        )
        requests += report.requests
        for name, count in report.counts.items():
            counts[name] = counts.get(name, 0) + count
        if report.state != "partial" or stop.is_set():
            return Report(report.state, counts, requests, report.sentence)
        if report.goes_on:
            continue
        left = _left(hub, row, started)
        if not left or left in seen:
            return Report("partial" if left else "done", counts, requests, report.sentence)
        seen.add(left)


def _left(hub: Hub, row: SourceRow, since: datetime) -> frozenset[tuple[str, str | None]]:
    """Return where those streams stand that have not been read to their end since then.

    A place with many streams may never read all of them in one slice, so a partial slice
    does not tell. What stands where it stood before gets no further now.
    """
    with hub.store.read() as conn:
        rows = streams.streams_of(conn, row.id)
    return frozenset(
        (one.key, one.cursor)
        for one in rows
        if one.selected and (one.finished is None or one.finished < since)
    )
