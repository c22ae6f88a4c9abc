"""Reading without keeping: files, addresses and configured places, by the code of a sync."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from adapters.registry import ADAPTERS
from connector.cli.chosen import Chosen
from connector.cli.hub import Hub, open_hub, policy
from connector.cli.misuse import Misused
from connector.cli.settings import tried_rules
from connector.config import Settings, load, resolve_secrets
from connector.contract import Adapter, SavedReader
from connector.errors import ConfigError, HubError
from connector.fetched import Fetched, fetch, own_hosts, with_their_posts
from connector.http import Network, Session
from connector.model import Kind, Page, Problem, ProblemKind, Record, StreamFailed
from connector.privacy import KEY_BYTES, Privacy
from connector.rules import Rules, reshape, skip_reason
from connector.store import sources
from connector.store.sources import SourceRow
from sync_jobs.jobs import utc_now
from sync_jobs.pages import ALONE_REASON
from sync_jobs.pull import settings_of

NO_KEY = Privacy(bytes(KEY_BYTES))
"""A preview keeps nothing, so its pseudonyms need no secret."""
NO_SOURCE = 0
"""It belongs to no place of the hub either."""
FILE_ENDINGS = (".atom", ".htm", ".html", ".json", ".rdf", ".rss", ".txt", ".xml")


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a preview came across: a record, or a problem."""

    origin: str
    fetched: Fetched | None = None
    problem: str = ""
    is_failure: bool = False
    is_skip: bool = False
    """Whether a rule leaves it out."""


@contextmanager
def previewing(
    chosen: Chosen, what: Sequence[str], rules: Sequence[str], limit: int | None
) -> Iterator[tuple[ZoneInfo, Iterator[Seen]]]:
    """Give the hub's zone, and what would be kept of these files, addresses or places."""
    with ExitStack() as opened:
        if what[0] in ADAPTERS:
            adapter, origins = ADAPTERS[what[0]], what[1:]
            if not origins:
                raise Misused(f"preview {what[0]}: name an address or a file.")
            tried = tried_rules(Rules(), rules)
            settings = load(chosen.config) if chosen.config.exists() else Settings()
            network = Network(policy(settings))
            opened.callback(network.close)
            parts = [_new(adapter, one, network, tried) for one in origins]
        else:
            hub = opened.enter_context(open_hub(chosen.config))
            settings = hub.settings
            rows = [_row(hub, chosen, key) for key in dict.fromkeys(what)]
            parts = [_configured(hub, row, rules) for row in rows]
        yield settings.hub.timezone, (one for part in parts for one in _first(limit, part))


def _first(limit: int | None, seen: Iterator[Seen]) -> Iterator[Seen]:
    """Yield at most so many records; problems are not counted."""
    shown = 0
    for one in seen:
        yield one
        shown += one.fetched is not None
        if limit is not None and shown >= limit:
            return


def _new(adapter: Adapter, origin: str, network: Network, rules: Rules) -> Iterator[Seen]:
    session = network.session(requests_per_host=1)
    try:
        pages: Iterator[Page | StreamFailed]
        if _is_file(origin):
            pages = iter([_saved(adapter, Path(origin))])
        else:
            pages = _pages(adapter, settings_of(adapter, origin, {}), session)
        yield from _records(origin, pages, rules, origin)
    except HubError as error:
        yield Seen(origin, problem=str(error), is_failure=True)


def _is_file(origin: str) -> bool:
    """Whether somebody means a file: one that is there, or what can only be the name of one."""
    if "://" in origin:
        return False
    first, _, rest = origin.partition("/")
    looks_like_one = (
        origin.startswith(("/", ".", "~"))
        or (not rest and origin.lower().endswith(FILE_ENDINGS))
        or (bool(rest) and "." not in first and ":" not in first)
    )
    return looks_like_one or os.path.exists(origin)  # any text may be asked for


def _saved(adapter: Adapter, path: Path) -> Page:
    if not isinstance(adapter, SavedReader):
        raise ConfigError(f"{adapter.INFO.kind} reads no files: name an address.")
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"There is no file {path}: check its name, or write a web address with https://."
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder: name the files in it, as {path}/*.") from None
    except OSError as error:
        raise ConfigError(
            f"The file cannot be read ({error.strerror}): check its rights."
        ) from None
    return adapter.read_saved(body, settings_of(adapter, "http://file.invalid/", {}))


def _row(hub: Hub, chosen: Chosen, key: str) -> SourceRow:
    cluster = hub.cluster(chosen.cluster)
    with hub.store.read() as conn:
        row = sources.find_source(conn, cluster.cluster_id, key)
    if row is None:
        kinds = ", ".join(sorted(ADAPTERS))
        raise Misused(
            f"{key!r} is neither a kind ({kinds}) nor a configured place: "
            "'clusterhub source list' shows those."
        )
    return row


def _configured(hub: Hub, row: SourceRow, rules: Sequence[str]) -> Iterator[Seen]:
    adapter = ADAPTERS[row.kind]
    tried = tried_rules(Rules.model_validate(row.rules), rules)
    try:
        values = resolve_secrets(row.settings, hub.settings.environment)
        settings = settings_of(adapter, row.address, values)
        pages = _pages(adapter, settings, hub.jobs.open_session(1))
        yield from _records(row.key, pages, tried, row.address)
    except HubError as error:
        yield Seen(row.key, problem=str(error), is_failure=True)


def _pages(
    adapter: Adapter, settings: BaseModel, session: Session
) -> Iterator[Page | StreamFailed]:
    place = adapter.open(settings, session, utc_now())
    chosen = [stream.key for stream in place.streams() if stream.selected]
    yield from place.read(dict.fromkeys(chosen))


def _records(
    origin: str, pages: Iterator[Page | StreamFailed], rules: Rules, address: str
) -> Iterator[Seen]:
    """Yield each record once, however often its place shows it."""
    hosts = own_hosts(address)
    given: set[tuple[Kind, str]] = set()
    known: set[int | None] = set()
    for page in pages:
        if isinstance(page, StreamFailed):
            yield Seen(origin, problem=str(page.error), is_failure=True)
            continue
        yield from (_problem(origin, problem) for problem in page.problems)
        fresh = {(one.kind, one.external_id): one for one in page.records}
        records = [one for key, one in fresh.items() if key not in given]
        given |= fresh.keys()
        yield from _decided(origin, records, rules, hosts, known)


def _decided(
    origin: str,
    records: Sequence[Record],
    rules: Rules,
    hosts: frozenset[str],
    known: set[int | None],
) -> Iterator[Seen]:
    """Yield what the rules make of a page; ``known`` gathers what a reply may answer."""
    fetched: list[Fetched] = []
    for record in records:
        reason = skip_reason(rules, record)
        if reason is not None:
            yield _skipped(origin, record, reason)
            continue
        shaped = reshape(rules, record)
        fetched.append(fetch(shaped, source_id=NO_SOURCE, own_hosts=hosts, privacy=NO_KEY))
    if rules.is_selective:
        fetched, alone = with_their_posts(fetched, known, source_id=NO_SOURCE)
        yield from (_skipped(origin, one.record, ALONE_REASON) for one in alone)
    yield from (Seen(origin, one) for one in fetched)


def _problem(origin: str, problem: Problem) -> Seen:
    failed = problem.kind is ProblemKind.FAILED
    return Seen(origin, problem=f"{problem.kind}: {problem.reason}", is_failure=failed)


def _skipped(origin: str, record: Record, reason: str) -> Seen:
    where = record.url or record.external_id
    return Seen(origin, problem=f"skipped by rule: {reason} ({where})", is_skip=True)
