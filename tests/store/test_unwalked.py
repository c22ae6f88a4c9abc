"""Only SQLite is kept from choosing an index by a condition."""

import pytest
from sqlalchemy import Dialect, select
from sqlalchemy.dialects import postgresql, sqlite

from connector.model import Kind
from connector.store import search
from connector.store.newest import Chosen
from connector.store.tables import origin
from connector.store.unwalked import unwalked

NARROW = {"cluster_id": 9, "school_id": 2, "source_id": 3}


def compiled(*conditions: object, dialect: Dialect) -> str:
    statement = select(origin.c.id).where(*conditions)  # type: ignore[arg-type]
    made = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return str(made).partition("WHERE ")[2]


@pytest.mark.parametrize(
    "conditions",
    [
        Chosen(**NARROW, ids=(4, 5), kinds=frozenset({Kind.EVENT})).filter(),
        search.Query((), audience_ids=(4, 5), **NARROW).conditions(),
    ],
    ids=["what's new", "search"],
)
def test_a_filter_hides_its_columns_from_sqlite_alone(conditions: list[object]) -> None:
    on_sqlite = compiled(*conditions, dialect=sqlite.dialect())
    on_postgresql = compiled(*conditions, dialect=postgresql.dialect())
    for column in ("cluster_id", "school_id", "source_id", "audience_id"):
        assert f"+origin.{column} " in on_sqlite
    assert on_postgresql == on_sqlite.replace("+origin.", "origin.").replace(" = 1", "")


def test_words_are_compared_as_words() -> None:
    for dialect, wanted in ((sqlite, "+origin.kind"), (postgresql, "origin.kind")):
        condition = unwalked(origin.c.kind) == "event"
        assert compiled(condition, dialect=dialect.dialect()) == f"{wanted} = 'event'"
