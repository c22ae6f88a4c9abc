"""``prune``: what is over its time is deleted, now and not at night."""

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.show import print_json, print_table, say
from connector.cli.stopping import stop_on_signals
from connector.store import housekeeping
from connector.store.housekeeping import LIMITS, Pruned
from sync_jobs.jobs import utc_now


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each limit.")
@pass_chosen
def prune(chosen: Chosen, dry_run: bool, as_json: bool) -> None:
    """Delete what is over its time, in all clusters; 'serve' does so every night."""
    with open_hub(chosen.config) as hub, stop_on_signals() as stop:
        if dry_run:
            pruned = housekeeping.would_go(hub.store, utc_now())
        else:
            pruned = housekeeping.prune(hub.store, utc_now(), stop=stop.is_set, pause=stop.wait)
    _print(pruned, as_json)
    if dry_run:
        say("Nothing was deleted: this is what 'clusterhub prune' would delete now.")
    elif stop.is_set():
        say("Interrupted: what is left goes with the next 'clusterhub prune', or tonight.")
        raise SystemExit(1)
    elif not pruned.is_free:
        say(
            "It is deleted, but its words are still in the file beside the database, because "
            "another program keeps reading: call 'clusterhub prune' again when that has ended."
        )
        raise SystemExit(1)


def _print(pruned: Pruned, as_json: bool) -> None:
    if as_json:
        for one in LIMITS:
            count = pruned.counts[one.name]
            print_json({"limit": one.name, "what": one.what, "kept": one.why, "count": count})
        return
    rows = [(one.what, one.why, f"{pruned.counts[one.name]:,}") for one in LIMITS]
    print_table(("what", "kept for", "over"), rows)
