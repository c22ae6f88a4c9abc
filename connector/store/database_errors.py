"""What the drivers say, as sentences for the operator: what happened, to which file, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from connector.errors import StoreError

BUSY_TIMEOUT_MS = 10_000
_GOES_ON = "The hub goes on by itself."
_SQLSTATES = {
    # https://www.postgresql.org/docs/15/errcodes-appendix.html
    "53100": f"The disk of the database server is full: nothing was written. Make room. {_GOES_ON}",
    "25006": (
        "The database server takes no changes at present (read-only): nothing was written. "
        f"Let it take changes again. {_GOES_ON}"
    ),
}


@contextmanager
def as_store_error(engine: Engine) -> Iterator[None]:
    """Turn what a driver raises inside into a StoreError with one sentence."""
    try:
        yield
    except DBAPIError as error:
        raise store_error(engine, error) from error


def store_error(engine: Engine, error: DBAPIError) -> StoreError:
    """Return what to raise instead of a driver's error."""
    if _is_read_only(error):
        # A connection keeps that word for as long as it lives, whatever was mended since.
        engine.dispose()
    return StoreError(_sentence(error, engine))


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _is_read_only(error: DBAPIError) -> bool:
    said = str(error.orig).lower()
    return _sqlstate(error) == "25006" or "readonly" in said


def _sentence(error: DBAPIError, engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        known = _of_a_file(str(error.orig).lower(), engine.url.database or "")
    else:
        known = _of_a_server(error)
    if known:
        return known
    if "malformed" in str(error.orig) or "not a database" in str(error.orig):
        return (
            "The database file is damaged: stop the hub, keep a copy of the file, then run "
            "'clusterhub restore BACKUP --replace'."
        )
    name = type(error.orig).__name__
    if name == "OperationalError":
        return f"The database failed ({name}): nothing was written."
    return f"The database refused a change ({name})."


def _of_a_file(said: str, file: str) -> str:
    if "locked" in said or "busy" in said:
        return (
            f"{file} was busy for more than {BUSY_TIMEOUT_MS // 1000} seconds: "
            "another program holds it."
        )
    if "full" in said:
        return f"The disk that holds {file} is full: nothing was written. Make room. {_GOES_ON}"
    if "disk i/o" in said:
        return (
            f"The disk that holds {file} did not do what it was asked (I/O error): nothing was "
            f"written. Make room if it is full, else check it. {_GOES_ON}"
        )
    if "readonly" in said:
        return (
            f"{file} cannot be written: check the owner and the rights of the file and of its "
            f"folder, and that the disk takes changes. {_GOES_ON}"
        )
    if "unable to open" in said:
        return (
            f"{file} cannot be opened: check that its folder exists, and the owner and the rights "
            f"of both. {_GOES_ON}"
        )
    return ""


def _of_a_server(error: DBAPIError) -> str:
    if known := _SQLSTATES.get(_sqlstate(error)):
        return known
    if "does not exist" in str(error.orig) and 'database "' in str(error.orig):
        return "There is no such database on the server: make it first, such as with createdb."
    if "connection" in str(error.orig).lower():
        return "The database server does not answer: check database_url and that it runs."
    return ""
