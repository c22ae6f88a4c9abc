"""``deliveries``, ``retry``, ``retract`` and ``settle``: what became of announcements."""

from collections.abc import Sequence

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub, refuse_loss
from connector.cli.misuse import Misused
from connector.cli.show import iso, print_json, print_table, say, when
from connector.model import Receipt
from connector.store import announcements, destinations, mailings
from connector.store import deliveries as kept
from connector.store.deliveries import DeliveryRow
from sync_jobs import approve
from sync_jobs.approve import Aftermath
from sync_jobs.push import send_due


@click.command("deliveries")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each delivery.")
@pass_chosen
def deliveries(chosen: Chosen, as_json: bool) -> None:
    """Show what became of announcements."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            rows = announcements.newest_announcements(conn, cluster.cluster_id)
        if not rows and not as_json:
            say("Nothing was announced yet: 'clusterhub announce FILE' does.")
        print_deliveries(hub, cluster.cluster_id, [row.id for row in rows], as_json=as_json)


def print_deliveries(hub: Hub, cluster_id: int, numbers: Sequence[int], *, as_json: bool) -> None:
    """Print the deliveries of these announcements."""
    with hub.store.read() as conn:
        rows = kept.deliveries_of(conn, cluster_id, numbers)
        known = {one.id: one for one in destinations.destinations_of(conn, cluster_id)}
        receipts = kept.receipts_of(conn, cluster_id, [row.id for row in rows])
        doubtful = {
            row.id: [f"{one.address} ({one.state})" for one in lines]
            for row in rows
            if (lines := mailings.doubtful(conn, cluster_id, row.id))
        }
    if as_json:
        for row in rows:
            receipt = receipts.get(row.id)
            print_json(
                {
                    "delivery": row.id,
                    "announcement": row.announcement_id,
                    "title": row.message.title,
                    "to": known[row.destination_id].key,
                    "state": row.state,
                    "due": iso(row.due),
                    "changed": iso(row.changed),
                    "sentence": row.sentence or "",
                    "url": receipt.url if receipt else None,
                    "doubtful": doubtful.get(row.id, []),
                }
            )
        return
    print_table(
        ("delivery", "announcement", "to", "state", "since", "link, or what to do"),
        [
            (
                str(row.id),
                f"{row.announcement_id}: {row.message.title}",
                known[row.destination_id].title,
                str(row.state).replace("_", " "),
                when(row.changed, hub.settings.hub.timezone),
                "; ".join(_told(row, receipts, doubtful)),
            )
            for row in rows
        ],
    )


def _told(
    row: DeliveryRow, receipts: dict[int, Receipt], doubtful: dict[int, list[str]]
) -> list[str]:
    receipt = receipts.get(row.id)
    told = [receipt.url] if receipt and receipt.url else []
    told += [row.sentence] if row.sentence else []
    return told + doubtful.get(row.id, [])


@click.command()
@click.argument("number", type=int)
@click.option("--over", is_flag=True, help="Write over what somebody edited at its place.")
@pass_chosen
def retry(chosen: Chosen, number: int, over: bool) -> None:
    """Say yes to a delivery that waits or failed; NUMBER is the delivery's."""
    with open_hub(chosen.config) as hub:
        refuse_loss(hub)
        row = _delivery(hub, chosen, number)
        approve.retry(hub.outbox, row, over=over)
        _go_on(hub, row)


@click.command()
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_chosen
def retract(chosen: Chosen, number: int, yes: bool) -> None:
    """Take an announcement back everywhere; NUMBER is its own.

    Where a copy cannot be taken back, a message says that it does not hold any more.
    """
    with open_hub(chosen.config) as hub:
        refuse_loss(hub)
        cluster = hub.cluster(chosen.cluster)
        with hub.store.read() as conn:
            rows = kept.deliveries_of(conn, cluster.cluster_id, [number])
        if not rows:
            raise Misused(f"There is no announcement {number}: see 'clusterhub deliveries'.")
        if not yes:
            click.confirm(f"Take '{rows[0].message.title}' back?", abort=True, err=True)
        done = approve.retract(hub.outbox, cluster.cluster_id, rows)
        _go_on(hub, rows[0])
        refuse_left(done, "not taken back")


@click.command()
@click.argument("number", type=int)
@click.option("--there/--absent", "is_there", required=True, help="Whether the copy is there.")
@click.option("--url", help="Where it is, if you know.")
@pass_chosen
def settle(chosen: Chosen, number: int, is_there: bool, url: str | None) -> None:
    """Say whether a copy is there, where the hub cannot know.

    NUMBER is the delivery's."""
    with open_hub(chosen.config) as hub:
        refuse_loss(hub)
        row = _delivery(hub, chosen, number)
        approve.settle(hub.outbox, row, is_there=is_there, url=url)
        _go_on(hub, row)


def refuse_left(done: Aftermath, what: str) -> None:
    """Name where it was not done, and end with 1 where that is anywhere."""
    for sentence in done.left:
        say(f"{what}: {sentence}")
    if done.left:
        raise SystemExit(1)


def _delivery(hub: Hub, chosen: Chosen, number: int) -> DeliveryRow:
    cluster = hub.cluster(chosen.cluster)
    with hub.store.read() as conn:
        row = kept.find_delivery(conn, cluster.cluster_id, number)
    if row is None:
        raise Misused(f"There is no delivery {number}: see 'clusterhub deliveries'.")
    return row


def _go_on(hub: Hub, row: DeliveryRow) -> None:
    send_due(hub.outbox)
    print_deliveries(hub, row.cluster_id, [row.announcement_id], as_json=False)
