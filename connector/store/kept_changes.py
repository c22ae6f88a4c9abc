"""What a page says of records it does not carry: who sees them now, and numbers."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from connector.audience import AudienceRef
from connector.changes import Outcome
from connector.model import AudienceChange, Count
from connector.store import outcomes, visibility
from connector.store.audiences import audience_ids, refer
from connector.store.clusters import find_school
from connector.store.outcomes import Became
from connector.store.page_facts import PageRef
from connector.store.rows import upsert
from connector.store.tables import identity, origin, tally


def change_audiences(conn: Connection, ref: PageRef, changes: Sequence[AudienceChange]) -> None:
    """Bring kept origins to what their place now says of who sees them."""
    items: set[int] = set()
    became: list[Became] = []
    for change in changes:
        wanted = _wanted(conn, ref, change)
        audience_id = audience_ids(conn, ref.run.cluster_id, [wanted])[wanted]
        rows = conn.execute(
            update(origin)
            .where(
                origin.c.source_id == ref.run.source_id,
                origin.c.external_id == change.external_id,
                origin.c.platform_audience_id != audience_id,
            )
            # The record's own word counts again when it is next read, even if it is the same
            # as before: otherwise what was opened here could not be closed there.
            .values(platform_audience_id=audience_id, meta_hash=b"", raw_hash=None)
            .returning(origin.c.item_id, origin.c.link_key)
        ).all()
        items |= {row.item_id for row in rows}
        became += [
            Became(
                change.external_id,
                Outcome.UPDATED,
                "its place shows it to others than before",
                row.link_key,
            )
            for row in rows
        ]
    if items:
        visibility.settle(conn, ref.run.cluster_id, items)
        outcomes.record(conn, ref.run, became)


def _wanted(conn: Connection, ref: PageRef, change: AudienceChange) -> AudienceRef:
    key = change.audience.key
    school_id = find_school(conn, ref.run.cluster_id, key)
    identity_id = conn.execute(
        select(identity.c.id).where(
            identity.c.source_id == ref.run.source_id, identity.c.external_id == key
        )
    ).scalar_one_or_none()
    return refer(
        change.audience,
        source_id=ref.run.source_id,
        stream_id=ref.stream_id,
        school_id=school_id,
        identity_id=identity_id,
    )


def put_counts(conn: Connection, ref: PageRef, counts: Sequence[Count]) -> None:
    """Store numbers; a later one for the same day replaces the former."""
    rows = {
        (one.subject, one.name, one.day): {
            "cluster_id": ref.run.cluster_id,
            "stream_id": ref.stream_id,
            "subject": one.subject,
            "name": one.name,
            "day": one.day,
            "value": one.value,
        }
        for one in counts
    }
    upsert(conn, tally, list(rows.values()), ("stream_id", "subject", "name", "day"))
