"""Questions to the hub: search, why, and what waits for an OK."""

import click

from connector.audience import facilitator_scope
from connector.changes import HELD_FLOOD, HELD_REMOVAL
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.show import iso, print_json, print_table, say, when
from connector.store import holding, merges, reading
from connector.store.why import Answer
from connector.store.why import why as ask_why
from sync_jobs.jobs import utc_now


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each post.")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
@pass_chosen
def search(chosen: Chosen, words: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Find posts with all these words, newest first; macrons and case do not count.

    The command line sees everything, as a facilitator does.
    """
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            scope = facilitator_scope(cluster.cluster_id)
            found = reading.search(conn, scope, " ".join(words), limit=limit)
        zone = hub.settings.hub.timezone
    for item in found.items:
        if as_json:
            print_json(
                {
                    "item": item.item_id,
                    "kind": str(item.kind),
                    "title": item.title,
                    "url": item.url,
                    "author": item.author,
                    "place": item.place_key,
                    "school": item.school,
                    "published": iso(item.published),
                    "excerpt": item.excerpt,
                }
            )
        else:
            click.echo(f"{when(item.sorted_by, zone)}  {item.title or item.excerpt[:60]}")
            click.echo(f"    {item.place}  {item.url or ''}")
    shown = "1,000+" if found.count > reading.COUNT_LIMIT else f"{found.count:,}"
    say(f"{shown} found." if found.count else "Nothing found: try fewer words.")


@click.command()
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_chosen
def why(chosen: Chosen, address: str, as_json: bool) -> None:
    """Say why the post at ADDRESS is in the hub, or why not."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            answer = ask_why(conn, cluster.cluster_id, address, hub.privacy)
        zone = hub.settings.hub.timezone
    if as_json:
        print_json(_answer_json(answer))
        return
    for origin in answer.origins:
        click.echo(f"{origin.place}, {origin.stream}: first seen {when(origin.first_seen, zone)}")
        if origin.held:
            click.echo(f"  waits for your OK ({origin.held})")
        if not origin.is_live:
            click.echo(f"  retired {when(origin.retired, zone)}: {origin.retired_reason}")
        for number, reason, undone in origin.merges:
            state = "taken apart again" if undone else f"'clusterhub unmerge {number}' undoes it"
            click.echo(f"  joined with another: {reason} ({state})")
    for outcome in answer.outcomes:
        reason = f": {outcome.reason}" if outcome.reason else ""
        click.echo(f"{outcome.place}, {when(outcome.at, zone)}: {outcome.what}{reason}")
    if not answer.origins and not answer.outcomes:
        _explain_absence(answer, address)


def _explain_absence(answer: Answer, address: str) -> None:
    if not answer.places:
        click.echo(f"No place of the hub lies at {address}: 'clusterhub source add' adds one.")
    for place in answer.places:
        if place.trouble_sentence:
            click.echo(f"{place.title} could not be read: {place.trouble_sentence}")
        elif place.last_good is None:
            click.echo(f"{place.title} has not been read yet: 'clusterhub sync {place.key}'.")
        else:
            click.echo(f"{place.title} was read, but never showed this address.")


def _answer_json(answer: Answer) -> dict[str, object]:
    return {
        "origins": [
            {
                "place": one.place,
                "stream": one.stream,
                "id": one.external_id,
                "item": one.item_id,
                "is_live": one.is_live,
                "held": one.held,
                "first_seen": iso(one.first_seen),
                "published": iso(one.published),
                "retired": iso(one.retired),
                "retired_reason": one.retired_reason,
                "merges": [{"number": n, "reason": r, "undone": u} for n, r, u in one.merges],
            }
            for one in answer.origins
        ],
        "outcomes": [
            {
                "place": one.place,
                "id": one.external_id,
                "what": one.what,
                "reason": one.reason,
                "at": iso(one.at),
            }
            for one in answer.outcomes
        ],
        "places": [one.key for one in answer.places],
    }


@click.command()
@click.argument("number", type=int)
@pass_chosen
def unmerge(chosen: Chosen, number: int) -> None:
    """Take apart two posts that were joined; 'why' tells the NUMBER."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.write(cluster.cluster_id) as conn:
            item_id = merges.undo_merge(conn, cluster.cluster_id, number, utc_now())
    say(f"They are two posts again, for good; the second is item {item_id}.")


@click.group(invoke_without_command=True)
@click.pass_context
def held(ctx: click.Context) -> None:
    """List what waits for your OK; release or retire it."""
    if ctx.invoked_subcommand is None:
        _list_held(ctx.obj)


def _list_held(chosen: Chosen) -> None:
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            waiting = holding.waiting(conn, cluster.cluster_id)
    words = {HELD_FLOOD: "many new posts at once", HELD_REMOVAL: "much disappeared at once"}
    if not waiting:
        say("Nothing waits for your OK.")
        return
    print_table(
        ("place", "posts", "why"),
        [(one.place_key, f"{one.count:,}", words[one.held]) for one in waiting],
    )
    say("'held release PLACE' shows the new posts; 'held retire PLACE' lets go what disappeared.")
    say("What disappeared by mistake comes back by itself when its place shows it again.")


@held.command("release")
@click.argument("place")
@pass_chosen
def held_release(chosen: Chosen, place: str) -> None:
    """Show the new posts of PLACE that came many at once."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.write(cluster.cluster_id) as conn:
            count = holding.release(conn, cluster.cluster_id, place, utc_now())
    say(f"{count:,} posts of {place} are shown.")


@held.command("retire")
@click.argument("place")
@pass_chosen
def held_retire(chosen: Chosen, place: str) -> None:
    """Agree that what disappeared at PLACE is gone."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.write(cluster.cluster_id) as conn:
            count = holding.retire(conn, cluster.cluster_id, place, utc_now())
    say(f"{count:,} posts of {place} are retired.")
