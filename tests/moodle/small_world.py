"""What a small Moodle holds and what happens in it; how it answers is in the modules beside.

Its clock is its own. Editing a post moves no discussion, and deleting the newest reply moves it
back.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SITE = "https://vln.example.school.nz"
TOKEN = "tui7f3a91c04be2"
BEGIN = 1_788_200_000
BATCH = "tool_mobile_call_external_functions"

Form = dict[str, Any]


class Refused(Exception):
    """What Moodle answers instead; ``code`` None is a failure of PHP itself."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code

    def value(self) -> Form:
        if self.code is None:
            return {"exception": "Error", "message": "Call to a member function on null"}
        return {
            "exception": "core\\exception\\moodle_exception",
            "errorcode": self.code,
            "message": "Something in /var/www/moodle is not as it should be",
        }


@dataclass
class User:
    id: int
    name: str
    school: str = "Kōwhai Bush School"
    suspended: bool = False


@dataclass
class Course:
    id: int
    name: str
    category: int = 5
    visible: bool = True
    roles: dict[int, str] = field(default_factory=dict)
    """User -> role."""
    groups: dict[int, set[int]] = field(default_factory=dict)
    forced_groupmode: int | None = None


@dataclass
class Module:
    id: int
    course: int
    kind: str
    instance: int
    name: str
    visible: bool = True
    availability: str | None = None
    groupmode: int | None = 0
    configured: int = BEGIN


@dataclass
class Forum:
    id: int
    module: Module
    kind: str = "general"


@dataclass
class Discussion:
    id: int
    forum: int
    group: int = -1
    pinned: bool = False
    timed: int = 0
    timemodified: int = 0


@dataclass
class Post:
    id: int
    discussion: int
    parent: int
    author: int
    subject: str
    html: str
    created: int
    modified: int
    private: bool = False
    files: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Choice:
    id: int
    module: Module
    options: dict[int, tuple[str, int]] = field(default_factory=dict)
    answers: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Answer -> user, option, when."""
    publish: bool = True
    showresults: int = 3


@dataclass
class Event:
    id: int
    name: str
    start: int
    kind: str = "course"
    course: int = 0
    group: int = 0
    module: str = ""
    instance: int = 0
    seconds: int = 3600
    visible: int = 1
    html: str = ""


@dataclass
class Entry:
    id: int
    user: int
    subject: str
    html: str
    created: int
    modified: int
    state: str = "site"
    original: str = ""


FUNCTIONS = """
    core_webservice_get_site_info core_course_get_courses_by_field core_course_get_categories
    core_course_get_contents core_course_get_updates_since core_course_get_course_module
    core_enrol_get_enrolled_users core_user_get_users_by_field core_cohort_get_cohorts
    core_cohort_get_cohort_members mod_forum_get_forums_by_courses
    mod_forum_get_forum_discussions mod_forum_get_discussion_posts core_blog_get_entries
    core_calendar_get_calendar_events mod_choice_get_choices_by_courses
    mod_choice_get_choice_options mod_choice_get_choice_results
    mod_feedback_get_feedbacks_by_courses mod_feedback_get_responses_analysis
    mod_assign_get_assignments mod_assign_get_submissions
    core_completion_get_activities_completion_status
""".split()


class World:
    """Courses, people and what they wrote."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.token = TOKEN
        self.functions = {*FUNCTIONS, BATCH}
        self.capabilities = {
            "viewdiscussion",
            "viewparticipants",
            "viewhiddenactivities",
            "choose",
            "readresponses",
        }
        self.refusing: str | None = None
        """An error code for every question: maintenance, a bad token."""
        self.cut_after: int | None = None
        """So many answers of a batch come; the rest is silently absent."""
        self.users: dict[int, User] = {}
        self.courses: dict[int, Course] = {}
        self.modules: dict[int, Module] = {}
        self.forums: dict[int, Forum] = {}
        self.discussions: dict[int, Discussion] = {}
        self.posts: dict[int, Post] = {}
        self.choices: dict[int, Choice] = {}
        self.events: dict[int, Event] = {}
        self.entries: dict[int, Entry] = {}
        self.feedback: dict[int, tuple[Module, list[int]]] = {}
        self.assignments: dict[int, tuple[Module, dict[int, str]]] = {}
        self.cohorts: dict[int, tuple[str, set[int]]] = {}
        self.completed: dict[int, set[int]] = {}
        self.asked: Counter[str] = Counter()
        """Questions by function, those within a batch too."""
        self.calls = 0
        self.last_id = 0
        self.after_call: Callable[[], None] = lambda: None

    # What happens in it

    def tick(self, seconds: int = 60) -> int:
        self.now += seconds
        return self.now

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add_user(self, name: str, **more: Any) -> int:
        number = max(self.users, default=1) + 1
        self.users[number] = User(number, name, **more)
        return number

    def add_course(self, number: int, name: str, roles: dict[int, str], **more: Any) -> Course:
        self.courses[number] = Course(number, name, roles=dict(roles), **more)
        return self.courses[number]

    def add_module(self, course: int, kind: str, name: str, instance: int = 0) -> Module:
        number = self.new_id() + 1000
        made = Module(number, course, kind, instance or number, name, configured=self.tick())
        self.modules[number] = made
        return made

    def add_forum(self, course: int, number: int, name: str, kind: str = "general") -> Forum:
        self.forums[number] = Forum(number, self.add_module(course, "forum", name, number), kind)
        return self.forums[number]

    def discuss(self, forum: int, author: int, subject: str, html: str, *, group: int = -1) -> Post:
        discussion = Discussion(self.new_id(), forum, group, timemodified=self.tick())
        self.discussions[discussion.id] = discussion
        return self._write(discussion.id, 0, author, subject, html)

    def reply(self, parent: Post, author: int, html: str) -> Post:
        self.tick()
        subject = f"Re: {self.first_of(parent.discussion).subject}"
        self.discussions[parent.discussion].timemodified = self.now
        return self._write(parent.discussion, parent.id, author, subject, html)

    def _write(self, discussion: int, parent: int, author: int, subject: str, html: str) -> Post:
        number = self.new_id()
        post = Post(number, discussion, parent, author, subject, html, self.now, self.now)
        self.posts[number] = post
        return post

    def edit(self, number: int, html: str) -> None:
        self.posts[number].html = html
        self.posts[number].modified = self.tick()

    def delete(self, number: int) -> None:
        """Delete a post with all that hangs below it; a first post takes its discussion along."""
        self.tick()
        post = self.posts[number]
        for child in [each for each in self.posts.values() if each.parent == number]:
            if child.id in self.posts:
                self.delete(child.id)
        del self.posts[number]
        left = self.of(post.discussion)
        if not left:
            del self.discussions[post.discussion]
        else:
            newest = max(left, key=lambda each: each.created)
            self.discussions[post.discussion].timemodified = newest.created

    def of(self, discussion: int) -> list[Post]:
        return [each for each in self.posts.values() if each.discussion == discussion]

    def first_of(self, discussion: int) -> Post:
        return min(self.of(discussion), key=lambda each: each.id)

    def in_forum(self, forum: int) -> list[Discussion]:
        return [each for each in self.discussions.values() if each.forum == forum]

    def add_choice(self, course: int, number: int, name: str, **options: int) -> Choice:
        module = self.add_module(course, "choice", name, number)
        choice = Choice(number, module)
        for text, places in options.items():
            choice.options[self.new_id()] = (text, places)
        self.choices[number] = choice
        return choice

    def sign_up(self, choice: int, user: int, option: int) -> int:
        number = self.new_id()
        self.choices[choice].answers[number] = (user, option, self.tick())
        return number

    def add_event(self, name: str, **more: Any) -> Event:
        number = self.new_id()
        self.events[number] = Event(number, name, more.pop("start", self.tick() + 86_400), **more)
        return self.events[number]

    def blog(self, user: int, subject: str, html: str = "<p>Words.</p>", **more: Any) -> Entry:
        number, now = self.new_id(), self.tick()
        self.entries[number] = Entry(number, user, subject, html, now, now, **more)
        return self.entries[number]

    # What an answer may show of it

    def _course(self, number: object) -> Course:
        course = self.courses.get(int(str(number)))
        if course is None:
            raise Refused("invalidrecord")
        if not course.visible:
            raise Refused("errorcoursecontextnotvalid")
        return course

    def _shown(self, module: Module) -> bool:
        hidden = module.kind == "forum" and "viewdiscussion" not in self.capabilities
        return module.visible and not hidden

    def _tells_restrictions(self) -> bool:
        return "viewhiddenactivities" in self.capabilities

    def _courses_in(self, form: Form) -> set[int]:
        ids = {int(each) for each in form["courseids"]}
        return {each for each in ids if each in self.courses and self.courses[each].visible}
