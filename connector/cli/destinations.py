"""The destinations of the configuration: checked, kept, and given to the jobs that send."""

from functools import partial

from adapters.registry import DESTINATIONS
from connector.cli.settings import mistakes_of
from connector.config import DestinationSection, Settings, resolve_secrets
from connector.errors import ConfigError
from connector.http import Network
from connector.privacy import Privacy
from connector.store import destinations
from connector.store.database import Connection, Store
from connector.store.destinations import DestinationSpec
from connector.store.views import ClusterView
from sync_jobs.outbox import Anchor, Outbox
from sync_jobs.pull import refuse_plain_secrets

_STOP = "stop letters"


def check_destinations(settings: Settings) -> None:
    """Refuse destinations of an unknown kind or with settings that their kind does not know."""
    wrong = [one for section in settings.destinations for one in _mistakes(settings, section)]
    if wrong:
        raise ConfigError("The configuration has mistakes:\n" + "\n".join(wrong))


def _mistakes(settings: Settings, section: DestinationSection) -> list[str]:
    label = f"destinations.{section.id}"
    adapter = DESTINATIONS.get(section.kind)
    if adapter is None:
        known = ", ".join(sorted(DESTINATIONS))
        return [f"  {label}.kind is {section.kind!r}: accepted are {known}."]
    try:
        refuse_plain_secrets(adapter, section.settings)
        values = resolve_secrets(section.settings, settings.environment)
    except ConfigError as error:
        return [f"  {label}: {error}"]
    name = lambda key: f"{label}.{key}" if key == "address" else f"{label}.settings.{key}"  # noqa: E731
    return [f"  {one}" for one in mistakes_of(adapter, section.address, values, name)]


def put_destinations(conn: Connection, settings: Settings, cluster: ClusterView) -> None:
    """Bring one cluster's destinations into the database; pause those that left the file."""
    only = next(iter(settings.clusters), None)
    mine = [one for one in settings.destinations if (one.cluster or only) == cluster.slug]
    for one in mine:
        destinations.put_destination(conn, cluster.cluster_id, _spec(one))
    destinations.pause_missing(conn, cluster.cluster_id, {one.id for one in mine})


def _spec(section: DestinationSection) -> DestinationSpec:
    return DestinationSpec(
        key=section.id,
        kind=section.kind,
        title=section.title or section.id,
        address=section.address,
        settings=section.settings,
        audience_kind=section.audience,
        account=section.account or f"{section.kind} {section.address.rstrip('/').lower()}",
        source_key=section.source,
    )


def stop_token(privacy: Privacy, cluster_id: int, address: str) -> str:
    """Return what proves that somebody was sent a letter to this address."""
    return privacy.digest(f"{_STOP} {cluster_id} {address}", 24)


def outbox_of(settings: Settings, store: Store, privacy: Privacy, network: Network) -> Outbox:
    """Return the tools of the jobs that send."""
    chosen = settings.announce

    def stop_link(cluster_id: int, address: str) -> str | None:
        base = chosen.public_address.rstrip("/")
        if not base:
            return None
        return f"{base}/stop/{cluster_id}/{address}/{stop_token(privacy, cluster_id, address)}"

    return Outbox(
        store=store,
        kinds=DESTINATIONS,
        open_session=network.session,
        zone=settings.hub.timezone,
        anchor=Anchor(store, settings.data_dir),
        resolve=partial(resolve_secrets, environment=settings.environment),
        stop_link=stop_link,
        late_limit=chosen.late_limit,
        quiet=chosen.quiet_hours,
        flood_brake=chosen.flood_brake,
        daily_mails=chosen.daily_mails,
        send_time=settings.network.total_time,
    )
