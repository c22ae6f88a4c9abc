"""Taking back what was kept of authors who turned out to be students."""

from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from connector.fetched import student_link_key
from connector.model import Role
from connector.privacy import Privacy
from connector.store.rows import batches
from connector.store.tables import (
    identity,
    origin,
    origin_text,
    outcome,
    revision,
    search_entry,
)


def strip(conn: Connection, cluster_id: int, source_id: int, privacy: Privacy) -> int:
    """Leave of a source's posts only what may be kept of students; return how many changed.

    Text, title, tags, links, former texts, search rows and names go; place, time and a keyed
    pseudonym stay. What later readings bring is minimised before it comes here.
    """
    rows = conn.execute(
        select(origin.c.id, origin.c.external_id, origin.c.link_key, origin.c.identity_id)
        .join(origin_text, origin_text.c.origin_id == origin.c.id)
        .where(origin.c.source_id == source_id)
    ).all()
    if not rows:
        return 0
    pseudonyms = _pseudonyms(conn, cluster_id, source_id, privacy)
    for row in rows:
        conn.execute(
            update(origin).where(origin.c.id == row.id).values(_stripped(row, pseudonyms, privacy))
        )
    for ids in batches([row.id for row in rows]):
        for table in (origin_text, revision, search_entry):
            conn.execute(delete(table).where(table.c.origin_id.in_(ids)))
    conn.execute(delete(outcome).where(outcome.c.source_id == source_id))
    _forget_names(conn, source_id)
    return len(rows)


def _stripped(row: Any, pseudonyms: dict[int, int], privacy: Privacy) -> dict[str, Any]:
    return {
        "external_id": privacy.student_id(row.external_id),
        "identity_id": pseudonyms.get(row.identity_id),
        "link_key": student_link_key(row.link_key, privacy),
        "reply_key": None,
        "in_reply_to": None,
        "text_hash": b"",
        "meta_hash": b"",
        "url": None,
        "title": "",
        "excerpt": "",
        "tags": [],
        "enclosures": [],
        "location": "",
    }


def _pseudonyms(
    conn: Connection, cluster_id: int, source_id: int, privacy: Privacy
) -> dict[int, int]:
    """Return the student identity for each named one, made as needed."""
    named = conn.execute(
        select(identity.c.id, identity.c.external_id).where(
            identity.c.source_id == source_id, identity.c.role != str(Role.STUDENT)
        )
    ).all()
    found: dict[int, int] = {}
    for row in named:
        external_id = privacy.pseudonym(source_id, row.external_id)
        known = conn.execute(
            select(identity.c.id).where(
                identity.c.source_id == source_id, identity.c.external_id == external_id
            )
        ).scalar_one_or_none()
        if known is None:
            result = conn.execute(
                insert(identity).values(
                    cluster_id=cluster_id,
                    source_id=source_id,
                    external_id=external_id,
                    name="",
                    role=str(Role.STUDENT),
                    suspended=False,
                )
            )
            assert result.inserted_primary_key is not None
            known = int(result.inserted_primary_key[0])
        found[row.id] = known
    return found


def _forget_names(conn: Connection, source_id: int) -> None:
    used = exists().where(origin.c.identity_id == identity.c.id)
    conn.execute(
        delete(identity).where(
            identity.c.source_id == source_id, identity.c.role != str(Role.STUDENT), ~used
        )
    )
