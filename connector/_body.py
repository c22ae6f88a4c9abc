"""Reads the body of one answer within its limits; knows nothing of statuses or addresses."""

import zlib
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

_PIECE_BYTES = 65_536
_DRAIN_BYTES = 65_536
_PLAIN = frozenset(("", "identity"))


class TooLargeError(Exception):
    """More bytes than the limit, counted after decoding."""


class BrokenBodyError(Exception):
    """The body ends early, or its compression is damaged."""


class UnknownEncodingError(Exception):
    """The body is compressed in a way nobody asked for."""


def read_body(raw: BaseHTTPResponse, limit: int) -> bytes:
    """Return the decoded body and give the connection back; close it when the body is bad."""
    try:
        body = _decoded(raw, limit)
    except BaseException:
        raw.close()
        raise
    raw.release_conn()
    return body


def drop_body(raw: BaseHTTPResponse) -> None:
    """Get rid of a body that nobody wants, keeping the connection when that is cheap."""
    try:
        length = int(raw.headers.get("content-length", ""))
        if length > _DRAIN_BYTES:
            raise ValueError
        for _ in _pieces(raw, _DRAIN_BYTES):
            pass
    except (ValueError, TooLargeError, BrokenBodyError):
        raw.close()
    raw.release_conn()


def _decoded(raw: BaseHTTPResponse, limit: int) -> bytes:
    length = raw.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise TooLargeError
    encoding = raw.headers.get("content-encoding", "").strip().lower()
    pieces = _pieces(raw, limit)
    if encoding in _PLAIN:
        return b"".join(pieces)
    if encoding in ("gzip", "x-gzip"):
        return _inflated(pieces, limit, zlib.MAX_WBITS | 16)
    if encoding == "deflate":
        return _inflated(pieces, limit, None)
    raise UnknownEncodingError


def _pieces(raw: BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    """Yield the body as it comes over the wire, never more than the limit in all."""
    seen = 0
    while True:
        try:
            # read1 gives what is there; read would wait until a whole piece has gathered.
            piece = raw.read1(_PIECE_BYTES, decode_content=False)
        except (HTTPError, OSError) as error:
            raise BrokenBodyError from error
        if not piece:
            return
        seen += len(piece)
        if seen > limit:
            raise TooLargeError
        yield piece


def _inflated(pieces: Iterator[bytes], limit: int, wbits: int | None) -> bytes:
    """Return the bytes unpacked, stopping one byte past the limit.

    A compressed body that ends early is an error, also where no length was announced.
    """
    out = bytearray()
    engine = None
    for piece in pieces:
        rest = piece
        while rest:
            if engine is None:
                engine = zlib.decompressobj(_deflate_form(rest) if wbits is None else wbits)
            elif engine.eof:
                if rest[0] != 0x1F:  # padding after the last gzip member
                    break
                engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                out += engine.decompress(rest, limit - len(out) + 1)
            except zlib.error as error:
                raise BrokenBodyError from error
            if len(out) > limit:
                raise TooLargeError
            rest = engine.unused_data
    if engine is not None and not engine.eof:
        raise BrokenBodyError
    return bytes(out)


def _deflate_form(start: bytes) -> int:
    """Tell zlib's wrapping from bare deflate: servers send either under the same name."""
    return zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS
