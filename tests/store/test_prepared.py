"""Statements that take a list as one value."""

from typing import Any

import pytest
from sqlalchemy import select

from connector.store.prepared import Prepared, among
from connector.store.tables import identity, school
from tests.engine import Engine


def _ids(dialect: str) -> Any:
    return select(school.c.name).where(among(school.c.id, "ids", dialect)).order_by(school.c.id)


def _names(dialect: str) -> Any:
    return select(school.c.name).where(among(school.c.name, "names", dialect))


BY_ID, BY_NAME = Prepared(_ids), Prepared(_names)
NAMES = ("Kōwhai School", "O'Hara's", 'Two "quoted"', "[1, 2]", "emoji 🐧", "line\nend")


@pytest.fixture
def schools(engine: Engine) -> list[int]:
    with engine.store.write() as conn:
        for name in NAMES:
            row = {"cluster_id": engine.cluster_id, "name": name, "folded": name}
            conn.execute(school.insert(), row)
        return [row.id for row in conn.execute(select(school.c.id).order_by(school.c.id))]


def test_any_number_of_values_is_one_statement(engine: Engine, schools: list[int]) -> None:
    with engine.store.read() as conn:
        for count in range(len(NAMES) + 1):
            assert BY_ID.values(conn, ids=schools[:count]) == list(NAMES[:count])
        assert BY_ID.values(conn, ids=range(10_000, 40_000)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_text_is_found_letter_by_letter(engine: Engine, schools: list[int], name: str) -> None:
    with engine.store.read() as conn:
        assert BY_NAME.values(conn, names=[name, "no such school"]) == [name]
        assert BY_NAME.values(conn, names=[name[:-1]]) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_uses_the_index(engine: Engine) -> None:
    wanted = select(identity.c.id).where(
        identity.c.source_id == 1, among(identity.c.external_id, "ids", "sqlite")
    )
    statement = wanted.compile(engine.store.engine, compile_kwargs={"literal_binds": False})
    with engine.store.read() as conn:
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1, "[]")).all()
    assert any("source_id=? AND external_id=?" in row.detail for row in plan), plan
