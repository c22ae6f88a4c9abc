"""What is made of a record before the transaction: cleaned, folded, hashed. Pure.

Outside HTML is sanitised here, once, on the way in. Nothing after this sees raw HTML.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from connector.html import clean, excerpt, fold, plain_line, plain_text, safe_link
from connector.identity import (
    Incoming,
    canonical_link,
    digest64,
    host_in,
    link_host,
    link_key,
)
from connector.model import Account, Enclosure, Kind, Record
from connector.privacy import Privacy, is_student, minimised

_BLANKS = re.compile("  +")
_NO_WORD = re.compile(r"[\W_]+")

# The same for plain letters, many times as fast: once folded, nearly every text has only these.
_ASCII_WORDS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))

CLEANING = "1"
"""Changed whenever the same record comes out otherwise: then it is looked at once more."""
MAX_TITLE = 300
MAX_TAGS = 50
MAX_ENCLOSURES = 50
MAX_SEARCH_CHARACTERS = 200_000
"""PostgreSQL indexes at most a megabyte of a text; what stands behind is not found."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""No place wrote before, and none means a later one: 0001 and 9999 are how systems write "no
date". Near the ends of the calendar a moment also has no neighbours and no local time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A record ready to be compared and kept."""

    record: Record
    """Its texts cleaned; ``html`` is sanitised."""
    incoming: Incoming
    excerpt: str
    search: str
    """Folded title, author, tags and text: what search looks through."""
    meta_hash: bytes
    raw_hash: int | None
    """Digest of the record as its place gave it; None for a student's."""
    reply_link_key: int | None
    """Digest of the permalink that it answers, if it names one."""
    reply_key: int | None
    """Digest of what it answers: a permalink, or an external id of the same source."""
    original_id: str
    """The place's own id, never kept for a student."""
    original_link_key: int | None

    @property
    def is_student(self) -> bool:
        """Whether only the bare fact is kept."""
        return is_student(self.record)


def raw_hash_of(record: Record) -> int:
    """Return a digest of a record as its place gave it: the same again needs no second look."""
    if record.digest:
        return raw_hash_of_digest(record.digest)
    parts = [CLEANING, record.external_id, record.title, record.html, str(record.updated)]
    return digest64("\0".join([*parts, *_details(record)]))


def raw_hash_of_digest(digest: str) -> int:
    """Return the same of a record that is known by its adapter's digest alone."""
    return digest64(f"{CLEANING}\0{digest}")


def search_text(title: str, author: str, tags: Iterable[str], text: str) -> str:
    """Return what search looks through: title, author, tags and text, folded."""
    return _joined(fold(title), fold(author), fold(" ".join(tags)), fold(text))


def _joined(*folded: str) -> str:
    """Join into words and single spaces: both indexes then see the same words."""
    text = " ".join(folded)
    if text.isascii():
        text = _BLANKS.sub(" ", text.translate(_ASCII_WORDS)).strip()
    else:
        text = _NO_WORD.sub(" ", text).strip()
    return text[:MAX_SEARCH_CHARACTERS].rstrip()


def reply_key_of(source_id: int, target: str | None) -> int | None:
    """Return the digest under which a reply finds its parent, by permalink or external id."""
    if not target:
        return None
    # Ids of feeds may hold an address too, behind the name of their stream.
    key = link_key(target)
    return digest64(f"{source_id}\n{target}") if key is None else key


def fetch(
    record: Record, *, source_id: int, own_hosts: Collection[str], privacy: Privacy
) -> Fetched:
    """Return the record cleaned, with its digests; a student's is minimised first."""
    raw_hash = raw_hash_of(record)
    original_id, link, safe = record.external_id, canonical_link(record.url), safe_link(record.url)
    original_link = None if link is None else digest64(link)
    owns_link = host_in(link if safe == record.url else canonical_link(safe)) in own_hosts
    reply_link = link_key(record.in_reply_to)
    student = is_student(record)
    if student:
        record = minimised(record, privacy, source_id=source_id)
        reply_link = keyed_link(reply_link, privacy)
    record = _cleaned(record)
    text = plain_text(record.html)
    folded, title = fold(text), fold(record.title)
    author = fold(record.author.name) if record.author else ""
    incoming = Incoming(
        external_id=record.external_id,
        link_key=keyed_link(original_link, privacy) if student else original_link,
        owns_link=owns_link,
        title=title,
        folded=folded,
        text_hash=b"" if student else text_hash_of(record.title, text),
        author=author,
        published=record.published,
        is_comment=record.kind is Kind.COMMENT,
    )
    return Fetched(
        record=record,
        incoming=incoming,
        excerpt=excerpt(text),
        search=_joined(title, author, fold(" ".join(record.tags)), folded),
        meta_hash=_hash(*_details(record))[:8],
        raw_hash=None if student else raw_hash,
        reply_link_key=reply_link,
        reply_key=reply_key_of(source_id, record.in_reply_to) if reply_link is None else reply_link,
        original_id=original_id,
        original_link_key=original_link,
    )


def own_hosts(address: str) -> frozenset[str]:
    """Return the hosts that a place may speak for: as configured, never as a feed says."""
    host = link_host(address if "://" in address else f"http://{address}")
    if not host:
        return frozenset()
    bare = host.removeprefix("www.")
    return frozenset({bare, f"www.{bare}"})


def keyed_link(key: int | None, privacy: Privacy) -> int | None:
    """Return the keyed digest that is kept of a permalink which nobody may see."""
    return None if key is None else privacy.digest64(str(key))


def _cleaned(record: Record) -> Record:
    """Return the record made harmless."""
    author, tags = record.author, record.tags
    # Every field by name: ``replace`` takes several times as long, for every record there is.
    return Record(
        kind=record.kind,
        external_id=record.external_id,
        url=safe_link(record.url),
        title=plain_line(record.title)[:MAX_TITLE],
        html=clean(record.html),
        published=_possible(record.published),
        updated=_possible(record.updated),
        author=_cleaned_account(author) if author else None,
        audience=record.audience,
        tags=tuple(dict.fromkeys(filter(None, map(plain_line, tags))))[:MAX_TAGS] if tags else (),
        enclosures=_cleaned_enclosures(record.enclosures) if record.enclosures else (),
        in_reply_to=record.in_reply_to,
        start=_possible(record.start),
        end=_possible(record.end),
        location=plain_line(record.location) if record.location else "",
        object=record.object,
        digest=record.digest,
    )


def _possible(moment: datetime | None) -> datetime | None:
    """Return the moment, or None for one that nobody can have meant."""
    return moment if moment and FIRST_YEAR <= moment.year <= LAST_YEAR else None


@lru_cache(maxsize=256)  # the posts of a page have few authors
def _cleaned_account(account: Account) -> Account:
    name, url = plain_line(account.name), safe_link(account.url)
    return (
        account
        if (name, url) == (account.name, account.url)
        else replace(account, name=name, url=url)
    )


def _cleaned_enclosures(enclosures: tuple[Enclosure, ...]) -> tuple[Enclosure, ...]:
    safe = ((safe_link(one.url), one) for one in enclosures[:MAX_ENCLOSURES])
    return tuple(
        replace(one, url=link, media_type=plain_line(one.media_type)) for link, one in safe if link
    )


def _hash(*parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def text_hash_of(title: str, text: str) -> bytes:
    """Return the digest by which an edit is known, of a title and a plain text as they are kept."""
    return _hash(title, text)


def _details(record: Record) -> list[str]:
    """Return what is kept beside the text; ``updated`` alone is no change worth writing."""
    author, audience = record.author, record.audience
    parts = [
        record.kind,
        record.url or "",
        str(record.published),
        audience.kind,
        audience.key,
        record.in_reply_to or "",
        str(record.start),
        str(record.end),
        record.location,
        record.object or "",
    ]
    if author is not None:
        parts += [author.external_id, author.name, author.url or "", author.role]
        parts += [author.school or "", str(author.suspended)]
    files = [f"{each.url} {each.media_type} {each.bytes}" for each in record.enclosures]
    return [*parts, "", *record.tags, "", *files]


def with_their_posts(
    fetched: Sequence[Fetched], known: set[int | None], *, source_id: int
) -> tuple[list[Fetched], list[Fetched]]:
    """Return what stays, and the replies whose post is not kept, each in its order.

    A reply stays with what it answers, however deep the thread and whatever its order.

    Args:
        fetched: records, those that rules leave out not among them.
        known: keys that a reply may answer; what stays is added.
        source_id: the source of all of them.
    """
    kept: set[str] = set()
    waiting = list(fetched)
    while True:
        found = [one for one in waiting if not _is_reply(one) or one.reply_key in known]
        if not found:
            break
        kept |= {one.incoming.external_id for one in found}
        for one in found:
            known |= {reply_key_of(source_id, one.original_id), one.original_link_key}
        waiting = [one for one in waiting if one.incoming.external_id not in kept]
    return [one for one in fetched if one.incoming.external_id in kept], waiting


def _is_reply(one: Fetched) -> bool:
    return one.incoming.is_comment and one.reply_key is not None
