"""A course's calendar as a destination: an entry for each announcement of an event.

It is a destination of its own, beside the forum: each copy has one marker, one receipt and one
state, and a lost answer between two copies could not be told from none. Web services cannot
change an entry (seen at Moodle 4.5), so a correction makes a new one and deletes the former.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import unescape

from pydantic import BaseModel

from adapters.moodle import questions, said, said_activities
from adapters.moodle.client import MoodleClient
from adapters.moodle.posting import (
    LIMITS,
    PostingSettings,
    asks_to_post,
    carries,
    course_of,
    done,
    first_lines,
    marked,
    marker_in,
    no_course,
    planned,
    refused_by_warning,
    replaces,
    warnings_in,
)
from adapters.moodle.refusals import ABOUT_ABSENCE, Refusal
from adapters.moodle.said_activities import Event
from adapters.moodle.values import LAST_SECOND, flag_at
from connector.announce.limits import fitted, too_small
from connector.contract import AdapterInfo, Destination
from connector.errors import AuthError, ConflictError, PermanentError, UnknownOutcome
from connector.http import Session
from connector.model import CheckLine, CheckReport, Message, PlannedRequest, Receipt

_RIGHT = "moodle/calendar:manageentries"
_WANTED: Mapping[str, str] = {
    questions.SITE: "know the site",
    questions.COURSES: "find the course",
    questions.EVENTS: "look for what it entered",
    questions.ADD_EVENTS: "enter an event",
    # Without it a correction would leave the former entry beside the new one.
    questions.DELETE_EVENTS: "take an event out",
}


class CalendarSettings(PostingSettings):
    """The calendar of one course."""


class CalendarDestination:
    """The calendar of one course."""

    def __init__(self, settings: CalendarSettings, session: Session, now: datetime):
        self._settings = settings
        self._client = MoodleClient(settings.address, settings.token, session, now)

    # --- trying ---------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Try everything but entering; raises SourceError where nobody answers."""
        try:
            site = said.site(self._client.ask(questions.SITE))
        except AuthError as error:
            return CheckReport((CheckLine("sign in", False, str(error)),))
        lines = list(first_lines(site, self._settings.address, _WANTED))
        if all(line.ok for line in lines):
            lines += self._course_lines(site.has(questions.CALENDAR_RIGHTS))
        return CheckReport(tuple(lines))

    def _course_lines(self, can_ask: bool) -> list[CheckLine]:
        course = course_of(self._client, self._settings.course)
        if course is None:
            return [CheckLine("course", False, str(no_course(self._settings.course)))]
        lines = [CheckLine("course", True, f"The calendar of {course.name}.")]
        if not can_ask:
            told = (
                "Whether events may be entered is known once one was: the service does not hold "
                f"{questions.CALENDAR_RIGHTS}, which would tell. The role needs {_RIGHT}."
            )
            return [*lines, CheckLine("enter", True, told)]
        rights = self._client.ask(questions.CALENDAR_RIGHTS, {"courseid": course.id})
        may = flag_at(rights, "canmanageentries")
        wanted = asks_to_post("enter events in the calendar", (_RIGHT,), course.name)
        told = "May enter events and take them out." if may else f"May not enter events. {wanted}"
        return [*lines, CheckLine("enter", may, told)]

    # --- what is sent ---------------------------------------------------------------------

    def preview(self, message: Message) -> Message:
        """Return the message with a title that Moodle takes."""
        return fitted(message, LIMITS)

    def objections(self, message: Message) -> Sequence[str]:
        """Say that a calendar takes events, and a title of nothing but tags shows nothing."""
        no_event = "A calendar takes events only: say when it is, or leave this place out."
        return [*too_small(message, LIMITS), *([] if message.start else [no_event])]

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the one call that makes the entry."""
        call = self._entry(message, marked(message.html, marker))
        return (planned(self._settings.address, questions.ADD_EVENTS, call),)

    def find(self, marker: str) -> Receipt | None:
        """Look through the course's calendar; of several with the marker the first is ours."""
        found = [one for one in self._entries() if carries(one.html, marker)]
        return self._receipt(found[0]) if found else None

    def send(self, message: Message, marker: str) -> Receipt:
        """Make the entry, once it is sure who we are and that the course is there."""
        self._enter()
        return self._made(message, marked(message.html, marker))

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Put another entry in the place of the former, unless somebody edited that.

        Asked again it goes on where it stopped: the successor names what it stands for.
        """
        number = _number(receipt)
        entries = self._entries()
        former = next((one for one in entries if one.id == number), None)
        heirs = [one for one in entries if replaces(one.html, number)]
        if heirs:
            # An earlier attempt made them, perhaps with other words than are wanted now.
            for each in (number, *(one.id for one in heirs[1:])):
                self._delete(each)
            return self.update(self._receipt(heirs[0]), message)
        if former is None:
            raise PermanentError("The event is not in Moodle's calendar any more.", status=410)
        if self._says(former, message):
            return self._receipt(former)
        if receipt.version and receipt.version != str(former.modified):
            raise ConflictError(
                "Somebody edited this event in Moodle since it was sent, so it was left as it is. "
                "Look at it there; 'clusterhub retry --over' puts another in its place."
            )
        html = marked(message.html, marker_in(former.html), instead_of=number)
        made = self._made(message, html)
        self._delete(number)
        return made

    def retract(self, receipt: Receipt) -> None:
        """Take the entry out of the calendar; one that is gone is taken back."""
        self._delete(_number(receipt))

    # --- asking ---------------------------------------------------------------------------

    def _enter(self) -> None:
        if course_of(self._client, self._settings.course) is None:
            raise no_course(self._settings.course)

    def _entries(self) -> list[Event]:
        """Return the course's whole calendar by id, texts as stored. Raises SourceError.

        A course that is not shown has an empty calendar without a word, so it is looked for.
        """
        self._enter()
        options = {
            "userevents": 0,
            "siteevents": 0,
            "timestart": 0,
            "timeend": LAST_SECOND,
            "ignorehidden": 0,
        }
        asked = {"events": {"courseids": [self._settings.course]}, "options": options}
        answer = self._client.ask(questions.EVENTS, asked, is_raw=True)
        found = said_activities.events(answer)
        if not found and (codes := warnings_in(answer)):
            raise refused_by_warning(codes, needs="moodle/course:view")
        return sorted(found, key=lambda one: one.id)

    def _entry(self, message: Message, html: str) -> dict[str, object]:
        event: dict[str, object] = {
            "name": message.title,
            "description": html,
            "format": 1,
            "courseid": self._settings.course,
            "eventtype": "course",
            "timestart": _begin(message),
            "timeduration": _seconds(message),
        }
        return {"events": [event]}

    def _made(self, message: Message, html: str) -> Receipt:
        answer = done(self._client.tell(questions.ADD_EVENTS, self._entry(message, html)))
        codes = warnings_in(answer)
        made = said_activities.events(answer)
        if made:
            return self._receipt(made[0])
        if codes:
            # An empty list with a warning is how Moodle says that a right is missing.
            raise refused_by_warning(codes, needs=_RIGHT)
        raise UnknownOutcome("Moodle took an event and did not say what became of it.")

    def _delete(self, number: int) -> None:
        asked = {"events": [{"eventid": number, "repeat": 0}]}
        answer = self._client.tell(questions.DELETE_EVENTS, asked)
        if not (isinstance(answer, Refusal) and answer.code in ABOUT_ABSENCE):
            done(answer)

    def _says(self, entry: Event, message: Message) -> bool:
        """Whether an entry has these words and times already."""
        words = entry.html.partition(">")[2].removesuffix("</div>")
        # Titles are read with their entities resolved; so is what they are compared with.
        return (entry.name, entry.start, entry.seconds, words) == (
            unescape(message.title),
            _begin(message),
            _seconds(message),
            message.html,
        )

    def _receipt(self, entry: Event) -> Receipt:
        site = self._settings.address
        url = f"{site}/calendar/view.php?view=day&time={entry.start}#event_{entry.id}"
        return Receipt(f"event:{entry.id}", url, version=str(entry.modified))


def _number(receipt: Receipt) -> int:
    number = receipt.external_id.removeprefix("event:")
    if not (number.isascii() and number.isdecimal() and len(number) <= 15):
        raise PermanentError("The hub does not know the event's number: change it in Moodle.")
    return int(number)


def _begin(message: Message) -> int:
    """Return the beginning in seconds since 1970; 0 for what is no event."""
    return int(message.start.timestamp()) if message.start else 0


def _seconds(message: Message) -> int:
    if message.start is None or message.end is None:
        return 0
    return max(int((message.end - message.start).total_seconds()), 0)


class MoodleCalendarAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="moodle_calendar",
        title="Moodle, calendar of a course",
        reads=frozenset(),
        delivers=frozenset({"event", "update", "retract"}),
        find="exact",
    )
    Settings: type[BaseModel] = CalendarSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the calendar behind these settings; asks nobody yet."""
        if not isinstance(settings, CalendarSettings):
            raise TypeError(f"moodle_calendar needs CalendarSettings, got {type(settings)}")
        return CalendarDestination(settings, session, now)


ADAPTER = MoodleCalendarAdapter()
