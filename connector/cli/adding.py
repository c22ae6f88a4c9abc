"""Adding a place that somebody typed: what is found there, what is asked of it, its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from adapters.registry import ADAPTERS
from connector.cli.hub import Hub
from connector.cli.misuse import Misused
from connector.cli.settings import mistakes_of, tried_rules, typed_settings
from connector.cli.show import say
from connector.config import MAX_NAME
from connector.contract import Adapter, Proposer
from connector.errors import ConfigError
from connector.html import fold
from connector.identity import canonical_link
from connector.model import Offer, Proposal
from connector.rules import Rules
from connector.store import clusters, sources
from connector.store.sources import SourceSpec
from sync_jobs.jobs import utc_now
from sync_jobs.pull import refuse_plain_secrets, settings_of

_ONE_FEED = {"flavour": "feed"}
"""What a kind with feeds is told so that it reads the feed at its address and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A place as somebody typed it."""

    address: str
    kind: str
    key: str | None
    title: str | None
    school: str | None
    audience: str
    changes: Sequence[str]
    rules: Sequence[str]
    feed: bool


def refuse_misuse(typed: Typed) -> None:
    """Raise Misused for what no place can have, before anybody is asked."""
    if typed.key and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", typed.key):
        raise Misused("--id: write small letters, digits and hyphens, at most 60.")
    for option, text in (("--title", typed.title), ("--school", typed.school)):
        if text and len(text) > MAX_NAME:
            raise Misused(f"{option}: write at most {MAX_NAME} characters.")
    if typed.feed and "flavour" not in ADAPTERS[typed.kind].Settings.model_fields:
        raise Misused(f"--feed: places of the kind {typed.kind} have no feeds.")


def described(hub: Hub, typed: Typed) -> SourceSpec:
    """Show what is found at the address; return the place as it would be kept.

    Raises SourceError, ConfigError and Misused.
    """
    proposal = _proposed(hub, ADAPTERS[typed.kind], typed)
    _show_proposal(proposal, is_one_feed=typed.feed)
    return SourceSpec(
        key=typed.key or "",
        kind=typed.kind,
        title=(typed.title or proposal.title or _host(proposal.address))[:MAX_NAME],
        address=proposal.address,
        settings=_settings(hub, proposal.address, typed),
        rules=tried_rules(Rules(), typed.rules).model_dump(mode="json"),
        audience_kind=None if typed.audience == "public" else typed.audience,
    )


def _settings(hub: Hub, address: str, typed: Typed) -> dict[str, Any]:
    """Return the settings that somebody typed, as they are stored."""
    adapter = ADAPTERS[typed.kind]
    values = typed_settings(adapter.Settings, typed.changes, "--set")
    values |= _ONE_FEED if typed.feed else {}
    refuse_plain_secrets(adapter, values)
    wrong = mistakes_of(adapter, address, hub.jobs.resolve(dict(values)), _option_name)
    if wrong:
        raise Misused("\n".join(wrong))
    return values


def _option_name(key: str) -> str:
    return "ADDRESS" if key == "address" else f"--set {key}"


def _proposed(hub: Hub, adapter: Adapter, typed: Typed) -> Proposal:
    if not isinstance(adapter, Proposer):
        return Proposal("", typed.address, ())
    proposal = adapter.propose(typed.address, hub.jobs.open_session(1))
    if not proposal.offers:
        raise ConfigError(
            proposal.sentence
            or f"Nothing to read was found at {typed.address}: try the address of its feed."
        )
    return _of_one_feed(hub, adapter, proposal, typed.address) if typed.feed else proposal


def _of_one_feed(hub: Hub, adapter: Adapter, proposal: Proposal, address: str) -> Proposal:
    """Return the proposal to read the feed at this address and nothing else."""
    wanted = _link(address)
    settings = settings_of(adapter, address, _ONE_FEED)
    place = adapter.open(settings, hub.jobs.open_session(1), utc_now())
    read = {_link(stream.url or ""): stream for stream in place.streams()}
    if wanted not in read:
        found = "".join(f"\n  {stream.url}" for stream in read.values())
        raise ConfigError(f"{address} is no feed itself; --feed needs the address of one:{found}")
    offers = tuple(offer for offer in proposal.offers if _link(offer.url) == wanted)
    return Proposal(read[wanted].title, address, offers)


def _link(address: str) -> str | None:
    return canonical_link(address if "://" in address else f"https://{address}")


def _show_proposal(proposal: Proposal, *, is_one_feed: bool) -> None:
    if proposal.title:
        say(f"Found {proposal.title!r}:")
    for offer in proposal.offers:
        say(f"  {_offer_words(offer, proposal)}")
        for newest in offer.newest:
            say(f"      {newest}")
    if len(proposal.offers) > 1 and not is_one_feed:
        say("The first is read. To read only another feed, add its own address with --feed.")


def _offer_words(offer: Offer, proposal: Proposal) -> str:
    return f"{offer.format}: {offer.title or proposal.title}  {offer.url}"


def _host(address: str) -> str:
    return urlsplit(address if "://" in address else f"//{address}").hostname or address


def add(hub: Hub, cluster_id: int, spec: SourceSpec, school: str | None) -> str:
    """Keep the place; return its id. Raises ConfigError where it is there already."""
    with hub.store.write(cluster_id) as conn:
        known = {row.key: row for row in sources.all_sources(conn, cluster_id)}
        for row in known.values():
            if row.address == spec.address and row.kind == spec.kind:
                raise ConfigError(f"This place is there already: {row.key}.")
        if spec.key in known:
            raise ConfigError(f"There is a place {spec.key!r} already: choose another --id.")
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
