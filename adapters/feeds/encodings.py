"""From bytes to text: which encoding a feed really is in.

The order follows RFC 7303 (byte order mark, charset of the answer, declaration), with one
change that real feeds force: bytes that are strict UTF-8 are UTF-8, whatever the labels say.
"""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = b"\t\n\r <[{"
"""What a feed begins with, XML or JSON."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})")
_KNOWN = frozenset(
    {
        *(f"cp{page}" for page in (932, *range(1250, 1259))),
        *(f"iso8859-{part}" for part in (*range(2, 11), *range(13, 17))),
        *("koi8-r", "koi8-u", "mac-roman"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
    }
)
"""Of Python's codecs only those that feeds use: some of the others are no character sets, or
slow on hostile input (punycode)."""


def decode(body: bytes, content_type: str) -> str:
    """Return the text without byte order marks and leading blanks; any bytes give a text."""
    return _to_text(body, content_type).lstrip("\ufeff \t\r\n\x00")


def _to_text(body: bytes, content_type: str) -> str:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    if codec := _unmarked_utf16(body):
        return body.decode(codec, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _from_legacy(body, content_type)


def _unmarked_utf16(body: bytes) -> str:
    """Name the byte order that the first character, always ASCII in a feed, gives away."""
    first, second = body[:1], body[1:2]
    if first == b"\0" and second and second in _STARTS:
        return "utf-16-be"
    return "utf-16-le" if second == b"\0" and first in _STARTS else ""


def _from_legacy(body: bytes, content_type: str) -> str:
    """Decode what is not strict UTF-8.

    A document with more readable than unreadable UTF-8 characters is UTF-8 with single bad
    bytes: these are replaced. Reading it by its label instead would convert the good ones twice.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if beyond_ascii - bad >= bad:
        return text
    return body.decode(_labelled(body, content_type), "replace")


def _labelled(body: bytes, content_type: str) -> str:
    """Name the codec of the answer's charset, else of the declaration, else cp1252."""
    charset = _CHARSET.search(content_type[:500])
    declared = _DECLARED.match(body)
    labels = (charset and charset[1], declared and declared[1].decode("ascii"))
    for label in labels:
        if label and (codec := _known_codec(label)):
            return codec
    # What says latin-1, ASCII or (falsely) UTF-8 is Windows' superset of latin-1 in practice.
    return "cp1252"


def _known_codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return name if name in _KNOWN else ""
