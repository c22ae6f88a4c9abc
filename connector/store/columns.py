"""Kinds of columns that both databases keep alike, and moments as such a column keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds; a naive time is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the store")
        return microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the aware moment."""
        return None if value is None else moment(int(value))


# SQLite numbers rows by itself only in a column that is called INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def microseconds(value: datetime) -> int:
    """Return an aware moment as microseconds since 1970 UTC."""
    return (value - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Return the moment that so many microseconds since 1970 UTC are."""
    return _EPOCH + value * _MICROSECOND
