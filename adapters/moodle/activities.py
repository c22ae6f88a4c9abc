"""Reads choices, feedback and assignments: each sort asks its own questions, all else is one.

What a sort is about is in ``sorts``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from adapters.moodle.audience import Rule, content_rule, plain_audience
from adapters.moodle.batch import Answered, Ask
from adapters.moodle.context import SHOWN_AGAIN, Context, fresh, no_such, not_listed, noted
from adapters.moodle.cursors import State, digest, pack
from adapters.moodle.forum_pages import id_pages, in_pages
from adapters.moodle.said_activities import Activity
from adapters.moodle.survey import Survey
from adapters.moodle.values import number_at, text_at
from connector.errors import AuthError, PermanentError, SourceError
from connector.model import (
    FACILITATORS,
    Audience,
    AudienceChange,
    Count,
    IdPage,
    Page,
    Problem,
    Record,
    StreamFailed,
)

CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the answers about one activity came to."""

    records: Sequence[Record] = ()
    counts: Sequence[Count] = ()
    is_whole: bool = True
    """Nothing is missing from the records: what is not among them any more is gone."""
    problems: tuple[Problem, ...] = ()


class Sort(Protocol):
    """One sort of activity."""

    prefix: str
    """Of its stream keys: ``choice:``."""
    function: str
    """What lists them."""
    area: str
    """How ``get_updates_since`` calls what people put into it."""
    capability: str
    what: str
    """As a sentence calls it."""

    def listed(self, survey: Survey) -> Mapping[int, Activity]:
        """Return those that Moodle lists, by id."""
        ...

    def asks(self, activity: Activity) -> Sequence[Ask]:
        """Return the questions about one."""
        ...

    def told(
        self, context: Context, activity: Activity, audience: Audience, answers: Sequence[Answered]
    ) -> Told:
        """Return what the answers come to. Raises SourceError."""
        ...


@dataclass
class Due:
    """One activity that has to be read."""

    stream: str
    activity: Activity
    rule: Rule
    state: State | None
    answers: list[Answered] = field(default_factory=list)


class ActivityReader:
    """Reads any number of activities of one sort."""

    def __init__(self, context: Context, sort: Sort) -> None:
        self._context = context
        self._survey = context.survey
        self._sort = sort
        self._listed = sort.listed(context.survey)

    def read(self, states: Mapping[str, State | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams (``choice:5`` -> what its cursor says)."""
        due: list[Due] = []
        for stream, state in states.items():
            try:
                found = self._one(stream, state)
            except SourceError as error:
                yield StreamFailed(stream, error)
                continue
            if isinstance(found, Due):
                due.append(found)
            else:
                yield found
        self._ask(due)
        for one in due:
            try:
                yield from self._pages(one)
            except SourceError as error:
                yield StreamFailed(one.stream, error)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List what is kept of one activity, as it is now. Raises SourceError."""
        if number_of(stream, self._sort.prefix) not in self._listed:
            raise PermanentError(noted(self._sort.capability).reason)
        found = self._one(stream, None)
        assert isinstance(found, Due)
        self._ask([found])
        told = self._told(found)
        if not told.is_whole:
            raise told_apart(told, self._sort.capability)
        people = self._survey.people
        certain = [each for each in told.records if people.is_certain_author(each.author)]
        yield from id_pages([each.external_id for each in told.records], certain)
        yield IdPage((), complete=True)

    # What has to be read

    def _one(self, stream: str, state: State | None) -> Due | Page:
        number = number_of(stream, self._sort.prefix)
        activity = None if number is None else self._listed.get(number)
        if activity is None:
            return self._unlisted(stream, state)
        told = number_at(state or {}, "r") == 1
        error = self._context.course_error(activity.course, told_roster=told)
        if error is not None:
            raise error
        course = self._survey.courses.get(activity.course)
        rule = content_rule(course, self._survey.module(activity.course, activity.module))
        due = Due(stream, activity, rule, state)
        if state is None or self._has_moved(due, state):
            return due
        return self._quiet(due, state)

    def _has_moved(self, due: Due, state: State) -> bool:
        update = self._survey.update(due.activity.course, due.activity.module)
        wanted = self._context.memberships(due.activity.course, due.rule, ())
        _, members = fresh(wanted, "")
        return (
            due.rule.token != text_at(state, "a")
            or self._sort.area in update.areas
            or bool(update.configured)
            or members != text_at(state, "m")
        )

    def _quiet(self, due: Due, state: State) -> Page:
        if not self._survey.updates.get(due.activity.course):
            return Page(stream=due.stream)
        return Page(stream=due.stream, cursor=pack({**state, "t": self._context.next_since}))

    def _unlisted(self, stream: str, state: State | None) -> Page:
        """Return the page of an activity that Moodle does not list any more."""
        unlisted = self._survey.unlisted.get(self._sort.function)
        if unlisted is not None:
            raise unlisted
        course = number_at(state or {}, "c")
        if state is None or not course:
            raise no_such(stream)
        refused = self._survey.refused.get(course)
        if refused is not None and not isinstance(refused, AuthError):
            raise refused
        if course in self._survey.courses and not self._listed:
            raise not_listed(self._sort.what, self._sort.capability)
        if text_at(state, "a") == CLOSED:
            return Page(stream=stream)
        return Page(
            stream=stream,
            audience_changes=tuple(
                AudienceChange(each, FACILITATORS) for each in sorted(kept_in(state))
            ),
            problems=(noted(self._sort.capability),),
            cursor=pack({**state, "a": CLOSED, "m": ""}),
        )

    # Reading

    def _ask(self, due: Sequence[Due]) -> None:
        """Put the questions about all of them together."""
        asks = [self._sort.asks(one.activity) for one in due]
        answers = iter(self._context.batches.ask([ask for some in asks for ask in some]))
        for one, some in zip(due, asks, strict=True):
            one.answers = [next(answers) for _ in some]

    def _told(self, due: Due) -> Told:
        audience = plain_audience(due.rule)
        return self._sort.told(self._context, due.activity, audience, due.answers)

    def _pages(self, due: Due) -> Iterator[Page]:
        told = self._told(due)
        former = due.state or {}
        known = kept_in(former)
        now = {each.external_id: digest([each]) for each in told.records}
        missing = known.keys() - now.keys()
        gone = sorted(missing) if told.is_whole else []
        changed = [
            each for each in told.records if known.get(each.external_id) != now[each.external_id]
        ]
        wanted = self._context.memberships(due.activity.course, due.rule, ())
        memberships, members = fresh(wanted, text_at(former, "m"))
        counted = digest((each.name, each.value, each.subject) for each in told.counts)
        kept = {each: known[each] for each in missing if each not in gone} | now
        was_closed = due.state is not None and text_at(former, "a") in (CLOSED, "nobody")
        is_closed = due.rule.kind == "nobody"
        notes = (noted(self._sort.capability),) if is_closed and not was_closed else ()
        if was_closed and not is_closed:
            notes = (SHOWN_AGAIN,)
        first = Page(
            stream=due.stream,
            baseline=due.state is None,
            memberships=memberships,
            gone=tuple(gone),
            problems=(*told.problems, *(notes if due.state is not None else ())),
            counts=() if counted == text_at(former, "q") else tuple(told.counts),
        )
        after = {
            "c": due.activity.course,
            "t": self._context.next_since,
            "a": due.rule.token,
            "m": members,
            "q": counted,
            "r": int(self._context.roster_is_told(due.activity.course)),
            "k": {key: [value] for key, value in sorted(kept.items())},
        }
        yield from in_pages(first, changed, pack(after))


def kept_in(state: State) -> dict[str, str]:
    """Return what was handed on: external ids, each with the digest of what it said."""
    found = state.get("k")
    rows = found.items() if isinstance(found, dict) else ()
    return {
        key: row[0]
        for key, row in rows
        if isinstance(row, list) and row and isinstance(row[0], str)
    }


def told_apart(told: Told, capability: str) -> SourceError:
    """Return why a listing is not whole."""
    notes = [each.reason for each in told.problems]
    return AuthError(notes[0] if notes else noted(capability).reason)


def number_of(stream: str, prefix: str) -> int | None:
    """Return the number in a stream key of this sort."""
    number = stream.removeprefix(prefix)
    is_number = number.isascii() and number.isdecimal() and len(number) <= 15
    return int(number) if stream.startswith(prefix) and is_number else None
