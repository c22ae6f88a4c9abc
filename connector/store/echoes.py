"""Copies of our own announcements that are read back at a place.

A copy is known by its marker or by what its place said when it took it; and only where it was
sent: a marker that somebody put into another blog makes nothing ours.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, or_, select
from sqlalchemy.sql import ColumnElement

from connector.identity import Candidate, link_host, link_key
from connector.model import Record
from connector.store.candidates import candidates_of_items
from connector.store.outbox_tables import announcement, delivery, destination, receipt
from connector.store.prepared import Prepared
from connector.store.tables import origin

MARKER = re.compile(r"hub-[0-9a-f]{32}")
_MOST_MARKERS = 20
"""In one record; more are no copy of ours."""
_ANY = Prepared(select(exists().where(delivery.c.cluster_id == bindparam("of_cluster"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Which place reads."""

    cluster_id: int
    source_id: int
    source_key: str
    hosts: Collection[str]
    """Those it may speak for."""


@dataclass(frozen=True, slots=True)
class Known:
    """The item that an announcement's copies belong to, if there is one yet."""

    announcement_id: int
    item_id: int | None
    origin: Candidate | None
    """One of the item's origins, to join."""


def echoes(conn: Connection, reader: Reader, records: Sequence[Record]) -> dict[str, int]:
    """Return which of these records are copies of announcements, by external id."""
    if not records or not _ANY.value(conn, of_cluster=reader.cluster_id):
        return {}
    found: dict[str, int] = {}
    markers = {record.external_id: _markers(record) for record in records}
    by_marker = _by_marker(conn, reader, {one for some in markers.values() for one in some})
    links = {record.external_id: link_key(record.url) for record in records}
    by_receipt = _by_receipt(conn, reader, list(links), [one for one in links.values() if one])
    for record in records:
        own_id = record.external_id
        known = [by_marker[one] for one in markers[own_id] if one in by_marker]
        known += [by_receipt[one] for one in (own_id, links[own_id]) if one in by_receipt]
        if known:
            found[own_id] = known[0]
    return found


def _markers(record: Record) -> set[str]:
    """Return the markers in a record as its place sent it: cleaning would take some away."""
    text = f"{record.external_id} {record.url or ''} {record.html}"
    return set(MARKER.findall(text)[:_MOST_MARKERS])


def _is_there(reader: Reader, row: Row[Any]) -> bool:
    """Whether a destination is what this place reads."""
    return row.source_key == reader.source_key or link_host(row.address) in reader.hosts


def _by_marker(conn: Connection, reader: Reader, markers: set[str]) -> dict[str, int]:
    if not markers:
        return {}
    rows = conn.execute(_deliveries(delivery.c.marker).where(delivery.c.marker.in_(markers)))
    return {row.marker: row.announcement_id for row in rows if _is_there(reader, row)}


def _by_receipt(
    conn: Connection, reader: Reader, ids: Sequence[str], links: Sequence[int]
) -> dict[str | int, int]:
    query = (
        _deliveries(receipt.c.external_id, receipt.c.link_key)
        .join(receipt, receipt.c.delivery_id == delivery.c.id)
        .where(
            delivery.c.cluster_id == reader.cluster_id,
            or_(receipt.c.external_id.in_(ids), receipt.c.link_key.in_(links)),
        )
    )
    found: dict[str | int, int] = {}
    for row in conn.execute(query):
        if not _is_there(reader, row):
            continue
        if row.link_key is not None:
            found[row.link_key] = row.announcement_id
        if row.source_key == reader.source_key:
            found[row.external_id] = row.announcement_id
    return found


def _deliveries(*more: ColumnElement[Any]) -> Select[Any]:
    return select(
        delivery.c.announcement_id, destination.c.source_key, destination.c.address, *more
    ).join(destination, destination.c.id == delivery.c.destination_id)


def known_items(conn: Connection, numbers: Collection[int]) -> Mapping[int, Known]:
    """Return what is kept of these announcements' copies."""
    if not numbers:
        return {}
    rows = conn.execute(
        select(announcement.c.id, announcement.c.item_id).where(announcement.c.id.in_(numbers))
    ).all()
    origins = candidates_of_items(conn, [row.item_id for row in rows if row.item_id])
    return {row.id: Known(row.id, row.item_id, origins.get(row.item_id)) for row in rows}


def item_of(conn: Connection, source_id: int, external_id: str) -> int | None:
    """Return the item that a record became."""
    query = select(origin.c.item_id).where(
        origin.c.source_id == source_id, origin.c.external_id == external_id
    )
    return conn.execute(query.order_by(origin.c.generation.desc()).limit(1)).scalar_one_or_none()
