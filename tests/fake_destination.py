"""Destinations that exist in memory and do as they are told, failures included."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from connector.announce.moves import State
from connector.announce.writing import Written
from connector.contract import AdapterInfo, Destination
from connector.errors import ConflictError, PermanentError
from connector.http import Session
from connector.hub_files import write_whereabouts
from connector.model import CheckLine, CheckReport, Message, Receipt, Recipient
from connector.store import announcements, deliveries, destinations, instance
from connector.store.announcements import AnnouncementRow
from connector.store.database import Store
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import DestinationSpec
from sync_jobs import approve
from sync_jobs.outbox import Anchor, Outbox
from sync_jobs.push import send_due
from tests.engine import AUCKLAND, PRIVACY, Clock
from tests.fake_place import NOON

WRITTEN = Written(title="Maths evening", body="Nau mai, *haere mai*.")


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: str
    token: str = ""


@dataclass
class Copy:
    """One copy as its place has it."""

    marker: str
    message: Message
    version: int = 0
    removed: bool = False
    waiting: bool = False


@dataclass
class FakeBoard:
    """A place that takes messages."""

    copies: list[Copy] = field(default_factory=list)
    letters: list[tuple[str, str]] = field(default_factory=list)
    """Address and title of each letter."""
    people: list[str] = field(default_factory=list)
    before: dict[str, list[Exception]] = field(default_factory=dict)
    """What is raised before anything happens, by verb, one for each call."""
    after: dict[str, list[Exception]] = field(default_factory=dict)
    """The same, after it has happened."""
    asked: list[str] = field(default_factory=list)
    trouble: str = ""
    reviews: bool = False
    hides: bool = False
    """Stored, but not found yet."""
    refuses: set[str] = field(default_factory=set)
    suffix: str = ""
    """Added to what would be sent: a place that changed its ways."""
    objects: str = ""
    """What it says against any message."""
    on: Callable[[str], None] = lambda verb: None

    def shown(self) -> list[str]:
        return [one.message.title for one in self.copies if not one.removed]


class FakeDestination:
    def __init__(self, board: FakeBoard):
        self._board = board

    def check(self) -> CheckReport:
        self._step("check", "before")
        ok = not self._board.trouble
        return CheckReport((CheckLine("post", ok, self._board.trouble or "It can post."),))

    def preview(self, message: Message) -> Message:
        return message

    def plan(self, message: Message, marker: str) -> Sequence[Any]:
        from connector.model import PlannedRequest

        body = f"{message.title}\n{message.html}{self._board.suffix}"
        return (PlannedRequest(method="POST", address="fake://", body=body, secrets=("Token",)),)

    def objections(self, message: Message) -> Sequence[str]:
        return (self._board.objects,) if self._board.objects else ()

    def find(self, marker: str) -> Receipt | None:
        self._step("find", "before")
        if self._board.hides:
            return None
        for one in self._board.copies:
            if one.marker == marker:
                return self._receipt(one)
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        self._step("send", "before")
        copy = Copy(marker, message, waiting=self._board.reviews)
        self._board.copies.append(copy)
        self._step("send", "after")
        return self._receipt(copy)

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        self._step("update", "before")
        copy = self._copy(receipt)
        if copy.message != message:
            if receipt.version and receipt.version != str(copy.version):
                raise ConflictError("Somebody edited the copy.")
            copy.message = message
            copy.version += 1
        self._step("update", "after")
        return self._receipt(copy)

    def retract(self, receipt: Receipt) -> None:
        self._step("retract", "before")
        self._copy(receipt).removed = True
        self._step("retract", "after")

    def _copy(self, receipt: Receipt) -> Copy:
        copy = self._board.copies[int(receipt.external_id.removeprefix("post:"))]
        if copy.removed:
            raise PermanentError("Gone.", status=410)
        return copy

    def _receipt(self, copy: Copy) -> Receipt:
        number = self._board.copies.index(copy)
        return Receipt(
            f"post:{number}",
            f"http://board.example/{number}",
            waiting=copy.waiting,
            version=str(copy.version),
            removed=copy.removed,
        )

    def _step(self, verb: str, when: Literal["before", "after"]) -> None:
        if when == "before":
            self._board.asked.append(verb)
        self._board.on(f"{when} {verb}")
        errors = getattr(self._board, when).get(verb)
        if errors:
            raise errors.pop(0)


class FakeChat(FakeDestination):
    """A place that nobody can look into."""

    def find(self, marker: str) -> Receipt | None:
        return None


class FakeMail(FakeChat):
    def recipients(self) -> Sequence[Recipient]:
        return [Recipient(one) for one in self._board.people]

    def send_to(self, recipient: Recipient, message: Message, marker: str) -> None:
        self._step("send_to", "before")
        if recipient.address in self._board.refuses:
            raise PermanentError("No such person.")
        self._board.letters.append((recipient.address, message.title))
        self._step("send_to", "after")

    def close(self) -> None:
        self._board.asked.append("close")


class FakeKind:
    """A row of the registry."""

    Settings: type[BaseModel] = Settings

    def __init__(self, outbox: "FakeOutbox", info: AdapterInfo, made: type[FakeDestination]):
        self._outbox = outbox
        self.INFO = info
        self._made = made

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        assert isinstance(settings, Settings)
        return self._made(self._outbox.boards[settings.address])


def _info(kind: str, find: Any, *delivers: Any) -> AdapterInfo:
    return AdapterInfo(
        kind=kind, title=kind, reads=frozenset(), find=find, delivers=frozenset(delivers)
    )


@dataclass
class FakeOutbox:
    """A hub that only announces: two places that can be looked into, one that cannot, letters,
    and one that is written to by hand."""

    store: Store
    folder: Path
    clock: Clock = field(default_factory=Clock)
    boards: dict[str, FakeBoard] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    """Limits that differ from the usual ones."""

    def __post_init__(self) -> None:
        from connector.store import clusters

        with self.store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint=PRIVACY.fingerprint(), now=NOON)
            self.cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
        self.folder.mkdir(exist_ok=True)
        write_whereabouts(self.folder, instance.whereabouts(self.store))

    @property
    def tools(self) -> Outbox:
        """What the jobs are given."""
        can = ("send", "update", "retract")
        kinds = {
            "board": FakeKind(self, _info("board", "exact", *can), FakeDestination),
            "late": FakeKind(self, _info("late", "delayed", *can), FakeDestination),
            "chat": FakeKind(self, _info("chat", "none", "send"), FakeChat),
            "mail": FakeKind(self, _info("mail", "none", "send"), FakeMail),
            "by_hand": FakeKind(self, _info("by_hand", "none"), FakeDestination),
        }
        return Outbox(
            store=self.store,
            kinds=kinds,
            open_session=lambda: cast(Session, None),
            zone=AUCKLAND,
            anchor=Anchor(self.store, self.folder),
            clock=self.clock,
            **self.more,
        )

    def add(
        self, key: str = "board", kind: str = "", *, audience: str = "cluster", **more: Any
    ) -> FakeBoard:
        """Add a destination, or configure it anew; return what stands behind it."""
        spec = DestinationSpec(
            key=key,
            kind=kind or key,
            title=more.pop("title", key.capitalize()),
            address=f"fake://{key}",
            settings=more.pop("settings", {}),
            audience_kind=audience,
            account=more.pop("account", key),
            **more,
        )
        with self.store.write(self.cluster_id) as conn:
            destinations.put_destination(conn, self.cluster_id, spec)
        return self.boards.setdefault(spec.address, FakeBoard())

    def draft(
        self,
        written: Written = WRITTEN,
        *,
        audience: str = "cluster",
        made_public: bool = False,
    ) -> AnnouncementRow:
        """Keep an announcement."""
        with self.store.write(self.cluster_id) as conn:
            number = announcements.add_draft(
                conn,
                self.cluster_id,
                written,
                audience_kind=audience,
                made_public=made_public,
                now=self.clock.now,
            )
        return self.announcement(number)

    def announcement(self, number: int = 1) -> AnnouncementRow:
        with self.store.read() as conn:
            row = announcements.get_announcement(conn, self.cluster_id, number)
        assert row is not None
        return row

    def announce(
        self, *keys: str, at: datetime | None = None, **draft: Any
    ) -> tuple[DeliveryRow, ...]:
        """Write an announcement to these destinations (all of them) and say yes."""
        row = self.draft(**draft)
        with self.store.read() as conn:
            known = destinations.destinations_of(conn, self.cluster_id)
        chosen = [one for one in known if not keys or one.key in keys]
        approve.approve(self.tools, row, approve.previews(self.tools, row, chosen), at)
        return tuple(self.deliveries(row.id))

    def deliveries(self, *numbers: int) -> list[DeliveryRow]:
        """Return the deliveries of these announcements, or of the first."""
        with self.store.read() as conn:
            return deliveries.deliveries_of(conn, self.cluster_id, numbers or (1,))

    def delivery(self, number: int = 1) -> DeliveryRow:
        with self.store.read() as conn:
            return deliveries.get_delivery(conn, number)

    def states(self, *numbers: int) -> list[State]:
        return [one.state for one in self.deliveries(*numbers)]

    def send(self, **later: float) -> list[State]:
        """Send what is due after so long; return how the first announcement stands."""
        self.clock.move(**later)
        send_due(self.tools)
        return self.states()

    def send_until_quiet(self, hours: int = 6) -> None:
        """Let the time pass, a minute at a time at first."""
        for minutes in [1] * 40 + [10] * (6 * hours):
            self.send(minutes=minutes)


def once(error: Exception, times: int = 1) -> list[Exception]:
    return [error] * times


def titles(boards: Iterable[FakeBoard]) -> list[list[str]]:
    return [one.shown() for one in boards]


HOUR = timedelta(hours=1)
