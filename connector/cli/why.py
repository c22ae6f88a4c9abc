"""``why``: what the hub knows of an address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub
from connector.cli.misuse import Misused
from connector.cli.show import iso, print_json, when
from connector.identity import link_key
from connector.store import sources, streams
from connector.store.sources import SourceRow
from connector.store.why import Answer, OriginAnswer
from connector.store.why import why as ask_why

_WITHOUT_SCHEME = re.compile(r"^[\w-]+(\.[\w-]+)+(:\d+)?(/.*)?$")


@dataclass(frozen=True, slots=True)
class _Known:
    """All that is known of an address, and the places that it is the address of."""

    answer: Answer
    is_address_of: Sequence[SourceRow]


@click.command()
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object.")
@pass_chosen
def why(chosen: Chosen, address: str, as_json: bool) -> None:
    """Say why the post at ADDRESS is in the hub, or why not."""
    asked = _full_address(address)
    with open_hub(chosen.config) as hub:
        known = _known(hub, hub.cluster(chosen.cluster).cluster_id, asked)
        zone = hub.settings.hub.timezone
    if as_json:
        print_json(_answer_json(known))
    else:
        _print_answer(known, asked, zone)


def _full_address(text: str) -> str:
    """Return what was typed as an address or an id. Raises Misused for what is neither."""
    if _WITHOUT_SCHEME.match(text):
        return f"https://{text}"
    if link_key(text) is not None or (":" in text and "://" not in text):
        return text
    raise Misused(f"{text!r} is no address: write that of a post, such as https://blog.example/1.")


def _known(hub: Hub, cluster_id: int, address: str) -> _Known:
    key = link_key(address)
    with hub.store.read() as conn:
        answer = ask_why(conn, cluster_id, address, hub.privacy)
        rows = sources.all_sources(conn, cluster_id) if key is not None else []
        links = {
            row.id: {row.address, *(one.url for one in streams.streams_of(conn, row.id))}
            for row in rows
        }
    return _Known(
        answer, [row for row in rows if key in {_place_key(link) for link in links[row.id]}]
    )


def _place_key(link: str | None) -> int | None:
    return link_key(link if link is None or "://" in link else f"https://{link}")


def _print_answer(known: _Known, address: str, zone: ZoneInfo) -> None:
    answer = known.answer
    for origin in answer.origins:
        _print_origin(origin, zone)
    for outcome in answer.outcomes:
        reason = f": {outcome.reason}" if outcome.reason else ""
        click.echo(f"{outcome.place}, {when(outcome.at, zone)}: {outcome.what}{reason}")
    for row in known.is_address_of:
        click.echo(f"This is the address of the place {row.title} itself. {_how(row, zone)}")
    if not answer.origins and not answer.outcomes and not known.is_address_of:
        _explain_absence(answer, address)


def _print_origin(origin: OriginAnswer, zone: ZoneInfo) -> None:
    where = origin.place if origin.stream == origin.place else f"{origin.place}, {origin.stream}"
    click.echo(f"{where}: first seen {when(origin.first_seen, zone)}")
    if origin.held:
        click.echo(f"  waits for your OK ({origin.held})")
    if not origin.is_live:
        click.echo(f"  removed {when(origin.retired, zone)}: {origin.retired_reason}")
    for number, reason, undone in origin.merges:
        state = "taken apart again" if undone else f"'clusterhub unmerge {number}' undoes it"
        click.echo(f"  joined with another: {reason} ({state})")


def _how(row: SourceRow, zone: ZoneInfo) -> str:
    """Return how a place is, in one sentence."""
    if row.paused:
        return "It is paused."
    if row.trouble_sentence:
        return f"It could not be read: {row.trouble_sentence}"
    if row.last_good is None:
        return f"It has not been read yet: 'clusterhub sync {row.key}' reads it now."
    return f"It was last read {when(row.last_good, zone)}."


def _explain_absence(answer: Answer, address: str) -> None:
    if link_key(address) is None:
        click.echo(f"The hub holds nothing with the id {address}.")
    elif not answer.places:
        click.echo(f"No place of the hub lies at {address}: 'clusterhub source add' adds one.")
    for place in answer.places:
        if place.trouble_sentence:
            click.echo(f"{place.title} could not be read: {place.trouble_sentence}")
        elif place.last_good is None:
            click.echo(f"{place.title} has not been read yet: 'clusterhub sync {place.key}'.")
        else:
            click.echo(f"{place.title} was read, but never showed this address.")


def _answer_json(known: _Known) -> dict[str, object]:
    answer = known.answer
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
        "is_address_of": [row.key for row in known.is_address_of],
    }
