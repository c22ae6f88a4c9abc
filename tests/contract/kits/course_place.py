"""An adapter for the course of ``course_service``: as small as one can be that keeps the contract.

It stands in no registry. It shows that the contract and its suite fit a place that is asked by
POST, knows its people, and shows nothing to the public.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connector.contract import AdapterInfo
from connector.errors import AuthError, ParseError, PermanentError, SourceError
from connector.http import Session
from connector.model import (
    FACILITATORS,
    STREAM,
    Account,
    Audience,
    AudienceKind,
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Membership,
    Page,
    Presence,
    Record,
    Role,
    Shape,
    Stream,
    StreamFailed,
)

PARSER_VERSION = 1
ROLES = {"lead": Role.FACILITATOR, "teacher": Role.TEACHER, "learner": Role.STUDENT}
_FORUM = re.compile(r"forum:([0-9]{1,9})")
_DISCUSSION = re.compile(r"discussion:([0-9]{1,15})")

Number = Field(ge=0, lt=10**15)
Seconds = Field(ge=0, lt=4_102_444_800)


class CourseSettings(BaseModel):
    """What may be configured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(description="Where the course is asked.")
    token: SecretStr = Field(description="Who asks.")
    audience: Literal["course", "facilitators"] = Field(
        default="course", description="Who may see what the forums hold."
    )


class PersonSaid(BaseModel):
    id: int = Number
    name: str
    role: str
    groups: tuple[int, ...]


class PeopleSaid(BaseModel):
    people: tuple[PersonSaid, ...]


class ForumSaid(BaseModel):
    id: int = Number
    name: str
    group: int | None


class ForumsSaid(BaseModel):
    forums: tuple[ForumSaid, ...]


class DiscussionSaid(BaseModel):
    id: int = Number
    author: int
    title: str
    html: str
    created: int = Seconds
    modified: int = Seconds


class DiscussionsSaid(BaseModel):
    discussions: tuple[DiscussionSaid, ...]
    more: bool


class IdsSaid(BaseModel):
    ids: tuple[int, ...]
    more: bool


class ShownSaid(BaseModel):
    shown: tuple[int, ...]


class RefusalSaid(BaseModel):
    error: str


class StateSaid(BaseModel):
    """How far a stream was read: to a moment, and to an id within it."""

    time: int
    id: int
    first: bool


Said = TypeVar("Said", bound=BaseModel)


@dataclass(frozen=True)
class Roster:
    """What has to be known of the course before a word of it is read."""

    people: tuple[PersonSaid, ...]
    forums: tuple[ForumSaid, ...]

    def forum(self, stream: str) -> ForumSaid:
        for each in self.forums:
            if stream == f"forum:{each.id}":
                return each
        raise no_such(stream)

    def accounts(self) -> dict[int, Account]:
        return {
            each.id: Account(f"user:{each.id}", each.name, role=ROLES.get(each.role, Role.UNKNOWN))
            for each in self.people
        }

    def membership(self, forum: ForumSaid) -> Membership:
        members = [p for p in self.people if forum.group is None or forum.group in p.groups]
        return Membership(audience_of(forum), tuple(f"user:{each.id}" for each in members))


class CoursePlace:
    """One course."""

    def __init__(self, settings: CourseSettings, session: Session) -> None:
        self._settings = settings
        self._session = session

    def check(self) -> CheckReport:
        try:
            roster = self._roster()
        except SourceError as error:
            return CheckReport((CheckLine("course", False, str(error)),))
        found = f"The course has {len(roster.people)} people and {len(roster.forums)} forums."
        return CheckReport((CheckLine("course", True, found),))

    def streams(self) -> Iterator[Stream]:
        for each in self._ask("forums", ForumsSaid).forums:
            yield Stream(key=f"forum:{each.id}", title=each.name, can_sweep=True)

    def shape(self, stream: str) -> Shape:
        number_of(stream)
        return Shape(PARSER_VERSION, self._settings.audience)

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        if not cursors:
            return
        roster = self._roster()
        for stream, cursor in cursors.items():
            try:
                yield from self._read_one(roster, stream, cursor)
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _read_one(self, roster: Roster, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        forum, state = roster.forum(stream), state_in(cursor)
        first, more = state.first, True
        is_opening = True
        while more:
            found = self._changed(forum, state)
            more = found.more
            state = state_after(found, state, first=first and more)
            accounts = tuple(roster.accounts().values()) if is_opening else ()
            memberships = (roster.membership(forum),) if is_opening else ()
            yield Page(
                stream=stream,
                records=tuple(self._record(roster, forum, each) for each in found.discussions),
                cursor=Cursor(state.model_dump_json()),
                baseline=first,
                complete=not more,
                accounts=accounts,
                memberships=memberships,
            )
            is_opening = False

    def sweep(self, stream: str) -> Iterator[IdPage]:
        last, more = -1, True
        while more:
            found = self._ask("ids", IdsSaid, forum=number_of(stream), after_id=last)
            if found.more and max(found.ids, default=-1) <= last:
                raise not_understood()
            last, more = max(found.ids, default=last), found.more
            yield IdPage(tuple(f"discussion:{each}" for each in found.ids), complete=not more)

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        matches = {each.external_id: _DISCUSSION.fullmatch(each.external_id) for each in known}
        numbers = {external_id: int(found[1]) for external_id, found in matches.items() if found}
        presence = dict.fromkeys(matches.keys() - numbers, Presence.UNKNOWN)
        if not numbers:
            return presence
        try:
            shown = self._ask("shown", ShownSaid, ids=",".join(map(str, numbers.values()))).shown
        except SourceError:
            return presence
        for external_id, number in numbers.items():
            presence[external_id] = Presence.PRESENT if number in shown else Presence.FORBIDDEN
        return presence

    def _roster(self) -> Roster:
        people = self._ask("people", PeopleSaid).people
        return Roster(people, self._ask("forums", ForumsSaid).forums)

    def _changed(self, forum: ForumSaid, state: StateSaid) -> DiscussionsSaid:
        return self._ask(
            "discussions",
            DiscussionsSaid,
            forum=forum.id,
            after_time=state.time,
            after_id=state.id,
        )

    def _record(self, roster: Roster, forum: ForumSaid, said: DiscussionSaid) -> Record:
        is_narrow = self._settings.audience == "facilitators"
        return Record(
            kind=Kind.POST,
            external_id=f"discussion:{said.id}",
            title=said.title,
            html=said.html,
            published=datetime.fromtimestamp(said.created, UTC),
            updated=datetime.fromtimestamp(said.modified, UTC),
            author=roster.accounts().get(said.author),
            audience=FACILITATORS if is_narrow else audience_of(forum),
        )

    def _ask(self, question: str, answer: type[Said], **more: str | int) -> Said:
        form = {"token": self._settings.token.get_secret_value(), "ask": question, **more}
        response = self._session.post(
            self._settings.address,
            body=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            is_question=True,
        )
        if is_refusal(response.body):
            raise AuthError("The course refused the token. Create a new one and save it.")
        try:
            return answer.model_validate(json.loads(response.body))
        except (ValueError, RecursionError):
            # Without its cause, which repeats what came.
            raise not_understood() from None


def audience_of(forum: ForumSaid) -> Audience:
    return STREAM if forum.group is None else Audience(AudienceKind.GROUP, f"group:{forum.group}")


def state_in(cursor: Cursor | None) -> StateSaid:
    """Return how far a stream was read; a cursor that says nothing is a first reading."""
    try:
        return StateSaid.model_validate_json(cursor or "")
    except ValidationError:
        return StateSaid(time=-1, id=-1, first=True)


def state_after(found: DiscussionsSaid, before: StateSaid, *, first: bool) -> StateSaid:
    """Return where reading goes on; refuse an answer that would lead round in a circle."""
    reached = [(each.modified, each.id) for each in found.discussions]
    time, number = max(reached, default=(before.time, before.id))
    if found.more and (time, number) <= (before.time, before.id):
        raise not_understood()
    return StateSaid(time=time, id=number, first=first)


def is_refusal(body: bytes) -> bool:
    try:
        return bool(RefusalSaid.model_validate(json.loads(body)).error)
    except (ValueError, RecursionError):
        return False


def number_of(stream: str) -> int:
    found = _FORUM.fullmatch(stream)
    if found is None:
        raise no_such(stream)
    return int(found[1])


def no_such(stream: str) -> PermanentError:
    return PermanentError(f"The course has no part called {stream[:80]!r}. Check its forums.")


def not_understood() -> ParseError:
    return ParseError("The course answers with something else than was asked for. Ask its host.")


class CourseAdapter:
    """What would be a row of the registry."""

    INFO = AdapterInfo(
        kind="course",
        title="Course",
        reads=frozenset({Kind.POST}),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=10),
    )
    Settings: type[BaseModel] = CourseSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> CoursePlace:
        if not isinstance(settings, CourseSettings):
            raise TypeError(f"a course needs CourseSettings, got {type(settings).__name__}")
        return CoursePlace(settings, session)


ADAPTER = CourseAdapter()
