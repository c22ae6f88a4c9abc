"""What a Moodle site consists of: plain records that point at each other.

They change while a story is told; who may change them and how is in the modules of each area
(``people``, ``courses``, ``forums``, ``activities``, ``blogs``, ``calendar``). All times are
whole seconds since 1970, UTC; 0 means never.
"""

from dataclasses import dataclass, field
from typing import Literal

ALL_GROUPS = -1
"""The group id of a discussion that is for everybody."""

NO_GROUPS, SEPARATE_GROUPS, VISIBLE_GROUPS = 0, 1, 2
"""Group modes of a course or an activity."""


@dataclass(slots=True, eq=False)
class User:
    """One account."""

    id: int
    username: str
    firstname: str
    lastname: str
    email: str = ""
    institution: str = ""
    idnumber: str = ""
    school_code: str = ""
    """A custom profile field; empty: not filled in."""
    city: str = ""
    description: str = ""
    suspended: bool = False
    deleted: bool = False
    is_admin: bool = False

    @property
    def fullname(self) -> str:
        return f"{self.firstname} {self.lastname}"


@dataclass(slots=True, eq=False)
class Role:
    """A named set of capabilities."""

    id: int
    shortname: str
    capabilities: set[str]


@dataclass(slots=True, eq=False)
class Grant:
    """A role given to somebody: on the whole site, in one category or in one course."""

    user: User
    role: Role
    level: Literal["system", "category", "course"]
    instance: int = 0
    """Category or course id; 0 for the site."""


@dataclass(slots=True, eq=False)
class Token:
    """A key to the web service."""

    value: str
    user: User
    expired: bool = False


@dataclass(slots=True, eq=False)
class Cohort:
    """A site-wide group of accounts, often one school."""

    id: int
    name: str
    idnumber: str = ""
    description: str = ""
    members: dict[int, User] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Category:
    """A folder of courses."""

    id: int
    name: str
    description: str = ""
    parent: "Category | None" = None

    @property
    def line(self) -> tuple[int, ...]:
        """Ids from the top folder down to this one."""
        return (*(self.parent.line if self.parent else ()), self.id)


@dataclass(slots=True, eq=False)
class Group:
    """Some members of one course."""

    id: int
    course_id: int
    name: str
    description: str = ""
    members: dict[int, User] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Enrolment:
    """One person in one course."""

    user: User
    roles: list[Role]
    active: bool = True


@dataclass(slots=True, eq=False)
class Section:
    """A part of a course page."""

    id: int
    number: int
    name: str
    visible: bool = True
    summary: str = ""
    modules: "list[Module]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Course:
    """One course."""

    id: int
    fullname: str
    shortname: str
    category: Category | None
    """None: the site's own front page."""
    summary: str = ""
    visible: bool = True
    startdate: int = 0
    enddate: int = 0
    timemodified: int = 0
    groupmode: int = NO_GROUPS
    groupmodeforce: bool = False
    sections: list[Section] = field(default_factory=list)
    groups: dict[int, Group] = field(default_factory=dict)
    enrolments: dict[int, Enrolment] = field(default_factory=dict)

    @property
    def modules(self) -> "list[Module]":
        """All activities, in the order of the page."""
        return [module for section in self.sections for module in section.modules]

    def groups_of(self, user: User) -> list[Group]:
        return [group for group in self.groups.values() if user.id in group.members]


@dataclass(slots=True, eq=False)
class StoredFile:
    """A file of a post or an entry."""

    name: str
    content: bytes
    mimetype: str
    timemodified: int


@dataclass(slots=True, eq=False)
class Module:
    """One activity or resource in a course: what Moodle calls a course module."""

    id: int
    course: Course
    section: Section
    modname: str
    instance: int
    context_id: int
    name: str
    intro: str = ""
    timemodified: int = 0
    visible: bool = True
    groupmode: int = NO_GROUPS
    availability: str | None = None
    """The restriction as Moodle keeps it: JSON; None: none."""
    completion: Literal[0, 1, 2] = 0
    """Ticked by nobody, by hand, or by itself."""
    customdata: object = ""
    dates: tuple[tuple[str, str, int], ...] = ()
    """Label, name of the field, moment."""
    address: str = ""
    """Where a URL resource leads."""
    page: str = ""
    """What a Page holds."""
    changes: tuple[str, dict[int, int]] | None = None
    """For activities that are only counted: what their items are called, and id -> time."""


@dataclass(slots=True, eq=False)
class Forum:
    """What a forum has beyond a module."""

    module: Module
    type: Literal["general", "news", "qanda", "single", "eachuser", "blog"] = "general"
    rss_articles: int = 0
    discussions: "dict[int, Discussion]" = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.module.instance


@dataclass(slots=True, eq=False)
class Discussion:
    """A thread."""

    id: int
    forum: Forum
    name: str
    user: User
    group_id: int
    timecreated: int
    timemodified: int
    """When its last reply was made; an edit does not move it."""
    usermodified: User
    pinned: bool = False
    locked: bool = False
    posts: "dict[int, Post]" = field(default_factory=dict)
    """In the order in which they were written; the first one opens the thread."""

    @property
    def first(self) -> "Post":
        return next(iter(self.posts.values()))


@dataclass(slots=True, eq=False)
class Post:
    """One contribution to a thread."""

    id: int
    discussion: Discussion
    parent: "Post | None"
    user: User
    subject: str
    message: str
    created: int
    modified: int
    blanked: bool = False
    """Its words were removed on request, its place in the thread stays."""
    private_to: User | None = None
    attachments: tuple[StoredFile, ...] = ()
    inline_files: tuple[StoredFile, ...] = ()


@dataclass(slots=True, eq=False)
class BlogEntry:
    """One entry of the site's blogs, or Moodle's own copy of an outside one."""

    id: int
    user: User
    subject: str
    summary: str
    created: int
    lastmodified: int
    publishstate: Literal["draft", "site", "public"] = "site"
    permalink: str = ""
    """Of an outside entry: where it stands; such a copy has no attachments."""
    tags: tuple[str, ...] = ()
    attachments: tuple[StoredFile, ...] = ()
    course_id: int = 0
    """A course the entry is associated with; 0: none."""

    @property
    def is_external(self) -> bool:
        return bool(self.permalink)


@dataclass(slots=True, eq=False)
class ChoiceOption:
    """One thing that can be chosen; ``places`` is 0 where they are not limited."""

    id: int
    text: str
    places: int = 0


@dataclass(slots=True, eq=False)
class ChoiceAnswer:
    """What somebody chose."""

    id: int
    user: User
    option: ChoiceOption
    timemodified: int


@dataclass(slots=True, eq=False)
class Choice:
    """What a choice has beyond a module; this is how courses run a sign-up."""

    module: Module
    options: list[ChoiceOption]
    limit_answers: bool = False
    publish_names: bool = True
    show_results: Literal[0, 1, 2, 3] = 3
    """To students: never, after answering, after closing, always."""
    timeopen: int = 0
    timeclose: int = 0
    answers: dict[int, ChoiceAnswer] = field(default_factory=dict)
    """By answer id."""

    @property
    def id(self) -> int:
        return self.module.instance

    def taken(self, option: ChoiceOption) -> list[ChoiceAnswer]:
        return [answer for answer in self.answers.values() if answer.option is option]


@dataclass(slots=True, eq=False)
class FeedbackItem:
    """One question; ``choices`` is empty for free text."""

    id: int
    name: str
    label: str
    choices: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class FeedbackAttempt:
    """One filled-in form: per item the number of the choice, or the words."""

    id: int
    user: User
    timemodified: int
    values: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Feedback:
    """What a feedback activity has beyond a module."""

    module: Module
    anonymous: bool
    items: list[FeedbackItem]
    attempts: dict[int, FeedbackAttempt] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.module.instance


@dataclass(slots=True, eq=False)
class Submission:
    """One piece of work that was handed in."""

    id: int
    user: User
    timecreated: int
    timemodified: int
    text: str


@dataclass(slots=True, eq=False)
class Assignment:
    """What an assignment has beyond a module."""

    module: Module
    duedate: int = 0
    submissions: dict[int, Submission] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.module.instance


@dataclass(slots=True, eq=False)
class Event:
    """A line of the calendar."""

    id: int
    name: str
    description: str
    eventtype: str
    """``course``, ``site``, ``category``, ``group``, ``facetofacesession``, ``due`` ..."""
    timestart: int
    timeduration: int
    timemodified: int
    user: User | None
    course: Course | None = None
    category: Category | None = None
    group: Group | None = None
    module: Module | None = None
    visible: bool = True
