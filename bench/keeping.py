"""How long pruning holds the right to write, and how fast an export runs, on a large hub.

``./run bench keeping [--json] [--posts 100000]``: SQLite, one place, a tenth of the posts gone
for more than thirty days. Nobody else writes, so each transaction's time is its own.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert

from connector import VERSION
from connector.audience import PUBLIC, facilitator_scope
from connector.html import fold
from connector.outputs.activitystreams import Rendering
from connector.privacy import Privacy
from connector.store import clusters, sources, tables
from connector.store.audiences import audience_ids
from connector.store.database import Connection, Store, open_database, sqlite_url
from connector.store.exporting import exported, instance_uid
from connector.store.housekeeping import prune
from connector.store.migrate import migrate
from connector.store.sort_keys import sort_key
from connector.store.sources import SourceSpec
from connector.store.visibility import tokens

NOW = datetime(2026, 11, 20, tzinfo=UTC)
WORDS = 250
AT_ONCE = 5_000


class TimedStore(Store):
    """Notes how long each transaction holds the right to write."""

    def __init__(self, store: Store):
        super().__init__(store.engine)
        self.held: list[float] = []

    @contextmanager
    def write(self, cluster_id: int = 0, *, durable: bool = False) -> Iterator[Connection]:
        with super().write(cluster_id, durable=durable) as conn:
            begun = time.perf_counter()
            yield conn
        self.held.append(time.perf_counter() - begun)


def fill(store: Store, posts: int) -> int:
    """Make a hub of so many posts, a tenth of them gone; return its cluster."""
    with store.write() as conn:
        clusters.adopt_instance(conn, key_fingerprint="", now=NOW)
        cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
        spec = SourceSpec(
            key="a", kind="blogs", title="A", address="http://a.example/", settings={}, rules={}
        )
        sources.put_source(conn, cluster_id, spec, NOW, privacy=Privacy(bytes(32)))
        public = audience_ids(conn, cluster_id, [PUBLIC])[PUBLIC]
        stream = {"cluster_id": cluster_id, "source_id": 1, "key": "posts", "title": "A"}
        flags = dict.fromkeys(("sloppy_ids", "can_sweep", "selected", "baseline_done"), True)
        conn.execute(insert(tables.stream), [stream | flags])
        author = {"cluster_id": cluster_id, "source_id": 1, "role": "teacher", "suspended": False}
        authors = [author | {"external_id": f"name:{n}", "name": f"Name {n}"} for n in range(500)]
        conn.execute(insert(tables.identity), authors)
    dice = Random(5)
    for start in range(1, posts + 1, AT_ONCE):
        with store.write() as conn:
            some = range(start, min(start + AT_ONCE, posts + 1))
            _put(conn, cluster_id, public, dice, some)
    return cluster_id


def _put(conn: Connection, cluster_id: int, public: int, dice: Random, numbers: range) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {}
    for number in numbers:
        is_live = number % 10 != 0
        text = " ".join(f"word{dice.randrange(40_000)}" for _ in range(WORDS))
        published = NOW - timedelta(minutes=10 * number)
        key = sort_key(published, number)
        item = {"id": number, "cluster_id": cluster_id, "first_seen": published}
        origin = {
            "item_id": number,
            "source_id": 1,
            "stream_id": 1,
            "audience_id": public,
            "platform_audience_id": public,
            "identity_id": number % 500 + 1,
            "sort_key": key,
            "is_live": is_live,
            "is_listed": is_live,
            "on_front": is_live,
            "owns_link": True,
            "is_news": False,
            "kind": "post",
            "generation": 0,
            "link_key": number,
            "text_hash": b"0" * 16,
            "meta_hash": b"0" * 8,
            "published": published,
            "retired": None if is_live else NOW - timedelta(days=31),
            "absences": 0,
            "suspect": False,
            "external_id": f"post:{number}",
            "url": f"http://a.example/{number}",
            "title": f"Week {number}",
            "excerpt": text[:200],
            "tags": [],
            "enclosures": [],
            "location": "",
        }
        rows.setdefault(tables.item, []).append(item)
        rows.setdefault(tables.origin, []).append(item | origin)
        html = {"origin_id": number, "html": f"<p>{text}</p>"}
        rows.setdefault(tables.origin_text, []).append(html)
        words = tokens(cluster_id, audience_id=public, source_id=1, school_id=None)
        entry = {"sort_key": key, "origin_id": number, "tokens": words, "folded": fold(text)}
        rows.setdefault(tables.search_entry, []).append(entry)
    for table, some in rows.items():
        conn.execute(insert(table), some)
    gone = [one["id"] for one in rows[tables.origin] if not one["is_live"]]
    conn.execute(tables.search_entry.delete().where(tables.search_entry.c.origin_id.in_(gone)))


def measure(posts: int) -> dict[str, float]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_database(sqlite_url(Path(folder) / "hub.db"))
        migrate(store, NOW)
        cluster_id = fill(store, posts)
        timed = TimedStore(store)
        begun = time.perf_counter()
        pruned = prune(timed, NOW)
        seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        prune(timed, NOW)
        again = time.perf_counter() - begun
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        with store.read() as conn:
            told = Rendering(uid=instance_uid(conn), version=VERSION)
            lines = sum(
                1 for one in exported(conn, facilitator_scope(cluster_id)) if told.line(one)
            )
        exporting = time.perf_counter() - begun
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        store.close()
    if pruned.counts["retired_texts"] != posts // 10 or lines != posts - posts // 10:
        raise SystemExit("That is not what was to be pruned and exported.")
    held = sorted(timed.held)
    return {
        "posts": posts,
        "pruned": pruned.counts["retired_texts"],
        "prune_seconds": round(seconds, 2),
        "prune_again_seconds": round(again, 2),
        "transactions": len(held),
        "held_median_milliseconds": round(1000 * held[len(held) // 2], 1),
        "held_longest_milliseconds": round(1000 * held[-1], 1),
        "export_lines_a_second": round(lines / exporting),
        "export_grown_megabytes": round(grown / 1024, 1),
    }


def main() -> None:
    """Measure, and print lines or JSON."""
    parser = argparse.ArgumentParser(prog="./run bench keeping")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--posts", type=int, default=100_000, help="how many posts are there")
    chosen = parser.parse_args()
    found = measure(chosen.posts)
    if chosen.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name.replace('_', ' '):28} {value:>12,}")


if __name__ == "__main__":
    main()
