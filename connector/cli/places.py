"""``source``: adding, listing, pausing and resuming places."""

from collections.abc import Collection, Sequence
from typing import Any

import click

from adapters.registry import ADAPTERS
from connector.cli.adding import Typed, add, described, refuse_misuse
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub
from connector.cli.named import left_the_file, named_sources, paused_words
from connector.cli.show import NO_PLACES, print_json, print_table, say
from connector.errors import ConfigError
from connector.store import sources
from connector.store.sources import SourceRow
from sync_jobs.jobs import utc_now


@click.group()
def source() -> None:
    """Add, list, pause and resume places."""


@source.command("add")
@click.argument("address")
@click.option("--kind", default="blogs", show_default=True, type=click.Choice(sorted(ADAPTERS)))
@click.option("--id", "key", help="Its permanent name; made from its title if left out.")
@click.option("--title", help="As a teacher recognises it; else as it calls itself.")
@click.option("--school", help="The school that it belongs to.")
@click.option(
    "--audience",
    type=click.Choice(["public", "cluster", "facilitators"]),
    default="public",
    show_default=True,
    help="Who may see it at most.",
)
@click.option("--feed", is_flag=True, help="Read only the feed at ADDRESS, not its whole site.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of its kind, such as ghost_key=env:GHOST_KEY or comments=false.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="KEY=VALUE",
    help="Which posts are kept, and as what, such as authors_are_students=true.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@pass_chosen
def source_add(chosen: Chosen, /, dry_run: bool, **typed: Any) -> None:
    """Add the place at ADDRESS: its home page, feed, or one of its posts."""
    wanted = Typed(**typed)
    refuse_misuse(wanted)
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        spec = described(hub, wanted)
        if dry_run:
            return
        added = add(hub, cluster.cluster_id, spec, wanted.school)
    say(f"Added {added!r}. 'clusterhub sync {added}' reads it now; 'serve' does by itself.")


@source.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each place.")
@pass_chosen
def source_list(chosen: Chosen, as_json: bool) -> None:
    """List the places."""
    with open_hub(chosen.config) as hub:
        rows = named_sources(hub, chosen, ())
        left = left_the_file(hub, rows)
    if as_json:
        for row in rows:
            print_json(_row_json(row))
    elif rows:
        print_table(
            ("id", "title", "address", "where", ""),
            [_row_words(row, left, chosen) for row in rows],
        )
    else:
        say(NO_PLACES)


def _row_json(row: SourceRow) -> dict[str, object]:
    return {
        "id": row.key,
        "kind": row.kind,
        "title": row.title,
        "address": row.address,
        "in_file": row.in_file,
        "paused": row.paused,
    }


def _row_words(row: SourceRow, left: Collection[int], chosen: Chosen) -> Sequence[str]:
    where = "file" if row.in_file else "hub"
    return row.key, row.title, row.address, where, paused_words(row, left, chosen)


@source.command("pause")
@click.argument("ids", nargs=-1, required=True)
@pass_chosen
def source_pause(chosen: Chosen, ids: Sequence[str]) -> None:
    """Stop reading places; what is kept of them stays."""
    with open_hub(chosen.config) as hub:
        for row in named_sources(hub, chosen, ids):
            _set_paused(hub, row, paused=True)
            say(f"{row.key} is paused.")


@source.command("resume")
@click.argument("ids", nargs=-1, required=True)
@pass_chosen
def source_resume(chosen: Chosen, ids: Sequence[str]) -> None:
    """Read paused places again."""
    with open_hub(chosen.config) as hub:
        rows = named_sources(hub, chosen, ids)
        left = left_the_file(hub, rows)
        for row in rows:
            if row.id not in left:
                _set_paused(hub, row, paused=False)
                say(f"{row.key} is read again.")
    if left:
        names = ", ".join(row.key for row in rows if row.id in left)
        raise ConfigError(
            f"Paused because {chosen.config.name} does not name them any more: {names}. "
            "To read a place again, write its section there again."
        )


def _set_paused(hub: Hub, row: SourceRow, *, paused: bool) -> None:
    with hub.store.write(row.cluster_id) as conn:
        sources.set_paused(conn, row.id, paused, utc_now())
