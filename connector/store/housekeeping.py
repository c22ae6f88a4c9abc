"""What is deleted after its time: see ``docs/reference/what-is-kept.md``."""

from dataclasses import dataclass
from datetime import datetime

from connector.store.clusters import all_clusters
from connector.store.database import Store
from connector.store.removal import purge_retired_texts
from connector.store.revisions import purge_revisions


@dataclass(frozen=True, slots=True)
class Purged:
    """How much went."""

    texts: int
    revisions: int


def purge(store: Store, now: datetime) -> Purged:
    """Delete the texts of what left thirty days ago and revisions of ninety days ago."""
    with store.read() as conn:
        cluster_ids = [one.cluster_id for one in all_clusters(conn)]
    texts = revisions = 0
    for cluster_id in cluster_ids:
        # Under the cluster's own lock: a page that brings a post back must not lose its text.
        with store.write(cluster_id) as conn:
            texts += purge_retired_texts(conn, cluster_id, now)
            revisions += purge_revisions(conn, cluster_id, now)
    return Purged(texts, revisions)
