"""``check``: asks places and destinations what they let the hub do."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub
from connector.cli.named import named_destinations, named_sources
from connector.cli.show import NO_PLACES, print_json, say
from connector.errors import ConfigError, SourceError
from connector.model import CheckLine
from connector.store.destinations import DestinationRow
from connector.store.sources import SourceRow
from sync_jobs.probe import probe
from sync_jobs.pull import place_of

UNTRIED = CheckLine("", True, "Somebody posts there by hand: there is nothing to try.")


@click.command()
@click.argument("ids", nargs=-1)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="For programs: one object for each place and destination.",
)
@pass_chosen
def check(chosen: Chosen, ids: Sequence[str], as_json: bool) -> None:
    """Try each ability of places and destinations (all, or those named) with real calls.

    Nothing is kept and nothing is sent."""
    failed = False
    with open_hub(chosen.config) as hub:
        to = named_destinations(hub, chosen, ids)
        left = [key for key in ids if key not in {row.key for row in to}]
        rows = named_sources(hub, chosen, left) if left or not ids else []
        if not rows and not to:
            say(NO_PLACES)
        for row in rows:
            failed |= _told("place", row, _checked(hub, row), as_json=as_json)
        for one in to:
            lines = probe(hub.outbox, one) or [UNTRIED]
            failed |= _told("destination", one, lines, as_json=as_json)
    if failed:
        raise SystemExit(1)


def _checked(hub: Hub, row: SourceRow) -> Sequence[CheckLine]:
    """Ask a place; one that does not answer at all is a line too."""
    try:
        return place_of(hub.jobs, row, hub.jobs.open_session(1)).check().lines
    except (SourceError, ConfigError) as error:
        return [CheckLine("", False, str(error))]


def _told(
    what: str, row: SourceRow | DestinationRow, lines: Sequence[CheckLine], *, as_json: bool
) -> bool:
    """Print what was found; return whether anything is missing."""
    ok = all(line.ok for line in lines)
    if as_json:
        told = {"is": what, "id": row.key, "title": row.title, "ok": ok}
        print_json(told | {"lines": [asdict(line) for line in lines]})
        return not ok
    click.echo(f"{row.key}: {row.title}" + (" (destination)" if what == "destination" else ""))
    for line in lines:
        ability = f"{line.ability}: " if line.ability else ""
        click.echo(f"  {'ok' if line.ok else 'missing':8} {ability}{line.sentence}")
    return not ok
