"""Writing what a page brought: items, origins, texts, revisions, merges, search rows.

All of it happens inside the transaction that also stores the page's cursor. New rows go in
by bulk; the few that touch something kept are settled by ``visibility``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update
from sqlalchemy.sql.expression import exists

from connector.audience import AudienceRef
from connector.changes import sort_time
from connector.fetched import Fetched
from connector.identity import Step
from connector.model import Enclosure
from connector.store import outcomes, threads, visibility
from connector.store.audiences import audience_ids
from connector.store.outcomes import Became
from connector.store.page_facts import Decided, Facts, PageRef, own_keys
from connector.store.prepared import Prepared, among
from connector.store.revisions import keep_revisions
from connector.store.rows import (
    allocate_ids,
    batches,
    insert_rows,
    kept_list,
    kept_time,
    update_row,
)
from connector.store.sort_keys import make_unique, moved, sort_key
from connector.store.tables import item, merge, origin, origin_text, search_entry


def write(conn: Connection, ref: PageRef, decided: Sequence[Decided]) -> None:
    """Write every change of a page; unchanged records are left alone."""
    changed = [one for one in decided if one.change.outcome is not None]
    _note_raw(conn, [one for one in decided if one.change.outcome is None])
    if not changed:
        return
    facts = Facts.load(conn, ref, [one.fetched for one in changed])
    added = [one for one in changed if one.change.adds_origin]
    known = [one for one in changed if not one.change.adds_origin]
    _insert_new(conn, ref, facts, added)
    _update_known(conn, ref, facts, known)
    outcomes.record(
        conn,
        ref.run,
        [
            Became(
                one.fetched.incoming.external_id,
                one.change.outcome,
                one.change.reason,
                one.fetched.incoming.link_key,
            )
            for one in changed
            if one.change.outcome is not None
        ],
    )


_RAW = update(origin).where(origin.c.id == bindparam("row_id")).values(raw_hash=bindparam("raw"))


def _note_raw(conn: Connection, unchanged: Sequence[Decided]) -> None:
    """Remember how these came, so that the same again needs no second look."""
    rows = [
        {"row_id": one.change.match.origin.origin_id, "raw": one.fetched.raw_hash}
        for one in unchanged
        if one.change.match.origin and one.change.match.origin.raw_hash != one.fetched.raw_hash
    ]
    if rows:
        conn.execute(_RAW, rows)


def _insert_new(conn: Connection, ref: PageRef, facts: Facts, added: Sequence[Decided]) -> None:
    if not added:
        return
    fresh = [one for one in added if one.change.match.origin is None]
    item_ids = dict(zip(map(id, fresh), allocate_ids(conn, item, len(fresh)), strict=True))
    for one in added:
        if one.change.match.origin is not None:
            item_ids[id(one)] = one.change.match.origin.item_id
    facts = facts.with_page([(one, item_ids[id(one)]) for one in fresh])
    place = {item_id: at for at, item_id in enumerate(facts.first)}
    # A post before its replies, which point at it.
    fresh.sort(key=lambda one: place.get(item_ids[id(one)], len(place)))
    audiences = _audience_rows(conn, ref, facts, added)
    origin_ids = allocate_ids(conn, origin, len(added))
    rows = [
        _origin_row(ref, facts, one, origin_id, item_ids[id(one)], audiences)
        for one, origin_id in zip(added, origin_ids, strict=True)
    ]
    make_unique(conn, rows)
    insert_rows(conn, item, [_item_row(ref, facts, one, item_ids[id(one)]) for one in fresh])
    insert_rows(conn, origin, [_as_kept(row) for row in rows])
    _insert_texts(conn, ref, added, rows)
    _after_insert(conn, ref, added, rows)


def _audience_rows(
    conn: Connection, ref: PageRef, facts: Facts, decided: Sequence[Decided]
) -> dict[AudienceRef, int]:
    wanted = set(facts.refs.values()).union(*map(facts.seen_by, decided))
    return audience_ids(conn, ref.run.cluster_id, wanted)


def _item_row(ref: PageRef, facts: Facts, one: Decided, item_id: int) -> dict[str, Any]:
    return {
        "id": item_id,
        "cluster_id": ref.run.cluster_id,
        "first_seen": kept_time(ref.run.now),
        "parent_id": facts.parent_of(one.fetched),
    }


def _origin_row(
    ref: PageRef,
    facts: Facts,
    one: Decided,
    origin_id: int,
    item_id: int,
    audiences: Mapping[AudienceRef, int],
) -> dict[str, Any]:
    fetched, change, now = one.fetched, one.change, ref.run.now
    return {
        "id": origin_id,
        "cluster_id": ref.run.cluster_id,
        "item_id": item_id,
        "source_id": ref.run.source_id,
        "external_id": fetched.incoming.external_id,
        "generation": change.match.generation if change.match.step is Step.REUSED_ID else 0,
        "first_seen": now,
        "is_news": change.is_news,
        "held": change.held,
        "absences": 0,
        "suspect": False,
        "is_live": True,
        "sort_key": sort_key(sort_time(fetched.record.published, now, one.beside), origin_id),
        **_described(ref, facts, one, audiences),
    }


def _described(
    ref: PageRef, facts: Facts, one: Decided, audiences: Mapping[AudienceRef, int]
) -> dict[str, Any]:
    """Return the columns that an edit may change."""
    fetched, record = one.fetched, one.fetched.record
    platform, seen_by = facts.seen_by(one)
    school_id = facts.schools.get(record.author.school or "") if record.author else None
    return {
        "stream_id": ref.stream_id,
        "audience_id": audiences[seen_by],
        "platform_audience_id": audiences[platform],
        "identity_id": facts.accounts[record.author.external_id] if record.author else None,
        "school_id": school_id or ref.school_id,
        "is_listed": True,
        "on_front": visibility.is_front(record.kind, is_listed=True),
        "owns_link": fetched.incoming.owns_link,
        "kind": str(record.kind),
        "link_key": fetched.incoming.link_key,
        "reply_key": fetched.reply_key,
        "text_hash": fetched.incoming.text_hash,
        "meta_hash": fetched.meta_hash,
        "raw_hash": fetched.raw_hash,
        "published": record.published,
        "updated": record.updated,
        "url": record.url,
        "title": record.title,
        "excerpt": fetched.excerpt,
        "tags": list(record.tags),
        "enclosures": [_enclosure(each) for each in record.enclosures],
        "in_reply_to": record.in_reply_to,
        "start": record.start,
        "end": record.end,
        "location": record.location,
        "object": record.object,
    }


_TIMES = ("first_seen", "published", "updated", "start", "end")
_LISTS = ("tags", "enclosures")


def _as_kept(row: dict[str, Any]) -> dict[str, Any]:
    """Give the row its values as the database keeps them, and return it."""
    for name in _TIMES:
        row[name] = kept_time(row[name])
    for name in _LISTS:
        row[name] = kept_list(row[name])
    return row


def _enclosure(enclosure: Enclosure) -> list[Any]:
    return [enclosure.url, enclosure.media_type, enclosure.bytes]


def _insert_texts(
    conn: Connection, ref: PageRef, added: Sequence[Decided], rows: Sequence[Mapping[str, Any]]
) -> None:
    pairs = [
        (one.fetched, row)
        for one, row in zip(added, rows, strict=True)
        if not one.fetched.is_student
    ]
    if not pairs:
        return
    insert_rows(
        conn,
        origin_text,
        [{"origin_id": row["id"], "html": fetched.record.html} for fetched, row in pairs],
    )
    # By rising keys: SQLite's full-text index writes out what it has gathered at each step back.
    pairs.sort(key=lambda pair: pair[1]["sort_key"])
    insert_rows(
        conn,
        search_entry,
        [
            {
                "sort_key": row["sort_key"],
                "origin_id": row["id"],
                "tokens": visibility.tokens(
                    ref.run.cluster_id,
                    audience_id=row["audience_id"],
                    source_id=ref.run.source_id,
                    school_id=row["school_id"],
                ),
                "folded": fetched.search,
            }
            for fetched, row in pairs
        ],
    )


def _after_insert(
    conn: Connection, ref: PageRef, added: Sequence[Decided], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Note the merges, and find replies that were waiting for one of these."""
    merged = [
        {
            "cluster_id": ref.run.cluster_id,
            "item_id": row["item_id"],
            "origin_id": row["id"],
            "with_origin_id": one.change.match.origin.origin_id,
            "reason": one.change.reason,
            "at": ref.run.now,
        }
        for one, row in zip(added, rows, strict=True)
        if one.change.match.origin is not None
    ]
    if merged:
        conn.execute(insert(merge), merged)
    adopted = _adopt_orphans(conn, ref, added, rows)
    touched = {row["item_id"] for row in merged} | adopted
    if touched:
        visibility.settle(conn, ref.run.cluster_id, touched)


_ANY_REPLY = Prepared(
    select(
        exists().where(
            origin.c.source_id == bindparam("of_source"), origin.c.reply_key.is_not(None)
        )
    )
)


def _orphans(dialect: str) -> Select[Any]:
    return (
        select(origin.c.item_id, origin.c.reply_key)
        .join(item, item.c.id == origin.c.item_id)
        .where(
            origin.c.source_id == bindparam("of_source"),
            among(origin.c.reply_key, "keys", dialect),
            item.c.parent_id.is_(None),
        )
    )


_ORPHANS = Prepared(_orphans)


def _adopt_orphans(
    conn: Connection, ref: PageRef, added: Sequence[Decided], rows: Sequence[Mapping[str, Any]]
) -> set[int]:
    """Hang replies that came before what they answer; return their items."""
    source_id = ref.run.source_id
    if not _ANY_REPLY.value(conn, of_source=source_id):
        return set()
    parents: dict[int, int] = {}
    for one, row in zip(added, rows, strict=True):
        parents |= dict.fromkeys(own_keys(source_id, one.fetched), row["item_id"])
    adopted: dict[int, int] = {}
    for keys in batches(sorted(parents)):
        found = _ORPHANS.rows(conn, of_source=source_id, keys=keys)
        adopted |= {row.item_id: parents[row.reply_key] for row in found}
    adopted = {child: parent for child, parent in adopted.items() if child != parent}
    if adopted:
        conn.execute(
            update(item).where(item.c.id == bindparam("child")).values(parent_id=bindparam("up")),
            [{"child": child, "up": parent} for child, parent in adopted.items()],
        )
    return set(adopted)


def _update_known(conn: Connection, ref: PageRef, facts: Facts, known: Sequence[Decided]) -> None:
    if not known:
        return
    keep_revisions(
        conn,
        [_origin_id(one) for one in known if one.change.keep_revision],
        ref.run.now,
    )
    audiences = _audience_rows(conn, ref, facts, known)
    first_seen = _first_seen(conn, [_origin_id(one) for one in known])
    items: set[int] = set()
    for one in known:
        origin_id = _origin_id(one)
        described = _described(ref, facts, one, audiences)
        seen, key = first_seen[origin_id]
        described["sort_key"] = _moved(conn, key, one.fetched.record.published, seen, origin_id)
        described |= {"held": one.change.held, "is_live": True, "retired": None}
        described |= {"retired_reason": None, "absences": 0, "suspect": False}
        update_row(conn, origin, origin_id, described)
        _replace_text(conn, origin_id, one.fetched)
        items.add(_item_id(one))
    placed = [(one.fetched, _item_id(one)) for one in known]
    if not ref.sloppy_ids:  # a feed does not know its threads well enough to move a reply
        items |= threads.hang_elsewhere(conn, ref.run.source_id, placed)
    visibility.settle(conn, ref.run.cluster_id, items)
    visibility.reindex(conn, ref.run.cluster_id, sorted(map(_origin_id, known)))


def _origin_id(one: Decided) -> int:
    assert one.change.match.origin is not None
    return one.change.match.origin.origin_id


def _item_id(one: Decided) -> int:
    assert one.change.match.origin is not None
    return one.change.match.origin.item_id


def _moved(
    conn: Connection, key: int, published: datetime | None, first_seen: datetime, origin_id: int
) -> int:
    """Return the sort key after an edit; without a date of the past it stays where it was."""
    if published is None or published > first_seen:
        return key
    return moved(conn, key, published, origin_id)


def _first_seen(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[datetime, int]]:
    found: dict[int, tuple[datetime, int]] = {}
    for some in batches(ids):
        rows = conn.execute(
            select(origin.c.id, origin.c.first_seen, origin.c.sort_key).where(origin.c.id.in_(some))
        )
        found |= {row.id: (row.first_seen, row.sort_key) for row in rows}
    return found


def _replace_text(conn: Connection, origin_id: int, fetched: Fetched) -> None:
    html = "" if fetched.is_student else fetched.record.html
    result = conn.execute(
        update(origin_text).where(origin_text.c.origin_id == origin_id).values(html=html)
    )
    if result.rowcount == 0 and not fetched.is_student:
        conn.execute(insert(origin_text).values(origin_id=origin_id, html=html))
