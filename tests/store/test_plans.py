"""On SQLite, what's new and search walk their indexes, whatever the planner has seen."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, Text, cast, event, insert, literal, select, true

from connector.audience import AudienceRef, Scope
from connector.model import AudienceKind, Kind
from connector.store import places, reading
from connector.store.audiences import audience_ids
from connector.store.tables import item, origin, search_entry
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
    """Copy the one kept origin many times, the quick way: in the database."""
    numbers = select(literal(2).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count - 1))
    n = numbers.c.n
    numbered = {
        item: {"id": n},
        origin: {
            "id": n,
            "item_id": n,
            "external_id": literal("copy:") + cast(n, Text),
            "sort_key": origin.c.sort_key + n,
            "link_key": n,
        },
        search_entry: {"sort_key": search_entry.c.sort_key + n, "origin_id": n},
    }
    with engine.store.write() as conn:
        for table, own in numbered.items():
            copies = [own.get(column.name, column) for column in table.c]
            each = select(*copies).select_from(table.join(numbers, true()))
            conn.execute(insert(table).from_select(list(table.c), each))


def scopes(engine: Engine) -> list[Scope]:
    groups = [AudienceRef(AudienceKind.GROUP, f"1:g{number}") for number in range(60)]
    public = AudienceRef(AudienceKind.PUBLIC)
    with engine.store.write() as conn:
        audience_ids(conn, engine.cluster_id, [public, *groups])
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


WALKED = {
    "all": "ix_origin_front_",
    "place": "ix_origin_(seen|front)_source_id",
    "school": "ix_origin_(seen|front)_school_id",
    "kinds": "ix_origin_front_kind",
}


@pytest.mark.parametrize("more", NEWS, ids=WALKED)
@pytest.mark.parametrize("before", [None, 1 << 60])
def test_news_walks_the_index_of_what_is_asked(
    filled: Engine,
    more: dict[str, Any],
    before: int | None,
    request: pytest.FixtureRequest,
) -> None:
    name = next(name for name in WALKED if name in request.node.callspec.id.split("-"))
    for scope in scopes(filled):
        seen = plans(
            filled, lambda conn, scope=scope: reading.news(conn, scope, before=before, **more)
        )
        for statement, plan in seen:
            assert not scans(plan), statement + plan
        (newest,) = [plan for statement, plan in seen if "NOT (EXISTS" in statement]
        assert re.search(rf"SEARCH origin USING INDEX {WALKED[name]}", newest), newest
        assert not sorts_posts(newest), newest
        assert "SEARCH other_origin USING INDEX ix_origin_item_id (item_id=?)" in newest, newest


def sorts_posts(plan: str) -> bool:
    """Whether more is sorted than the ends of a few walks."""
    return "TEMP B-TREE" in plan and "COMPOUND" not in plan and "CO-ROUTINE" not in plan


@pytest.mark.parametrize(
    ("more", "index"),
    [
        ({"place": "room5"}, "ix_origin_seen_source_id (source_id=? AND audience_id=?"),
        ({"school_id": 1}, "ix_origin_seen_school_id (school_id=? AND audience_id=?"),
    ],
    ids=["place", "school"],
)
def test_news_passes_over_what_others_see_of_a_place_or_school(
    filled: Engine, more: dict[str, Any], index: str
) -> None:
    visitor, _, member, _ = scopes(filled)
    for scope in (visitor, member):
        seen = plans(filled, lambda conn, scope=scope: reading.news(conn, scope, **more))
        (newest,) = [plan for statement, plan in seen if "NOT (EXISTS" in statement]
        assert index in newest, newest


@pytest.mark.parametrize("ask", [reading.choices, reading.schools, places.states])
def test_lists_of_places_and_schools_look_for_one_post_that_the_viewer_sees(
    filled: Engine, ask: Any
) -> None:
    visitor, _, *members = scopes(filled)
    for scope in (visitor, *members):
        ((_, plan),) = [
            one
            for one in plans(filled, lambda conn, scope=scope: ask(conn, scope))
            if "ix_" in one[1]
        ][-1:]
        assert re.search(r"INDEX ix_origin_seen_\w+ \(\w+=\? AND audience_id=\?", plan), plan


def test_counts_of_places_read_no_posts(filled: Engine) -> None:
    _, facilitator, *_ = scopes(filled)
    seen = plans(filled, lambda conn: places.places(conn, facilitator, ["room5"]))
    by_index = "\n".join(plan for statement, plan in seen if "count(*)" in statement)
    assert (
        "SEARCH origin USING COVERING INDEX ix_origin_window (stream_id=? AND is_live=?" in by_index
    )
    assert "SEARCH origin USING INDEX ix_origin_held (cluster_id=?" in by_index
    for statement, plan in seen:
        assert not scans(plan), statement + plan


def test_search_asks_the_index_once_where_no_post_stands_twice(filled: Engine) -> None:
    for scope in scopes(filled):
        seen = plans(filled, lambda conn, scope=scope: reading.search(conn, scope, "room"))
        assert len([plan for _, plan in seen if "search_index VIRTUAL TABLE" in plan]) == 1


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
