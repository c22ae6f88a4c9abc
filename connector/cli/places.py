"""Places: adding, listing, pausing, checking, previewing, and how they are."""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import click

from adapters.registry import ADAPTERS
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub
from connector.cli.preview import previewed, record_json
from connector.cli.show import STATE_WORDS, counts_sentence, iso, print_json, print_table, say, when
from connector.contract import Proposer
from connector.errors import ConfigError, SourceError
from connector.html import fold, plain_line
from connector.model import Proposal
from connector.rules import Rules
from connector.store import clusters, runs, sources
from connector.store.places import state_of
from connector.store.sources import SourceRow, SourceSpec
from sync_jobs.jobs import utc_now
from sync_jobs.pull import place_of, refuse_plain_secrets, settings_of


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
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of its kind, such as ghost_key=env:GHOST_KEY or comments=false.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@pass_chosen
def source_add(
    chosen: Chosen,
    address: str,
    kind: str,
    key: str | None,
    title: str | None,
    school: str | None,
    audience: str,
    changes: Sequence[str],
    dry_run: bool,
) -> None:
    """Add the place at ADDRESS: its home page, feed, or one of its posts."""
    with open_hub(chosen.config) as hub:
        cluster = hub.cluster(chosen.cluster)
        proposal = _proposed(hub, kind, address)
        _show_proposal(proposal)
        spec = SourceSpec(
            key=key or "",
            kind=kind,
            title=title or proposal.title or _host(proposal.address),
            address=proposal.address,
            settings=_settings(hub, kind, proposal.address, changes),
            rules=Rules().model_dump(mode="json"),
            audience_kind=None if audience == "public" else audience,
        )
        if dry_run:
            return
        added = _add(hub, cluster.cluster_id, spec, school)
        say(f"Added {added!r}. 'clusterhub sync {added}' reads it now; 'serve' does by itself.")


def _settings(hub: Hub, kind: str, address: str, changes: Sequence[str]) -> dict[str, str]:
    """Return the settings that somebody typed, as they are stored. Raises ConfigError."""
    values = dict(change.partition("=")[::2] for change in changes)
    refuse_plain_secrets(ADAPTERS[kind], values)
    settings_of(ADAPTERS[kind], address, hub.jobs.resolve(dict(values)))
    return values


def _proposed(hub: Hub, kind: str, address: str) -> Proposal:
    adapter = ADAPTERS[kind]
    if not isinstance(adapter, Proposer):
        return Proposal("", address, ())
    proposal = adapter.propose(address, hub.jobs.open_session(1))
    if not proposal.offers:
        raise ConfigError(
            proposal.sentence
            or f"Nothing to read was found at {address}: try the address of its feed."
        )
    return proposal


def _show_proposal(proposal: Proposal) -> None:
    if proposal.title:
        say(f"Found {proposal.title!r}:")
    for offer in proposal.offers:
        say(f"  {offer.format}: {offer.title or proposal.title}  {offer.url}")
        for newest in offer.newest:
            say(f"      {newest}")
    if len(proposal.offers) > 1:
        say("The first is read. To read only another one, add its own address instead.")


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _add(hub: Hub, cluster_id: int, spec: SourceSpec, school: str | None) -> str:
    with hub.store.write(cluster_id) as conn:
        known = {row.key: row for row in sources.all_sources(conn, cluster_id)}
        for row in known.values():
            if row.address == spec.address and row.kind == spec.kind:
                raise ConfigError(f"This place is there already: {row.key}.")
        if spec.key in known:
            raise ConfigError(f"There is a place {spec.key!r} already: choose another --id.")
        if spec.key and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", spec.key):
            raise ConfigError("--id may hold small letters, digits and hyphens only.")
        key = spec.key or _free_key(spec.title, set(known))
        school_id = clusters.ensure_school(conn, cluster_id, school) if school else None
        sources.put_source(
            conn,
            cluster_id,
            replace(spec, key=key, school_id=school_id),
            utc_now(),
            privacy=hub.privacy,
        )
    return key


def _free_key(title: str, taken: set[str]) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in fold(title)).split()
    base = "-".join(words)[:50].strip("-") or "place"
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    return key


@source.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_chosen
def source_list(chosen: Chosen, as_json: bool) -> None:
    """List the places."""
    with open_hub(chosen.config) as hub:
        rows = chosen_sources(hub, chosen, ())
    if as_json:
        for row in rows:
            print_json(
                {
                    "id": row.key,
                    "kind": row.kind,
                    "title": row.title,
                    "address": row.address,
                    "in_file": row.in_file,
                    "paused": row.paused,
                }
            )
        return
    if not rows:
        say("There are no places yet: 'clusterhub source add ADDRESS' adds one.")
        return
    print_table(
        ("id", "title", "address", "where", ""),
        [
            (
                row.key,
                row.title,
                row.address,
                "file" if row.in_file else "hub",
                "paused" if row.paused else "",
            )
            for row in rows
        ],
    )


@source.command("pause")
@click.argument("ids", nargs=-1, required=True)
@pass_chosen
def source_pause(chosen: Chosen, ids: Sequence[str]) -> None:
    """Stop reading places; what is kept of them stays."""
    _set_paused(chosen, ids, paused=True)


@source.command("resume")
@click.argument("ids", nargs=-1, required=True)
@pass_chosen
def source_resume(chosen: Chosen, ids: Sequence[str]) -> None:
    """Read paused places again."""
    _set_paused(chosen, ids, paused=False)


def _set_paused(chosen: Chosen, ids: Sequence[str], *, paused: bool) -> None:
    with open_hub(chosen.config) as hub:
        for row in chosen_sources(hub, chosen, ids):
            with hub.store.write(row.cluster_id) as conn:
                sources.set_paused(conn, row.id, paused, utc_now())
            say(f"{row.key} is {'paused' if paused else 'read again'}.")


def chosen_sources(hub: Hub, chosen: Chosen, ids: Sequence[str]) -> list[SourceRow]:
    """Return the named places, or all. Raises ConfigError for an unknown one."""
    with hub.store.read() as conn:
        if chosen.cluster is None and not ids:
            return sources.all_sources(conn)
    cluster = hub.cluster(chosen.cluster)
    with hub.store.read() as conn:
        known = {row.key: row for row in sources.all_sources(conn, cluster.cluster_id)}
    unknown = [key for key in ids if key not in known]
    if unknown:
        raise ConfigError(f"There is no place {unknown[0]!r}: 'clusterhub source list' shows them.")
    return [known[key] for key in ids] if ids else list(known.values())


@click.command()
@click.argument("ids", nargs=-1)
@pass_chosen
def check(chosen: Chosen, ids: Sequence[str]) -> None:
    """Try each ability of the places (all, or those named) with real calls."""
    failed = False
    with open_hub(chosen.config) as hub:
        for row in chosen_sources(hub, chosen, ids):
            click.echo(f"{row.key}: {row.title}")
            try:
                lines = place_of(hub.jobs, row, hub.jobs.open_session(1)).check().lines
            except (SourceError, ConfigError) as error:
                failed = True
                click.echo(f"  missing  {error}")
                continue
            for line in lines:
                failed = failed or not line.ok
                click.echo(f"  {'ok' if line.ok else 'missing':8} {line.ability}: {line.sentence}")
    if failed:
        raise SystemExit(1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each place.")
@pass_chosen
def status(chosen: Chosen, as_json: bool) -> None:
    """Show how the places are."""
    with open_hub(chosen.config) as hub:
        rows = chosen_sources(hub, chosen, ())
        zone = hub.settings.hub.timezone
        with hub.store.read() as conn:
            last = {row.id: runs.runs_of(conn, row.id, 1) for row in rows}
    if as_json:
        for row in rows:
            run = last[row.id][0] if last[row.id] else None
            print_json(
                {
                    "id": row.key,
                    "title": row.title,
                    "state": state_of(row),
                    "sentence": row.trouble_sentence or "",
                    "last_read": iso(row.last_read),
                    "last_good": iso(row.last_good),
                    "due": iso(row.due),
                    "last_run": run.counts if run else None,
                    "last_run_state": run.state if run else None,
                }
            )
        return
    if not rows:
        say("There are no places yet: 'clusterhub source add ADDRESS' adds one.")
        return
    print_table(
        ("place", "state", "last read", "last run", "what to do"),
        [
            (
                row.title,
                STATE_WORDS[state_of(row)],
                when(row.last_read, zone),
                counts_sentence(last[row.id][0].counts) if last[row.id] else "",
                row.trouble_sentence or "",
            )
            for row in rows
        ],
    )


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each record.")
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
    for seen in previewed(chosen, what, rules, limit):
        if seen.problem:
            failed = failed or seen.is_failure
            say(f"{seen.origin}: {seen.problem}")
        elif seen.fetched is not None and as_json:
            print_json(record_json(seen.origin, seen.fetched))
        elif seen.fetched is not None:
            record = seen.fetched.record
            click.echo(
                f"{iso(record.published) or '-':20}  {record.kind:10}  "
                f"{plain_line(record.title) or seen.fetched.excerpt[:60] or '-'}"
            )
            click.echo(f"{'':20}  {'':10}  {record.url or ''}")
    if failed:
        raise SystemExit(1)
