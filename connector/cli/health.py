"""``status``: how the places are, by what the hub keeps."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.named import left_the_file, named_sources, paused_words
from connector.cli.show import NO_PLACES, counts_sentence, iso, print_json, print_table, say, when
from connector.store import runs
from connector.store.places import state_of
from connector.store.runs import RunRow
from connector.store.sources import SourceRow
from sync_jobs.jobs import utc_now


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each place.")
@pass_chosen
def status(chosen: Chosen, as_json: bool) -> None:
    """Show how the places are."""
    with open_hub(chosen.config) as hub:
        rows = named_sources(hub, chosen, ())
        left = left_the_file(hub, rows)
        zone = hub.settings.hub.timezone
        with hub.store.read() as conn:
            last = {row.id: next(iter(runs.runs_of(conn, row.id, 1)), None) for row in rows}
    if as_json:
        for row in rows:
            print_json(_status_json(row, last[row.id]))
        return
    if not rows:
        say(NO_PLACES)
        return
    print_table(
        ("place", "state", "last read", "last run", "what to do"),
        [
            (
                row.title,
                paused_words(row, left, chosen) or _state_words(row, zone, utc_now()),
                when(row.last_good, zone),
                _run_words(last[row.id]),
                _advice(row, left, chosen),
            )
            for row in rows
        ],
    )


def _status_json(row: SourceRow, run: RunRow | None) -> dict[str, object]:
    return {
        "id": row.key,
        "title": row.title,
        "state": state_of(row),
        "sentence": row.trouble_sentence or "",
        "last_read": iso(row.last_read),
        "last_good": iso(row.last_good),
        "due": iso(row.due),
        "last_run": run.counts if run else None,
        "last_run_state": run.state if run else None,
    }


def _state_words(row: SourceRow, zone: ZoneInfo, now: datetime) -> str:
    state = state_of(row)
    if state == "waiting":
        return _trying_again(row.due.astimezone(zone), now.astimezone(zone))
    return {"well": "well", "new": "not read yet", "attention": "needs attention"}[state]


def _trying_again(due: datetime, now: datetime) -> str:
    if due <= now:
        return "trying again at the next reading"
    day = "" if due.date() == now.date() else f" on {due.day} {due:%B}"
    return f"trying again at {due:%H:%M}{day}"


def _run_words(run: RunRow | None) -> str:
    """Return what the newest run of a place came to."""
    if run is None:
        return ""
    told = counts_sentence(run.counts)
    if run.state == "partial":
        return f"{told}; older posts are still coming"
    return {"running": "under way", "failed": "failed", "stalled": "was cut off"}.get(
        run.state, told
    )


def _advice(row: SourceRow, left: Collection[int], chosen: Chosen) -> str:
    if row.id in left:
        return f"To read it again, write it into {chosen.config.name} again."
    return row.trouble_sentence or ""
