"""Opening the hub that a configuration describes: database, key, way out, jobs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from adapters.registry import ADAPTERS
from connector import VERSION
from connector.cli.beside import keep_files, key_of, open_store
from connector.cli.destinations import check_destinations, outbox_of, put_destinations
from connector.cli.memory import share_heaps, spare_collector
from connector.cli.misuse import Misused
from connector.cli.settings import mistakes_of
from connector.config import Settings, SourceSection, load, resolve_secrets, resolve_text
from connector.errors import ConfigError
from connector.http import Network, NetworkPolicy
from connector.privacy import Privacy
from connector.store import clusters, sources
from connector.store.backup import copy_before_update
from connector.store.database import Connection, Store
from connector.store.migrate import migrate
from connector.store.sources import SourceSpec
from connector.store.views import ClusterView
from sync_jobs.jobs import Jobs, utc_now
from sync_jobs.outbox import Outbox
from sync_jobs.pull import refuse_plain_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """An open hub."""

    settings: Settings
    loss: str | None
    """What must not be read over before somebody has said yes: see ``beside``."""
    store: Store
    privacy: Privacy
    network: Network
    jobs: Jobs
    outbox: Outbox

    def cluster(self, slug: str | None) -> ClusterView:
        """Return the cluster that a command is about. Raises Misused when it is unclear."""
        with self.store.read() as conn:
            known = clusters.all_clusters(conn)
        if slug is None and len(known) == 1:
            return known[0]
        for one in known:
            if one.slug == slug:
                return one
        names = ", ".join(one.slug for one in known) or "none yet"
        if slug is None:
            if not known:
                raise ConfigError("There is no cluster yet: write one into the configuration.")
            raise Misused(f"There are several clusters ({names}): name one with --cluster.")
        raise Misused(f"There is no cluster {slug!r}; known are: {names}.")


@contextmanager
def open_hub(config: Path) -> Iterator[Hub]:
    """Open the hub of a configuration file, its database brought up to date.

    Raises ConfigError and StoreError.
    """
    share_heaps()
    spare_collector()
    settings = load(config)
    check_sources(settings)
    check_destinations(settings)
    store = open_store(settings)
    network = Network(policy(settings))
    try:
        privacy = Privacy(key_of(settings, store))
        copy_before_update(store, settings.data_dir, utc_now())
        migrate(store, utc_now())
        _adopt(store, settings, privacy)
        yield Hub(
            settings=settings,
            loss=keep_files(store, settings.data_dir, privacy, utc_now()),
            store=store,
            privacy=privacy,
            network=network,
            jobs=_jobs(settings, store, privacy, network),
            outbox=outbox_of(settings, store, privacy, network),
        )
    finally:
        network.close()
        store.close()


def refuse_loss(hub: Hub) -> None:
    """Raise ConfigError before a hub reads places that has lost what was withdrawn."""
    if hub.loss is not None:
        raise ConfigError(hub.loss)


def _jobs(settings: Settings, store: Store, privacy: Privacy, network: Network) -> Jobs:
    return Jobs(
        store=store,
        adapters=ADAPTERS,
        open_session=lambda per_host: network.session(
            requests_per_host=min(per_host, settings.network.requests_per_host)
        ),
        privacy=privacy,
        zone=settings.hub.timezone,
        resolve=partial(resolve_secrets, environment=settings.environment),
        brake=settings.sync.flood_brake,
        slice_time=settings.sync.slice_time,
        slice_requests=settings.sync.slice_requests,
    )


def policy(settings: Settings) -> NetworkPolicy:
    """Return what [network] allows."""
    section = settings.network
    proxy = section.proxy
    if proxy is not None:
        proxy = resolve_text(proxy, settings.environment, "network.proxy")
    bundle = None if section.ca_bundle is None else str(settings.folder / section.ca_bundle)
    return NetworkPolicy(
        allow=tuple(ip_network(one) for one in section.allow),
        proxy=proxy,
        ca_bundle=bundle,
        max_body_bytes=section.max_body_megabytes * 1_000_000,
        total_seconds=section.total_time.total_seconds(),
        connect_seconds=section.connect_time.total_seconds(),
        read_seconds=section.read_time.total_seconds(),
        max_redirects=section.max_redirects,
        requests_per_host=section.requests_per_host,
        user_agent=f"ClusterHub/{VERSION}",
    )


def check_sources(settings: Settings) -> None:
    """Refuse places of an unknown kind or with settings that their kind does not know."""
    wrong: list[str] = []
    for source in settings.sources:
        adapter = ADAPTERS.get(source.kind)
        if adapter is None:
            known = ", ".join(sorted(ADAPTERS))
            wrong.append(f"  sources.{source.id}.kind is {source.kind!r}: accepted are {known}.")
            continue
        try:
            refuse_plain_secrets(adapter, source.settings)
            values = resolve_secrets(source.settings, settings.environment)
        except ConfigError as error:
            wrong.append(f"  sources.{source.id}: {error}")
            continue
        name = partial(_setting_name, source.id)
        wrong += [f"  {one}" for one in mistakes_of(adapter, source.address, values, name)]
    if wrong:
        raise ConfigError("The configuration has mistakes:\n" + "\n".join(wrong))


def _setting_name(source_id: str, key: str) -> str:
    part = key if key == "address" else f"settings.{key}"
    return f"sources.{source_id}.{part}"


def _adopt(store: Store, settings: Settings, privacy: Privacy) -> None:
    """Bring clusters, schools and places of the file into the database."""
    now = utc_now()
    with store.write() as conn:
        clusters.adopt_instance(conn, key_fingerprint=privacy.fingerprint(), now=now)
        for slug, cluster in settings.clusters.items():
            clusters.ensure_cluster(conn, slug, cluster.name)
        known = clusters.all_clusters(conn)
    for one in known:
        with store.write(one.cluster_id) as conn:
            is_written = one.slug in settings.clusters
            keys = _adopt_cluster(conn, settings, one, privacy) if is_written else set()
            sources.pause_missing(conn, one.cluster_id, keys)
            put_destinations(conn, settings, one)


def _adopt_cluster(
    conn: Connection, settings: Settings, cluster: ClusterView, privacy: Privacy
) -> set[str]:
    """Bring one cluster's schools and places into the database; return the places' keys."""
    for name in settings.clusters[cluster.slug].schools:
        clusters.ensure_school(conn, cluster.cluster_id, name)
    only = next(iter(settings.clusters))
    mine = [one for one in settings.sources if (one.cluster or only) == cluster.slug]
    _refuse_unknown_predecessors(conn, cluster.cluster_id, mine)
    for source in mine:
        spec = _spec(source, _school_id(conn, cluster.cluster_id, source.school))
        sources.put_source(conn, cluster.cluster_id, spec, utc_now(), privacy=privacy)
    return {one.id for one in mine}


def _refuse_unknown_predecessors(
    conn: Connection, cluster_id: int, mine: Sequence[SourceSection]
) -> None:
    """Raise ConfigError for ``succeeds`` without such a place; it may have left the file."""
    known = {one.id for one in mine}
    known |= {row.key for row in sources.all_sources(conn, cluster_id)}
    wrong = [
        f"  sources.{one.id}.succeeds is {one.succeeds!r}: there is no such place."
        for one in mine
        if one.succeeds is not None and one.succeeds not in known
    ]
    if wrong:
        raise ConfigError("The configuration has mistakes:\n" + "\n".join(wrong))


def _school_id(conn: Connection, cluster_id: int, name: str | None) -> int | None:
    return clusters.ensure_school(conn, cluster_id, name) if name else None


def _spec(source: SourceSection, school_id: int | None) -> SourceSpec:
    return SourceSpec(
        key=source.id,
        kind=source.kind,
        title=source.title or source.id,
        address=source.address,
        settings=source.settings,
        rules=source.rules.model_dump(mode="json"),
        school_id=school_id,
        successor_of=source.succeeds,
        fastest=source.fastest,
        audience_kind=None if source.audience == "public" else source.audience,
        in_file=True,
    )
