"""An Interact that is read from its database or a dump: the place, without how rows are read."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from adapters.interact.client import Database
from adapters.interact.cursors import State, text_at, unpack
from adapters.interact.layout import Space
from adapters.interact.parse import PARSER_VERSION, Site, digest_of, is_shown
from adapters.interact.rows_site import RowsSite
from adapters.interact.settings import InteractSettings
from adapters.interact.space_reader import SpacesReader
from adapters.interact.texts import number_of
from connector.errors import PermanentError, SourceError
from connector.model import (
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Known,
    Page,
    Presence,
    Shape,
    Stream,
    StreamFailed,
)

_STREAM = re.compile(r"space:([1-9][0-9]{0,8})", re.ASCII)
_ID = re.compile(r"(post|news|notice|event|workshop|resource):([1-9][0-9]{0,8})", re.ASCII)
_REGISTRATION = re.compile(r"registration:([1-9][0-9]{0,8})-([1-9][0-9]{0,8})", re.ASCII)


class RowsPlace:
    """One Interact in rows."""

    def __init__(
        self,
        settings: InteractSettings,
        open_it: Callable[[], Database],
        now: datetime,
        mark: Callable[[], str] = str,
    ) -> None:
        """``mark`` names the file that is read, where one is; equal marks mean equal rows."""
        self._settings = settings
        self._open = open_it
        self._rows = RowsSite(settings, self._opened)
        self._now = now
        self._mark = mark
        self._read_mark: str | None = None
        """Of the file whose rows are read, once it is open."""

    def _opened(self) -> Database:
        # Before it is opened: a file that is put in its place meanwhile is read the next time.
        self._read_mark = self._mark()
        return self._open()

    def check(self) -> CheckReport:
        """Ask for all that reading needs, and say how much there is."""
        try:
            lines = self._found()
        except SourceError as error:
            return CheckReport((CheckLine(self._settings.way, False, str(error)),))
        return CheckReport(tuple(lines))

    def _found(self) -> list[CheckLine]:
        totals = self._rows.totals()
        site = self._rows.everything()
        reader = SpacesReader(self._rows, site, self._now)
        spaces = list(site.layout.spaces.values())
        # One real question to each table that is read later.
        for space in spaces[:1]:
            list(reader.sweep(space))
        reader.bounds()
        self._rows.ask(self._rows.questions.sums())
        self._rows.ask(self._rows.questions.activity([0], "2100-01-01"))
        years = f" from {totals.earliest} to {totals.latest}" if totals.earliest else ""
        found = (
            f"{len(spaces):,} spaces, {totals.people:,} people, {totals.posts:,} posts{years}, "
            f"release {self._rows.release}."
        )
        lines = [CheckLine(self._settings.way, True, found)]
        missing = set(self._settings.spaces) - {space.key for space in spaces}
        if missing:
            shown = ", ".join(map(str, sorted(missing)[:5]))
            lines.append(CheckLine("spaces", False, f"There is no open space {shown}: see spaces."))
        elif not self._settings.spaces:
            picked = "All spaces are read. To pick some, write their numbers as spaces."
            lines.append(CheckLine("spaces", True, picked))
        if self._settings.way == "dump":
            once = (
                "A dump does not change: it is read once, then the hub waits for another file "
                "of this name. Save a newer dump at the same place to read on."
            )
            lines.append(CheckLine("news", True, once))
        return lines

    def streams(self) -> Iterator[Stream]:
        """Yield a stream for each space that may be read. Raises SourceError."""
        for space in self._rows.chosen().layout.spaces.values():
            yield Stream(
                key=space.stream,
                title=space.name,
                url=f"{self._settings.base}spaces/space.php?space_key={space.key}",
                can_sweep=True,
            )

    def shape(self, stream: str) -> Shape:
        """Say what shapes a space's records."""
        number_in(stream)
        settings = self._settings
        shaping = (settings.base, settings.timezone, settings.audience, settings.schools)
        return Shape(PARSER_VERSION, digest_of(shaping))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages: of all spaces read before together, then of each new one."""
        if not cursors:
            return
        states = {stream: unpack(cursor) for stream, cursor in cursors.items()}
        mark = self._mark() if self._read_mark is None else self._read_mark
        same = [stream for stream, state in states.items() if state and _is_read(state, mark)]
        for stream in same:
            yield Page(stream=stream)
        if len(same) == len(states):
            return
        site = self._rows.chosen()
        reader = SpacesReader(self._rows, site, self._now, mark)
        settled: dict[Space, State] = {}
        fresh: dict[Space, State] = {}
        for stream in (each for each in states if each not in same):
            space, state = _space_in(site, stream), states[stream]
            if space is None:
                yield StreamFailed(stream, _no_such(stream))
            elif state and text_at(state, "since") and "at" not in state:
                settled[space] = state
            else:
                fresh[space] = state or {}
        if settled:
            yield from reader.news(settled)
        for space, state in fresh.items():
            yield from reader.first(space, state)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List the ids of a space; none where it is hidden or gone. Raises SourceError."""
        number_in(stream)
        site = self._rows.chosen()
        space = _space_in(site, stream)
        if space is not None:
            yield from SpacesReader(self._rows, site, self._now).sweep(space)
        elif _space_in(self._rows.everything(), stream) is not None:
            raise PermanentError(f"{stream} is not among the chosen spaces: see spaces.")
        else:
            yield IdPage((), complete=True)

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Say of each id whether it is there: shown, hidden or deleted."""
        found = {each.external_id: Presence.UNKNOWN for each in known}
        asked = {each: match for each in found if (match := _ID.fullmatch(each))}
        joined = {each: match for each in found if (match := _REGISTRATION.fullmatch(each))}
        if not asked and not joined:
            return found
        try:
            site = self._rows.everything()
            found |= self._looked_up(site, asked)
        except SourceError:
            return {each: one for each, one in found.items() if each not in {**asked, **joined}}
        for each, match in joined.items():
            found[each] = _registered(site, int(match[1]), int(match[2]))
        return found

    def _looked_up(self, site: Site, asked: Mapping[str, re.Match[str]]) -> dict[str, Presence]:
        found: dict[str, Presence] = {}
        by_kind: dict[str, dict[int, str]] = {}
        for external_id, match in asked.items():
            by_kind.setdefault(match[1], {})[int(match[2])] = external_id
        for kind, keys in by_kind.items():
            if kind in ("workshop", "resource"):
                found |= {one: _of_module(site, key) for key, one in keys.items()}
                continue
            rows = self._rows.ask(self._rows.questions.owners(kind, keys))
            said = {number_of(row[0]): _of_row(site, kind, row) for row in rows}
            found |= {one: said.get(key, Presence.GONE) for key, one in keys.items()}
        return found


def number_in(stream: str) -> int:
    """Return which space a stream is. Raises PermanentError."""
    found = _STREAM.fullmatch(stream)
    if found is None:
        raise _no_such(stream)
    return int(found[1])


def _no_such(stream: str) -> PermanentError:
    return PermanentError(
        f"The Interact shows no space called {stream[:60]!r}. It may be hidden or deleted there, "
        "or left out in spaces."
    )


def _space_in(site: Site, stream: str) -> Space | None:
    found = _STREAM.fullmatch(stream)
    return site.layout.spaces.get(int(found[1])) if found else None


def _is_read(state: State, mark: str) -> bool:
    return bool(mark) and "at" not in state and text_at(state, "file") == mark


def _of_module(site: Site, key: int) -> Presence:
    if key in site.layout.modules:
        return Presence.PRESENT
    return Presence.FORBIDDEN if key in site.layout.hidden else Presence.GONE


def _of_row(site: Site, kind: str, row: Sequence[object]) -> Presence:
    owner, status = number_of(row[1]), number_of(row[2])
    if kind == "news":
        return Presence.PRESENT if owner in site.layout.spaces else Presence.FORBIDDEN
    presence = _of_module(site, owner)
    if kind == "post" and presence is Presence.PRESENT:
        is_open = is_shown(site.layout.modules[owner].type, status)
        return Presence.PRESENT if is_open else Presence.FORBIDDEN
    return presence


def _registered(site: Site, group: int, user: int) -> Presence:
    presence = _of_module(site, group)
    is_in = any(each.user == user for each in site.layout.sign_ups(group))
    return presence if is_in or presence is not Presence.PRESENT else Presence.GONE
