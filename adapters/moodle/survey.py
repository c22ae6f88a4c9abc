"""What has to be known of a Moodle before a word of it is read: one look at all of it.

A look costs one call for the site, one for its lists, and three questions a course, fifty
questions in a call. Who may see what is looked at in every reading: no list of what changed
tells that an activity was hidden or somebody changed groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.moodle import questions, said, said_activities, said_people, said_posts
from adapters.moodle.batch import BATCH, Answered, Ask, Batches
from adapters.moodle.client import MoodleClient
from adapters.moodle.people import (
    People,
    adults_in,
    facilitators_in,
    is_adult_course,
    is_within,
    outside_courses,
    schools_of,
)
from adapters.moodle.said import Course, Module, Update
from adapters.moodle.said_activities import Activity, Event
from adapters.moodle.said_people import Member
from adapters.moodle.said_posts import Entries, Forum
from adapters.moodle.settings import MoodleSettings
from connector.errors import AuthError, SourceError

LISTS = (
    questions.FORUMS,
    questions.CHOICES,
    questions.FEEDBACKS,
    questions.ASSIGNMENTS,
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a reading has to know, as far as its cursors tell."""

    lists: frozenset[str] = frozenset(LISTS)
    """Which lists of activities are needed."""
    courses: frozenset[int] = frozenset()
    """Courses of the streams that are read."""
    is_any_course_unknown: bool = True
    """Whether a stream does not know yet in which course it is."""
    since: Mapping[int, int] = field(default_factory=dict)
    """From when on changes are asked for, by course."""
    users: frozenset[int] = frozenset()
    """Accounts met before."""
    told_rosters: frozenset[int] = frozenset()
    """Courses whose participants were told last time."""
    remembered: frozenset[int] = frozenset()
    """Adults whose posts were read before."""
    wants_entries: bool = False
    events_since: int | None = None
    """From when on the calendar is wanted; None: not at all."""
    event_courses: frozenset[int] = frozenset()
    """Courses whose calendar was read last time."""


@dataclass(kw_only=True)
class Survey:
    """What was found; lives as long as one reading."""

    site: said.Site
    moment: int
    """By the site's clock, at the beginning."""
    courses: dict[int, Course]
    """The chosen courses that Moodle lists."""
    modules: dict[int, dict[int, Module]]
    """By course; a course that refused is not in it."""
    refused: dict[int, SourceError]
    """Why a course does not tell what is in it."""
    updates: dict[int, dict[int, Update]]
    people: People
    forums: dict[int, Forum]
    choices: dict[int, Activity]
    feedbacks: dict[int, Activity]
    assignments: dict[int, Activity]
    unlisted: dict[str, SourceError]
    """Functions whose lists could not be had."""
    entries: Entries | None
    events: list[Event] | None
    rosters_refused: dict[int, SourceError]

    def module(self, course: int, number: int) -> Module | None:
        """Return an activity of a course, or None where Moodle does not show it."""
        return self.modules.get(course, {}).get(number)

    def update(self, course: int, number: int) -> Update:
        """Return what changed of an activity."""
        return self.updates.get(course, {}).get(number, Update())


class Surveyor:
    """Looks at one Moodle."""

    def __init__(self, settings: MoodleSettings, client: MoodleClient) -> None:
        self._settings = settings
        self._client = client
        self._site: said.Site | None = None

    def site(self) -> said.Site:
        """Return the site's word about itself, asked for once. Raises SourceError."""
        if self._site is None:
            self._site = said.site(self._client.ask(questions.SITE))
        return self._site

    def batches(self) -> Batches:
        """Return the way to put many questions. Raises SourceError."""
        return Batches(self._client, is_allowed=self.site().has(BATCH))

    def look(self, wish: Wish) -> Survey:
        """Return what there is. Raises SourceError."""
        found = self._ask_named(self._first(wish))
        courses, above = self._chosen(found)
        if wish.is_any_course_unknown or not wish.event_courses >= courses.keys():
            found |= self._ask_named(self._second(wish, sorted(courses)))
        by_course = self._ask_courses(wish, sorted(courses))
        rosters, rosters_refused = _rosters(by_course, wish)
        people = self._people(wish, found, rosters, rosters_refused, courses, above)
        return Survey(
            site=self.site(),
            moment=self._client.moment,
            courses=courses,
            modules={
                course: said.modules(answer.value)
                for (function, course), answer in by_course.items()
                if function == questions.CONTENTS and answer.error is None
            },
            refused={
                course: answer.error
                for (function, course), answer in by_course.items()
                if function == questions.CONTENTS and answer.error is not None
            },
            updates={
                course: said.updates(answer.value)
                for (function, course), answer in by_course.items()
                if function == questions.UPDATES and answer.error is None
            },
            people=people,
            forums=said_posts.forums(_value(found, questions.FORUMS)),
            choices=said_activities.activities(_value(found, questions.CHOICES), "choices"),
            feedbacks=said_activities.activities(_value(found, questions.FEEDBACKS), "feedbacks"),
            assignments=said_activities.assignments(_value(found, questions.ASSIGNMENTS)),
            unlisted={
                name: answer.error for name, answer in found.items() if answer.error is not None
            },
            entries=_entries(found),
            events=_events(found),
            rosters_refused=rosters_refused,
        )

    def _ask_named(self, asks: Mapping[str, Ask]) -> dict[str, Answered]:
        """Return the answers by name; what the service does not hold is not asked."""
        allowed = {name: ask for name, ask in asks.items() if self.site().has(ask.function)}
        answers = self.batches().ask(list(allowed.values()))
        found = dict(zip(allowed, answers, strict=True))
        for name, ask in asks.items():
            if name not in found:
                found[name] = Answered(error=not_in_service(ask.function))
        return found

    def _first(self, wish: Wish) -> dict[str, Ask]:
        """Return the questions about the whole site, as far as the cursors know its courses."""
        settings = self._settings
        is_by_number = bool(settings.courses) and not settings.categories
        asks = {questions.COURSES: questions.courses(settings.courses if is_by_number else ())}
        if settings.categories or settings.adult_categories:
            asks[questions.CATEGORIES] = Ask(questions.CATEGORIES)
        if settings.school_from == "cohort":
            asks[questions.COHORTS] = Ask(questions.COHORTS)
        if wish.courses and not wish.is_any_course_unknown:
            asks |= self._lists(wish, sorted(wish.courses))
        for number, ask in enumerate(questions.users(sorted(wish.users))):
            asks[f"{questions.USERS} {number}"] = ask
        if wish.wants_entries:
            asks[questions.ENTRIES] = questions.entries(0, questions.NEWEST_ENTRIES)
        if wish.events_since is not None and wish.event_courses:
            asks[questions.EVENTS] = self._events(wish, sorted(wish.event_courses))
        return asks

    def _second(self, wish: Wish, courses: Sequence[int]) -> dict[str, Ask]:
        """Return the questions that needed the list of courses first."""
        asks: dict[str, Ask] = {}
        if courses and wish.is_any_course_unknown:
            asks |= self._lists(wish, courses)
        if wish.events_since is not None:
            asks[questions.EVENTS] = self._events(wish, courses)
        return asks

    def _lists(self, wish: Wish, courses: Sequence[int]) -> dict[str, Ask]:
        return {name: questions.of_courses(name, courses) for name in LISTS if name in wish.lists}

    def _events(self, wish: Wish, courses: Sequence[int]) -> Ask:
        return questions.events(courses, start=wish.events_since or 0, moment=self._client.moment)

    def _chosen(self, found: Mapping[str, Answered]) -> tuple[dict[int, Course], dict[int, int]]:
        """Return the chosen courses among those listed, and the parents of categories."""
        listed = found[questions.COURSES]
        if listed.error is not None:
            raise listed.error
        above = said.category_parents(_value(found, questions.CATEGORIES))
        settings = self._settings
        chosen = {each.id: each for each in said.courses(listed.value)}
        if settings.courses or settings.categories:
            chosen = {
                number: each
                for number, each in chosen.items()
                if number in settings.courses
                or is_within(each.category, settings.categories, above)
            }
        return chosen, above

    def _ask_courses(self, wish: Wish, courses: Sequence[int]) -> dict[tuple[str, int], Answered]:
        has = self.site().has
        asks = {(questions.CONTENTS, one): questions.contents(one) for one in courses}
        asks |= {(questions.ENROLLED, one): questions.enrolled(one) for one in courses}
        asks |= {
            (questions.UPDATES, one): questions.updates(one, wish.since[one])
            for one in courses
            if one in wish.since
        }
        allowed = {key: ask for key, ask in asks.items() if has(ask.function)}
        answers = self.batches().ask(list(allowed.values()))
        missing = {
            key: Answered(error=not_in_service(ask.function))
            for key, ask in asks.items()
            if key not in allowed
        }
        return dict(zip(allowed, answers, strict=True)) | missing

    def _people(
        self,
        wish: Wish,
        found: Mapping[str, Answered],
        rosters: dict[int, tuple[Member, ...]],
        refused: Mapping[int, SourceError],
        courses: Mapping[int, Course],
        above: Mapping[int, int],
    ) -> People:
        everybody = {one.id for roster in rosters.values() for one in roster}
        adult_courses = {
            number
            for number, each in courses.items()
            if is_adult_course(self._settings, each, above)
        }
        return People(
            rosters=rosters,
            adults=adults_in(self._settings, rosters, adult_courses)
            | outside_courses(self.site().account, rosters),
            facilitators=facilitators_in(self._settings, rosters),
            inactive=self._inactive(wish, found, everybody),
            schools=schools_of(self._settings, rosters, self._cohorts(found)),
            lost=tuple(
                courses[number].name
                for number in sorted(refused)
                if number in wish.told_rosters and number in courses
            ),
            remembered=wish.remembered,
        )

    def _inactive(
        self, wish: Wish, found: Mapping[str, Answered], everybody: set[int]
    ) -> frozenset[int]:
        """Return who of these is suspended or gone; where Moodle does not tell, nobody."""
        named = [answer for name, answer in found.items() if name.startswith(questions.USERS)]
        asked = set(wish.users)
        unknown = sorted(everybody - asked)
        if unknown and self.site().has(questions.USERS):
            named += self.batches().ask(questions.users(unknown))
            asked |= set(unknown)
        if not named or any(answer.error is not None for answer in named):
            return frozenset()
        active = frozenset[int]().union(*(said_people.active_users(each.value) for each in named))
        return frozenset(everybody & asked) - active

    def _cohorts(self, found: Mapping[str, Answered]) -> dict[str, frozenset[int]]:
        names = said_people.cohort_names(_value(found, questions.COHORTS))
        if not names or not self.site().has(questions.COHORT_MEMBERS):
            return {}
        ask = Ask(questions.COHORT_MEMBERS, {"cohortids": sorted(names)})
        (answer,) = self.batches().ask([ask])
        members = said_people.cohort_members(answer.value)
        return {name: members.get(number, frozenset()) for number, name in names.items()}


def not_in_service(function: str) -> AuthError:
    """Return what is to be done about a function that the service does not hold."""
    return AuthError(
        f"The hub's web service does not hold the function {function}. Ask the Moodle "
        "administrator to add it (Site administration, Server, External services, Functions)."
    )


def _rosters(
    by_course: Mapping[tuple[str, int], Answered], wish: Wish
) -> tuple[dict[int, tuple[Member, ...]], dict[int, SourceError]]:
    """Return who is in which course, and why it could not be told of others.

    A course that told its participants before and now tells none has most probably not lost
    all of them: an empty list is how Moodle says that a capability is missing.
    """
    told: dict[int, tuple[Member, ...]] = {}
    refused: dict[int, SourceError] = {}
    for (function, course), answer in by_course.items():
        if function != questions.ENROLLED:
            continue
        members = said_people.members(answer.value)
        if answer.error is not None:
            refused[course] = answer.error
        elif not members and course in wish.told_rosters:
            refused[course] = AuthError("Moodle lists no participants any more.")
        else:
            told[course] = members
    return told, refused


def _value(found: Mapping[str, Answered], name: str) -> object:
    return found[name].value if name in found else None


def _entries(found: Mapping[str, Answered]) -> Entries | None:
    answer = found.get(questions.ENTRIES)
    return None if answer is None or answer.error else said_posts.entries(answer.value)


def _events(found: Mapping[str, Answered]) -> list[Event] | None:
    answer = found.get(questions.EVENTS)
    return None if answer is None or answer.error else said_activities.events(answer.value)
