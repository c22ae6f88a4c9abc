"""The database's own clock: several machines share it, so leases are judged on it."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, cast, extract, func, select, type_coerce
from sqlalchemy.sql import ColumnElement

from connector.store.columns import UtcTime


def database_now(dialect: str, plus: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """Return the expression for now, or for a while after it, as the tables keep times."""
    if dialect == "sqlite":
        days = func.julianday("now") - 2440587.5
        now = cast(days * 86_400_000_000, BigInteger)
    else:
        now = cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    return type_coerce(now + plus // timedelta(microseconds=1), UtcTime)


def database_clock(conn: Connection) -> datetime:
    """Return what time the database has."""
    return conn.execute(select(database_now(conn.dialect.name))).scalar_one()
