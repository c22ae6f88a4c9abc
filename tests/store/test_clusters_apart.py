"""One hub, many clusters: no row points across, and no reading crosses."""

from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from connector.audience import facilitator_scope
from connector.errors import StoreError
from connector.model import Problem, ProblemKind
from connector.store import clusters, places, reading
from connector.store.tables import metadata
from connector.store.why import why
from tests.engine import PRIVACY, Engine
from tests.fake_place import NOON, record

WITH_CLUSTER = [
    table for table in metadata.sorted_tables if "cluster_id" in table.c and table.name != "cluster"
]
OF_AN_ORIGIN = {"origin_text", "search_entry", "revision", "merge"}
"""These hang on one origin, and go with it."""


def beside(engine: Engine) -> Engine:
    """Return another cluster in the same hub."""
    other = Engine(engine.store)
    with engine.store.write() as conn:
        other.cluster_id = clusters.ensure_cluster(conn, "rata", "Rata cluster")
    return other


@pytest.fixture
def pair(engine: Engine) -> tuple[Engine, Engine]:
    """Two clusters that read the same blog under the same key."""
    other = beside(engine)
    for one, title in ((engine, "Ours"), (other, "Theirs")):
        unread = Problem(ProblemKind.FAILED, "No date.", "post:2")
        one.add(school="Rimu School").publish(record(1, title=title), problems=(unread,))
        one.run()
    return engine, other


def test_the_same_post_in_two_clusters_is_two_items(pair: tuple[Engine, Engine]) -> None:
    ours, theirs = pair
    assert (ours.titles(), theirs.titles()) == (["Ours"], ["Theirs"])
    assert ours.news()[0].item_id != theirs.news()[0].item_id


def test_no_reading_crosses(pair: tuple[Engine, Engine]) -> None:
    ours, theirs = pair
    (foreign,) = theirs.news()
    for scope in (ours.visitor(), ours.facilitator()):
        assert ours.titles(scope) == ["Ours"]
        assert ours.found("room", scope) == ["Ours"]
        assert ours.found("theirs", scope) == []
        with ours.store.read() as conn:
            assert reading.item(conn, scope, foreign.item_id) is None
            assert len(places.places(conn, scope)) == 1
            assert len(reading.schools(conn, scope)) == len(reading.choices(conn, scope)) == 1
            assert reading.news(conn, scope, school_id=foreign.school_id).items == ()
            assert reading.search(conn, scope, "room", school_id=foreign.school_id).count == 0
    with ours.store.read() as conn:
        found = why(conn, ours.cluster_id, "http://blog.example/1", PRIVACY)
        assert len(found.origins) == len(found.places) == len(found.outcomes) == 1


def test_a_cluster_that_is_not_there_has_nothing(pair: tuple[Engine, Engine]) -> None:
    ours, _ = pair
    assert ours.titles(facilitator_scope(999)) == []


def test_every_key_between_rows_of_clusters_carries_the_cluster() -> None:
    for table in WITH_CLUSTER:
        for key in table.foreign_key_constraints:
            told = "cluster_id" in key.column_keys
            if key.referred_table.name != "cluster" and table.name != "merge":
                assert told, f"{table.name} -> {key.referred_table.name}"


def test_every_table_belongs_to_a_cluster() -> None:
    without = {table.name for table in metadata.sorted_tables if "cluster_id" not in table.c}
    assert without == {"cluster", "instance", *OF_AN_ORIGIN} - {"merge"}


def crossings() -> list[tuple[Table, str]]:
    """Return (table, column) for each pointer that could cross."""
    found = []
    for table in WITH_CLUSTER:
        for key in table.foreign_key_constraints:
            if key.referred_table.name != "cluster":
                (column,) = set(key.column_keys) - {"cluster_id"}
                found.append((table, column))
    return sorted(found, key=lambda one: (one[0].name, one[1]))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param(table, column, id=f"{table.name}.{column}")
        for table, column in crossings()
        if table.name in ("origin", "source", "stream", "run", "outcome", "item")
    ],
)
def test_a_row_cannot_point_into_another_cluster(
    pair: tuple[Engine, Engine], table: Table, column: str
) -> None:
    ours, theirs = pair
    with ours.store.read() as conn:
        mine = _one(conn, table, ours.cluster_id)
        foreign = _foreign(conn, table, column, theirs.cluster_id)
    assert mine is not None
    row = dict(mine) | {column: foreign}
    row |= _fresh(table, row)
    with pytest.raises(StoreError), ours.store.write(ours.cluster_id) as conn:
        conn.execute(insert(table).values(**row))
    with ours.store.write(ours.cluster_id) as conn:
        conn.execute(insert(table).values(**{**row, column: mine[column]}))


def _one(conn: Any, table: Table, cluster_id: int) -> Any:
    rows = conn.execute(select(table).where(table.c.cluster_id == cluster_id))
    return rows.mappings().first()


def _foreign(conn: Any, table: Table, column: str, cluster_id: int) -> int:
    (target,) = {
        key.referred_table for key in table.foreign_key_constraints if column in key.column_keys
    }
    found = conn.execute(select(target.c.id).where(target.c.cluster_id == cluster_id)).scalars()
    first = found.first()
    if first is None:
        made = conn.execute(select(metadata.tables["school"].c.id)).scalars().first()
        assert made is not None
        return int(made)
    return int(first)


def _fresh(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return other values for what must be unique."""
    fresh: dict[str, Any] = {"id": 10_000} if "id" in table.c else {}
    for name in ("key", "external_id", "sort_key", "day"):
        if name in row:
            fresh[name] = 77 if name == "sort_key" else "another"
    return fresh


def test_two_clusters_share_no_place_in_the_order_of_search(engine: Engine) -> None:
    """The full-text index knows a post by its place in the order alone."""
    from sqlalchemy import update

    from connector.store.tables import origin, search_entry

    other = beside(engine)
    engine.add().publish(record(1, published=NOON))
    engine.run()
    with engine.store.write() as conn:
        taken = (int(NOON.timestamp()) << 20) + 2
        for table in (origin, search_entry):
            conn.execute(update(table).values(sort_key=taken))
    other.add().publish(record(1, published=NOON, title="Theirs"))
    assert other.run().counts == {"new": 1}
    assert other.found("room") == ["Theirs"]
    assert engine.found("room") == ["Week 1"]
