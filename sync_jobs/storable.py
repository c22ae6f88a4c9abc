"""What a place says, in a form that every database can keep; pure.

Neither kind of database takes half a character, PostgreSQL takes no NUL, and its indexes
take no long words. One odd id must not stop the reading of its place.
"""

import hashlib
import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from connector.model import Cursor, Page, Record

T = TypeVar("T")

MAX_ID_CHARACTERS = 600
"""At four bytes each this fits into an index of PostgreSQL."""
_BEGINNING = MAX_ID_CHARACTERS - 40
_DIGEST_CHARACTERS = 32

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# These are in no index, and are cut where they are cleaned.
_FREE_TEXT = frozenset({"html", "title", "name", "reason", "url", "cursor", "location", "error"})


def storable_page(page: Page) -> Page:
    """Return the page with every text in it fit for a database."""
    kept = storable(replace(page, records=()))
    return replace(kept, records=tuple(map(_record, page.records)))


def storable_cursor(cursor: Cursor | None) -> Cursor | None:
    """Return the cursor, fit for a database."""
    return None if cursor is None else Cursor(_text(cursor))


def _record(record: Record) -> Record:
    """Return the record; nearly all are fit, which is seen faster than it is made sure."""
    author, audience = record.author, record.audience
    ids = [record.external_id, record.in_reply_to or "", record.object or "", audience.key]
    ids += record.tags
    if author is not None:
        ids += (author.external_id, author.school or "")
    texts = [record.title, record.html, record.url or "", record.location]
    if author is not None:
        texts += (author.name, author.url or "")
    texts += (each.url + each.media_type for each in record.enclosures)
    are_short = max(map(len, ids)) <= MAX_ID_CHARACTERS
    return record if are_short and _is_storable("".join([*ids, *texts])) else storable(record)


def _is_storable(text: str) -> bool:
    """Whether nothing in it is unstorable; several times as fast as looking for it."""
    try:
        text.encode()  # refuses half a character
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def storable(value: T, *, field: str = "") -> T:
    """Return the same value with every text in it fit for a database."""
    kept: Any = value
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        kept = _text(value) if field in _FREE_TEXT else _id(value)
    elif isinstance(value, tuple):
        if _are_fit(value):
            return value
        kept = tuple(storable(one, field=field) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        kept = _parts(value)
    return kept  # type: ignore[no-any-return]  # of the same type as the value


def _are_fit(values: tuple[Any, ...]) -> bool:
    """Whether these are texts that stay as they are, as nearly all are: told by one look."""
    if not all(type(one) is str and len(one) <= MAX_ID_CHARACTERS for one in values):
        return False
    return not _UNSTORABLE.search("".join(values))


def _parts(value: Any) -> Any:
    former = {part.name: getattr(value, part.name) for part in fields(value)}
    changed = {
        name: new
        for name, old in former.items()
        if (new := storable(old, field=name)) is not old and new != old
    }
    return replace(value, **changed) if changed else value


def _text(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text) if _UNSTORABLE.search(text) else text


def _id(text: str) -> str:
    text = _text(text)
    if len(text) <= MAX_ID_CHARACTERS:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=_DIGEST_CHARACTERS // 2).hexdigest()
    return f"{text[:_BEGINNING]}~{digest}"


def is_as_given(kept_id: str) -> bool:
    """Whether an id is kept as its place gave it, and is not one that may stand for a longer."""
    return len(kept_id) <= _BEGINNING
