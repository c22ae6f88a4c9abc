"""Statements that every run needs: built and compiled once, then handed to the driver.

SQLAlchemy looks at a statement each time it runs, which for small ones takes several times as
long as the database does. Only the hottest paths need this; the rest uses it as it is meant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    names: tuple[str, ...] | None
    """In order, where the driver takes values by position."""
    fixed: Mapping[str, Any]
    """Values that the statement itself holds."""
    processors: Mapping[str, Callable[[Any], Any]]


class Prepared:
    """One statement. Its results are as the driver gives them: no times, no JSON.

    What it takes has to be a scalar: no lists of values.
    """

    def __init__(self, build: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, conn: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it with these values by name, in the form in which the tables take them."""
        compiled = self._compiled.get(conn.dialect.name)
        if compiled is None:
            compiled = self._compiled[conn.dialect.name] = self._compile(conn.dialect)
        given = {**compiled.fixed, **values}
        for name, process in compiled.processors.items():
            given[name] = process(given[name])
        if compiled.names is None:
            return conn.exec_driver_sql(compiled.text, given)
        return conn.exec_driver_sql(compiled.text, tuple(given[name] for name in compiled.names))

    def _compile(self, dialect: Dialect) -> _Compiled:
        built = self._build
        statement = built if isinstance(built, ClauseElement) else built(dialect.name)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        processors = {
            name: process
            for name, bind in compiled.binds.items()
            if (process := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        fixed = {
            name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required
        }
        names = None if compiled.positiontup is None else tuple(compiled.positiontup)
        return _Compiled(str(compiled), names, fixed, processors)
