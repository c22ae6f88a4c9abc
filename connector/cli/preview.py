"""Reading without keeping: what ``preview`` prints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from adapters.registry import ADAPTERS
from connector.cli.chosen import Chosen
from connector.cli.hub import Hub, open_hub, policy
from connector.cli.show import iso
from connector.config import Settings, load, resolve_secrets
from connector.contract import Adapter, SavedReader
from connector.errors import ConfigError, HubError
from connector.fetched import Fetched, fetch
from connector.html import plain_text
from connector.http import Network, Session
from connector.model import Page, ProblemKind, StreamFailed
from connector.privacy import KEY_BYTES, Privacy
from connector.rules import Rules, reshape, skip_reason
from connector.store import sources
from sync_jobs.jobs import utc_now
from sync_jobs.pull import own_hosts, settings_of

NO_KEY = Privacy(bytes(KEY_BYTES))
"""A preview keeps nothing, so its pseudonyms need no secret."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a preview came across: a record, or a problem."""

    origin: str
    fetched: Fetched | None = None
    problem: str = ""
    is_failure: bool = False


def previewed(
    chosen: Chosen, what: Sequence[str], rules: Sequence[str], limit: int | None
) -> Iterator[Seen]:
    """Yield what would be kept of these files, addresses or configured places."""
    if what[0] in ADAPTERS:
        if len(what) < 2:
            raise ConfigError(f"preview {what[0]}: name an address or a file.")
        settings = load(chosen.config) if chosen.config.exists() else load_nothing()
        network = Network(policy(settings))
        try:
            for one in what[1:]:
                yield from _first(limit, _new(ADAPTERS[what[0]], one, network, rules))
        finally:
            network.close()
        return
    with open_hub(chosen.config) as hub:
        for key in what:
            yield from _first(limit, _configured(hub, chosen, key, rules))


def load_nothing() -> Settings:
    """Return the defaults, for previews in a folder without a hub."""
    return Settings()


def _first(limit: int | None, seen: Iterator[Seen]) -> Iterator[Seen]:
    """Yield at most so many records; problems are not counted."""
    shown = 0
    for one in seen:
        yield one
        shown += one.fetched is not None
        if limit is not None and shown >= limit:
            return


def _new(adapter: Adapter, origin: str, network: Network, rules: Sequence[str]) -> Iterator[Seen]:
    session = network.session(requests_per_host=1)
    tried = tried_rules(Rules(), rules)
    try:
        if "://" not in origin and Path(origin).exists():
            pages: Iterator[Page | StreamFailed] = iter([_saved(adapter, Path(origin))])
        else:
            settings = settings_of(adapter, origin, {})
            pages = _pages(adapter, settings, session)
        yield from _records(origin, pages, tried, origin)
    except HubError as error:
        yield Seen(origin, problem=str(error), is_failure=True)


def _saved(adapter: Adapter, path: Path) -> Page:
    if not isinstance(adapter, SavedReader):
        raise ConfigError(f"{adapter.INFO.kind} reads no files: name an address.")
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The file cannot be read ({error.strerror}).") from error
    return adapter.read_saved(body, settings_of(adapter, "http://file.invalid/", {}))


def _configured(hub: Hub, chosen: Chosen, key: str, rules: Sequence[str]) -> Iterator[Seen]:
    cluster = hub.cluster(chosen.cluster)
    with hub.store.read() as conn:
        row = sources.find_source(conn, cluster.cluster_id, key)
    if row is None:
        kinds = ", ".join(sorted(ADAPTERS))
        raise ConfigError(
            f"{key!r} is neither a kind ({kinds}) nor a configured place: "
            "'clusterhub source list' shows those."
        )
    adapter = ADAPTERS[row.kind]
    values = resolve_secrets(row.settings, hub.settings.environment)
    settings = settings_of(adapter, row.address, values)
    tried = tried_rules(Rules.model_validate(row.rules), rules)
    pages = _pages(adapter, settings, hub.jobs.open_session(1))
    try:
        yield from _records(key, pages, tried, row.address)
    except HubError as error:
        yield Seen(key, problem=str(error), is_failure=True)


def _pages(
    adapter: Adapter, settings: BaseModel, session: Session
) -> Iterator[Page | StreamFailed]:
    place = adapter.open(settings, session, utc_now())
    chosen = [stream.key for stream in place.streams() if stream.selected]
    yield from place.read(dict.fromkeys(chosen))


def _records(
    origin: str, pages: Iterator[Page | StreamFailed], rules: Rules, address: str
) -> Iterator[Seen]:
    hosts = own_hosts(address)
    for page in pages:
        if isinstance(page, StreamFailed):
            yield Seen(origin, problem=str(page.error), is_failure=True)
            continue
        for problem in page.problems:
            failed = problem.kind is ProblemKind.FAILED
            yield Seen(origin, problem=f"{problem.kind}: {problem.reason}", is_failure=failed)
        for record in page.records:
            reason = skip_reason(rules, record)
            if reason is not None:
                yield Seen(origin, problem=f"skipped by rule: {reason} ({record.url})")
                continue
            shaped = reshape(rules, record)
            yield Seen(origin, fetch(shaped, source_id=0, own_hosts=hosts, privacy=NO_KEY))


def tried_rules(rules: Rules, changes: Sequence[str]) -> Rules:
    """Return rules with ``KEY=VALUE`` changes; lists are separated by commas."""
    values = rules.model_dump()
    for change in changes:
        key, separator, text = change.partition("=")
        if not separator or key not in values:
            raise ConfigError(f"--rule {change}: known keys are {', '.join(values)}.")
        listed = [part.strip() for part in text.split(",") if part.strip()]
        values[key] = text if isinstance(values[key], bool) else listed
    try:
        return Rules.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"--rule: {error.errors()[0]['msg']}.") from None


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
