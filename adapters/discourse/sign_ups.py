"""Reads who comes to the events that a board announces.

One answer lists all events with their counts; only where these moved is an event's list of
invitees asked for. State: for each event what was last said of it, and the registrations.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.discourse.board import SIGN_UPS, Board
from adapters.discourse.client import DiscourseClient
from adapters.discourse.json_values import at, list_at, text_at
from adapters.discourse.parse import Event, read_events, read_invitees
from adapters.discourse.state import LAYOUT
from connector.model import (
    FACILITATORS,
    Audience,
    AudienceKind,
    Count,
    Cursor,
    Page,
    Problem,
    ProblemKind,
    Record,
    Stream,
)

MOST_EVENTS = MOST_INVITEES = 200
"""More than so many the board does not list."""
_TOO_MANY = Problem(
    ProblemKind.NOTED,
    "An event has more than 200 answers, and the board lists no more: some are missing here.",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was last said of one event."""

    said: str
    registrations: tuple[str, ...]


class SignUps:
    """The stream of who comes."""

    def __init__(self, client: DiscourseClient, board: Board, now: datetime) -> None:
        self._client = client
        self._board = board
        self._today = now.date().isoformat()

    def stream(self) -> Stream | None:
        """Return the stream where the board has events. Raises SourceError."""
        events = self._events()
        title = "Workshops: who is coming"
        return None if events is None else Stream(key=SIGN_UPS, title=title, url=self._client.base)

    def read(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what moved since this cursor. Raises SourceError."""
        kept = _unpacked(cursor)
        first = kept is None
        state = kept or {}
        events = self._events() or ()
        if first:
            yield from self._opening()
        for event in events:
            before = state.get(event.id, Kept("", ()))
            if self._said(event) != before.said:
                page, state[event.id] = self._moved(event, before)
                yield _with(page, state, baseline=first, complete=False)
        gone = self._forgotten(state, events)
        page = Page(stream=SIGN_UPS, gone=gone)
        yield _with(page, state, baseline=first, complete=True)

    def _events(self) -> tuple[Event, ...] | None:
        """Return the newest events; None where the board has none at all."""
        answer = self._client.ask(
            "/discourse-post-event/events.json",
            {"include_details": "true", "order": "desc", "limit": MOST_EVENTS},
            answers=(404,),
        )
        return None if answer.status == 404 else read_events(answer.value)

    def _opening(self) -> Iterator[Page]:
        audiences = {self._board.audience(number) for number in self._board.categories}
        groups = sorted(
            (one for one in audiences if one.kind is AudienceKind.GROUP), key=lambda one: one.key
        )
        if groups:
            memberships = tuple(self._board.membership(one) for one in groups)
            yield Page(stream=SIGN_UPS, memberships=memberships, baseline=True, complete=False)

    def _audience(self, event: Event) -> Audience:
        if not event.shows_invitees:
            return FACILITATORS
        return self._board.audience(event.category)

    def _said(self, event: Event) -> str:
        audience = self._audience(event)
        return repr((event.counts, str(audience.kind), audience.key))

    def _moved(self, event: Event, before: Kept) -> tuple[Page, Kept]:
        answer = self._client.ask(
            f"/discourse-post-event/events/{event.id}/invitees.json", answers=(403, 404)
        )
        records: tuple[Record, ...] = ()
        if answer.status == 200:
            audience = self._audience(event)
            records = read_invitees(answer.value, event.id, self._client.base, audience)
        is_whole = len(list_at(answer.value, "invitees")) < MOST_INVITEES
        ids = tuple(record.external_id for record in records)
        left = tuple(one for one in before.registrations if one not in ids) if is_whole else ()
        page = Page(
            stream=SIGN_UPS,
            records=records[:100],
            gone=left,
            problems=() if is_whole else (_TOO_MANY,),
            counts=tuple(
                Count(name, value, self._today, f"post:{event.id}") for name, value in event.counts
            ),
        )
        return page, Kept(self._said(event), ids if is_whole else (*ids, *before.registrations))

    def _forgotten(self, state: dict[int, Kept], events: tuple[Event, ...]) -> tuple[str, ...]:
        """Return the registrations of events that the board no longer has."""
        if len(events) >= MOST_EVENTS:
            return ()
        there = {event.id for event in events}
        lost = [number for number in state if number not in there]
        return tuple(one for number in lost for one in state.pop(number).registrations)


def _with(page: Page, state: dict[int, Kept], *, baseline: bool, complete: bool) -> Page:
    events = {str(number): [kept.said, *kept.registrations] for number, kept in state.items()}
    packed = json.dumps({"v": LAYOUT, "events": events}, sort_keys=True, separators=(",", ":"))
    return Page(
        stream=page.stream,
        records=page.records,
        gone=page.gone,
        problems=page.problems,
        counts=page.counts,
        cursor=Cursor(packed),
        baseline=baseline,
        complete=complete,
    )


def _unpacked(cursor: Cursor | None) -> dict[int, Kept] | None:
    try:
        value: object = json.loads(cursor or "")
    except (ValueError, RecursionError):
        return None
    events = at(value, "events")
    if at(value, "v") != LAYOUT or not isinstance(events, dict):
        return None
    return {
        int(number): Kept(text_at({"said": said[0]}, "said"), tuple(map(str, said[1:])))
        for number, said in events.items()
        if number.isdecimal() and isinstance(said, list) and said
    }
