"""The places that a command names, and why one of them is paused."""

from collections.abc import Collection, Sequence

from connector.cli.chosen import Chosen
from connector.cli.hub import Hub
from connector.cli.misuse import Misused
from connector.store import clusters, sources
from connector.store.destinations import DestinationRow, destinations_of
from connector.store.sources import SourceRow


def named_sources(hub: Hub, chosen: Chosen, ids: Sequence[str]) -> list[SourceRow]:
    """Return the named places, or all. Raises Misused for an unknown one."""
    with hub.store.read() as conn:
        if chosen.cluster is None and not ids:
            return sources.all_sources(conn)
    cluster = hub.cluster(chosen.cluster)
    with hub.store.read() as conn:
        known = {row.key: row for row in sources.all_sources(conn, cluster.cluster_id)}
    unknown = [key for key in ids if key not in known]
    if unknown:
        raise Misused(f"There is no place {unknown[0]!r}: 'clusterhub source list' shows them.")
    return [known[key] for key in dict.fromkeys(ids)] if ids else list(known.values())


def named_destinations(hub: Hub, chosen: Chosen, ids: Sequence[str]) -> list[DestinationRow]:
    """Return those of these names that are destinations in use, or all of them."""
    with hub.store.read() as conn:
        known = clusters.all_clusters(conn)
        if chosen.cluster is not None or ids:
            mine = hub.cluster(chosen.cluster).cluster_id
            known = tuple(one for one in known if one.cluster_id == mine)
        rows = [row for one in known for row in destinations_of(conn, one.cluster_id)]
    return [row for row in rows if not row.paused and (not ids or row.key in ids)]


def left_the_file(hub: Hub, rows: Collection[SourceRow]) -> frozenset[int]:
    """Return the ids of those places that the configuration named once and does not now."""
    with hub.store.read() as conn:
        slugs = {one.cluster_id: one.slug for one in clusters.all_clusters(conn)}
    only = next(iter(hub.settings.clusters), None)
    written = {(one.cluster or only, one.id) for one in hub.settings.sources}
    return frozenset(
        row.id for row in rows if row.in_file and (slugs[row.cluster_id], row.key) not in written
    )


def paused_words(row: SourceRow, left: Collection[int], chosen: Chosen) -> str:
    """Return "paused", with its reason where the file is the reason; empty when it is read."""
    if row.id in left:
        return f"paused: not in {chosen.config.name} any more"
    return "paused" if row.paused else ""
