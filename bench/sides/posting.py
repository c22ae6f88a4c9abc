"""Places that take messages and outlive whoever sends: files of lines, a board, and a Moodle.

A sender dies by SIGKILL at a point that is given by its number: before or after any commit,
before or after a place has stored something. Answers get lost when the dice say so.
"""

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bench.sides import posting_board
from bench.sides.posting_moodle import MOODLE_KINDS, MoodleLine
from connector.announce.moves import State
from connector.contract import AdapterInfo, Destination
from connector.errors import UnknownOutcome
from connector.http import Session
from connector.model import CheckReport, Message, Receipt, Recipient
from connector.store.database import Store
from sync_jobs.outbox import Anchor, Outbox

PEOPLE = tuple(f"teacher{number}@kauri.example" for number in range(4))
BOARDS = ("exact", "delayed", "blind", "mail", posting_board.NAME, *MOODLE_KINDS)
FINDABLE = frozenset({"exact", "delayed", posting_board.NAME, *MOODLE_KINDS})


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What goes wrong on the way, by dice."""

    seed: int
    lost: float = 0.0
    """How many answers in a hundred are lost after the place has stored the message."""
    dropped: float = 0.0
    """How many messages in a hundred are lost on the way to the place."""


class Settings(BaseModel):
    """Where the file is."""

    address: str


@dataclass
class FileBoard:
    """A place; every line is a copy."""

    path: Path
    reached: Callable[[str], None]
    dice: Random
    chance: Chance
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.path.stem

    def check(self) -> CheckReport:
        """Say that all is well."""
        return CheckReport(())

    def preview(self, message: Message) -> Message:
        """Show the message as it is."""
        return message

    def find(self, marker: str) -> Receipt | None:
        """Look through the lines, where that can be done."""
        if self.name not in FINDABLE:
            return None
        for number, line in enumerate(copies(self.path)):
            if line["marker"] == marker:
                return Receipt(f"post:{number}")
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        """Store a copy, or lose it."""
        return self._store({"marker": marker, "title": message.title})

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Nothing here is edited."""
        raise NotImplementedError

    def retract(self, receipt: Receipt) -> None:
        """Nothing here is taken back."""
        raise NotImplementedError

    def _store(self, line: dict[str, str]) -> Receipt:
        self.reached(f"before storing at {self.name}")
        if self.dice.random() * 100 < self.chance.dropped:
            raise UnknownOutcome("Nobody answered.")
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, json.dumps(line).encode() + b"\n")
        os.close(handle)
        self.reached(f"after storing at {self.name}")
        if self.dice.random() * 100 < self.chance.lost:
            raise UnknownOutcome("Nobody answered.")
        return Receipt(f"post:{len(copies(self.path)) - 1}")


class FileMail(FileBoard):
    """Letters; every line is one."""

    def recipients(self) -> Sequence[Recipient]:
        """Return the same people each time."""
        return [Recipient(one) for one in PEOPLE]

    def send_to(self, recipient: Recipient, message: Message, marker: str) -> None:
        """Store a letter, or lose it."""
        self._store({"marker": recipient.address, "title": message.title})

    def close(self) -> None:
        """There is nothing to hang up."""


def copies(path: Path) -> list[dict[str, str]]:
    """Return what a place has."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


@dataclass(frozen=True)
class FileKind:
    """A row of the registry."""

    INFO: AdapterInfo
    folder: Path
    made: Callable[..., FileBoard]
    reached: Callable[[str], None]
    chance: Chance
    Settings: type[BaseModel] = Settings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the place of that name."""
        assert isinstance(settings, Settings)
        dice = Random(f"{self.chance.seed} {settings.address} {now}")
        path = self.folder / f"{settings.address}.lines"
        return self.made(path, self.reached, dice, self.chance)


def kinds(folder: Path, reached: Callable[[str], None], chance: Chance) -> dict[str, Any]:
    """Return one kind of destination for each way of finding a copy again, and the real ones."""
    ways: dict[str, tuple[Literal["exact", "delayed", "none"], Callable[..., FileBoard]]] = {
        "exact": ("exact", FileBoard),
        "delayed": ("delayed", FileBoard),
        "blind": ("none", FileBoard),
        "mail": ("none", FileMail),
    }
    files = {
        kind: FileKind(
            AdapterInfo(
                kind=kind, title=kind, reads=frozenset(), find=find, delivers=frozenset({"send"})
            ),
            folder,
            made,
            reached,
            chance,
        )
        for kind, (find, made) in ways.items()
    }
    board = posting_board.BoardKind(folder, reached, chance, Settings)
    return {**files, posting_board.NAME: board, **MOODLE_KINDS}


def outbox_of(
    store: Store,
    folder: Path,
    now: datetime,
    chance: Chance,
    reached: Callable[[str], None] = lambda point: None,
    *,
    moodle: str = "",
) -> Outbox:
    """Return the tools of a sender whose clock stands still; ``moodle`` is where one listens."""
    dice = Random(f"{chance.seed} moodle {now}")
    line = MoodleLine(moodle, reached, dice, chance.lost, chance.dropped)
    return Outbox(
        store=store,
        kinds=kinds(folder, reached, chance),
        open_session=lambda: cast(Session, line),
        zone=ZoneInfo("Pacific/Auckland"),
        anchor=Anchor(store, folder),
        clock=lambda: now,
        late_limit=timedelta(days=30),
        flood_brake=1000,
    )


@dataclass
class Death:
    """Counts the points that are reached, and dies at one of them."""

    die_at: int | None
    log: Path
    count: int = 0

    def reached(self, point: str) -> None:
        """Note a point."""
        self.count += 1
        with self.log.open("a") as file:
            file.write(f"{point}\n")
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one case ended."""

    duplicates: tuple[str, ...]
    lost: tuple[str, ...]
    """Neither there nor listed as unknown, or not there although it could be looked for."""
    unknown: int
    """What is listed for a person to decide."""


def judge(
    folder: Path,
    states: dict[str, State],
    unknown_letters: int,
    in_moodle: Mapping[str, list[str]],
    *,
    may_wait: bool = False,
) -> Outcome:
    """Compare what the places have with what the hub says; a Moodle's copies by their markers.

    ``may_wait``: messages got lost so often that the hub may ask a person in the end.
    """
    duplicates, lost = [], []
    unknown = unknown_letters
    for name in BOARDS:
        lines = copies(folder / f"{name}.lines")
        markers = in_moodle.get(name) or [line["marker"] for line in lines]
        duplicates += [f"{name}: {one}" for one in sorted(set(markers)) if markers.count(one) > 1]
        if may_wait and name in FINDABLE and states[name] is State.HELD:
            unknown += 1
            continue
        wanted = len(PEOPLE) if name == "mail" else 1
        missing = wanted - len(set(markers))
        if name in FINDABLE or states[name] is State.SENT:
            lost += [name] * missing
        elif name == "mail":
            lost += [name] * max(0, missing - unknown_letters)
        unknown += name == "blind" and states[name] is State.UNKNOWN
        if name in FINDABLE and states[name] is not State.SENT:
            lost.append(f"{name} is {states[name]}")
    return Outcome(duplicates=tuple(duplicates), lost=tuple(lost), unknown=unknown)
