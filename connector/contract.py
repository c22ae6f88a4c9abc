"""What an adapter is; the only definition.

An adapter is a module-like object with ``INFO``, ``Settings`` and ``open``. What ``open``
returns reads (a Place), delivers (a Destination), or both. There is no base class: what fits
these Protocols and passes ``tests/contract/`` is an adapter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from connector.http import Session
from connector.model import (
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Message,
    Page,
    PlannedRequest,
    Presence,
    Proposal,
    Receipt,
    Recipient,
    Shape,
    Stream,
    StreamFailed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterInfo:
    """What an adapter can do, known without asking anybody."""

    kind: str
    """The word in ``config.toml``: ``blogs``."""
    title: str
    """What a teacher calls it: "Blog"."""
    reads: frozenset[Kind]
    delivers: frozenset[Literal["send", "update", "retract", "event"]] = frozenset()
    """``event`` without ``send``: nothing but events, as a calendar."""
    find: Literal["exact", "delayed", "none"] = "none"
    """How surely a sent message can be found again."""
    default_interval: timedelta = timedelta(hours=1)
    fastest_interval: timedelta = timedelta(minutes=10)
    requests_per_host: int = 2
    """How many requests may be under way at one host."""


class Place(Protocol):
    """One configured source, opened with its settings and a guarded session."""

    def check(self) -> CheckReport:
        """Try each ability with a real, authorised call.

        Each line is ok, or says what is missing and how to get it. Raises nothing for an
        ability that is missing; a place that does not answer at all is a line too.
        """
        ...

    def streams(self) -> Iterator[Stream]:
        """Yield what can be read; may ask the service. Raises SourceError."""
        ...

    def shape(self, stream: str) -> Shape:
        """Say what shapes this stream's records, from settings alone, without asking anybody.

        When it differs from what the stored cursor was made with, ``read`` gets None once
        instead of the cursor and yields baseline pages.
        """
        ...

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams, each resumable after its cursor.

        Pages and failures are of the streams asked for, no others; what is found on the way
        is named in ``Page.streams`` and asked for in the next run. A stream without a cursor is
        read from its beginning, in pages marked ``baseline``; reading again from any yielded
        cursor gives what came after it, with overlap allowed and gaps forbidden. HTTP
        validators live in the cursor. Nothing new is a page without records. One stream's
        failure is a value; an error of the whole place is raised (SourceError).
        """
        ...

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all ids of a stream; the last page says ``complete``. Raises SourceError."""
        ...

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Say for each external id whether it is still there.

        An id whose request failed is left out: no answer is not an answer.
        """
        ...


class Destination(Protocol):
    """A place that takes messages.

    A marker is given once for each delivery (letters, digits and hyphens, 36 characters) and
    travels with the copy, so that it can be found again.
    """

    def check(self) -> CheckReport:
        """Try what sending needs with a real, authorised call that changes nothing."""
        ...

    def preview(self, message: Message) -> Message:
        """Return the message as this place will show it, cut to its limits."""
        ...

    def find(self, marker: str) -> Receipt | None:
        """Return the receipt of the message with this marker, or None.

        Raises SourceError: no answer is not an answer.
        """
        ...

    def send(self, message: Message, marker: str) -> Receipt:
        """Deliver once; raises UnknownOutcome when the answer was lost."""
        ...

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Replace what was sent; asked twice, it changes nothing the second time.

        Raises ConflictError where somebody edited the copy, and PermanentError with status 404
        or 410 where it is gone.
        """
        ...

    def retract(self, receipt: Receipt) -> None:
        """Take back what was sent; what is gone already is taken back."""
        ...


@runtime_checkable
class Planner(Protocol):
    """A destination that can say which requests it would make."""

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the literal requests of ``send``, without credentials; asks nobody."""
        ...


@runtime_checkable
class Critic(Protocol):
    """A destination that knows what its place would refuse."""

    def objections(self, message: Message) -> Sequence[str]:
        """Return what must be mended before this can be sent there; asks nobody."""
        ...


@runtime_checkable
class PerPerson(Protocol):
    """A destination that sends each person a message of their own.

    The engine keeps a ledger of who got it; ``send`` and ``find`` are not asked.
    """

    def recipients(self) -> Sequence[Recipient]:
        """Return who gets it, each address once. Raises ConfigError."""
        ...

    def send_to(self, recipient: Recipient, message: Message, marker: str) -> None:
        """Deliver to one person.

        Raises:
            UnknownOutcome: it may have arrived.
            PermanentError: this address is refused; the others may go on.
            TemporaryError: surely not taken; it may work later.
            AuthError: nothing can be sent until access is renewed.
        """
        ...

    def close(self) -> None:
        """Hang up, after the last letter."""
        ...


class DestinationAdapter(Protocol):
    """One kind of destination: a row of ``adapters/registry.py``.

    An adapter that reads and delivers may be in both tables.
    """

    INFO: AdapterInfo
    Settings: type[BaseModel]
    """What may be configured; one of its fields is ``address``."""

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the destination behind these settings; asks nobody yet."""
        ...


class Adapter(Protocol):
    """One kind of place: a row of ``adapters/registry.py``."""

    INFO: AdapterInfo
    Settings: type[BaseModel]
    """What may be configured; the form on the page and the keys in config.toml are this.

    One of its fields is ``address``, which the source has; the others are ``settings``.
    """

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the place behind these settings; asks nobody yet."""
        ...


KeptAsCame = Callable[[str, Sequence[str]], Mapping[str, str]]
"""Asks the hub, for a stream and digests of records (``Record.digest``): the external ids, by
digest, of those that are kept just as they came. Of all others the record is wanted; the hub
looks only among the newest of the stream, about twice as many as are asked for."""


def keeps_nothing(stream: str, digests: Sequence[str]) -> Mapping[str, str]:
    """Answer as a hub that keeps nothing: every record is wanted."""
    return {}


@runtime_checkable
class ChangeReader(Protocol):
    """A place that can tell by a digest (``Record.digest``) what need not be read again."""

    def read_changes(
        self, cursors: Mapping[str, Cursor | None], kept: KeptAsCame
    ) -> Iterator[Page | StreamFailed]:
        """Yield pages as ``Place.read`` does, records that are kept as they came left out.

        What is left out is named in ``Page.unchanged``, and in ``Page.listed`` like the others.
        Only what ``kept`` has answered during this call may be left out.
        """
        ...


@runtime_checkable
class Proposer(Protocol):
    """An adapter that finds out itself what stands at a pasted address."""

    def propose(self, address: str, session: Session) -> Proposal:
        """Return what can be read there, the best first. Raises SourceError."""
        ...


@runtime_checkable
class SavedReader(Protocol):
    """An adapter that also reads what somebody saved as a file."""

    def read_saved(self, body: bytes, settings: BaseModel) -> Page:
        """Return the records of a saved document; relative links resolve by what it says of
        its own address. Raises ParseError."""
        ...


class HookVerifier(Protocol):
    """Optional ``verify_hook`` of an adapter whose places call us.

    The secret is the setting ``webhook_secret`` of the place.
    """

    def __call__(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether the call is genuine, judged on the raw body."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """An adapter whose places call us when something happens."""

    verify_hook: HookVerifier
