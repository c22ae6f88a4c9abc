"""Reads the calendar: entries of the chosen courses and of the site."""

from collections.abc import Iterator, Sequence

from adapters.moodle import questions, said_activities
from adapters.moodle.audience import (
    course_audience,
    group_audience,
    module_rule,
    plain_audience,
)
from adapters.moodle.context import Context, fresh, no_such
from adapters.moodle.cursors import State, digest, pack, table_in
from adapters.moodle.forum_pages import id_pages, in_pages
from adapters.moodle.parse import event_audience
from adapters.moodle.said_activities import Event
from adapters.moodle.streams import CALENDAR
from adapters.moodle.values import number_at, text_at
from connector.errors import SourceError
from connector.model import (
    FACILITATORS,
    STREAM,
    Audience,
    AudienceChange,
    IdPage,
    Membership,
    Page,
    Record,
    StreamFailed,
)

LOOKING_BACK_SECONDS = 7 * 86_400
"""What began earlier is looked at by the nightly check alone."""


class CalendarReader:
    """Reads the one stream ``calendar``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._survey = context.survey

    def read(self, state: State | None) -> Iterator[Page | StreamFailed]:
        """Yield pages of the calendar."""
        if self._survey.events is None:
            error = self._survey.unlisted.get(questions.EVENTS) or no_such(CALENDAR)
            yield StreamFailed(CALENDAR, error)
            return
        try:
            yield from self._pages(self._survey.events, state)
        except SourceError as error:
            yield StreamFailed(CALENDAR, error)

    def _pages(self, events: Sequence[Event], state: State | None) -> Iterator[Page]:
        former = state or {}
        known = table_in(former, "e")
        shown = distinct(events)
        rows = {each.id: self._row(each) for each in shown}
        changed = [each for each in shown if known.get(each.id, [])[1:] != rows[each.id][1:]]
        gone, closed = self._left(known, rows, since_of(state))
        memberships, members = fresh(self._memberships(), text_at(former, "m"))
        kept: dict[int, list[object]] = {
            number: row for number, row in known.items() if number not in gone
        }
        kept |= {number: [kept[number][0], "closed"] for number in closed} | rows
        after = {
            "t": self._survey.moment if state is None else number_at(former, "t"),
            "m": members,
            "cs": sorted(self._survey.courses),
            "e": {str(number): row for number, row in sorted(kept.items())},
        }
        if changed or gone or closed:
            after["t"] = self._survey.moment
        cursor = pack(after)
        first = Page(
            stream=CALENDAR,
            baseline=state is None,
            memberships=memberships,
            gone=tuple(f"event:{each}" for each in sorted(gone)),
            audience_changes=tuple(
                AudienceChange(f"event:{each}", FACILITATORS) for each in sorted(closed)
            ),
        )
        is_same = state is not None and cursor == pack(former)
        yield from in_pages(
            first, [self._record(each) for each in changed], None if is_same else cursor
        )

    def _row(self, event: Event) -> list[object]:
        return [event.start, digest([event, self._audience(event)])]

    def _left(
        self,
        known: dict[int, list[object]],
        rows: dict[int, list[object]],
        since: int,
    ) -> tuple[set[int], set[int]]:
        """Return which missing entries are no more, and which are not known to be.

        They are asked for by number, beside one that is surely there.
        """
        missing = {
            number
            for number, row in known.items()
            if number not in rows and (number_at({"s": row[0]}, "s") or 0) >= since
        }
        if not missing:
            return set(), set()
        control = max(rows, default=None)
        asked = sorted(missing | ({control} if control else set()))
        (answer,) = self._context.batches.ask([questions.events_by_id(asked)])
        there = (
            set() if answer.error else {each.id for each in said_activities.events(answer.value)}
        )
        gone = missing - there if control in there else set()
        unknown = {each for each in missing - gone if known[each][1:] != ["closed"]}
        return gone, unknown

    def _record(self, event: Event) -> Record:
        return self._context.translator.event(event, self._audience(event))

    def _audience(self, event: Event) -> Audience:
        course = course_audience(event.course) if event.course in self._survey.courses else None
        return event_audience(event, course or FACILITATORS, self._module_audience(event))

    def _module_audience(self, event: Event) -> Audience | None:
        """Return who may see the activity behind an entry; one that is not shown, nobody."""
        if not event.module:
            return None
        for module in self._survey.modules.get(event.course, {}).values():
            if (module.kind, module.instance) == (event.module, event.instance):
                return plain_audience(module_rule(self._survey.courses.get(event.course), module))
        return FACILITATORS

    def _memberships(self) -> list[Membership]:
        people = self._survey.people
        found = [Membership(STREAM, people.everybody())]
        for course in sorted(self._survey.courses):
            found.append(people.membership(course_audience(course), course))
            modules = self._survey.modules.get(course, {}).values()
            groups = self._context.groups(course)
            groups |= {each.only_group for each in modules if each.only_group is not None}
            groups |= {
                each.group
                for each in self._survey.events or ()
                if each.course == course and each.group
            }
            found += [people.membership(group_audience(each), course) for each in sorted(groups)]
        return found

    def sweep(self) -> Iterator[IdPage]:
        """List the whole calendar, with what it says now. Raises SourceError."""
        if self._survey.events is None:
            raise self._survey.unlisted.get(questions.EVENTS) or no_such(CALENDAR)
        shown = distinct(self._survey.events)
        records = [self._record(each) for each in shown]
        yield from id_pages([f"event:{each.id}" for each in shown], records)
        yield IdPage((), complete=True)


def since_of(state: State | None) -> int:
    """Return from when on a reading lists the calendar; a first reading lists all of it."""
    begun = number_at(state or {}, "t") or 0
    return max(begun - LOOKING_BACK_SECONDS, 0)


def distinct(events: Sequence[Event]) -> list[Event]:
    """Return the entries without the second ones that mod_facetoface makes for a session."""
    found: dict[object, Event] = {}
    for each in events:
        same = (each.module, each.instance, each.start, each.seconds, each.name)
        found.setdefault(same if each.kind == "facetofacesession" else each.id, each)
    return list(found.values())
