"""Export and prune stay in proportion: no post is asked for by reading all the others."""

import re
import sqlite3
from typing import Any

import pytest
from sqlalchemy import event

from connector.store.exporting import exported
from connector.store.housekeeping import LIMITS, prune, would_go
from tests.engine import Engine
from tests.store.aged import leave_long_ago
from tests.store.test_plans import filled, plans, scans, scopes

__all__ = ["filled"]

# PostgreSQL plans by statistics that a test does not have.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: one.name)
def test_what_is_over_a_limit_is_found_without_reading_all_posts(
    filled: Engine, limit: Any
) -> None:
    now = filled.clock.now
    for statement, plan in plans(filled, lambda conn: limit.find(conn, filled.cluster_id, now)):
        assert not scans(plan), statement + plan
        assert "origin_front" not in plan, statement + plan
        assert "origin USING INDEX ix_origin_link_key" not in plan, statement + plan


def test_an_export_walks_the_sort_keys(filled: Engine) -> None:
    for scope in scopes(filled):
        seen = plans(
            filled, lambda conn, scope=scope: [None for _ in exported(conn, scope, page=200)]
        )
        for statement, plan in seen:
            assert not scans(plan), statement + plan
            if "ORDER BY origin.sort_key" in statement:
                assert re.search(r"SEARCH origin USING .*INDEX \S+ \(sort_key>\?\)", plan), plan
                assert "TEMP B-TREE" not in plan


def steps(engine: Engine, work: Any) -> int:
    """Return how many steps SQLite's machine takes for some work, in hundreds."""
    taken = [0]

    def count() -> int:
        taken[0] += 1
        return 0

    def listen(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_progress_handler(count, 100)

    engine.store.close()
    event.listen(engine.store.engine, "connect", listen)
    try:
        work()
    finally:
        event.remove(engine.store.engine, "connect", listen)
        engine.store.close()
    return taken[0]


def test_twice_as_much_to_prune_is_twice_the_work(engine: Engine) -> None:
    """Not four times: an account has no index to its posts, so each must not be asked alone."""
    taken = []
    for count in (300, 600):
        leave_long_ago(engine, count)
        taken.append(steps(engine, lambda: prune(engine.store, engine.clock.now)))
        assert would_go(engine.store, engine.clock.now).counts["retired_texts"] == 0
    # The second time 600 posts are there and gone, 300 of them for good.
    assert taken[1] < 3.2 * taken[0], taken
