"""What readings of the store give back: values for pages and commands, already within a Scope."""

from dataclasses import dataclass
from datetime import datetime

from connector.model import AudienceKind, Enclosure, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One item as a list shows it, by the text of an origin the viewer may see."""

    item_id: int
    kind: Kind
    title: str
    """Plain text; empty for a student's post and for posts without a title."""
    excerpt: str
    url: str | None
    """Its address at its place; http or https, or None."""
    author: str
    is_student: bool
    place: str
    """Title of the source."""
    place_key: str
    school: str | None
    school_id: int | None
    published: datetime | None
    """As its place says; may be in the future."""
    first_seen: datetime
    sorted_by: datetime
    replies: int
    """How many replies the viewer may see."""
    held: str | None
    """"flood" or "removal" when it waits for a facilitator's OK."""
    parent_item_id: int | None
    """For a reply: the item it answers."""


@dataclass(frozen=True, slots=True)
class News:
    """A page of what's new, newest first."""

    items: tuple[Summary, ...]
    older: int | None
    """Hand this back as ``before`` for the next page; None at the end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of search results, newest first."""

    items: tuple[Summary, ...]
    older: int | None
    count: int
    """How many items match, as far as they are counted."""
    and_more: bool = False
    """There are more than that."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where else the same post was found."""

    place: str
    place_key: str
    url: str | None
    reason: str
    """Why the two are one, in words for a teacher; empty for the first."""
    is_live: bool


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A former text of an item; facilitators only."""

    replaced: datetime
    title: str
    html: str
    """Sanitised when it came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item in full."""

    summary: Summary
    html: str
    """Sanitised when it came in; safe to mark as markup."""
    updated: datetime | None
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    audience: str
    """Word of the audience: public, cluster, school, stream, group, person, facilitators."""
    elsewhere: tuple[Elsewhere, ...]
    revisions: tuple[RevisionView, ...]
    replies: tuple["ReplyView", ...]
    """The oldest; a long thread is cut, ``summary.replies`` counts all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who may see something."""

    kind: AudienceKind
    number: int
    """Tells two audiences of one kind apart."""
    name: str
    """Of the cluster, school, stream or person; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One item as an export tells it."""

    summary: Summary
    """Its count of replies is not filled in."""
    html: str
    """Sanitised when it came in."""
    updated: datetime | None
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    audience: Seen
    account_id: int | None
    elsewhere: tuple[str, ...]
    """Its other addresses."""
    in_reply_to: int | None
    """The item that it answers, if the viewer may see that."""
    object: int | None
    """The item that a registration or an activity is about, if the viewer may see that."""
    start: datetime | None
    end: datetime | None
    location: str


@dataclass(frozen=True, slots=True)
class ReplyView:
    """One reply under an item, oldest first."""

    item_id: int
    author: str
    is_student: bool
    published: datetime | None
    html: str


@dataclass(frozen=True, slots=True)
class SchoolView:
    """A school to choose from."""

    school_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A place to choose from in lists of what's new."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How one source is, in a word: for lists of all of them."""

    key: str
    title: str
    state: str
    """As in ``PlaceView``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """One source and its health."""

    key: str
    kind: str
    title: str
    address: str
    """Without query, fragment and user name: they may hold a secret."""
    school: str | None
    in_file: bool
    paused: bool
    state: str
    """"new" (never read), "well", "waiting" (temporary trouble), "attention", "paused"."""
    sentence: str
    """What is wrong and what to do; empty when well."""
    since: datetime | None
    """Since when something is wrong."""
    last_read: datetime | None
    last_good: datetime | None
    due: datetime | None
    """When it is read next; told to facilitators only."""
    streams: tuple["StreamView", ...]
    items: int
    """Live items of this place."""
    held: int
    """Items that wait for a yes."""


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream of a place."""

    title: str
    url: str | None
    selected: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster."""

    cluster_id: int
    slug: str
    name: str
