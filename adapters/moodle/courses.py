"""Reads courses: who is in them, what was added or changed, and what else there is to read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.moodle import questions, said_activities
from adapters.moodle.audience import MEMBERS, group_audience, module_rule, plain_audience
from adapters.moodle.context import Context, fresh, no_such, noted
from adapters.moodle.cursors import State, digest, numbers_in, pack, table_in
from adapters.moodle.forum_pages import id_pages, in_pages
from adapters.moodle.parse import NOT_TOLD
from adapters.moodle.people import user_id
from adapters.moodle.said import Module
from adapters.moodle.streams import course_stream, course_streams
from adapters.moodle.values import number_at, text_at
from connector.errors import PermanentError, SourceError
from connector.model import (
    FACILITATORS,
    Account,
    AudienceChange,
    Count,
    IdPage,
    Membership,
    Page,
    Record,
    Stream,
    StreamFailed,
)

PREFIX = "course:"
CAPABILITY = "moodle/course:view"


class CourseReader:
    """Reads any number of courses from one look at the Moodle."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._survey = context.survey

    def read(self, states: Mapping[str, State | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams (``course:12`` -> what its cursor says)."""
        known = {each for each in map(course_number, states) if each is not None}
        joined = tuple(
            course_stream(self._survey, course, self._context.site)
            for number, course in sorted(self._survey.courses.items())
            if number not in known
        )
        names = self._new_students(states, known)
        for stream, state in states.items():
            try:
                for page in self._read_one(stream, state, joined):
                    # The first page masks what is kept for all courses: it is looked through once.
                    yield replace(page, student_names=names)
                    names = ()
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _new_students(
        self, states: Mapping[str, State | None], courses: Iterable[int]
    ) -> tuple[str, ...]:
        """Return the names of students that what is kept has not been masked with yet."""
        masked = {each for state in states.values() for each in numbers_in(state or {}, "n")}
        people = self._survey.people
        there = {one for course in courses for one in people.students(course)}
        return people.student_names(sorted(there - masked))

    def _read_one(
        self, stream: str, state: State | None, joined: tuple[Stream, ...]
    ) -> Iterator[Page]:
        number = course_number(stream)
        if number is None:
            raise no_such(stream)
        former = state or {}
        if number not in self._survey.courses:
            yield self._closed(stream, state)
            return
        error = self._context.course_error(number, told_roster=number_at(former, "r") == 1)
        if error is not None:
            raise error
        yield from self._told(stream, number, state, joined)

    def _closed(self, stream: str, state: State | None) -> Page:
        """Return the page of a course that Moodle does not list any more."""
        if state is None:
            raise no_such(stream)
        if text_at(state, "a") == "closed":
            return Page(stream=stream)
        rows = table_in(state, "k")
        changes = tuple(AudienceChange(f"module:{each}", FACILITATORS) for each in sorted(rows))
        return Page(
            stream=stream,
            audience_changes=changes,
            problems=(noted(CAPABILITY),),
            cursor=pack(
                {**state, "a": "closed", "k": {str(k): [*v[:1], ""] for k, v in rows.items()}}
            ),
        )

    def _told(
        self, stream: str, number: int, state: State | None, joined: tuple[Stream, ...]
    ) -> Iterator[Page]:
        former = state or {}
        rows = table_in(former, "k")
        records, kept = self._records(number, rows)
        shown = self._survey.modules.get(number, {})
        memberships, members = fresh(self._memberships(number), text_at(former, "m"))
        accounts, people = self._accounts(number, text_at(former, "p"))
        streams, found = self._streams(number, joined, text_at(former, "s"))
        counts, counted = self._completions(number, text_at(former, "cd"))
        hidden = tuple(
            AudienceChange(f"module:{each}", FACILITATORS)
            for each, row in sorted(rows.items())
            if each not in shown and row[1:2] != [""]
        )
        kept |= {str(each): [*row[:1], ""] for each, row in rows.items() if each not in shown}
        has_moved = bool(self._survey.updates.get(number))
        after = {
            "c": number,
            "t": self._context.next_since if has_moved or state is None else number_at(former, "t"),
            "k": kept,
            "m": members,
            "p": people,
            "s": found,
            "r": int(self._context.roster_is_told(number)),
            "u": sorted(one.id for one in self._survey.people.rosters.get(number, ())),
            "n": self._survey.people.students(number),
            "cd": counted,
        }
        cursor = pack(after)
        first = Page(
            stream=stream,
            baseline=state is None,
            memberships=memberships,
            accounts=accounts,
            streams=streams,
            counts=counts,
            audience_changes=hidden,
        )
        is_same = state is not None and cursor == pack(former)
        yield from in_pages(first, records, None if is_same else cursor)

    def _records(
        self, course: int, rows: Mapping[int, list[object]]
    ) -> tuple[list[Record], dict[str, object]]:
        """Return what is new or changed, and what is to be remembered of all that is shown."""
        records: list[Record] = []
        kept: dict[str, object] = {}
        for number, module in sorted(self._survey.modules.get(course, {}).items()):
            if module.kind in NOT_TOLD:
                continue
            configured = self._survey.update(course, number).configured
            row = rows.get(number, [])
            since = row[0] if row and isinstance(row[0], int) else configured or self._survey.moment
            record = self._record(course, module, since, max(since, configured))
            fingerprint = digest([record.title, record.html, record.url, record.audience])
            kept[str(number)] = [since, fingerprint]
            if row[1:2] != [fingerprint] or configured > since:
                records.append(record)
        return records, kept

    def _record(self, course: int, module: Module, since: int, changed: int) -> Record:
        rule = module_rule(self._survey.courses.get(course), module)
        return self._context.translator.module(
            module, plain_audience(rule), since=since, changed=changed
        )

    def _memberships(self, course: int) -> list[Membership]:
        people = self._survey.people
        groups = {
            each.only_group
            for each in self._survey.modules.get(course, {}).values()
            if each.only_group is not None
        } | self._context.groups(course)
        found = self._context.memberships(course, MEMBERS, ())
        return found + [people.membership(group_audience(each), course) for each in sorted(groups)]

    def _accounts(self, course: int, former: str) -> tuple[tuple[Account, ...], str]:
        accounts = self._survey.people.accounts(course)
        now = digest(accounts)
        return (() if now == former else accounts), now

    def _streams(
        self, course: int, joined: tuple[Stream, ...], former: str
    ) -> tuple[tuple[Stream, ...], str]:
        """Return the streams of a course, and courses that joined, where they are new."""
        own = self._survey.courses[course]
        found = course_streams(self._survey, own, self._context.site, self._context.settings)
        named = (*found, *joined)
        now = digest((each.key, each.title) for each in named)
        return (() if now == former else named), now

    def _completions(self, course: int, former: str) -> tuple[tuple[Count, ...], str]:
        """Return how many completed what, once a day where that is wanted."""
        settings = self._context.settings
        today = day_of(self._survey.moment, settings.timezone)
        if not settings.completions or former == today:
            return (), former
        if not self._survey.site.has(questions.COMPLETION):
            return (), former
        people = self._survey.people.rosters.get(course, ())
        active = [
            one.id for one in people if user_id(one.id) in self._survey.people.members(course)
        ]
        answers = self._context.batches.ask([questions.completion(course, each) for each in active])
        totals: dict[int, int] = {}
        for answer in answers:
            for number in said_activities.completed_modules(answer.value):
                totals[number] = totals.get(number, 0) + 1
        return tuple(
            Count("completed", total, today, f"module:{number}")
            for number, total in sorted(totals.items())
        ), today

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List the activities of a course. Raises SourceError."""
        number = course_number(stream)
        if number is None or number not in self._survey.courses:
            raise no_such(stream)
        error = self._survey.refused.get(number)
        if error is not None:
            raise error
        shown = self._survey.modules.get(number, {})
        if not shown:
            raise PermanentError(noted(CAPABILITY).reason)
        ids = [f"module:{each}" for each, one in sorted(shown.items()) if one.kind not in NOT_TOLD]
        pages = list(id_pages(ids, ()))
        yield from pages[:-1]
        yield replace(pages[-1], complete=True) if pages else IdPage((), complete=True)


def course_number(stream: str) -> int | None:
    """Return the course that a stream key names."""
    number = stream.removeprefix(PREFIX)
    is_number = number.isascii() and number.isdecimal() and len(number) <= 15
    return int(number) if stream.startswith(PREFIX) and is_number else None


def day_of(moment: int, zone: str) -> str:
    """Return the day of a moment in seconds, as an ISO date in this zone."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date().isoformat()
