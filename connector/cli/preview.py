"""``preview``: shows what reading without keeping came across."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.previewing import previewing
from connector.cli.show import iso, print_json, say, when
from connector.fetched import Fetched
from connector.html import plain_line, plain_text


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each record.")
@click.option("--limit", type=click.IntRange(1), help="At most so many records of each.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="KEY=VALUE",
    help="Try a rule: only_tags=science,maths or authors_are_students=true.",
)
@pass_chosen
def preview(
    chosen: Chosen,
    what: Sequence[str],
    as_json: bool,
    limit: int | None,
    rules: Sequence[str],
) -> None:
    """Read without keeping, by the same code as a sync.

    WHAT is a kind and addresses or files ('preview blogs page.xml https://...'), or the ids
    of configured places ('preview room5'), whose own rules are then tried.
    """
    failed = False
    skipped: Counter[str] = Counter()
    with previewing(chosen, what, rules, limit) as (zone, seen):
        for one in seen:
            failed = failed or one.is_failure
            skipped[one.origin] += one.is_skip
            if one.fetched is not None and as_json:
                print_json(record_json(one.origin, one.fetched))
            elif one.fetched is not None:
                _print_record(one.fetched, zone)
            elif chosen.verbose or not one.is_skip:
                say(f"{one.origin}: {one.problem}")
    for origin, count in (+skipped).items():
        more = "" if chosen.verbose else "; 'clusterhub -v preview' names each"
        say(f"{origin}: {count:,} skipped by rule{more}.")
    if failed:
        raise SystemExit(1)


def _print_record(fetched: Fetched, zone: ZoneInfo) -> None:
    record = fetched.record
    day = when(record.published, zone) if record.published else "-"
    click.echo(f"{day:24}  {record.kind:10}  {_title(fetched)}")
    if record.url:
        click.echo(f"{'':24}  {'':10}  {record.url}")


def _title(fetched: Fetched) -> str:
    if fetched.is_student:
        what = "reply" if fetched.incoming.is_comment else "post"
        return f"a student's {what}: its words are not kept"
    return plain_line(fetched.record.title) or fetched.excerpt[:60] or "-"


def record_json(origin: str, fetched: Fetched) -> dict[str, Any]:
    """Return a record as ``preview --json`` prints it."""
    record = fetched.record
    return {
        "from": origin,
        "kind": str(record.kind),
        "id": record.external_id,
        "url": record.url,
        "title": record.title,
        "author": record.author.name if record.author else None,
        "published": iso(record.published),
        "updated": iso(record.updated),
        "html": record.html,
        "text": plain_text(record.html),
        "tags": list(record.tags),
        "enclosures": [
            {"url": one.url, "type": one.media_type, "bytes": one.bytes}
            for one in record.enclosures
        ],
        "in_reply_to": record.in_reply_to,
        "audience": str(record.audience.kind),
    }
