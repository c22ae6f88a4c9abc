"""Reads the text of a SQL dump as a stream: which tables there are, and the rows of some.

As ``mysqldump`` and phpMyAdmin write it: ``CREATE TABLE``, ``INSERT`` with many rows, quotes
doubled or escaped, hexadecimal, NULL, comments, ``SET NAMES``. Memory stays bounded whatever
comes; what cannot be read is a ParseError, never a guess. What rows mean belongs elsewhere.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from connector.errors import ParseError

CHUNK_BYTES = 1 << 20
MAX_ROW_BYTES = 64 << 20
"""One row of a table that is kept may be so long; others are of any length."""
MAX_HEAD_BYTES = 1 << 20
"""A ``CREATE TABLE`` or the beginning of an ``INSERT``."""
MAX_COLUMNS = 200
"""Of a table that is kept; those of an Interact have fewer than forty."""

_SINGLE = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_DOUBLE = rb'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"'
_NAME = rb"(?:`([^`]{1,200})`|([A-Za-z0-9_$]{1,200}))"
_VALUE = (
    rb"\s*+(NULL|(?:_[a-z0-9]{1,20}\s?)?(?:" + _SINGLE + rb"|" + _DOUBLE + rb")"
    rb"|0x[0-9A-Fa-f]*+|[xX]'[0-9A-Fa-f]*+'|[-+]?[0-9.][0-9.eE+-]*+)\s*+"
)
_SPACE = re.compile(rb"[\s;]*+")
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:LOW_PRIORITY\s+|DELAYED\s+|HIGH_PRIORITY\s+|IGNORE\s+)*"
    rb"INTO\s+(?:" + _NAME + rb"\s*\.\s*)?" + _NAME + rb"\s*(?:\(([^)]*)\)\s*)?VALUES?\s*(?=\()",
    re.IGNORECASE,
)
_CREATE = re.compile(
    rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:" + _NAME + rb"\s*\.\s*)?" + _NAME + rb"\s*\(",
    re.IGNORECASE,
)
_NAMES = re.compile(rb"SET\s+NAMES\s+'?([A-Za-z0-9_]+)", re.IGNORECASE)
_DELIMITER = re.compile(rb"[ \t]*DELIMITER[ \t]+(\S+)[^\n]*\n", re.IGNORECASE)
_COLUMN = re.compile(rb"\s*" + _NAME + rb"\s+[A-Za-z]")
_NO_COLUMN = re.compile(
    rb"\s*(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|FOREIGN|CHECK)\b", re.IGNORECASE
)
_TO_END = re.compile(rb"(?:[^'\"`;]++|" + _SINGLE + rb"|" + _DOUBLE + rb"|`[^`]*+`)*+", re.DOTALL)
# Doubled quotes are passed over too: what is tried anew at each of them takes its square.
_INSIDE = {
    b"'": re.compile(rb"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+", re.DOTALL),
    b'"': re.compile(rb'[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+', re.DOTALL),
    b"`": re.compile(rb"[^`]*+"),
}
_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPE_DOUBLE = re.compile(rb'\\(.)|""', re.DOTALL)
_COMMON = ((b"\\r", b"\r"), (b"\\n", b"\n"), (b"\\'", b"'"), (b'\\"', b'"'))
_MEANT = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}


class Readable(Protocol):
    """An open file, or what unpacks one."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class TableSaid(NamedTuple):
    """A ``CREATE TABLE``: its name and its columns in order."""

    name: str
    columns: tuple[str, ...]


class RowsSaid(NamedTuple):
    """The rows of one ``INSERT`` that is wanted; they have to be used up first."""

    name: str
    columns: tuple[str, ...]
    """As the statement lists them; empty where it does not."""
    rows: Iterator[Sequence[bytes]]
    """The values as they are written."""


class CharsetSaid(NamedTuple):
    """What follows is written in this character set."""

    name: str


Said = TableSaid | RowsSaid | CharsetSaid


class DumpLexer:
    """One dump, read once from its beginning to its end."""

    def __init__(self, stream: Readable, is_wanted: Callable[[str], int]) -> None:
        """``is_wanted`` says how many columns a table has, 0 where its rows are passed over."""
        self._stream = stream
        self._is_wanted = is_wanted
        self._buffer = b""
        self._at = 0
        self._ended = False
        self.bytes_read = 0
        """Unpacked."""

    def statements(self) -> Iterator[Said | None]:
        """Yield what the dump says, in order; None after rows that are not wanted.

        Raises ParseError.
        """
        while self._skip_space():
            if self._looking_at(b"/*"):
                yield from self._comment()
            elif self._looking_at(b"DELIMITER"):
                self._foreign()
            elif self._looking_at(b"CREATE"):
                yield from self._create()
            elif self._looking_at(b"INSERT") or self._looking_at(b"REPLACE"):
                yield from self._insert()
            else:
                yield from self._short()
                self._to_end()

    # Statements

    def _comment(self) -> Iterator[Said]:
        """Read a comment; one with a version is a statement to MySQL."""
        end = self._find(b"*/", MAX_HEAD_BYTES)
        text = self._buffer[self._at : end]
        self._at = end + 2
        if found := _NAMES.search(text):
            yield CharsetSaid(found[1].decode("ascii").lower())

    def _short(self) -> Iterator[Said]:
        self._need(400)
        if found := _NAMES.match(self._buffer, self._at):
            yield CharsetSaid(found[1].decode("ascii").lower())

    def _foreign(self) -> None:
        """Pass over routines, which are written between two changes of the delimiter."""
        self._need(400)
        found = _DELIMITER.match(self._buffer, self._at)
        if found is None:
            raise _unreadable("a DELIMITER that cannot be read")
        self._at = found.end()
        while found[1] != b";":
            at = self._find(b"\n", MAX_ROW_BYTES)
            line = self._buffer[self._at : at + 1]
            self._at = at + 1
            if again := _DELIMITER.match(line):
                found = again

    def _create(self) -> Iterator[Said]:
        self._need(1000)
        found = _CREATE.match(self._buffer, self._at)
        if found is None:
            self._to_end()
            return
        self._at = found.end()
        while True:
            end = _end_of_statement(self._buffer, self._at)
            if self._buffer[end : end + 1] == b";":
                break
            if end - self._at > MAX_HEAD_BYTES or not self._more():
                raise _unreadable("a CREATE TABLE without an end")
        body = self._buffer[self._at : end]
        self._at = end + 1
        yield TableSaid(_name(found[3], found[4]), _columns(body))

    def _insert(self) -> Iterator[Said | None]:
        self._need(400)
        found = _INSERT.match(self._buffer, self._at)
        while found is None and len(self._buffer) - self._at < MAX_HEAD_BYTES:
            if self._buffer.find(b"(", self._at, self._at + 600) < 0 or not self._more():
                break
            found = _INSERT.match(self._buffer, self._at)
        if found is None:
            self._to_end()
            return
        name = _name(found[3], found[4])
        listed = tuple(_listed(found[5])) if found[5] is not None else ()
        number = self._is_wanted(name)
        if not number:
            self._to_end()
            yield None
            return
        if max(len(listed), number) > MAX_COLUMNS:
            raise _unreadable(f"a table with more than {MAX_COLUMNS} columns")
        self._at = found.end()
        yield RowsSaid(name, listed, self._rows(_row(len(listed) or number)))

    def _rows(self, pattern: re.Pattern[bytes]) -> Iterator[Sequence[bytes]]:
        while True:
            found = pattern.match(self._buffer, self._at)
            while found is None:
                if len(self._buffer) - self._at > MAX_ROW_BYTES:
                    raise _unreadable("a row that is too long or not written as MySQL does")
                if not self._more():
                    raise _unreadable("a row that breaks off or has another number of values")
                found = pattern.match(self._buffer, self._at)
            self._at = found.end()
            groups = found.groups()
            yield groups[:-1]
            if groups[-1] == b";":
                return

    def _to_end(self) -> None:
        """Pass over the rest of a statement, however long, in bounded memory."""
        while True:
            self._at = _end_of_statement(self._buffer, self._at)
            sign = self._buffer[self._at : self._at + 1]
            if sign == b";":
                self._at += 1
                return
            if sign in _INSIDE:
                self._at += 1
                self._to_quote(sign)
            elif not self._more():
                return

    def _to_quote(self, sign: bytes) -> None:
        inside = _INSIDE[sign]
        while True:
            found = inside.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._buffer[self._at : self._at + 1] == sign:
                self._at += 1
                return
            if not self._more():
                raise _unreadable("a text without an end: it was cut off")

    # The buffer

    def _more(self) -> bool:
        """Read on, as much again as there is; False at the end."""
        if self._ended:
            return False
        rest = self._buffer[self._at :]
        chunk = self._stream.read(max(CHUNK_BYTES, len(rest)))
        self._ended = not chunk
        self.bytes_read += len(chunk)
        self._buffer, self._at = rest + chunk, 0
        return bool(chunk)

    def _need(self, size: int) -> None:
        while len(self._buffer) - self._at < size and self._more():
            pass

    def _find(self, sign: bytes, most: int) -> int:
        while (at := self._buffer.find(sign, self._at)) < 0:
            if len(self._buffer) - self._at > most or not self._more():
                raise _unreadable("a comment or line without an end")
        return at

    def _looking_at(self, word: bytes) -> bool:
        return self._buffer[self._at : self._at + len(word)].upper() == word

    def _skip_space(self) -> bool:
        """Go to the next statement, past blanks and comments; False at the end."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            self._need(16)
            if self._at == len(self._buffer):
                return False
            if self._looking_at(b"--") or self._looking_at(b"#"):
                self._to_line_end()
            elif not self._buffer[self._at : self._at + 1].isspace():
                return True

    def _to_line_end(self) -> None:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._at = len(self._buffer)
            if not self._more():
                return
        self._at = end + 1


@lru_cache(maxsize=64)
def _row(columns: int) -> re.Pattern[bytes]:
    values = rb",".join([_VALUE] * columns)
    return re.compile(rb"\s*+\(" + values + rb"\)\s*+([,;])", re.DOTALL | re.IGNORECASE)


def _end_of_statement(buffer: bytes, start: int) -> int:
    """Return where a semicolon stands in no quotes, or how far that can be told."""
    found = _TO_END.match(buffer, start)
    return found.end() if found else start


def _name(quoted: bytes | None, bare: bytes | None) -> str:
    return (quoted or bare or b"").decode("utf-8", "replace")


def _listed(text: bytes) -> Iterator[str]:
    for part in text.split(b","):
        yield part.strip().strip(b'`"').decode("utf-8", "replace")


def _columns(body: bytes) -> tuple[str, ...]:
    """Return the columns of a ``CREATE TABLE``: its parts that are no key."""
    found = []
    for part in _parts(body):
        column = _COLUMN.match(part)
        if column and (part.lstrip().startswith(b"`") or not _NO_COLUMN.match(part)):
            found.append(_name(column[1], column[2]))
    return tuple(found)


_PIECE = re.compile(
    rb"[^'\"`(),]++|" + _SINGLE + rb"|" + _DOUBLE + rb"|`[^`]*+`|[(),'\"`]", re.DOTALL
)


def _parts(body: bytes) -> Iterator[bytes]:
    """Split at the commas that stand in no bracket, up to the bracket that closes the list."""
    depth = 0
    part: list[bytes] = []
    for piece in _PIECE.findall(body):
        depth += (piece == b"(") - (piece == b")")
        if depth < 0:
            break
        if piece == b"," and depth == 0:
            yield b"".join(part)
            part = []
        else:
            part.append(piece)
    yield b"".join(part)


def value(raw: bytes) -> bytes | int | None:
    """Return a value as it was meant: bytes for texts, a number, or None.

    Raises ParseError for hexadecimal with an odd digit.
    """
    first = raw[:1]
    if first == b"'":
        return _text(raw[1:-1])
    if first.isdigit() and raw.isdigit():
        return int(raw) if len(raw) < 20 else 0
    if raw.upper() == b"NULL":
        return None
    if first in b"xX0" and raw[1:2] in (b"x", b"X", b"'"):
        digits = raw[2:].strip(b"'")
        if len(digits) % 2:
            raise _unreadable("hexadecimal with an odd number of digits")
        return bytes.fromhex(digits.decode("ascii"))
    if first == b'"':
        return _unescaped(raw[1:-1], _ESCAPE_DOUBLE)
    if first == b"_":
        return value(raw[min(at for at in (raw.find(b"'"), raw.find(b'"')) if at > 0) :])
    return _number(raw)


def _text(inner: bytes) -> bytes:
    if b"\\" not in inner and b"''" not in inner:
        return inner
    are_mixed = b"''" in inner and b"\\'" in inner
    if b"\\\\" not in inner and not are_mixed:
        # Without a doubled backslash each one begins an escape, and four are nearly all.
        plain = inner.replace(b"''", b"'")
        for written, meant in _COMMON:
            plain = plain.replace(written, meant)
        if b"\\" not in plain:
            return plain
    return _unescaped(inner, _ESCAPE)


def _number(raw: bytes) -> bytes | int:
    try:
        return int(raw) if len(raw) < 20 else 0
    except ValueError:
        return raw


def _unescaped(text: bytes, pattern: re.Pattern[bytes]) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        sign: bytes | None = found[1]
        if sign is None:
            return found[0][:1]
        return _MEANT.get(sign, sign if sign not in (b"%", b"_") else found[0])

    return pattern.sub(meant, text)


def _unreadable(what: str) -> ParseError:
    return ParseError(
        f"The dump cannot be read: it holds {what}. Make it again, with mysqldump or as SQL "
        "from phpMyAdmin, and copy the whole file."
    )
