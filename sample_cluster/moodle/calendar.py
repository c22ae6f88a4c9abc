"""The calendar of a stand-in site."""

from datetime import timedelta

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.state import Category, Course, Event, Group, Module, User


class Calendar:
    """All lines of the calendar."""

    def __init__(self, numbers: Numbers, clock: Clock) -> None:
        self._numbers = numbers
        self._clock = clock
        self.events: dict[int, Event] = {}

    def add(
        self,
        name: str,
        timestart: int,
        *,
        eventtype: str = "course",
        course: Course | None = None,
        category: Category | None = None,
        group: Group | None = None,
        module: Module | None = None,
        user: User | None = None,
        description: str = "",
        timeduration: int = 3600,
    ) -> Event:
        event = Event(
            self._numbers.next("event"),
            name,
            description,
            eventtype,
            timestart,
            timeduration,
            self._clock.seconds,
            user,
            course=module.course if module else course,
            category=category,
            group=group,
            module=module,
        )
        self.events[event.id] = event
        return event

    def add_session(self, module: Module, timestart: int, length: timedelta, place: str) -> Event:
        """Put a session of a face-to-face activity into the calendar, as that plugin does."""
        session = self._numbers.next("session")
        return self.add(
            module.name,
            timestart,
            eventtype="facetofacesession",
            module=module,
            timeduration=int(length.total_seconds()),
            description=(
                f'<div class="f2fsession"><p>{place}</p></div>'
                f'<a href="{{wwwroot}}/mod/facetoface/signup.php?s={session}">Sign up</a>'
            ),
        )

    def edit(self, event: Event, *, name: str | None = None, timestart: int | None = None) -> None:
        event.name = event.name if name is None else name
        event.timestart = event.timestart if timestart is None else timestart
        event.timemodified = self._clock.seconds

    def delete(self, event: Event) -> None:
        del self.events[event.id]
