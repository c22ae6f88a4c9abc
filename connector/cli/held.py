"""``held``: what waits for a facilitator's OK."""

from collections.abc import Callable
from datetime import datetime

import click

from connector.changes import HELD_FLOOD, HELD_REMOVAL
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.named import named_sources
from connector.cli.show import print_json, print_table, say
from connector.store import holding
from connector.store.database import Connection
from sync_jobs.jobs import utc_now

_WORDS = {HELD_FLOOD: "many new posts at once", HELD_REMOVAL: "much disappeared at once"}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each place.")
@click.pass_context
def held(ctx: click.Context, as_json: bool) -> None:
    """List what waits for your OK; release or retire it."""
    if ctx.invoked_subcommand is None:
        _list_held(ctx.obj, as_json)


def _list_held(chosen: Chosen, as_json: bool) -> None:
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            waiting = holding.waiting(conn, cluster.cluster_id)
    if as_json:
        for one in waiting:
            print_json({"place": one.place_key, "held": one.held, "posts": one.count})
        return
    if not waiting:
        say("Nothing waits for your OK.")
        return
    print_table(
        ("place", "posts", "why"),
        [(one.place_key, f"{one.count:,}", _WORDS[one.held]) for one in waiting],
    )
    say("'held release PLACE' shows the new posts; 'held retire PLACE' removes what disappeared.")
    say("What disappeared by mistake comes back by itself when its place shows it again.")


@held.command("release")
@click.argument("place")
@pass_chosen
def held_release(chosen: Chosen, place: str) -> None:
    """Show the new posts of PLACE that came many at once."""
    _decide(chosen, place, holding.release, "shown")


@held.command("retire")
@click.argument("place")
@pass_chosen
def held_retire(chosen: Chosen, place: str) -> None:
    """Agree that what disappeared at PLACE is removed here too."""
    _decide(chosen, place, holding.retire, "removed")


def _decide(
    chosen: Chosen, place: str, act: Callable[[Connection, int, str, datetime], int], done: str
) -> None:
    with open_hub(chosen.config) as hub:
        (row,) = named_sources(hub, chosen, [place])
        with hub.store.write(row.cluster_id) as conn:
            count = act(conn, row.cluster_id, row.key, utc_now())
    if count:
        say(f"{count:,} {'post is' if count == 1 else 'posts are'} {done}: {place}.")
    else:
        say(f"Nothing waits at {place} to be {done}.")
