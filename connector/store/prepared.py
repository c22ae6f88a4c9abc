"""Statements that every run needs: built and compiled once, then handed to the driver.

SQLAlchemy looks at a statement each time it runs, which for small ones takes several times as
long as the database does. Only the hottest paths need this; the rest uses it as it is meant.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

_Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    names: tuple[str, ...] | None
    """In order, where the driver takes values by position."""
    fixed: Mapping[str, Any]
    """Values that the statement itself holds."""
    given: tuple[tuple[str, _Processor], ...]
    """How values become what the driver takes, where that differs."""
    found: tuple[tuple[int, _Processor], ...]
    """How columns of the result become values, where that differs."""
    row: Callable[..., Any]


class _JsonList(TypeDecorator[Iterable[Any]]):
    """Many values as one, for SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> str:
        """Return them as JSON."""
        return json.dumps(list(value or ()))


def among(column: Column[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Return whether a column is one of many values that come as one list of this name.

    However many there are, the statement is the same (https://www.sqlite.org/json1.html#jeach).
    """
    if dialect == "sqlite":
        listed = func.json_each(bindparam(name, type_=_JsonList())).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


def run_plainly(conn: Connection, statement: str, taken: Any = ()) -> tuple[int, list[Any]]:
    """Run a statement by the driver alone; return how many rows it changed, and what it gives.

    Raises DBAPIError, as every other statement.
    """
    cursor = conn.connection.cursor()
    try:
        cursor.execute(statement, taken)
        return cursor.rowcount, [] if cursor.description is None else list(cursor.fetchall())
    except Exception as error:
        errors = conn.dialect.loaded_dbapi.Error
        if not isinstance(error, errors):
            raise
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=conn.dialect
        ) from error


class Prepared:
    """One statement; what it takes has to be scalars, or lists for ``among``.

    Args:
        build: the statement, or what makes it for a dialect's name.
    """

    def __init__(self, build: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, conn: Connection, **values: Any) -> int:
        """Run it; return how many rows it changed."""
        return int(self._execute(conn, values)[0])

    def value(self, conn: Connection, **values: Any) -> Any:
        """Return the first column of the first row, as the driver gives it; None for no row."""
        rows = self._execute(conn, values)[1]
        return rows[0][0] if rows else None

    def values(self, conn: Connection, **values: Any) -> list[Any]:
        """Return the first column of all rows, as the driver gives it."""
        return [row[0] for row in self._execute(conn, values)[1]]

    def rows(self, conn: Connection, **values: Any) -> list[Any]:
        """Return all rows, each a named tuple of values as the tables' types give them."""
        rows = self._execute(conn, values)[1]
        compiled = self._compiled[conn.dialect.name]
        found = []
        for row in rows:
            columns = list(row)
            for number, process in compiled.found:
                columns[number] = process(columns[number])
            found.append(compiled.row(*columns))
        return found

    def _execute(self, conn: Connection, values: Mapping[str, Any]) -> tuple[int, list[Any]]:
        """Return how many rows were changed, and those that it gives."""
        dialect = conn.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        given = {**compiled.fixed, **values}
        for name, process in compiled.given:
            given[name] = process(given[name])
        taken = given if compiled.names is None else [given[name] for name in compiled.names]
        return run_plainly(conn, compiled.text, taken)

    def _compile(self, dialect: Dialect) -> _Compiled:
        built = self._build
        statement = built if isinstance(built, ClauseElement) else built(dialect.name)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        given = tuple(
            (name, process)
            for name, bind in compiled.binds.items()
            if (process := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        )
        columns = compiled._result_columns
        found = tuple(
            (number, process)
            for number, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        )
        return _Compiled(
            text=str(compiled),
            names=None if compiled.positiontup is None else tuple(compiled.positiontup),
            fixed={
                name: bind.effective_value
                for name, bind in compiled.binds.items()
                if not bind.required
            },
            given=given,
            found=found,
            row=namedtuple("Row", [column.keyname for column in columns]),
        )
