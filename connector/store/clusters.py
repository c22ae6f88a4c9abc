"""Clusters, their schools, and this hub's own identity."""

import uuid
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from connector.errors import StoreError
from connector.html import fold
from connector.store.tables import cluster, instance, school
from connector.store.views import ClusterView


def adopt_instance(conn: Connection, *, key_fingerprint: str, now: datetime) -> str:
    """Return this hub's id, made at the first start. Raises StoreError for another key.

    Pseudonyms and withdrawals are made with the key: with another one they would all differ.
    """
    row = conn.execute(select(instance.c.uid, instance.c.key_fingerprint)).one_or_none()
    if row is None:
        uid = str(uuid.uuid4())
        values = {"id": 1, "uid": uid, "epoch": 1, "key_fingerprint": key_fingerprint}
        conn.execute(insert(instance).values(created=now, **values))
        return uid
    if row.key_fingerprint != key_fingerprint:
        raise StoreError(
            "The key file does not belong to this database: put the hub's own hub.key back "
            "into data_dir. Without it, withdrawals and students' pseudonyms would be lost."
        )
    return str(row.uid)


def ensure_cluster(conn: Connection, slug: str, name: str) -> int:
    """Return the id of a cluster, made or renamed as needed."""
    row = conn.execute(
        select(cluster.c.id, cluster.c.name).where(cluster.c.slug == slug)
    ).one_or_none()
    if row is None:
        return _inserted(conn, insert(cluster).values(slug=slug, name=name))
    if row.name != name:
        conn.execute(update(cluster).where(cluster.c.id == row.id).values(name=name))
    return int(row.id)


def ensure_school(conn: Connection, cluster_id: int, name: str) -> int:
    """Return the id of a school by its name, whatever its letter case and macrons."""
    folded = fold(name)
    found = conn.execute(
        select(school.c.id).where(school.c.cluster_id == cluster_id, school.c.folded == folded)
    ).scalar_one_or_none()
    if found is not None:
        return int(found)
    return _inserted(
        conn, insert(school).values(cluster_id=cluster_id, name=name.strip(), folded=folded)
    )


def find_school(conn: Connection, cluster_id: int, name: str) -> int | None:
    """Return the id of a known school, or None: names from outside make no schools."""
    found = conn.execute(
        select(school.c.id).where(school.c.cluster_id == cluster_id, school.c.folded == fold(name))
    ).scalar_one_or_none()
    return None if found is None else int(found)


def all_clusters(conn: Connection) -> tuple[ClusterView, ...]:
    """Return the clusters by name."""
    rows = conn.execute(select(cluster).order_by(cluster.c.name))
    return tuple(ClusterView(row.id, row.slug, row.name) for row in rows)


def _inserted(conn: Connection, statement: object) -> int:
    key = conn.execute(statement).inserted_primary_key  # type: ignore[call-overload]  # any insert
    assert key is not None
    return int(key[0])
