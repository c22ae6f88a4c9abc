"""Taking full names of students out of what was kept before they were known to be students.

All texts of a source are looked through before the transaction, which then writes only those
with a name in them. Former texts are masked where they stand: this is no edit and makes none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from connector.fetched import text_hash_of
from connector.html import excerpt, plain_text
from connector.masking import Mask
from connector.model import Enclosure, Kind, Record
from connector.store.rows import batches
from connector.store.tables import origin, origin_text, revision
from connector.store.visibility import reindex


@dataclass(frozen=True, slots=True)
class MaskedOrigin:
    """A post with names in it, and what is to stand instead."""

    former: Any
    columns: dict[str, Any]
    html: str


@dataclass(frozen=True, slots=True)
class MaskedRevision:
    """A former text with names in it, and what is to stand instead."""

    id: int
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Masked:
    """What holds a name among all that is kept of a source."""

    origins: Sequence[MaskedOrigin] = ()
    revisions: Sequence[MaskedRevision] = ()


def look(conn: Connection, source_id: int, mask: Mask) -> Masked:
    """Return what of a source holds a name; writes nothing."""
    ids = conn.execute(select(origin.c.id).where(origin.c.source_id == source_id)).scalars()
    some = list(batches(sorted(ids)))
    return Masked(
        [one for each in some for one in _origins(conn, each, mask)],
        [one for each in some for one in _revisions(conn, each, mask)],
    )


def _origins(conn: Connection, ids: Sequence[int], mask: Mask) -> Iterator[MaskedOrigin]:
    rows = conn.execute(
        select(
            origin.c.id,
            origin.c.title,
            origin.c.excerpt,
            origin.c.url,
            origin.c.link_key,
            origin.c.tags,
            origin.c.enclosures,
            origin.c.location,
            origin_text.c.html,
        )
        .outerjoin(origin_text, origin_text.c.origin_id == origin.c.id)
        .where(origin.c.id.in_(ids))
    )
    for row in rows:
        kept = _record(row)
        clean = mask.record(kept)
        if clean != kept:
            yield MaskedOrigin(row, _columns(row, clean), clean.html)


def _record(row: Any) -> Record:
    return Record(
        kind=Kind.POST,
        external_id="",
        title=row.title,
        html=row.html or "",
        url=row.url,
        tags=tuple(row.tags),
        enclosures=tuple(Enclosure(*one) for one in row.enclosures),
        location=row.location,
    )


def _columns(row: Any, clean: Record) -> dict[str, Any]:
    text = plain_text(clean.html)
    return {
        "title": clean.title,
        "excerpt": excerpt(text),
        "url": clean.url,
        "link_key": row.link_key if clean.url == row.url else None,
        "tags": list(clean.tags),
        "enclosures": [list(astuple(one)) for one in clean.enclosures],
        "location": clean.location,
        # Read again, masked by its adapter, it is the same text.
        "text_hash": text_hash_of(clean.title, text),
        "raw_hash": None,
    }


def _revisions(conn: Connection, ids: Sequence[int], mask: Mask) -> Iterator[MaskedRevision]:
    rows = conn.execute(
        select(revision.c.id, revision.c.title, revision.c.html).where(
            revision.c.origin_id.in_(ids)
        )
    )
    for row in rows:
        title, html = mask.text(row.title), mask.html(row.html)
        if (title, html) != (row.title, row.html):
            yield MaskedRevision(row.id, title, html)


def write(conn: Connection, cluster_id: int, masked: Masked) -> None:
    """Write what was found; what lost its words meanwhile does not get them back."""
    changed = [one.former.id for one in masked.origins if _written(conn, one)]
    for one in masked.revisions:
        conn.execute(
            update(revision).where(revision.c.id == one.id).values(title=one.title, html=one.html)
        )
    reindex(conn, cluster_id, changed)


def _written(conn: Connection, one: MaskedOrigin) -> bool:
    former = one.former
    is_as_read = (origin.c.title == former.title, origin.c.excerpt == former.excerpt)
    found = conn.execute(
        update(origin).where(origin.c.id == former.id, *is_as_read).values(**one.columns)
    )
    if not found.rowcount:
        return False
    conn.execute(
        update(origin_text)
        .where(origin_text.c.origin_id == former.id, origin_text.c.html == former.html)
        .values(html=one.html)
    )
    return True
