"""The values that travel between adapters, jobs and store.

All are frozen, their collections are tuples, their times are aware UTC. Field names follow
ActivityStreams 2.0 (https://www.w3.org/TR/activitystreams-vocabulary/) where it has a term.
What belongs to one service only stays in its adapter; what belongs to the database stays
in ``connector.store``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

Clock = Callable[[], datetime]
"""Gives the present moment, aware UTC; only the outermost caller holds one."""

Cursor = NewType("Cursor", str)
"""Where to resume in one stream: text that only its adapter understands."""


class Kind(StrEnum):
    """What a record is; a closed set."""

    POST = "post"
    COMMENT = "comment"
    REFLECTION = "reflection"
    ACTIVITY = "activity"
    WORKSHOP = "workshop"
    REGISTRATION = "registration"
    EVENT = "event"
    RESOURCE = "resource"
    ANNOUNCEMENT = "announcement"


class AudienceKind(StrEnum):
    """Who may see an item; a closed set, widest first."""

    PUBLIC = "public"
    CLUSTER = "cluster"
    SCHOOL = "school"
    STREAM = "stream"
    GROUP = "group"
    PERSON = "person"
    FACILITATORS = "facilitators"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a record, in the words of its place."""

    kind: AudienceKind
    key: str = ""
    """School name, group id or account id; empty for the others (stream: the record's own)."""


PUBLIC = Audience(AudienceKind.PUBLIC)
CLUSTER = Audience(AudienceKind.CLUSTER)
STREAM = Audience(AudienceKind.STREAM)
FACILITATORS = Audience(AudienceKind.FACILITATORS)


class Role(StrEnum):
    """What an account is at its place; unknown stays unknown."""

    FACILITATOR = "facilitator"
    TEACHER = "teacher"
    STUDENT = "student"
    GUEST = "guest"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a person in one place."""

    external_id: str
    """Unique within the source; in feeds, which have only names, ``name:<folded name>``."""
    name: str = ""
    url: str | None = None
    role: Role = Role.UNKNOWN
    school: str | None = None
    """The school's name as the place writes it."""
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file or picture that a record links to."""

    url: str
    media_type: str = ""
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing an adapter read, in the place's own words; nothing in it is trusted yet."""

    kind: Kind
    external_id: str
    """Typed (``post:137``) and unique within the source; in feeds the stream is part of it."""
    url: str | None = None
    """Its permalink, absolute."""
    title: str = ""
    """Plain text."""
    html: str = ""
    """The body as the place sent it, links made absolute, not yet sanitised."""
    published: datetime | None = None
    """When the place says it was published; may lie, may be in the future."""
    updated: datetime | None = None
    author: Account | None = None
    """With the role that the place gives it: a student's record is known by it alone."""
    audience: Audience = FACILITATORS
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    in_reply_to: str | None = None
    """External id or permalink of what it answers."""
    start: datetime | None = None
    """Workshops and events."""
    end: datetime | None = None
    location: str = ""
    object: str | None = None
    """External id of what a registration or an activity is about."""
    digest: str = field(default="", compare=False, repr=False)
    """Where its adapter can tell without reading it: a digest of all that it is made of. Under
    one external id, the same digest is the same record. No part of what the record says."""


class ProblemKind(StrEnum):
    """Why one record of a page was not read as it should be; a closed set."""

    FAILED = "failed"
    """It could not be read."""
    HIDDEN = "hidden"
    """The place does not show it to everyone (a password, a private status)."""
    SKIPPED = "skipped"
    """It is not a record at all (a pingback, an advert)."""
    NOTED = "noted"
    """It was read, but something is odd (a repeated id)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one record; it does not sink the page."""

    kind: ProblemKind
    reason: str
    """One sentence, without any of the record's own words."""
    external_id: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The complete list of who belongs to a stream or group; it replaces the former one."""

    audience: Audience
    """A STREAM (key empty: the page's stream) or a GROUP."""
    members: tuple[str, ...]
    """External ids of accounts."""


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """A kept record is now shown to others than before."""

    external_id: str
    audience: Audience


@dataclass(frozen=True, slots=True)
class Count:
    """A number about a stream or a record on one day: completions, likes, views."""

    name: str
    value: int
    day: str
    """ISO date in the place's zone."""
    subject: str = ""
    """External id of the record it is about; empty: the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One readable part of a source."""

    key: str
    """Unique within the source and stable for ever."""
    title: str
    """As a teacher would recognise it."""
    url: str | None = None
    sloppy_ids: bool = False
    """Feeds: ids may repeat, vanish or be used again. An API's ids are believed."""
    can_sweep: bool = False
    """Whether ``Place.sweep`` can list all of its ids."""
    selected: bool = True
    """Whether it is read unless somebody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one step of reading gave, for one stream; stored in one transaction."""

    stream: str
    records: tuple[Record, ...] = ()
    gone: tuple[str, ...] = ()
    """External ids which the place itself says are deleted or no longer shown."""
    problems: tuple[Problem, ...] = ()
    cursor: Cursor | None = None
    """Where to resume after this page; None keeps the stored one."""
    listed: tuple[str, ...] = ()
    """External ids of a contiguous window of the stream, newest first, for documents that
    list one (a feed). A kept id missing between two listed ones has probably left."""
    unchanged: tuple[str, ...] = ()
    """External ids of records that were left out because the hub keeps them as they came
    (``ChangeReader``)."""
    baseline: bool = False
    """Part of a reading from the beginning: nothing in it is news."""
    complete: bool = True
    """The stream is read to its end with this page."""
    accounts: tuple[Account, ...] = ()
    memberships: tuple[Membership, ...] = ()
    audience_changes: tuple[AudienceChange, ...] = ()
    counts: tuple[Count, ...] = ()
    streams: tuple[Stream, ...] = ()
    """Streams that were found on the way."""
    student_names: tuple[str, ...] = field(default=(), repr=False)
    """Full names that were not known to be students' before. All that is kept of the source,
    former texts too, is masked with the page; the names themselves are written nowhere."""


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """One stream could not be read; the others go on."""

    stream: str
    error: Exception
    """A ``SourceError``."""


@dataclass(frozen=True, slots=True)
class IdPage:
    """A part of the complete listing of a stream's ids."""

    ids: tuple[str, ...]
    complete: bool = False
    """True on the last page of a listing that was read to its end."""
    records: tuple[Record, ...] = ()
    """Some of what is listed, as it is now, where the listing shows it anyway: edits that no
    reading of what changed can show. Those that are kept just as they come cost nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """A kept record, as a place needs it to look it up."""

    stream: str
    external_id: str
    url: str | None


class Presence(StrEnum):
    """What a place says of one id; a failed request is no answer."""

    PRESENT = "present"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One ability of a place, tried for real."""

    ability: str
    ok: bool
    sentence: str
    """What was found, or what is missing and how to get it."""
    needed: bool = True
    """Whether nothing can be sent or read there without it; else only something less comes of it."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a place can do for us today."""

    lines: tuple[CheckLine, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is missing."""
        return all(line.ok for line in self.lines)


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could be read at an address."""

    title: str
    format: str
    """"RSS 2.0", "WordPress API"."""
    url: str
    newest: tuple[str, ...] = ()
    """Titles of its three newest posts, to recognise it by."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an adapter found at an address that somebody pasted."""

    title: str
    address: str
    """The address to configure."""
    offers: tuple[Offer, ...]
    sentence: str = ""
    """What is in the way, where nothing was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An announcement as a destination gets it."""

    title: str
    html: str
    """Sanitised."""
    text: str
    """Plain, for those who read no HTML."""
    start: datetime | None = None
    end: datetime | None = None
    location: str = ""
    url: str | None = None
    """Where to sign up."""
    picture: str | None = None
    uid: str = ""
    """Tells the announcement from all others: a calendar entry's own id."""
    version: int = 0
    """How often it was corrected: a calendar entry's SEQUENCE."""
    cancelled: bool = False
    """It does not hold any more: what it told before is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a destination can show."""

    most_title: int | None = None
    """Characters."""
    least_title: int = 0
    least_text: int = 0
    most_text: int | None = None
    """Characters; of longer texts the formatting is lost as well."""
    plain_title: bool = False
    """Whether signs that look like a tag are refused in a title."""
    line_bytes: int | None = None
    """Longer lines of plain text are broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request that a destination would make, without its credentials."""

    method: str
    address: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    secrets: tuple[str, ...] = ()
    """Names of headers that are added when it is sent, and shown to nobody."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a destination said when it took a message."""

    external_id: str
    url: str | None = None
    waiting: bool = False
    """Taken, but a person at the platform has to approve it."""
    version: str = ""
    """What the platform calls this state of the copy: with another one somebody has edited it."""
    removed: bool = False
    """Found, but in the platform's bin."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who gets a message of their own."""

    address: str
    """Their e-mail address, in small letters."""
    name: str = ""
    stop_url: str | None = None
    """Where they say that they want no more of these: a page for people, POST for mail programs."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes the same bytes into other records; a difference asks for a fresh reading."""

    parser: int
    """The adapter's parser version."""
    settings: str = field(default="")
    """A hash of those settings that shape this stream's records."""
