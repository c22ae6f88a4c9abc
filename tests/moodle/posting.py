"""The small stand-in Moodle as a place that is posted to, asked in memory or over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from adapters.moodle.calendar_destination import ADAPTER as CALENDAR
from adapters.moodle.calendar_destination import CalendarDestination
from adapters.moodle.forum_destination import ADAPTER as FORUM
from adapters.moodle.forum_destination import ForumDestination
from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.http import Session
from connector.model import Message
from connector.store import destinations
from connector.store.destinations import DestinationSpec
from sample_cluster import answers
from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.server import MoodleServer
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.world import MoodleWorld
from sync_jobs import approve
from sync_jobs.outbox import Outbox
from sync_jobs.push import send_due
from tests.contract.fake_session import Answer, FakeSession, Request
from tests.fake_destination import FakeOutbox
from tests.sample_cluster.moodle.small import Small

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MARKER = f"hub-{7:032x}"
START = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
MESSAGE = Message(
    title="Pō pāngarau & kai",
    html="<p>Nau mai, <em>haere mai</em>.</p>\n<ul>\n<li>7 &lt; 8</li>\n</ul>",
    text="Nau mai.",
    start=START,
    end=datetime(2026, 12, 1, 6, 30, tzinfo=UTC),
)
EDITED = replace(MESSAGE, title="Pō pāngarau, moved", html="<p>To Friday.</p>")


def small_moodle() -> Small:
    """Return the small site, whose connector may post, enter events and take both back."""
    small = Small(MoodleSite(MoodleWorld(Clock(NOW))))
    for right in ("moodle/calendar:manageentries", "mod/forum:deleteanypost"):
        small.world.people.allow("connector", right)
    return small


def session_to(small: Small, before: Callable[[str], None] = lambda function: None) -> FakeSession:
    """Return a session that asks the site in memory."""

    def answer(request: Request) -> Answer:
        before(request.form["wsfunction"])
        headers = {key.lower(): value for key, value in request.headers.items()}
        asked = answers.Request("POST", request.path, headers, request.body or b"")
        said = small.site.answer(asked)
        body = said.body.encode() if isinstance(said.body, str) else said.body
        return Answer(body, said.status, dict(said.headers))

    return FakeSession(answer)


def settings_of(small: Small, **more: Any) -> dict[str, Any]:
    return {"address": small.site.wwwroot, "token": "TOKEN", "course": small.course.id} | more


def forum_of(small: Small, session: FakeSession | None = None, **more: Any) -> ForumDestination:
    """Return the announcements forum as a destination."""
    settings = FORUM.Settings.model_validate(settings_of(small, **more))
    found = FORUM.open_destination(settings, session or session_to(small), NOW)
    assert isinstance(found, ForumDestination)
    return found


def calendar_of(
    small: Small, session: FakeSession | None = None, **more: Any
) -> CalendarDestination:
    """Return the course's calendar as a destination."""
    settings = CALENDAR.Settings.model_validate(settings_of(small, **more))
    found = CALENDAR.open_destination(settings, session or session_to(small), NOW)
    assert isinstance(found, CalendarDestination)
    return found


@dataclass
class Desk:
    """A hub that posts into the small Moodle, forum and calendar."""

    outbox: FakeOutbox
    small: Small
    server: MoodleServer
    open_session: Callable[[], Session]
    token: str = "TOKEN"
    announced: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in ("moodle", "moodle_calendar"):
            spec = DestinationSpec(
                key=kind,
                kind=kind,
                title=kind,
                address=self.server.address,
                settings={"course": self.small.course.id, "token": "env:VLN"},
                audience_kind="members",
                account=kind,
                source_key="vln",
            )
            with self.outbox.store.write(self.outbox.cluster_id) as conn:
                destinations.put_destination(conn, self.outbox.cluster_id, spec)

    @property
    def tools(self) -> Outbox:
        return replace(
            self.outbox.tools,
            kinds={"moodle": FORUM, "moodle_calendar": CALENDAR},
            open_session=self.open_session,
            resolve=lambda told: told | {"token": self.token},
            flood_brake=1000,
        )

    def announce(self, title: str, *kinds: str) -> int:
        """Say yes to an announcement of an event to these, or to both; return its number."""
        written = Written(
            title=title, body="Nau mai, *haere mai*.", event=Event(start=START, place="Hall")
        )
        row = self.outbox.draft(written)
        with self.outbox.store.read() as conn:
            known = destinations.destinations_of(conn, self.outbox.cluster_id)
        chosen = [one for one in known if not kinds or one.kind in kinds]
        approve.approve(self.tools, row, approve.previews(self.tools, row, chosen))
        self.announced.append(row.id)
        return row.id

    def correct(self, title: str) -> None:
        """Put other words into the last announcement."""
        event = Event(start=START, place="Library")
        approve.correct(
            self.tools,
            self.outbox.announcement(self.announced[-1]),
            Written(title=title, body="To the library.", event=event),
        )

    def retract(self) -> None:
        """Take the last announcement back."""
        rows = self.outbox.deliveries(self.announced[-1])
        approve.retract(self.tools, self.outbox.cluster_id, rows)

    def send(self, **later: float) -> list[State]:
        """Send what is due after so long; return how the last announcement stands."""
        self.outbox.clock.move(**later)
        self.small.later(**later)
        send_due(self.tools)
        return self.states()

    def states(self) -> list[State]:
        return self.outbox.states(self.announced[-1])

    def posts(self) -> list[str]:
        """Return the titles of the discussions in the announcements forum."""
        return [one.name for one in self.small.news.discussions.values()]

    def events(self) -> list[str]:
        """Return the names of the calendar's entries."""
        return [one.name for one in self.small.world.calendar.events.values()]
