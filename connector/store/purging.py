"""Words of what left its place thirty days ago: its text, its details, its author's name.

What stays is a tombstone: the id, digests and dates by which it does not come back as new.
Nothing here is found by reading all posts: every query walks an index to what has left.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Text,
    and_,
    cast,
    delete,
    exists,
    false,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from connector.changes import Outcome
from connector.model import Role
from connector.store.rows import batches
from connector.store.tables import (
    identity,
    membership,
    origin,
    origin_text,
    other_origin,
    outcome,
    revision,
    stream,
)
from connector.store.unwalked import unwalked
from connector.store.words import WITHOUT_WORDS

RETIRED_TEXT_LASTS = timedelta(days=30)
_NOBODY = "gone:"


def is_over(now: datetime) -> ColumnElement[bool]:
    """Whether an origin left so long ago that no words of it are kept."""
    left = and_(origin.c.retired.is_not(None), origin.c.retired < now - RETIRED_TEXT_LASTS)
    return and_(origin.c.is_live == false(), left)


def _left(cluster_id: int) -> ColumnElement[bool]:
    """Whether an origin of this cluster has left.

    An index over streams and life leads there, and holds all that this asks: so it is taken
    whatever statistics say of a hub that has lost little.
    """
    streams = select(stream.c.id).where(stream.c.cluster_id == cluster_id)
    return origin.c.id.in_(
        select(other_origin.c.id).where(
            other_origin.c.stream_id.in_(streams), other_origin.c.is_live == false()
        )
    )


def _has_author() -> ColumnElement[bool]:
    """Whether an origin names its author; a student's pseudonym is no name."""
    return exists().where(
        identity.c.id == origin.c.identity_id, identity.c.role != str(Role.STUDENT)
    )


def _has_words() -> ColumnElement[bool]:
    return or_(
        origin.c.title != "",
        origin.c.excerpt != "",
        origin.c.url.is_not(None),
        origin.c.in_reply_to.is_not(None),
        exists().where(origin_text.c.origin_id == origin.c.id),
        _has_author(),
    )


def retired_with_words(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the origins that left thirty days ago and of which words are kept."""
    query = select(origin.c.id).where(_left(cluster_id), is_over(now), _has_words())
    return list(conn.execute(query).scalars())


def drop_words(conn: Connection, cluster_id: int, origin_ids: Sequence[int], now: datetime) -> int:
    """Delete text, title and links of those of these that still have left; return how many."""
    still = conn.execute(
        select(origin.c.id, origin.c.source_id, origin.c.external_id).where(
            origin.c.id.in_(origin_ids), is_over(now), _has_words()
        )
    ).all()
    ids = [row.id for row in still]
    named = select(origin.c.id).where(origin.c.id.in_(ids), _has_author())
    nameless = {"identity_id": None}
    conn.execute(update(origin).where(origin.c.id.in_(named)).values(nameless))
    conn.execute(
        update(origin)
        .where(origin.c.id.in_(ids))
        .values(object=None, raw_hash=None, **WITHOUT_WORDS)
    )
    conn.execute(delete(origin_text).where(origin_text.c.origin_id.in_(ids)))
    by_source: dict[int, list[str]] = defaultdict(list)
    for row in still:
        by_source[row.source_id].append(row.external_id)
    for source_id, external_ids in by_source.items():
        _drop_outcomes(conn, source_id, external_ids)
    return len(ids)


def _drop_outcomes(conn: Connection, source_id: int, external_ids: Sequence[str]) -> None:
    """Delete that these were retired: the tombstone tells when and why."""
    conn.execute(
        delete(outcome).where(
            outcome.c.source_id == source_id,
            outcome.c.external_id.in_(external_ids),
            outcome.c.what == str(Outcome.RETIRED),
        )
    )


def revisions_of_retired(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the former texts of what left thirty days ago."""
    gone = exists().where(
        origin.c.id == revision.c.origin_id, origin.c.cluster_id == cluster_id, is_over(now)
    )
    return list(conn.execute(select(revision.c.id).where(gone)).scalars())


def drop_revisions_of_retired(
    conn: Connection, cluster_id: int, revision_ids: Sequence[int], now: datetime
) -> int:
    """Delete those of these former texts whose post still has left; return how many."""
    gone = exists().where(origin.c.id == revision.c.origin_id, is_over(now))
    return conn.execute(delete(revision).where(revision.c.id.in_(revision_ids), gone)).rowcount


def names_left_alone(conn: Connection, cluster_id: int, now: datetime) -> list[int]:
    """Return the accounts of which no post is left, that belong to nothing and nobody."""
    query = select(origin.c.identity_id, origin.c.source_id).where(
        _left(cluster_id), is_over(now), _has_author()
    )
    rows = conn.execute(query.distinct()).all()
    return sorted(_left_alone(conn, [(row.identity_id, row.source_id) for row in rows], now))


def drop_names(
    conn: Connection, cluster_id: int, identity_ids: Sequence[int], now: datetime
) -> int:
    """Forget who these accounts were, if that is still so; return how many.

    The empty row stays: audiences name accounts by its number, which nobody else may get.
    """
    rows = conn.execute(
        select(identity.c.id, identity.c.source_id).where(
            identity.c.id.in_(identity_ids), ~identity.c.external_id.startswith(_NOBODY)
        )
    ).all()
    ids = sorted(_left_alone(conn, [(row.id, row.source_id) for row in rows], now))
    for source_id in sorted({row.source_id for row in rows}):
        conn.execute(
            update(origin)
            .where(origin.c.source_id == source_id, unwalked(origin.c.identity_id).in_(ids))
            .values(identity_id=None)
        )
    conn.execute(
        update(identity)
        .where(identity.c.id.in_(ids))
        .values(
            external_id=literal(_NOBODY) + cast(identity.c.id, Text),
            name="",
            url=None,
            role=str(Role.UNKNOWN),
            school_id=None,
        )
    )
    return len(ids)


def _left_alone(conn: Connection, accounts: Iterable[tuple[int, int]], now: datetime) -> set[int]:
    """Return those of these (account, source) of which nothing keeps the name.

    Each source is asked by itself: no index leads from an account to its posts.
    """
    by_source: dict[int, list[int]] = defaultdict(list)
    for identity_id, source_id in accounts:
        by_source[source_id].append(identity_id)
    found: set[int] = set()
    for source_id, identity_ids in by_source.items():
        for ids in batches(sorted(identity_ids)):
            found |= set(ids) - _in_use(conn, source_id, ids, now)
    return found


def _in_use(
    conn: Connection, source_id: int, identity_ids: Collection[int], now: datetime
) -> set[int]:
    writing = select(origin.c.identity_id).where(
        origin.c.source_id == source_id,
        unwalked(origin.c.identity_id).in_(identity_ids),
        ~is_over(now),
    )
    listed = select(membership.c.identity_id).where(membership.c.identity_id.in_(identity_ids))
    linked = select(identity.c.id).where(
        identity.c.id.in_(identity_ids), identity.c.person_id.is_not(None)
    )
    used: set[int] = set()
    for query in (writing, listed, linked):
        used |= set(conn.execute(query.distinct()).scalars())
    return used
