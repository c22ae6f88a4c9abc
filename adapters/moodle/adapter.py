"""The Moodle adapter: joins settings, questions and readers behind the contract.

How a stream is read is in ``forums``, ``courses``, ``site_blog``, ``calendar`` and
``activities``; a Moodle without web services is read by ``rss``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import BaseModel

from adapters.moodle import parse, questions
from adapters.moodle.activities import ActivityReader, number_of
from adapters.moodle.calendar import CalendarReader, since_of
from adapters.moodle.check import check_moodle
from adapters.moodle.client import MoodleClient
from adapters.moodle.context import Context, no_such
from adapters.moodle.courses import CourseReader, course_number
from adapters.moodle.cursors import State, digest, numbers_in, unpack
from adapters.moodle.forum_state import SHUT
from adapters.moodle.forums import ForumReader, forum_number
from adapters.moodle.lookup import Lookup, wanted_of
from adapters.moodle.rss import RssPlace
from adapters.moodle.settings import MoodleSettings
from adapters.moodle.site_blog import BlogReader
from adapters.moodle.sorts import SORTS
from adapters.moodle.streams import BLOG, CALENDAR, all_streams
from adapters.moodle.survey import Survey, Surveyor, Wish
from adapters.moodle.values import number_at, text_at
from connector.contract import AdapterInfo, Place
from connector.errors import SourceError
from connector.http import Session
from connector.model import (
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Page,
    Presence,
    Shape,
    Stream,
    StreamFailed,
)

States = Mapping[str, State | None]


class MoodlePlace:
    """One Moodle that is asked through its web services."""

    def __init__(self, settings: MoodleSettings, session: Session, now: datetime) -> None:
        assert settings.token is not None
        self._settings = settings
        self._client = MoodleClient(settings.address, settings.token, session, now)
        self._surveyor = Surveyor(settings, self._client)
        self._remembered: frozenset[int] = frozenset()
        self._sweeping: Context | None = None

    def check(self) -> CheckReport:
        """Try everything for real and say what is missing and how to get it."""
        return check_moodle(self._surveyor, self._settings, self._client.site)

    def streams(self) -> Iterator[Stream]:
        """Yield what can be read; asks the Moodle. Raises SourceError."""
        survey = self._surveyor.look(Wish())
        yield from all_streams(survey, self._client.site, self._settings)

    def shape(self, stream: str) -> Shape:
        """Say what shapes a stream's records; raises PermanentError for an unknown one."""
        if kind_of(stream) is None:
            raise no_such(stream)
        return Shape(parse.PARSER_VERSION, digest(_shaping(self._settings, stream)))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams; one look at the Moodle serves all of them."""
        states = {stream: unpack(cursor) for stream, cursor in cursors.items()}
        for stream in [each for each in states if kind_of(each) is None]:
            del states[stream]
            yield StreamFailed(stream, no_such(stream))
        if not states:
            return
        wish = wish_of(states)
        self._remembered |= wish.remembered
        context = self._context(self._surveyor.look(wish))
        yield from self._read(context, states)

    def _read(self, context: Context, states: States) -> Iterator[Page | StreamFailed]:
        yield from CourseReader(context).read(_with_prefix(states, "course:"))
        if CALENDAR in states:
            yield from CalendarReader(context).read(states[CALENDAR])
        if BLOG in states:
            yield from BlogReader(context).read(states[BLOG])
        for sort in SORTS:
            some = _with_prefix(states, sort.prefix)
            if some:
                yield from ActivityReader(context, sort).read(some)
        yield from ForumReader(context).read(_with_prefix(states, "forum:"))

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all ids of a stream, with what they say now. Raises SourceError."""
        kind = kind_of(stream)
        if kind is None or not _can_sweep(self._settings, kind):
            raise no_such(stream)
        context = self._to_sweep()
        if kind == "course":
            yield from CourseReader(context).sweep(stream)
        elif kind == CALENDAR:
            yield from CalendarReader(context).sweep()
        elif kind == BLOG:
            yield from BlogReader(context).sweep()
        elif kind == "forum":
            yield from ForumReader(context).sweep(stream)
        else:
            (sort,) = [each for each in SORTS if each.prefix == f"{kind}:"]
            yield from ActivityReader(context, sort).sweep(stream)

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Ask for each record; what got no answer is left out."""
        found = {each.external_id: Presence.UNKNOWN for each in known if wanted_of(each) is None}
        wanted = [each for each in known if each.external_id not in found]
        if wanted:
            with suppress(SourceError):
                found |= self._lookup().ask(wanted)
        return found

    def _lookup(self) -> Lookup:
        discussions = self._sweeping.discussions if self._sweeping else {}
        return Lookup(self._surveyor.batches(), self._surveyor.site(), discussions, self._all_ids)

    def _all_ids(self, stream: str) -> frozenset[str]:
        return frozenset(one for page in self.sweep(stream) for one in page.ids)

    def _to_sweep(self) -> Context:
        """Return one look that serves the nightly check of all streams."""
        if self._sweeping is None:
            wish = Wish(wants_entries=True, events_since=0, remembered=self._remembered)
            self._sweeping = self._context(self._surveyor.look(wish))
        return self._sweeping

    def _context(self, survey: Survey) -> Context:
        return Context(self._settings, survey, self._surveyor.batches(), self._client.site)


def kind_of(stream: str) -> str | None:
    """Return what a stream key is of, or None for one of no Moodle."""
    if stream in (BLOG, CALENDAR):
        return stream
    if course_number(stream) is not None:
        return "course"
    if forum_number(stream) is not None:
        return "forum"
    sorts = [sort for sort in SORTS if number_of(stream, sort.prefix) is not None]
    return sorts[0].prefix.rstrip(":") if sorts else None


def _can_sweep(settings: MoodleSettings, kind: str) -> bool:
    wanted = {"feedback": settings.feedback_texts, "assign": settings.submission_texts}
    return wanted.get(kind, True)


def _shaping(settings: MoodleSettings, stream: str) -> list[object]:
    """Return those settings that make the same answers into other records."""
    of_people: list[object] = [
        settings.adult_courses,
        settings.adult_categories,
        settings.teacher_roles,
        settings.facilitator_roles,
        settings.school_from,
        settings.school_field,
    ]
    of_kind: dict[str | None, object] = {
        BLOG: settings.public_blogs,
        "feedback": settings.feedback_texts,
        "assign": settings.submission_texts,
    }
    return [settings.address, *of_people, of_kind.get(kind_of(stream))]


def _with_prefix(states: States, prefix: str) -> dict[str, State | None]:
    return {stream: state for stream, state in states.items() if stream.startswith(prefix)}


def wish_of(states: States) -> Wish:
    """Return what has to be known to read these streams on from where they are."""
    courses = {stream: _course_of(stream, state) for stream, state in states.items()}
    kinds = {kind_of(stream) for stream in states}
    lists = {sort.function for sort in SORTS if sort.prefix.rstrip(":") in kinds}
    if "forum" in kinds:
        lists.add(questions.FORUMS)
    if "course" in kinds:
        lists |= {questions.FORUMS, *(sort.function for sort in SORTS)}
    calendar = states.get(CALENDAR)
    return Wish(
        lists=frozenset(lists),
        courses=frozenset(one for one in courses.values() if one),
        is_any_course_unknown=bool(lists) and None in courses.values(),
        since=_since(states, courses),
        users=frozenset(one for state in states.values() for one in numbers_in(state or {}, "u")),
        told_rosters=frozenset(
            one
            for stream, one in courses.items()
            if one and number_at(states[stream] or {}, "r") == 1
        ),
        remembered=frozenset(
            one for state in states.values() for one in numbers_in(state or {}, "s")
        ),
        wants_entries=BLOG in states,
        events_since=since_of(calendar) if CALENDAR in states else None,
        event_courses=frozenset(numbers_in(calendar or {}, "cs")),
    )


def _course_of(stream: str, state: State | None) -> int | None:
    """Return the course of a stream: 0 for the site's own, None where it is not known yet."""
    if stream in (BLOG, CALENDAR):
        return 0
    return course_number(stream) or number_at(state or {}, "c")


def _since(states: States, courses: Mapping[str, int | None]) -> dict[int, int]:
    """Return from when on each course is asked what changed: its earliest stream counts.

    One that Moodle stopped showing does not: it would ask for all since then in every cycle,
    and is looked through whole when it is shown again.
    """
    found: dict[int, int] = {}
    for stream, course in courses.items():
        state = states[stream]
        if not course or text_at(state or {}, "a") == SHUT:
            continue
        begun = number_at(state or {}, "t")
        if state is None and course_number(stream) is None:
            continue
        found[course] = min(found.get(course, begun or 1), begun or 1)
    return found


class MoodleAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="moodle",
        title="Moodle",
        reads=frozenset(Kind),
        default_interval=timedelta(hours=1),
        fastest_interval=timedelta(minutes=10),
        requests_per_host=4,
    )
    Settings: type[BaseModel] = MoodleSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the Moodle behind these settings; asks nobody yet."""
        if not isinstance(settings, MoodleSettings):
            raise TypeError(f"moodle needs MoodleSettings, got {type(settings).__name__}")
        if settings.token is None:
            return RssPlace(settings, session, now)
        return MoodlePlace(settings, session, now)


ADAPTER = MoodleAdapter()
