"""Text and times as an Interact holds them -> as they were meant; pure.

Older sites never told their database which characters they send, so UTF-8 lies in columns
that are called latin1. Dates have no zone, and a zero date is how "no date" is written.
"""

import codecs
import re
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MAX_CHARACTERS = 1_000_000
"""What is longer is cut; the hub cuts every body here."""
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

# What MySQL calls latin1 is Windows-1252, with the five holes filled by controls.
_LATIN1 = "".join(bytes([one]).decode("cp1252", "replace") for one in range(256))
_LATIN1 = "".join(chr(at) if sign == "\ufffd" else sign for at, sign in enumerate(_LATIN1))
_LATIN1_BYTES = codecs.charmap_build(_LATIN1)

# The first byte of a sequence of UTF-8 and one that continues it, both read as latin1.
_LEADS = re.escape(_LATIN1[0xC2:0xF5])
_TRAILS = re.escape(_LATIN1[0x80:0xC0])
_SUSPECT = re.compile(f"[{_LEADS}][{_TRAILS}]")
# Letters of European and Māori words, marks, signs, and what people paste; anything else that
# comes out of a repair means that the text was no mojibake but two signs that look like it.
_PLAUSIBLE = re.compile(
    "[\x00-\x7f\u00a0-\u017f\u0218-\u021b\u02bb-\u02dd\u0300-\u036f\u0370-\u04ff\u1e00-\u1eff"
    "\u2000-\u206f\u20a0-\u20cf\u2100-\u27bf\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\ufe0f"
    "\U0001f000-\U0001faff]*"
)
_USUAL_LENGTH = len("2007-07-23 10:15:00")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WHEN = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T]?(\d{2}):?(\d{2}):?(\d{2})(?:\.\d+)?)?", re.ASCII
)


def decoded(raw: bytes, charset: str = "") -> str:
    """Return the bytes as text: in their declared character set, or as what they are.

    A character that was cut in two at the end is left out.
    """
    if charset == "latin1":
        return codecs.charmap_decode(raw, "strict", _LATIN1)[0]
    try:
        return _utf8(raw)
    except UnicodeDecodeError:
        if charset == "utf8":
            return raw.decode("utf-8", "replace")
        return codecs.charmap_decode(raw, "strict", _LATIN1)[0]


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or raw[: error.start].isascii():
            raise
        return raw[: error.start].decode("utf-8")


def mended(text: str) -> str:
    """Return mojibake as it was written, and any other text as it is.

    Only what turns back into the very same bytes counts, and only as a whole: a text that
    holds one character beyond latin1 was right all along.
    """
    if text.isascii() or not _SUSPECT.search(text):
        return text
    try:
        raw = codecs.charmap_encode(text, "strict", _LATIN1_BYTES)[0]
        found = _utf8(raw)
    except UnicodeError:
        return text
    return found if _PLAUSIBLE.fullmatch(found) else text


def text_of(value: object) -> str:
    """Return a column's value as text: decoded, mended, without controls, of bounded length."""
    if value is None:
        return ""
    text = decoded(value) if isinstance(value, bytes) else str(value)
    text = mended(text[:MAX_CHARACTERS])
    return text if text.isprintable() else _CONTROLS.sub("", text)


def number_of(value: object) -> int:
    """Return a column's value as a number; 0 for what is none."""
    if isinstance(value, int):
        return value
    try:
        return int(str(value)) if value is not None else 0
    except ValueError:
        return 0


def moment(value: object, zone: ZoneInfo) -> datetime | None:
    """Return a time of the site's own zone in UTC; None for zero dates and impossible ones.

    An hour that occurs twice is the first of the two, one that is left out counts on from
    before the gap. MySQL before 4.1 writes ``20070723101500``.
    """
    text = str(value or "")
    if not text or text.startswith("0000"):
        return None  # most columns of times hold none
    local = _local(text, zone)
    if local is None or not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        return None
    return local.astimezone(UTC)


def _local(text: str, zone: ZoneInfo) -> datetime | None:
    if len(text) == _USUAL_LENGTH and text[4:17:3] == "-- ::" and text[11:13] < "24":
        with suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=zone)  # much faster
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def site_time(when: datetime, zone: ZoneInfo) -> str:
    """Return a moment as the site's database writes it: ``2007-07-23 10:15:00``."""
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
