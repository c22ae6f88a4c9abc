"""On SQLite, what's new and search walk their indexes, whatever the planner has seen."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from connector.audience import AudienceRef, Scope
from connector.model import AudienceKind, Kind
from connector.store import reading
from connector.store.tables import audience, item, origin, search_entry
from tests.engine import Engine
from tests.fake_place import record

# PostgreSQL plans by statistics that a test does not have.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["empty", "thousands", "analysed"])
def filled(request: pytest.FixtureRequest, engine: Engine) -> Engine:
    service = engine.add(school="Rimu School")
    if request.param != "empty":
        service.publish(record(0))
        engine.run()
        multiply(engine, 1_500)
    if request.param == "analysed":
        with engine.store.write() as conn:
            conn.exec_driver_sql("ANALYZE")
    return engine


def multiply(engine: Engine, count: int) -> None:
    """Copy the one kept origin many times, the quick way."""
    with engine.store.write() as conn:
        row = dict(conn.execute(origin.select()).mappings().one())
        entry = dict(conn.execute(search_entry.select()).mappings().one())
        numbers = range(2, count)
        shared = {"cluster_id": engine.cluster_id, "first_seen": row["first_seen"]}
        conn.execute(insert(item), [{"id": number, **shared} for number in numbers])
        conn.execute(insert(origin), [row | _numbered(row, number) for number in numbers])
        conn.execute(
            insert(search_entry),
            [entry | {"sort_key": row["sort_key"] + n, "origin_id": n} for n in numbers],
        )


def _numbered(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "id": number,
        "item_id": number,
        "external_id": f"copy:{number}",
        "sort_key": row["sort_key"] + number,
        "link_key": number,
    }


def scopes(engine: Engine) -> list[Scope]:
    groups = [AudienceRef(AudienceKind.GROUP, f"1:g{number}") for number in range(60)]
    with engine.store.write() as conn:
        conn.execute(
            insert(audience),
            [{"cluster_id": engine.cluster_id, "kind": one.kind, "key": one.key} for one in groups],
        )
    public = AudienceRef(AudienceKind.PUBLIC)
    return [
        engine.visitor(),
        engine.facilitator(),
        Scope(engine.cluster_id, frozenset({public, *groups[:5]})),
        Scope(engine.cluster_id, frozenset({public, *groups})),
    ]


def plans(engine: Engine, ask: Any) -> list[tuple[str, str]]:
    """Return (statement, plan) of everything that is asked."""
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine.store.engine, "before_cursor_execute", note)
    try:
        with engine.store.read() as conn:
            ask(conn)
    finally:
        event.remove(engine.store.engine, "before_cursor_execute", note)
    with engine.store.read() as conn:
        return [
            (statement, _plan(conn, statement, parameters))
            for statement, parameters in asked
            if statement.lstrip().startswith("SELECT")
        ]


def _plan(conn: Connection, statement: str, parameters: Any) -> str:
    rows = conn.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
    return "\n".join(row[3] for row in rows)


def scans(plan: str) -> bool:
    """Whether a table of posts is read from one end to the other."""
    return re.search(r"SCAN (origin|search_entry|item)\b", plan) is not None


NEWS = [{}, {"place": "room5"}, {"school_id": 1}, {"kinds": frozenset({Kind.EVENT})}]


@pytest.mark.parametrize("more", NEWS, ids=["all", "place", "school", "kinds"])
@pytest.mark.parametrize("before", [None, 1 << 60])
def test_news_walks_an_index(filled: Engine, more: dict[str, Any], before: int | None) -> None:
    for scope in scopes(filled):
        seen = plans(
            filled, lambda conn, scope=scope: reading.news(conn, scope, before=before, **more)
        )
        for statement, plan in seen:
            assert not scans(plan), statement + plan
        (newest,) = [plan for statement, plan in seen if "NOT (EXISTS" in statement]
        assert "SEARCH origin USING INDEX ix_origin_front_" in newest, newest


@pytest.mark.parametrize("more", NEWS[:3], ids=["all", "place", "school"])
def test_search_walks_the_full_text_index(filled: Engine, more: dict[str, Any]) -> None:
    for scope in scopes(filled):
        seen = plans(
            filled, lambda conn, scope=scope: reading.search(conn, scope, "room word7919", **more)
        )
        assert any("search_index VIRTUAL TABLE" in plan for _, plan in seen)
        for statement, plan in seen:
            assert not scans(plan), statement + plan


def test_an_item_is_found_by_its_number(filled: Engine) -> None:
    for scope in scopes(filled):
        for statement, plan in plans(
            filled, lambda conn, scope=scope: reading.item(conn, scope, 1)
        ):
            assert not scans(plan), statement + plan
