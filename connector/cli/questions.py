"""``search``, and ``unmerge`` of what turned out to be two posts."""

import click

from connector.audience import facilitator_scope
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.show import iso, print_json, say, when
from connector.store import merges, reading
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
    shown = f"{found.count:,}{'+' if found.and_more else ''}"
    say(f"{shown} found." if found.count else "Nothing found: try fewer words.")


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
