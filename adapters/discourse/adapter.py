"""The discourse adapter: joins settings and readers behind the contract.

How posts are read is in ``cycle`` and ``rolling``, who may see them in ``board``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from adapters.discourse.board import SIGN_UPS, Board
from adapters.discourse.check import check_board
from adapters.discourse.client import DiscourseClient, base_of
from adapters.discourse.cycle import Cycle, ask_window
from adapters.discourse.hooks import verify_hook
from adapters.discourse.json_values import text_at
from adapters.discourse.parse import PARSER_VERSION
from adapters.discourse.settings import DiscourseSettings
from adapters.discourse.sign_ups import SignUps
from adapters.discourse.state import short_digest, unpacked
from adapters.discourse.sweeping import Sweeping
from connector.contract import AdapterInfo, Place
from connector.errors import PermanentError, SourceError
from connector.http import Session
from connector.model import (
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Offer,
    Page,
    Presence,
    Proposal,
    Shape,
    Stream,
    StreamFailed,
)

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""For a few questions that never reach the pace of a run."""
_STREAM = re.compile(rf"category:[1-9][0-9]{{0,9}}|tag:.{{1,200}}|{SIGN_UPS}")


class DiscoursePlace:
    """One board."""

    def __init__(self, settings: DiscourseSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._client = DiscourseClient(settings, session, now)
        self._board = Board(self._client, settings)
        self._sweeping = Sweeping(self._client, self._board)

    def check(self) -> CheckReport:
        """Try everything for real and say what was found."""
        return check_board(self._client, self._board, self._sign_ups(), self._settings)

    def streams(self) -> Iterator[Stream]:
        """Yield what can be read; asks the board for its parts."""
        self._board.ask(())
        newest = ask_window(self._client, None).high - 1
        yield from self._board.streams(newest)
        sign_ups = self._sign_ups().stream()
        if sign_ups is not None:
            yield sign_ups

    def shape(self, stream: str) -> Shape:
        """Say what shapes this stream's records; raises PermanentError for an unknown one."""
        _refuse_unknown(stream)
        settings = self._settings
        schools = sorted(settings.school_groups.items())
        shaping = (base_of(settings.address), schools, settings.school_field)
        return Shape(PARSER_VERSION, str(short_digest(shaping)))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams; one walk through the board serves all of them."""
        wanted = [stream for stream in cursors if _STREAM.fullmatch(stream)]
        for stream in cursors:
            if stream not in wanted:
                yield StreamFailed(stream, _no_such(stream))
        if not wanted:
            return
        states = {key: unpacked(cursors[key]) for key in wanted if key != SIGN_UPS}
        self._board.ask(list(states.values()))
        for stream in [key for key in states if self._has_left(key)]:
            del states[stream]
            yield StreamFailed(stream, _left(stream))
        if states:
            yield from Cycle(self._client, self._board, states, self._now).pages()
        if SIGN_UPS in wanted:
            yield from self._sign_ups().read(cursors[SIGN_UPS])

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all ids of a stream; raises SourceError."""
        _refuse_unknown(stream)
        if stream == SIGN_UPS:
            raise PermanentError("A board cannot list all sign-ups: only what moved is told.")
        if not self._board.categories:
            self._board.ask(())
        yield from self._sweeping.sweep(stream)

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Ask for each record; what got no answer is left out."""
        return self._sweeping.lookup(known)

    def _sign_ups(self) -> SignUps:
        return SignUps(self._client, self._board, self._now)

    def _has_left(self, stream: str) -> bool:
        kind, _, number = stream.partition(":")
        return kind == "category" and int(number) not in self._board.categories


class DiscourseAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="discourse",
        title="Discourse board",
        reads=frozenset({Kind.POST, Kind.COMMENT, Kind.WORKSHOP, Kind.REGISTRATION}),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=10),
        requests_per_host=1,
    )
    Settings: type[BaseModel] = DiscourseSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the board behind these settings; asks nobody yet."""
        if not isinstance(settings, DiscourseSettings):
            raise TypeError(f"discourse needs DiscourseSettings, got {type(settings).__name__}")
        return DiscoursePlace(settings, session, now)

    def propose(self, address: str, session: Session) -> Proposal:
        """Return the board at a pasted address. Raises SourceError."""
        base = base_of(address.strip())
        client = DiscourseClient(DiscourseSettings(address=base), session, _LONG_AGO)
        title = text_at(client.ask("/site/basic-info.json").value, "title")
        if not title:
            return Proposal("", base, (), "This is no Discourse board; it does not say its name.")
        try:
            window = ask_window(client, None)
        except SourceError as error:
            return Proposal(title, base, (Offer(title, "Discourse", base),), str(error))
        newest = tuple(dict.fromkeys(post.title for post in window.posts if post.title))[:3]
        return Proposal(title, base, (Offer(title, "Discourse", base, newest),))

    def verify_hook(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether a call of the board is genuine, judged on its raw body."""
        return verify_hook(headers, body, secret)


def _refuse_unknown(stream: str) -> None:
    if not _STREAM.fullmatch(stream):
        raise _no_such(stream)


def _no_such(stream: str) -> PermanentError:
    return PermanentError(
        f"A board has no part called {stream[:80]!r}. Its parts are categories, tags and sign-ups."
    )


def _left(stream: str) -> PermanentError:
    return PermanentError(
        f"The board no longer shows the hub its {stream.replace(':', ' number ')}. Ask an "
        "administrator of the board whether it was removed or closed, or pause this part."
    )


ADAPTER = DiscourseAdapter()
