"""The sample cluster's Moodle: two courses, told in the voice of its blogs.

One course is for lead teachers, the other for students of Years 5 to 8 with a bus trip to sign
up for. Pure: the same world, step and addresses give the same site. All people are invented.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from random import Random

from sample_cluster.answers import resolve
from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.state import Choice, Course, Discussion, Forum, Post, User
from sample_cluster.moodle.world import MoodleWorld, Settings
from sample_cluster.people import FACILITATOR, SCHOOLS, TEACHERS, school_named
from sample_cluster.phrases import ENDINGS, OBSERVATIONS, OPENINGS, REFLECTIONS
from sample_cluster.world import World
from sample_cluster.writing import filled

VLN_NAME = "Tarāpunga VLN"
COPIED_BLOG = "matuku-reflections"
"""The blog whose entries its author has let Moodle copy."""

STUDENTS = (
    ("Tama", "Whitiroa", "rimuwai"),
    ("Isla", "Rendlesham", "rimuwai"),
    ("Leilani", "Fonokalafi", "kotukutuku"),
    ("Kauri", "Tomoana-Bell", "waikotare"),
    ("Aanya", "Mukherji", "halvorsen"),
    ("Jack", "Pemberthy", "halvorsen"),
    ("Mele", "Tupoutahi", "lake-tui"),
    ("Hōhepa", "Rangihuna", "lake-tui"),
    ("Minjun", "Seo", "pukerata"),
    ("Ruby", "Tasker", "pukerata"),
)
"""First name, last name, school."""

_TRIP_PLACES = 4


def vln_site(shown: World, step: int, addresses: Mapping[str, str]) -> MoodleSite:
    """Return the site after a step of the sample cluster's history.

    Args:
        shown: The sample cluster, whose time and blogs the site shares.
        step: How much of the history has happened.
        addresses: Blog slug -> address, for copies of outside entries.
    """
    start = shown.at(0).now
    world = MoodleWorld(Clock(start - timedelta(days=60)), Settings(site_name=VLN_NAME))
    story = _Story(world, Random(f"{shown.seed}|vln"))
    for before, happens in sorted(story.archive(), key=lambda line: -line[0]):
        world.clock.set(start - timedelta(hours=before))
        happens()
    _copy_blog(story, shown, addresses)
    for number in range(1, min(step, len(story.history())) + 1):
        world.clock.set(shown.at(number).now)
        for happens in story.history()[number - 1]:
            happens()
    world.clock.set(shown.at(step).now)
    return MoodleSite(world)


def vln_courses(site: MoodleSite) -> list[int]:
    """Return the numbers of its courses, that of the lead teachers first."""
    return sorted(
        number
        for number, course in site.world.courses.courses.items()
        if course.shortname in ("LEADS", "RIVERS")
    )


class _Story:
    """Who is there and what they do; a line of it is a moment and what happens then."""

    def __init__(self, world: MoodleWorld, rng: Random) -> None:
        self.world, self._rng = world, rng
        self._teachers = {each.name: self._teacher(each.name, each.school) for each in TEACHERS}
        self._students = [self._student(*each) for each in STUDENTS]
        self._facilitator = self._teachers[FACILITATOR.name]
        hub = world.people.add("Hub", "Reader", username="svc_hub")
        world.people.grant(hub, "connector")
        world.people.allow("connector", "moodle/course:viewhiddenactivities")
        world.people.allow("connector", "moodle/calendar:manageentries")
        world.people.add_token(hub)
        world.people.add_feed_key(hub)
        for school in SCHOOLS:
            members = [u for u in world.people.users.values() if u.institution == school.name]
            world.people.add_cohort(school.name, members, f"school-{school.slug}")
        folder = world.courses.add_category("Tarāpunga Cluster")
        self._leads = world.courses.add("Lead teachers: shared inquiry", "LEADS", folder)
        self._rivers = world.courses.add("Ngā awa – our rivers (Years 5–8)", "RIVERS", folder)
        self._threads: dict[str, Discussion] = {}
        self._enrol()
        self._open_lead_course()
        self._open_river_course()

    def archive(self) -> list[tuple[float, Callable[[], object]]]:
        """Return what happened before step 0: hours before it, and the deed."""
        lines: list[tuple[float, Callable[[], object]]] = [
            (900, lambda: self._announce(self._lead_news, "Welcome to the lead teachers’ space")),
            (890, lambda: self._announce(self._river_news, "Nau mai ki te kaupapa o ngā awa")),
            (400, lambda: self._announce(self._lead_news, "Dates for the second round of visits")),
            (200, lambda: self._announce(self._river_news, "The bus to the estuary: sign up")),
        ]
        names = list(self._teachers)
        for number in range(12):
            name = names[(number * 7) % len(names)]
            lines.append((800 - number * 55, partial(self._reflect, number, name)))
            for reply in range(number % 4):
                other = names[(number * 3 + reply * 5 + 1) % len(names)]
                when = 790 - number * 55 - reply * 5
                lines.append((when, partial(self._respond, number, other)))
        for number, student in enumerate(self._students[:6]):
            lines.append((700 - number * 60, partial(self._river_post, number, student)))
        for number, student in enumerate(self._students[:3]):
            lines.append((180 - number * 9, partial(self._sign_up, student, 0)))
        return lines

    def history(self) -> list[list[Callable[[], object]]]:
        """Return what happens at each step from the first one on."""
        forums, courses = self.world.forums, self.world.courses
        students = self._students
        return [
            [lambda: self._respond(11, "Kiri Waerenga"), lambda: self._sign_up(students[3], 0)],
            [lambda: forums.edit(self._threads["bus"].first, message=_BUS_EDITED)],
            [lambda: self._sign_up(students[0], 1), lambda: self._sign_up(students[4], 0)],
            [lambda: forums.delete(self._last_reply("reflection 3"))],
            [lambda: self._reflect(12, "Meera Chandorkar")],
            [lambda: forums.move(self._threads["river 2"], self._river_news)],
            [lambda: courses.enrol(self._rivers, self._teachers["Peter Wainscott"], "teacher")],
            [lambda: self._announce(self._lead_news, "Notes from the visits are up")],
        ]

    def copy(self, author: str, title: str, words: str, link: str, published: int) -> None:
        """Take over an entry of a teacher's outside blog."""
        self.world.blogs.copy(self._teachers[author], title, words, link, published)

    # --- who is there ---

    def _teacher(self, name: str, school: str) -> User:
        first, _, last = name.partition(" ")
        return self.world.people.add(first, last, institution=school_named(school).name)

    def _student(self, first: str, last: str, school: str) -> User:
        return self.world.people.add(first, last, institution=school_named(school).name)

    def _enrol(self) -> None:
        courses = self.world.courses
        for course in (self._leads, self._rivers):
            courses.enrol(course, self._facilitator, "editingteacher")
        for teacher in self._teachers.values():
            if teacher is not self._facilitator:
                courses.enrol(self._leads, teacher, "teacher")
        for student in self._students:
            courses.enrol(self._rivers, student)

    # --- what the courses hold ---

    def _open_lead_course(self) -> None:
        world, course = self.world, self._leads
        self._lead_news = world.forums.add(course, "Announcements", "news")
        self._lead_talk = world.forums.add(course, "Reflections", section=1)
        self._lead_talk.rss_articles = 20
        workshop = world.courses.add_module(course, "facetoface", "Workshop: talk moves", section=2)
        start = world.clock.seconds + int(timedelta(days=75).total_seconds())
        world.calendar.add_session(workshop, start, timedelta(hours=3), "Waikōtare library")
        self._add_event(course, "Online hui for lead teachers", 68)
        form = world.courses.add_module(course, "feedback", "How was the visit?", section=2)
        questions = [
            world.activities.question("The visit was", "visit", "useful", "partly useful", "not"),
            world.activities.question("What will you try?", "next"),
        ]
        feedback = world.activities.add_feedback(form, questions)
        for name in list(self._teachers)[:6:2]:
            words = filled(self._rng.choice(REFLECTIONS), self._rng)
            world.activities.answer(feedback, self._teachers[name], "1", words)

    def _open_river_course(self) -> None:
        world, course = self.world, self._rivers
        self._river_news = world.forums.add(course, "Announcements", "news")
        self._river_talk = world.forums.add(course, "What we saw at the river", section=1)
        trip = world.courses.add_module(
            course, "choice", "Bus trip to the estuary", section=2, intro=_TRIP
        )
        day = world.clock.seconds + int(timedelta(days=70).total_seconds())
        options = [("Morning bus, 9 am", _TRIP_PLACES), ("Afternoon bus, 12 noon", _TRIP_PLACES)]
        self._trip: Choice = world.activities.add_choice(trip, options, timeclose=day)
        self._add_event(course, "Estuary day: bring a raincoat", 72)
        page = world.courses.add_module(course, "page", "How to test water", section=1)
        page.page = "<h3>You need</h3><ul><li>a jar</li><li>a ruler</li><li>patience</li></ul>"
        task = world.courses.add_module(course, "assign", "My river story", section=3)
        assignment = world.activities.add_assignment(task, day)
        for student in self._students[2:5]:
            world.activities.hand_in(assignment, student, "<p>My river story</p>")

    def _add_event(self, course: Course, name: str, days: int) -> None:
        start = self.world.clock.seconds + int(timedelta(days=days).total_seconds())
        self.world.calendar.add(name, start, course=course, user=self._facilitator)

    # --- what people do ---

    def _announce(self, forum: Forum, title: str) -> None:
        words = _BUS if "bus" in title else self._words("facilitator")
        thread = self.world.forums.start(forum, self._facilitator, title, words)
        if "bus" in title:
            self._threads["bus"] = thread

    def _reflect(self, number: int, name: str) -> None:
        title = _TITLES[number % len(_TITLES)]
        thread = self.world.forums.start(
            self._lead_talk, self._teachers[name], title, self._words("teacher")
        )
        self._threads[f"reflection {number}"] = thread

    def _respond(self, number: int, name: str) -> None:
        words = filled(self._rng.choice(OBSERVATIONS), self._rng)
        first = self._threads[f"reflection {number}"].first
        self.world.forums.reply(first, self._teachers[name], f"<p>{words}</p>")

    def _river_post(self, number: int, student: User) -> None:
        thread = self.world.forums.start(
            self._river_talk, student, _SEEN[number % len(_SEEN)], self._words("student")
        )
        self._threads[f"river {number}"] = thread
        words = f"<p>Ka pai, {student.firstname}. What would you measure next?</p>"
        self.world.clock.advance(timedelta(minutes=40))
        self.world.forums.reply(thread.first, self._facilitator, words)

    def _sign_up(self, student: User, option: int) -> None:
        self.world.activities.choose(self._trip, student, self._trip.options[option])

    def _last_reply(self, name: str) -> Post:
        return list(self._threads[name].posts.values())[-1]

    def _words(self, voice: str) -> str:
        rng = self._rng
        lines = [rng.choice(OPENINGS[voice]), *rng.sample(OBSERVATIONS, 2)]
        lines += [rng.choice(REFLECTIONS)] if voice == "teacher" else []
        lines.append(rng.choice(ENDINGS[voice]))
        return "".join(f"<p>{filled(line, rng)}</p>" for line in lines)


def _copy_blog(story: _Story, shown: World, addresses: Mapping[str, str]) -> None:
    """Let Moodle hold copies of the two newest entries, as it does where a blog is registered."""
    for post in shown.at(0).sites[COPIED_BLOG].public[:2]:
        link = resolve(post.shown_link, addresses)
        words = resolve(post.html, addresses)
        story.copy(post.author, post.title, words, link, int(post.published.timestamp()))


_TRIP = (
    f"<p>We go to the estuary by bus. Each bus takes {_TRIP_PLACES} of us, "
    "so that everybody gets a turn at the nets.</p>"
)
_BUS = (
    "<p>Kia ora koutou, the sign-up for the bus trip is open below. The morning bus leaves from "
    "the Rimuwai turn-off at nine.</p><p>Bring a raincoat and a spare pair of socks.</p>"
)
_BUS_EDITED = _BUS.replace("at nine", "at a quarter to nine")
_TITLES = (
    "Who did the talking?",
    "Wait time, again",
    "A lesson that went sideways",
    "Talk frames with Year 4",
    "What the recording told me",
    "Small groups, big noise",
)
_SEEN = (
    "Eels under the bridge",
    "Our jar of brown water",
    "How fast is it?",
    "Rubbish count",
    "A kōtare!",
)
