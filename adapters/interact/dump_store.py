"""A dump of an Interact's database, read into a private temporary one that answers the same.

SQLite makes that database on disk under no name and removes it when it is closed, also when
the program is killed: a reading that was broken off starts over and leaves nothing behind.
Only the tables and columns of ``schema`` enter it; of e-mail addresses only the domain.
"""

import gzip
import sqlite3
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from adapters.interact.client import Rows
from adapters.interact.dump_lexer import (
    CharsetSaid,
    DumpLexer,
    Readable,
    RowsSaid,
    TableSaid,
    value,
)
from adapters.interact.queries import Question
from adapters.interact.schema import COLUMNS, KEYS, is_number
from adapters.interact.texts import decoded
from connector.errors import ParseError, PermanentError, TemporaryError

MAX_DUMP_BYTES = 50_000_000_000
"""Unpacked; what is longer is refused."""
_BATCH = 500
_LATIN1 = {"latin1", "cp1252"}
_INDEXED = {
    "posts": ("module_key",),
    "statistics": ("space_key",),
    "news": ("space_key",),
    "notices": ("module_key",),
    "calendar_events": ("module_key",),
}


@dataclass(slots=True)
class _Kept:
    """A table that is kept: where each of its columns stands in a row of the dump."""

    name: str
    table: str
    columns: tuple[str, ...]
    places: tuple[int, ...] = ()
    number: int = 0
    """Columns in a row of the dump."""
    waiting: list[tuple[Any, ...]] = field(default_factory=list)


class DumpDatabase:
    """The tables of a dump; made with ``read_dump``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("crc32", 1, _crc32, deterministic=True)
        connection.create_function("concat_ws", -1, _concat_ws, deterministic=True)
        self._engine: Engine = create_engine(
            "sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True
        )
        self._asking = threading.Lock()

    def __repr__(self) -> str:
        return "<DumpDatabase>"

    def names(self) -> list[str]:
        """Return the names of the tables that were kept."""
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return sorted(str(row[0]) for row in found)

    def rows(self, question: Question) -> Rows:
        """Return the answer. Raises PermanentError for a table that the dump does not hold."""
        with self._asking:
            try:
                with self._engine.connect() as connection:
                    found: Rows = connection.execute(question).fetchall()
                    return found
            except SQLAlchemyError as error:
                raise PermanentError(
                    "The dump lacks a table or column of Interact 2.4. Make it again with all "
                    "tables; see the check of this place."
                ) from error

    def close(self) -> None:
        """Remove it."""
        self._engine.dispose()
        self._connection.close()


class _Importer:
    """Takes a dump's statements and keeps what may be kept."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._charset = ""
        self._kept: dict[str, _Kept] = {}
        self.tables = 0

    def steps(self, stream: Readable) -> Iterator[None]:
        """Read the dump to its end, with a pause after some rows. Raises ParseError."""
        lexer = DumpLexer(stream, self._columns_of)
        for said in lexer.statements():
            if said is None:
                yield
            elif isinstance(said, RowsSaid):
                yield from self._rows(said)
            elif isinstance(said, TableSaid):
                self._table(said)
            elif isinstance(said, CharsetSaid):
                self._charset = _charset(said.name)
            if lexer.bytes_read > MAX_DUMP_BYTES:
                raise ParseError(
                    f"The dump is larger than {MAX_DUMP_BYTES // 10**9} GB unpacked. Make one "
                    "of the Interact alone."
                )
        for kept in self._kept.values():
            self._write(kept)
            for column in _INDEXED.get(kept.table, ()):
                self._connection.execute(
                    f'CREATE INDEX "{kept.name}:{column}" ON "{kept.name}" ("{column}")'
                )

    def _columns_of(self, name: str) -> int:
        kept = self._kept.get(name)
        if kept is None and _table_of(name) is not None and self.tables == 0:
            # A dump of the rows alone does not say which column is which.
            raise ParseError(
                "The dump holds rows but no CREATE TABLE. Make it again with the structure."
            )
        return kept.number if kept else 0

    def _table(self, said: TableSaid) -> None:
        self.tables += 1
        is_name = "\0" not in said.name and not said.name.lower().startswith("sqlite_")
        table = _table_of(said.name) if is_name else None
        if table is None or not set(COLUMNS[table]) <= set(said.columns):
            return
        # SQLite knows no capitals in names.
        if said.name.lower() in map(str.lower, self._kept):
            raise ParseError(
                "The dump holds several databases with the same tables. Make one of the "
                "database of the Interact alone."
            )
        columns = COLUMNS[table]
        kept = _Kept(said.name, table, columns, _places(columns, said.columns), len(said.columns))
        self._kept[said.name] = kept
        key = KEYS.get(table)
        typed = (
            f'"{one}" {"INTEGER" if is_number(one) else "TEXT"}{" PRIMARY KEY" * (one == key)}'
            for one in columns
        )
        self._connection.execute(f"CREATE TABLE {_quoted(said.name)} ({', '.join(typed)})")

    def _rows(self, said: RowsSaid) -> Iterator[None]:
        kept = self._kept[said.name]
        places = _places(kept.columns, said.columns) if said.columns else kept.places
        key = kept.columns.index(KEYS[kept.table]) if kept.table in KEYS else None
        made = [_maker(one, self._charset) for one in kept.columns]
        pairs = list(zip(places, made, strict=True))
        for row in said.rows:
            values = tuple(make(row[place]) if place >= 0 else None for place, make in pairs)
            if key is not None and values[key] is None:
                continue
            kept.waiting.append(values)
            if len(kept.waiting) >= _BATCH:
                self._write(kept)
                yield

    def _write(self, kept: _Kept) -> None:
        signs = ", ".join("?" * len(kept.columns))
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {_quoted(kept.name)} VALUES ({signs})",  # noqa: S608 - its own name, quoted
            kept.waiting,
        )
        kept.waiting.clear()


def _table_of(name: str) -> str | None:
    """Return which of the tables that are read this may be, whatever its prefix."""
    return max((one for one in COLUMNS if name.endswith(one)), key=len, default=None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _places(wanted: Sequence[str], there: Sequence[str]) -> tuple[int, ...]:
    """Return where each wanted column stands; -1 for one that a statement leaves out."""
    at = {name: place for place, name in enumerate(there)}
    return tuple(at.get(one, -1) for one in wanted)


def _maker(column: str, charset: str) -> Callable[[bytes], Any]:
    if is_number(column):
        return _as_number
    if column == "email":
        return lambda raw: str(_as_text(raw, charset) or "").rpartition("@")[2]
    return lambda raw: _as_text(raw, charset)


def _as_number(raw: bytes) -> int | None:
    if raw.isdigit() and len(raw) < 19:
        return int(raw)
    found = value(raw)
    try:
        number = int(found) if found is not None else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 2**63 else None


def _as_text(raw: bytes, charset: str) -> str | None:
    found = value(raw)
    if isinstance(found, bytes):
        return decoded(found, charset)
    return None if found is None else str(found)


def _charset(name: str) -> str:
    if name in _LATIN1:
        return "latin1"
    return "utf8" if name.startswith("utf8") else ""


def _crc32(text: str | None) -> int | None:
    return None if text is None else zlib.crc32(text.encode("utf-8", "replace"))


def _concat_ws(joint: str, *parts: object) -> str:
    return joint.join(str(part) for part in parts if part is not None)


def read_dump(path: Path) -> DumpDatabase:
    """Return the tables of a dump file. Raises ParseError and PermanentError with a sentence."""
    found = DumpReading(path).go_on(lambda: False)
    assert found is not None
    return found


class DumpReading:
    """A dump on its way into its database: it may be left at any time and gone on with."""

    def __init__(self, path: Path) -> None:
        self._steps = _steps(path)

    def go_on(self, is_over: Callable[[], bool]) -> DumpDatabase | None:
        """Return the tables once all is read, None where it is over before.

        Raises SourceError: the next reading then begins anew.
        """
        for found in self._steps:
            if found is not None:
                return found
            if is_over():
                return None
        raise ParseError("The dump was not read to its end. Read it again.")

    def close(self) -> None:
        """Throw away what was read so far."""
        self._steps.close()


def _steps(path: Path) -> Generator[DumpDatabase | None, None, None]:
    """Yield None from time to time, and the tables at the end."""
    with ExitStack() as opened:
        connection = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        opened.callback(connection.close)
        # Nothing is gained by a journal: what was broken off is thrown away.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16000"):
            connection.execute(f"PRAGMA {setting}")
        importer = _Importer(connection)
        with ExitStack() as files, _in_sentences():
            connection.execute("BEGIN")
            yield from importer.steps(_open(path, files))
            connection.execute("COMMIT")
        if importer.tables == 0:
            raise ParseError(
                "The file is no dump of a database: it holds no CREATE TABLE. Name a .sql, "
                ".sql.gz or .zip file that mysqldump or phpMyAdmin made."
            )
        opened.pop_all()
    yield DumpDatabase(connection)


_DAMAGED = "The packed dump is damaged or was not copied whole. Copy it again."


@contextmanager
def _in_sentences() -> Iterator[None]:
    """Tell what goes wrong with a file as a SourceError."""
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ParseError(_DAMAGED) from error
    except NotImplementedError as error:
        raise PermanentError(_OTHERWISE_PACKED) from error
    except sqlite3.OperationalError as error:
        raise TemporaryError(
            "The dump cannot be unpacked here; the folder for temporary files may be "
            "full. Make room, or name another folder in the variable TMPDIR."
        ) from error
    except OSError as error:
        raise not_readable(error) from error


def not_readable(error: OSError) -> PermanentError:
    """Return what is told of a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return PermanentError(
            "There is no dump at the path in dump. Check its name, and whether the disk or "
            "USB stick is there."
        )
    return PermanentError(
        f"The dump cannot be read ({error.strerror or 'input error'}). Check its rights and the "
        "disk that it lies on."
    )


def _open(path: Path, files: ExitStack) -> Readable:
    """Return the dump's text as it unpacks. Raises PermanentError for what is no dump."""
    if path.is_dir():
        raise _of_folder(path)
    file = files.enter_context(path.open("rb"))
    first = file.read(4)
    file.seek(0)
    if first[:2] == b"\x1f\x8b":
        return files.enter_context(gzip.GzipFile(fileobj=file))
    if first == b"PK\x03\x04":
        try:
            return _member(files.enter_context(zipfile.ZipFile(file)), files)
        except (ValueError, struct.error) as error:  # of a name that is no text, for one
            raise ParseError(_DAMAGED) from error
    return file


_OTHERWISE_PACKED = (
    "The .zip file is packed in a way that is not read here, as Windows does with large files. "
    "Unpack it and name the .sql file."
)
_RAW_TABLES = PermanentError(
    "These are the raw files of MySQL tables (.MYD, .MYI, .frm), not a dump. Copy them into a "
    "MySQL or MariaDB server as a database, and either name that in database, or make a dump "
    "of it with mysqldump."
)


def _of_folder(path: Path) -> PermanentError:
    if any(each.suffix.lower() in (".myd", ".myi", ".frm") for each in path.iterdir()):
        return PermanentError(str(_RAW_TABLES))
    return PermanentError("dump names a folder. Name the .sql, .sql.gz or .zip file in it.")


def _member(archive: zipfile.ZipFile, files: ExitStack) -> Readable:
    names = [one for one in archive.infolist() if not one.filename.endswith("/")]
    if any(one.filename.lower().endswith((".myd", ".myi", ".frm")) for one in names):
        raise PermanentError(str(_RAW_TABLES))
    dumps = [one for one in names if one.filename.lower().endswith((".sql", ".sql.gz"))]
    if len(dumps) != 1:
        raise PermanentError(
            f"The .zip file holds {len(dumps)} files that end in .sql; one is needed. Unpack it "
            "and name the right one."
        )
    if dumps[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others want memory without bound, or fail each in a way of its own.
        raise PermanentError(_OTHERWISE_PACKED)
    if dumps[0].flag_bits & 1:
        raise PermanentError("The .zip file has a password. Unpack it and name the .sql file.")
    member = files.enter_context(archive.open(dumps[0]))
    is_packed = dumps[0].filename.lower().endswith(".gz")
    return files.enter_context(gzip.GzipFile(fileobj=member)) if is_packed else member
