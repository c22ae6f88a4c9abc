"""Opens an Interact's database for reading, and turns what it refuses into our errors.

I/O only: what is asked is in ``queries``, what rows mean in ``parse``. A dump is read into a
database of the same tables by ``dump_store``.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import Dialect

from adapters.interact.queries import Question
from adapters.interact.settings import InteractSettings
from connector.errors import AuthError, ConfigError, PermanentError, SourceError, TemporaryError

Rows = Sequence[Sequence[Any]]

CONNECT_SECONDS = 10
ANSWER_SECONDS = 120
"""A question may look at every row of a table without an index."""


class Database(Protocol):
    """Something that answers questions about one Interact."""

    def names(self) -> list[str]:
        """Return the names of all tables. Raises SourceError."""
        ...

    def rows(self, question: Question) -> Rows:
        """Return the answer. Raises SourceError."""
        ...


class ServerDatabase:
    """A MySQL or MariaDB server, asked over one connection that is made when it is needed."""

    def __init__(self, connect: Callable[[], Any], errors: type[Exception]) -> None:
        self._connect = connect
        self._errors = errors
        self._connection: Any = None

    def __repr__(self) -> str:
        return "<ServerDatabase>"

    def names(self) -> list[str]:
        """Return the names of all tables that the account may see. Raises SourceError."""
        return sorted(str(row[0]) for row in self._asked("SHOW TABLES", {}))

    def rows(self, question: Question) -> Rows:
        """Return the answer. Raises SourceError."""
        said = question.compile(dialect=_dialect(), compile_kwargs={"render_postcompile": True})
        return self._asked(str(said), said.params)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._errors):
                connection.close()

    def _asked(self, words: str, values: Mapping[str, Any]) -> Rows:
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                cursor.execute(words, values)
                found: Rows = cursor.fetchall()
                return found
        except self._errors as error:
            self.close()
            raise refusal_of(error) from error


@cache
def _dialect() -> Dialect:
    """Return what words are written for.

    Statements are composed with SQLAlchemy and sent by PyMySQL: an engine of SQLAlchemy's would
    put eight questions of its own to the server before the first of ours.
    """
    from sqlalchemy.dialects.mysql import pymysql  # slow to load, and few hubs need it

    return pymysql.dialect(paramstyle="pyformat")


def open_database(settings: InteractSettings) -> ServerDatabase:
    """Return the configured database; asks nobody yet. Raises ConfigError without PyMySQL."""
    try:
        import pymysql
        from pymysql.constants import FIELD_TYPE
        from pymysql.converters import conversions
    except ImportError as error:
        raise ConfigError(
            "Reading the database of an Interact needs PyMySQL: "
            "install Cluster Hub with its extra interact (pip install 'clusterhub[interact]')."
        ) from error
    times = (FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE)
    # Dates stay text: a zero date is no datetime, and a dump has text too.
    kept: dict[Any, Any] = {key: each for key, each in conversions.items() if key not in times}
    parts = urlsplit(settings.database)
    secret = settings.password

    def connect() -> Any:
        return pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=secret.get_secret_value() if secret else "",
            database=unquote(parts.path.strip("/")),
            charset="utf8mb4",
            conv=kept,
            autocommit=None,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            write_timeout=CONNECT_SECONDS,
            # A hostile server could otherwise ask for files of this machine.
            local_infile=False,
        )

    return ServerDatabase(connect, pymysql.err.MySQLError)


_AUTH = {1044, 1045, 1129, 1130, 1698, 1251, 2059}
_DENIED = {1142, 1143, 1227, 1370}
_GONE = {1049}
_LACKING = {1146, 1054}


def refusal_of(error: Exception) -> SourceError:
    """Return what a database's refusal means, as a sentence without any of its own words."""
    first = error.args[0] if error.args else 0
    number = first if isinstance(first, int) else 0
    if number in _AUTH:
        return AuthError(
            f"The database refuses the account (error {number}). Check the name in database and "
            "the password, and whether the account may come from this machine."
        )
    if number in _DENIED:
        return AuthError(
            f"The account may not read all tables that are needed (error {number}). Ask whoever "
            "runs the database for: GRANT SELECT ON the database of the Interact TO the account."
        )
    if number in _GONE:
        return PermanentError(
            f"The server has no database of this name (error {number}). Check the last part of "
            "the setting database."
        )
    if number in _LACKING:
        return PermanentError(
            f"A table or column of Interact 2.4 is missing (error {number}). Check that this "
            "is the database of an Interact, and its release; see the check of this place."
        )
    return TemporaryError(
        f"The database does not answer{f' (error {number})' if number else ''}. It is asked "
        "again later; check that the server runs and that this machine reaches it."
    )
