"""A Moodle in memory, small enough to script a history on: it answers as 4.5 was recorded to.

Its clock is its own. Editing a post moves no discussion, deleting the newest reply moves it
back, a missing capability is an empty list, and the first error ends a batch.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.fake_session import Answer, Request

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


class SmallMoodle:
    """What it holds, and how it answers."""

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

    # How it answers

    def answer(self, request: Request) -> Answer:
        if urlsplit(request.url).path != "/webservice/rest/server.php" or request.body is None:
            return Answer(b"<title>Nothing here</title>", 404, {"Content-Type": "text/html"})
        form = unflattened((request.body or b"").decode())
        self.calls += 1
        try:
            value = self._value(form)
        except Refused as refused:
            value = refused.value()
        said = self.json(value)
        self.after_call()
        return said

    def json(self, value: object) -> Answer:
        headers = {"Content-Type": "application/json", "Date": formatdate(self.now, usegmt=True)}
        return Answer(json.dumps(value).encode(), 200, headers)

    def _value(self, form: Form) -> object:
        if self.refusing:
            raise Refused(self.refusing)
        if form.get("wstoken") != self.token:
            raise Refused("invalidtoken")
        function = form["wsfunction"]
        if function == BATCH and BATCH in self.functions:
            return {"responses": self._batch(form["requests"])}
        return self._one(function, form)

    def _batch(self, requests: list[Form]) -> list[Form]:
        responses: list[Form] = []
        for each in requests:
            if self.cut_after is not None and len(responses) >= self.cut_after:
                break
            try:
                value = self._one(each["function"], json.loads(each["arguments"]))
            except Refused as refused:
                responses.append({"error": True, "exception": json.dumps(refused.value())})
                break
            responses.append({"error": False, "data": json.dumps(value)})
        return responses

    def _one(self, function: str, form: Form) -> object:
        self.asked[function] += 1
        if function not in self.functions:
            raise Refused("accessexception")
        answers: Callable[[Form], object] = getattr(self, f"_{function}")
        return answers(form)

    def _course(self, number: object) -> Course:
        course = self.courses.get(int(str(number)))
        if course is None:
            raise Refused("invalidrecord")
        if not course.visible:
            raise Refused("errorcoursecontextnotvalid")
        return course

    def _core_webservice_get_site_info(self, form: Form) -> object:
        names = [{"name": each, "version": "1"} for each in sorted(self.functions)]
        return {
            "sitename": "Virtual Learning Network",
            "siteurl": SITE,
            "release": "4.5.6 (Build: 20250811)",
            "functions": names,
            "userprivateaccesskey": "canary-private-key",
        }

    def _core_course_get_courses_by_field(self, form: Form) -> object:
        wanted = form.get("value")
        ids = None if wanted is None else {int(each) for each in str(wanted).split(",")}
        front = {"id": 1, "fullname": "Front", "format": "site", "visible": 1, "categoryid": 0}
        shown = [
            {
                "id": each.id,
                "fullname": each.name.replace("&", "&amp;"),
                "categoryid": each.category,
                "format": "topics",
                "visible": 1,
                "groupmode": each.forced_groupmode or 0,
                "groupmodeforce": int(each.forced_groupmode is not None),
            }
            for each in self.courses.values()
            if each.visible and (ids is None or each.id in ids)
        ]
        return {"courses": [front, *shown], "warnings": []}

    def _core_course_get_categories(self, form: Form) -> object:
        return [{"id": 4, "parent": 0}, {"id": 5, "parent": 4}, {"id": 6, "parent": 0}]

    def _shown(self, module: Module) -> bool:
        hidden = module.kind == "forum" and "viewdiscussion" not in self.capabilities
        return module.visible and not hidden

    def _tells_restrictions(self) -> bool:
        return "viewhiddenactivities" in self.capabilities

    def _core_course_get_contents(self, form: Form) -> object:
        course = self._course(form["courseid"])
        modules = [
            {
                "id": each.id,
                "url": f"{SITE}/mod/{each.kind}/view.php?id={each.id}",
                "name": each.name,
                "instance": each.instance,
                "modname": each.kind,
                "visible": 1,
                "uservisible": True,
                "visibleoncoursepage": 1,
                "groupmode": each.groupmode,
                **({"availability": each.availability} if self._tells_restrictions() else {}),
            }
            for each in self.modules.values()
            if each.course == course.id and self._shown(each)
        ]
        section = {"id": 1, "name": "General", "visible": 1, "uservisible": True}
        return [{**section, "modules": modules}]

    def _core_course_get_updates_since(self, form: Form) -> object:
        course, since = self._course(form["courseid"]), int(form["since"])
        found = []
        for module in self.modules.values():
            if module.course != course.id or not self._shown(module):
                continue
            said: list[Form] = []
            if module.configured > since:
                said.append({"name": "configuration", "timeupdated": module.configured})
            said += [{"name": name, "itemids": ids} for name, ids in self._areas(module, since)]
            if said:
                found.append({"contextlevel": "module", "id": module.id, "updates": said})
        return {"instances": found, "warnings": []}

    def _areas(self, module: Module, since: int) -> list[tuple[str, list[int]]]:
        if module.kind == "forum":
            changed = [
                self.first_of(each.id).id
                for each in self.in_forum(module.instance)
                if each.timemodified > since
            ]
            return [("discussions", changed)] if changed else []
        if module.kind == "choice":
            answers = self.choices[module.instance].answers
            changed = [number for number, row in answers.items() if row[2] > since]
            return [("answers", changed)] if changed else []
        return []

    def _core_course_get_course_module(self, form: Form) -> object:
        module = self.modules.get(int(form["cmid"]))
        if module is None:
            raise Refused("invalidcoursemodule")
        if not self._shown(module):
            raise Refused("nopermissions")
        return {"cm": {"id": module.id}, "warnings": []}

    def _core_enrol_get_enrolled_users(self, form: Form) -> object:
        course = self._course(form["courseid"])
        if "viewparticipants" not in self.capabilities:
            raise Refused("nopermissions")
        return [
            {
                "id": number,
                "fullname": self.users[number].name,
                "institution": self.users[number].school,
                "roles": [{"roleid": 1, "shortname": role}] if role else [],
                "groups": [
                    {"id": group, "name": f"Group {group}"}
                    for group, members in course.groups.items()
                    if number in members
                ],
            }
            for number, role in course.roles.items()
        ]

    def _core_user_get_users_by_field(self, form: Form) -> object:
        ids = [int(each) for each in form["values"]]
        found = [self.users[each] for each in ids if each in self.users]
        return [{"id": each.id, "suspended": each.suspended} for each in found]

    def _core_cohort_get_cohorts(self, form: Form) -> object:
        return [{"id": number, "name": name} for number, (name, _) in self.cohorts.items()]

    def _core_cohort_get_cohort_members(self, form: Form) -> object:
        ids = [int(each) for each in form["cohortids"]]
        return [{"cohortid": each, "userids": sorted(self.cohorts[each][1])} for each in ids]

    def _courses_in(self, form: Form) -> set[int]:
        ids = {int(each) for each in form["courseids"]}
        return {each for each in ids if each in self.courses and self.courses[each].visible}

    def _mod_forum_get_forums_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return [
            {
                "id": each.id,
                "course": each.module.course,
                "cmid": each.module.id,
                "type": each.kind,
                "name": each.module.name,
                "numdiscussions": len(self.in_forum(each.id)),
            }
            for each in self.forums.values()
            if each.module.course in courses and self._shown(each.module)
        ]

    def _forum(self, number: int) -> Forum:
        forum = self.forums.get(number)
        if forum is None:
            raise Refused(f"Unable to find forum with id {number}")
        self._course(forum.module.course)
        if not self._shown(forum.module):
            raise Refused("nopermissions")
        return forum

    def _mod_forum_get_forum_discussions(self, form: Form) -> object:
        forum = self._forum(int(form["forumid"]))
        listed = sorted(self.in_forum(forum.id), key=lambda each: (not each.pinned, each.id))
        if "page" in form:
            start = int(form["page"]) * int(form["perpage"])
            listed = listed[start : start + int(form["perpage"])]
        return {"discussions": [self._listed(each) for each in listed], "warnings": []}

    def _listed(self, each: Discussion) -> Form:
        first = self.first_of(each.id)
        return {
            "id": first.id,
            "discussion": each.id,
            "name": first.subject,
            "groupid": each.group,
            "timemodified": each.timemodified,
            "created": first.created,
            "modified": first.modified,
            "timestart": each.timed,
            "timeend": 0,
            "numreplies": len(self.of(each.id)) - 1,
            "pinned": each.pinned,
            "message": first.html,
            "userfullname": self.users[first.author].name,
        }

    def _mod_forum_get_discussion_posts(self, form: Form) -> object:
        discussion = self.discussions.get(int(form["discussionid"]))
        if discussion is None:
            raise Refused(None)
        forum = self._forum(discussion.forum)
        return {
            "posts": [self._post(each) for each in self.of(discussion.id) if not each.private],
            "forumid": forum.id,
            "courseid": forum.module.course,
            "warnings": [],
        }

    def _post(self, each: Post) -> Form:
        author = {"id": each.author, "fullname": self.users[each.author].name}
        return {
            "id": each.id,
            "subject": each.subject.replace("&", "&amp;"),
            "message": each.html,
            "author": author,
            "discussionid": each.discussion,
            "hasparent": bool(each.parent),
            "parentid": each.parent or None,
            "timecreated": each.created,
            "timemodified": each.modified,
            "isdeleted": False,
            "isprivatereply": False,
            "attachments": [
                {"filename": name, "url": url, "mimetype": "image/png", "filesize": 70}
                for name, url in each.files
            ],
            "tags": [],
        }

    def _core_blog_get_entries(self, form: Form) -> object:
        found = sorted(self.entries.values(), key=lambda each: (-each.created, -each.id))
        for one in form.get("filters", []):
            if one["name"] != "entryid":
                raise Refused("errorinvalidparam")
            found = [each for each in found if each.id == int(one["value"])]
        page, perpage = int(form.get("page", 0)), int(form.get("perpage", 10))
        shown = found[page * perpage : (page + 1) * perpage]
        return {
            "entries": [
                {
                    "id": each.id,
                    "module": "blog_external" if each.original else "blog",
                    "userid": each.user,
                    "subject": each.subject.replace("&", "&amp;"),
                    "summary": each.html,
                    "publishstate": each.state,
                    "created": each.created,
                    "lastmodified": each.modified,
                    "uniquehash": each.original,
                    "groupid": 0,
                    "attachmentfiles": [],
                    "tags": [],
                }
                for each in shown
            ],
            "totalentries": len(found),
            "warnings": [],
        }

    def _core_calendar_get_calendar_events(self, form: Form) -> object:
        wanted, options = form.get("events", {}), form.get("options", {})
        courses = {int(each) for each in wanted.get("courseids", [])}
        ids = {int(each) for each in wanted.get("eventids", [])}
        start = int(options.get("timestart", 0))
        end = int(options.get("timeend", 0)) or 10**12
        has_site = str(options.get("siteevents", 1)) not in ("0", "False")
        found = [
            each
            for each in self.events.values()
            if each.id in ids
            or (
                start <= each.start <= end
                and (each.course in courses or (has_site and each.kind == "site"))
            )
        ]
        return {
            "events": [
                {
                    "id": each.id,
                    "name": each.name,
                    "description": each.html,
                    "eventtype": each.kind,
                    "courseid": each.course,
                    "groupid": each.group or None,
                    "modulename": each.module or None,
                    "instance": each.instance or None,
                    "timestart": each.start,
                    "timeduration": each.seconds,
                    "timemodified": BEGIN,
                    "visible": each.visible,
                }
                for each in found
                if each.visible
            ],
            "warnings": [],
        }

    def _mod_choice_get_choices_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return {
            "choices": [
                {
                    "id": each.id,
                    "coursemodule": each.module.id,
                    "course": each.module.course,
                    "name": each.module.name,
                    "intro": "<p>Choose one</p>",
                    "publish": each.publish,
                    "showresults": each.showresults,
                    "timeopen": BEGIN,
                }
                for each in self.choices.values()
                if each.module.course in courses
                and self._shown(each.module)
                and "choose" in self.capabilities
            ]
        }

    def _choice(self, form: Form) -> Choice:
        choice = self.choices.get(int(form["choiceid"]))
        if choice is None:
            raise Refused("invalidrecord")
        self._course(choice.module.course)
        return choice

    def _mod_choice_get_choice_options(self, form: Form) -> object:
        choice = self._choice(form)
        taken = Counter(option for _, option, _ in choice.answers.values())
        return {
            "options": [
                {"id": number, "text": text, "maxanswers": places, "countanswers": taken[number]}
                for number, (text, places) in choice.options.items()
            ]
        }

    def _mod_choice_get_choice_results(self, form: Form) -> object:
        choice = self._choice(form)
        if "readresponses" not in self.capabilities:
            return {"options": []}
        return {
            "options": [
                {
                    "id": number,
                    "text": text,
                    "maxanswer": places,
                    "userresponses": [
                        {
                            "userid": user,
                            "fullname": self.users[user].name,
                            "answerid": answer,
                            "timemodified": when,
                        }
                        for answer, (user, option, when) in choice.answers.items()
                        if option == number and choice.publish
                    ],
                }
                for number, (text, places) in choice.options.items()
            ]
        }

    def _mod_feedback_get_feedbacks_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return {
            "feedbacks": [
                {
                    "id": number,
                    "coursemodule": module.id,
                    "course": module.course,
                    "name": module.name,
                }
                for number, (module, _) in self.feedback.items()
                if module.course in courses
            ]
        }

    def _mod_feedback_get_responses_analysis(self, form: Form) -> object:
        _, users = self.feedback[int(form["feedbackid"])]
        attempts = [
            {
                "id": 9000 + user,
                "userid": user,
                "timemodified": BEGIN,
                "fullname": self.users[user].name,
                "responses": [{"name": "Rate it", "printval": "Great & good"}],
            }
            for user in users
        ]
        return {"attempts": attempts, "totalattempts": len(users), "totalanonattempts": 0}

    def _mod_assign_get_assignments(self, form: Form) -> object:
        courses = self._courses_in(form)
        found = [
            {
                "id": module.course,
                "assignments": [
                    {"id": number, "cmid": module.id, "course": module.course, "name": module.name}
                ],
            }
            for number, (module, _) in self.assignments.items()
            if module.course in courses
        ]
        return {"courses": found, "warnings": []}

    def _mod_assign_get_submissions(self, form: Form) -> object:
        number = int(form["assignmentids"][0])
        texts = self.assignments[number][1]
        submissions = [
            {
                "id": 8000 + user,
                "userid": user,
                "status": "submitted",
                "timemodified": BEGIN,
                "plugins": [{"editorfields": [{"text": text}]}],
            }
            for user, text in texts.items()
        ]
        return {"assignments": [{"assignmentid": number, "submissions": submissions}]}

    def _core_completion_get_activities_completion_status(self, form: Form) -> object:
        done = self.completed.get(int(form["userid"]), set())
        return {"statuses": [{"cmid": each, "state": 1} for each in sorted(done)]}


def unflattened(body: str) -> Form:
    """Return a form as PHP reads it: ``a[0][b]`` becomes lists and dictionaries."""
    tree: Form = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        path = name.replace("]", "").split("[")
        at = tree
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = value
    return {key: _listed(each) for key, each in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
