"""What is deleted after its time: see ``docs/reference/what-is-kept.md``."""

from dataclasses import dataclass
from datetime import datetime

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
    with store.write() as conn:
        return Purged(purge_retired_texts(conn, now), purge_revisions(conn, now))
