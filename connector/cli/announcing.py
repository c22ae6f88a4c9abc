"""``announce``: from a file to a yes."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from connector.announce.plan import shown
from connector.announce.writing import MAX_MARKDOWN_CHARACTERS, Event, Written
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.delivered import print_deliveries, refuse_left
from connector.cli.hub import Hub, open_hub, refuse_loss
from connector.cli.misuse import Misused
from connector.cli.show import say
from connector.errors import ConfigError
from connector.store import announcements, deliveries, destinations
from connector.store.announcements import AnnouncementRow
from connector.store.destinations import DestinationRow
from sync_jobs import approve
from sync_jobs.approve import Preview
from sync_jobs.push import send_due

MOMENT = click.DateTime(("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"))
"""In the hub's zone."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "keys", help="Ids of destinations, separated by commas; all if left out.")
@click.option("--title", help="Else the first line of FILE, where it begins with #.")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["public", "cluster", "facilitators"]),
    default="cluster",
    show_default=True,
    help="Who it is for.",
)
@click.option("--make-public", is_flag=True, help="Let it go where more people see it.")
@click.option("--at", type=MOMENT, help="Send it then, such as '2026-03-12 15:30'.")
@click.option("--start", type=MOMENT, help="When the event starts.")
@click.option("--end", type=MOMENT, help="When it ends.")
@click.option("--place", default="", help="Where it is.")
@click.option("--sign-up", help="Where people say that they come.")
@click.option("--picture", help="Address of a picture.")
@click.option(
    "--wording",
    "wordings",
    multiple=True,
    metavar="ID=FILE",
    help="Another text for one destination.",
)
@click.option("--correct", "number", type=int, help="Replace the announcement of this number.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent, word for word.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_chosen
def announce(chosen: Chosen, /, **typed: Any) -> None:
    """Announce what FILE says at the destinations named, once each.

    FILE is Markdown; its first line, '# Title', is the title. What would be sent is shown first.
    """
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        written = _written(hub.settings.hub.timezone, typed)
        if typed["number"] is not None:
            _correct(hub, cluster.cluster_id, typed, written)
            return
        row, shown_first = _shown(hub, cluster.cluster_id, typed, written)
        if typed["dry_run"]:
            return
        refuse_loss(hub)
        _refuse_faults(shown_first)
        if not typed["yes"]:
            click.confirm("Send this?", abort=True, err=True)
        number = _kept(hub, row, typed, shown_first)
        _send(hub, cluster.cluster_id, number)


def _written(zone: ZoneInfo, typed: dict[str, Any]) -> Written:
    title, body = _title_and_body(typed["file"], typed["title"])
    event = None
    if typed["start"] is not None:
        event = Event(
            start=_in_zone(typed["start"], zone),
            end=None if typed["end"] is None else _in_zone(typed["end"], zone),
            place=typed["place"],
            sign_up=typed["sign_up"],
        )
    elif typed["end"] or typed["place"] or typed["sign_up"]:
        raise Misused("--start is missing: say when the event starts.")
    return Written(title=title, body=body, event=event, picture=typed["picture"])


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _title_and_body(path: Path, title: str | None) -> tuple[str, str]:
    text = _text(path)
    first, _, rest = text.partition("\n")
    if title is None and first.startswith("# "):
        return first.removeprefix("# ").strip(), rest.strip()
    return title or "", text.strip()


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Misused(f"{path} is not written in UTF-8: save the file as UTF-8.") from None
    except OSError as error:
        raise Misused(f"{path} cannot be read ({error.strerror}).") from error
    return text[: MAX_MARKDOWN_CHARACTERS + 1]


def _chosen_destinations(
    hub: Hub, cluster_id: int, keys: str | None, *, is_event: bool
) -> list[DestinationRow]:
    """Return those named; where none is, all that take what is announced."""
    with hub.store.read() as conn:
        known = [one for one in destinations.destinations_of(conn, cluster_id) if not one.paused]
    if not known:
        raise Misused("There is no destination yet: write one as [[destinations]] in config.toml.")
    if keys is None:
        return [one for one in known if is_event or not _takes_events_only(hub, one)]
    by_key = {one.key: one for one in known}
    wanted = [key.strip() for key in keys.split(",") if key.strip()]
    unknown = [key for key in wanted if key not in by_key]
    if unknown or not wanted:
        names = ", ".join(by_key)
        raise Misused(f"--to: there is no destination {', '.join(unknown)!r}; known are {names}.")
    return [by_key[key] for key in dict.fromkeys(wanted)]


def _takes_events_only(hub: Hub, to: DestinationRow) -> bool:
    can = hub.outbox.adapter_of(to).INFO.delivers
    return "event" in can and "send" not in can


def _shown(
    hub: Hub, cluster_id: int, typed: dict[str, Any], written: Written
) -> tuple[AnnouncementRow, list[Preview]]:
    """Print what each destination would get; nothing of it is kept yet."""
    is_event = written.event is not None
    chosen = _chosen_destinations(hub, cluster_id, typed["keys"], is_event=is_event)
    wordings = _wordings(chosen, typed["wordings"])
    row = AnnouncementRow(
        id=0,
        cluster_id=cluster_id,
        uid=str(uuid.uuid4()),
        state=announcements.DRAFT,
        written=written,
        audience_kind=typed["audience"],
        made_public=typed["make_public"],
        version=0,
        item_id=None,
        created=hub.outbox.clock(),
        approved=None,
    )
    found = approve.previews(hub.outbox, row, chosen, wordings)
    for one in found:
        _print_preview(one)
    return row, found


def _wordings(chosen: Sequence[DestinationRow], pairs: Sequence[str]) -> dict[int, tuple[str, str]]:
    by_key = {one.key: one.id for one in chosen}
    found = {}
    for pair in pairs:
        key, separator, name = pair.partition("=")
        if not separator or key not in by_key:
            raise Misused(f"--wording {pair}: write ID=FILE with one of {', '.join(by_key)}.")
        found[by_key[key]] = _title_and_body(Path(name), None)
    return found


def _print_preview(preview: Preview) -> None:
    to = preview.destination
    click.echo(f"=== {to.title} ({to.key}, {to.kind}), seen by: {to.audience_kind}")
    for request in preview.requests:
        click.echo(shown(request))
    for fault in preview.faults:
        say(f"{to.key}: {fault}")


def _refuse_faults(found: Sequence[Preview]) -> None:
    if any(one.faults for one in found):
        raise Misused("Nothing was sent: mend what is said above.")


def _kept(hub: Hub, row: AnnouncementRow, typed: dict[str, Any], found: Sequence[Preview]) -> int:
    """Keep the announcement and say yes to it; return its number."""
    now = hub.outbox.clock()
    wordings = _wordings([one.destination for one in found], typed["wordings"])
    with hub.store.write(row.cluster_id) as conn:
        number = announcements.add_draft(
            conn,
            row.cluster_id,
            row.written,
            audience_kind=row.audience_kind,
            made_public=row.made_public,
            now=now,
            uid=row.uid,
        )
        for destination_id, (title, body) in wordings.items():
            announcements.put_wording(
                conn, row.cluster_id, number, destination_id, title=title or None, body=body
            )
        kept = announcements.get_announcement(conn, row.cluster_id, number)
    assert kept is not None
    at = None if typed["at"] is None else _in_zone(typed["at"], hub.settings.hub.timezone)
    again = approve.previews(hub.outbox, kept, [one.destination for one in found])
    if [one.plan for one in again] != [one.plan for one in found]:
        raise Misused("What would be sent has changed since it was shown: look at it again.")
    approve.approve(hub.outbox, kept, again, at)
    return number


def _correct(hub: Hub, cluster_id: int, typed: dict[str, Any], written: Written) -> None:
    with hub.store.read() as conn:
        row = announcements.get_announcement(conn, cluster_id, typed["number"])
    if row is None or row.state != announcements.APPROVED:
        raise Misused(f"There is no announcement {typed['number']}: 'clusterhub deliveries'.")
    with hub.store.read() as conn:
        known = deliveries.deliveries_of(conn, cluster_id, [row.id])
        chosen = [destinations.get_destination(conn, one.destination_id) for one in known]
    wordings = _wordings(chosen, typed["wordings"])
    if typed["dry_run"]:
        for to in chosen:
            _print_corrected(hub, row, to, written=written, wordings=wordings)
        return
    if not typed["yes"]:
        click.confirm(f"Let this replace '{row.written.title}' everywhere?", abort=True, err=True)
    done = approve.correct(hub.outbox, row, written, wordings)
    _send(hub, cluster_id, row.id)
    refuse_left(done, "not corrected")


def _print_corrected(
    hub: Hub,
    row: AnnouncementRow,
    to: DestinationRow,
    *,
    written: Written,
    wordings: dict[int, tuple[str, str]],
) -> None:
    """Print what one destination would get; one that cannot be opened hides no other."""
    try:
        (shown_there,) = approve.previews(hub.outbox, row, [to], wordings, common=written)
    except ConfigError as error:
        say(f"{to.key}: {error}")
        return
    _print_preview(shown_there)


def _send(hub: Hub, cluster_id: int, number: int) -> None:
    """Send what is due now, and show how the announcement stands."""
    send_due(hub.outbox)
    say(f"Announcement {number}:")
    print_deliveries(hub, cluster_id, [number], as_json=False)
