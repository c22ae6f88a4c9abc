"""What is deleted after its time: see ``docs/reference/what-is-kept.md``.

One table of limits, and one way to hold them: what is over its limit is found by reading,
then deleted in slices, each a short transaction that looks again whether it still is. Killed
anywhere, the next call goes on; called twice, the second finds nothing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.store import freeing, mailings, purging, revisions, runs
from connector.store.clusters import all_clusters
from connector.store.database import Connection, Store

SLICE = 200
"""How many rows one transaction deletes."""

Find = Callable[[Connection, int, datetime], Sequence[Any]]
Drop = Callable[[Connection, int, Sequence[Any], datetime], int]


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that is not kept for good."""

    name: str
    what: str
    """What goes, in words for the operator."""
    why: str
    """How long it is kept."""
    table: str
    find: Find
    """What is over the limit now, by its keys in ``table``."""
    drop: Drop
    """Delete of these keys what is still over the limit; say how many."""


# Names before texts: a text that goes no longer says who wrote it. Old totals before runs:
# what is folded tonight is counted tonight.
LIMITS = (
    Limit(
        "names",
        "names of authors of whom nothing is left",
        "30 days after the last of their posts left",
        "identity",
        purging.names_left_alone,
        purging.drop_names,
    ),
    Limit(
        "retired_texts",
        "texts of what left its place",
        "30 days after it left",
        "origin",
        purging.retired_with_words,
        purging.drop_words,
    ),
    Limit(
        "retired_revisions",
        "former texts of what left its place",
        "30 days after it left",
        "revision",
        purging.revisions_of_retired,
        purging.drop_revisions_of_retired,
    ),
    Limit(
        "old_revisions",
        "former texts of edited posts",
        "90 days after the edit",
        "revision",
        revisions.old,
        revisions.drop_old,
    ),
    Limit(
        "surplus_revisions",
        "former texts beyond the newest of a post",
        "the newest 20",
        "revision",
        revisions.surplus,
        revisions.drop_surplus,
    ),
    Limit(
        "mail_addresses",
        "addresses that an announcement was mailed to",
        "90 days after the announcement's last delivery",
        "mailing",
        mailings.over_their_time,
        mailings.drop_lines,
    ),
    Limit(
        "old_days",
        "daily totals of runs",
        "400 days",
        "run_day",
        runs.old_days,
        runs.drop_days,
    ),
    Limit(
        "surplus_runs",
        "runs of a place, added to daily totals",
        "the newest 20",
        "run",
        runs.surplus,
        runs.fold_surplus,
    ),
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go."""

    counts: dict[str, int]
    """By the name of the limit; every limit is there."""
    is_free: bool
    """Whether the files hold nothing of it any more; False after a dry run or a stop."""


def _never() -> bool:
    return False


def prune(
    store: Store,
    now: datetime,
    *,
    stop: freeing.Stop = _never,
    pause: freeing.Pause = time.sleep,
) -> Pruned:
    """Delete in every cluster what is over its time, and let it leave the files.

    Args:
        store: the database; other programs may use it meanwhile.
        now: the present moment.
        stop: asked between slices; what was not reached is left to the next time.
        pause: waits so many seconds for other readers of the database.
    """
    counts = dict.fromkeys((one.name for one in LIMITS), 0)
    for cluster_id in _cluster_ids(store):
        for limit in LIMITS:
            counts[limit.name] += _hold(store, limit, cluster_id, now, stop)
    is_free = not stop() and freeing.free(store, stop=stop, pause=pause)
    return Pruned(counts, is_free)


def _hold(store: Store, limit: Limit, cluster_id: int, now: datetime, stop: freeing.Stop) -> int:
    with store.read() as conn:
        found = limit.find(conn, cluster_id, now)
    dropped = 0
    for some in _slices(found):
        if stop():
            break
        # Under the cluster's own lock: a page that brings a post back must not lose its text.
        with store.write(cluster_id) as conn:
            dropped += limit.drop(conn, cluster_id, some, now)
    return dropped


def _slices(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (keys[start : start + SLICE] for start in range(0, len(keys), SLICE))


def would_go(store: Store, now: datetime) -> Pruned:
    """Return what ``prune`` would delete now; nothing is changed."""
    counts = dict.fromkeys((one.name for one in LIMITS), 0)
    with store.read() as conn:
        for one in all_clusters(conn):
            for name, count in _over(conn, one.cluster_id, now).items():
                counts[name] += count
    return Pruned(counts, is_free=False)


def _over(conn: Connection, cluster_id: int, now: datetime) -> dict[str, int]:
    """Return how much is over each limit; what an earlier one takes is no more there."""
    taken: dict[str, set[Any]] = {}
    counts = {}
    for limit in LIMITS:
        before = taken.setdefault(limit.table, set())
        found = set(limit.find(conn, cluster_id, now)) - before
        counts[limit.name] = len(found)
        before |= found
    return counts


def _cluster_ids(store: Store) -> list[int]:
    with store.read() as conn:
        return [one.cluster_id for one in all_clusters(conn)]
