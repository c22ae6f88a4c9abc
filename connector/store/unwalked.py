"""Conditions that only filter: by them SQLite chooses no index.

It has few statistics and is led to the index that a question is meant to walk. PostgreSQL knows
how often each value occurs, and would know nothing any more of an expression over it: it would
take the rows of half a cluster for a handful, and sort or walk them all.
"""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class unwalked(FunctionElement[Any]):
    """A column as a value that no index of SQLite is chosen by."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]):
        super().__init__(column)
        self.type = column.type


@compiles(unwalked)
def _as_it_is(element: unwalked, compiler: SQLCompiler, **how: Any) -> str:
    (column,) = element.clauses
    return compiler.process(column, **how)


@compiles(unwalked, "sqlite")
def _as_expression(element: unwalked, compiler: SQLCompiler, **how: Any) -> str:
    # https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_
    (column,) = element.clauses
    return f"+{compiler.process(column, **how)}"
