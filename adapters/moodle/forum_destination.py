"""A course's announcements forum as a destination: a discussion for each announcement.

Behaviour seen at Moodle 4.5: nothing is de-duplicated, so the hub looks for its marker first
(``find``); ``timemodified`` of the first post moves when somebody edits it; with the first post
its replies go. See ``docs/howto/connect-moodle.md`` for the rights.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from pydantic import BaseModel, Field

from adapters.moodle import questions, said, said_posts
from adapters.moodle.client import RAW, MoodleClient
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
    warnings_in,
)
from adapters.moodle.refusals import ABOUT_ABSENCE, Refusal
from adapters.moodle.said_posts import Forum, Opening, Post
from adapters.moodle.settings import Id
from adapters.moodle.values import at, count_at, flag_at, list_at, number_at
from connector.announce.limits import fitted, too_small
from connector.contract import AdapterInfo, Destination
from connector.errors import (
    AuthError,
    ConflictError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.http import Session
from connector.model import CheckLine, CheckReport, Message, PlannedRequest, Receipt

ALL_PARTICIPANTS = -1
_NEWS = "news"
_CHANGES: Mapping[str, tuple[str, str]] = {
    "edit": ("correct", "mod/forum:editanypost"),
    "delete": ("take back", "mod/forum:deleteanypost"),
}
"""What Moodle calls it, what we call it, and what it takes at any time."""
_NO_POST = "invalidpostid"
_THREAD = re.compile(r"/mod/forum/discuss\.php\?d=([0-9]{1,15})(?:#.*)?")
_WANTED: Mapping[str, str] = {
    questions.SITE: "know the site",
    questions.COURSES: "find the course",
    questions.FORUMS: "find the forum",
    questions.DISCUSSIONS: "look for what it posted",
    questions.POSTS: "see whether somebody edited it",
    questions.MAY_DISCUSS: "try whether it may post",
    questions.DISCUSS: "post",
    questions.EDIT_POST: "correct what it posted",
    questions.DELETE_POST: "take back what it posted",
}
_OPTIONAL = (questions.EDIT_POST, questions.DELETE_POST)


class ForumSettings(PostingSettings):
    """One forum of one course."""

    forum: Id | None = Field(
        default=None,
        description=(
            "Number of another forum of the course, from the forum's address, after id=; left "
            "out: its announcements forum."
        ),
    )


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy as Moodle has it now; texts as they are stored."""

    post: Post
    has_replies: bool


class ForumDestination:
    """One forum."""

    def __init__(self, settings: ForumSettings, session: Session, now: datetime):
        self._settings = settings
        self._client = MoodleClient(settings.address, settings.token, session, now)

    # --- trying ---------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Try everything but posting; raises SourceError where nobody answers."""
        try:
            site = said.site(self._client.ask(questions.SITE))
        except AuthError as error:
            return CheckReport((CheckLine("sign in", False, str(error)),))
        lines = list(first_lines(site, self._settings.address, _WANTED, optional=_OPTIONAL))
        if all(line.ok or not line.needed for line in lines):
            lines += self._forum_lines(site.account)
        return CheckReport(tuple(lines))

    def _forum_lines(self, me: int) -> list[CheckLine]:
        course = course_of(self._client, self._settings.course)
        if course is None:
            return [CheckLine("course", False, str(no_course(self._settings.course)))]
        try:
            forum = self._forum()
            listed = self._listed(forum)
        except AuthError as error:
            wanted = asks_to_post("see the forum", ("mod/forum:viewdiscussion",), course.name)
            return [CheckLine("forum", False, f"{error} {wanted}")]
        told = f"{forum.name or 'The forum'} of {course.name}."
        return [
            CheckLine("forum", True, told),
            self._may_post(forum, course.name),
            *self._may_change([one for one in listed if one.author == me], course.name),
        ]

    def _may_post(self, forum: Forum, course: str) -> CheckLine:
        asked = {"forumid": forum.id, "groupid": ALL_PARTICIPANTS}
        if flag_at(self._client.ask(questions.MAY_DISCUSS, asked), "status"):
            return CheckLine("post", True, "May post to all participants.")
        right = "mod/forum:addnews" if forum.kind == _NEWS else "mod/forum:startdiscussion"
        wanted = asks_to_post("post in its forum", (right,), course)
        return CheckLine("post", False, f"May not post to all participants. {wanted}")

    def _may_change(self, mine: Sequence[Opening], course: str) -> list[CheckLine]:
        """Say what may be done with the oldest own post: the time to change it is over."""
        if not mine:
            told = "Whether posts may be taken back later is known once something was posted."
            return [CheckLine("change", True, told)]
        asked = questions.posts(mine[0].discussion)
        posts = list_at(self._client.ask(asked.function, asked.arguments), "posts")
        rights = [at(one, "capabilities") for one in posts if count_at(one, "id") == mine[0].post]
        return [
            _change_line(name, any(flag_at(one, name) for one in rights), course)
            for name in _CHANGES
        ]

    # --- what is sent ---------------------------------------------------------------------

    def preview(self, message: Message) -> Message:
        """Return the message with a title that Moodle takes."""
        return fitted(message, LIMITS)

    def objections(self, message: Message) -> Sequence[str]:
        """Say that a title of nothing but tags leaves nothing to show."""
        return too_small(message, LIMITS)

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the one call that posts; the forum's own number is looked up before it."""
        number = self._settings.forum
        which = "announcements" if number is None else f"forum with id={number} in its address"
        call = _discussion(f"({which}, course {self._settings.course})", message, marker)
        return (planned(self._settings.address, questions.DISCUSS, call),)

    def find(self, marker: str) -> Receipt | None:
        """Look through the forum's discussions; of several with the marker the first is ours."""
        listed = self._listed(self._forum())
        found = [one for one in listed if carries(one.html, marker)]
        if not found:
            return None
        return self._receipt(found[0].post, found[0].discussion, found[0].modified)

    def send(self, message: Message, marker: str) -> Receipt:
        """Post, once it is sure who we are and which forum it is."""
        forum = self._forum()
        answer = done(self._client.tell(questions.DISCUSS, _discussion(forum.id, message, marker)))
        number = number_at(answer, "discussionid") or 0
        if number <= 0:
            if codes := warnings_in(answer):
                raise refused_by_warning(codes, needs="mod/forum:addnews")
            raise UnknownOutcome("Moodle took something and did not say what became of it.")
        try:
            first = self._thread(number)
        except SourceError as error:
            raise UnknownOutcome(
                "Moodle took the post and did not answer what it is; it is looked for."
            ) from error
        return self._receipt_of(first)

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Replace title and text, unless somebody edited them there."""
        now = self._copy(receipt).post
        html = marked(message.html, marker_in(now.html))
        # Titles are read with their entities resolved; so is what they are compared with.
        if (now.subject, now.html) == (unescape(message.title), html):
            return self._receipt_of(now)
        if receipt.version and receipt.version != str(now.modified):
            raise ConflictError(
                "Somebody edited this post in Moodle since it was sent, so it was left as it is. "
                "Look at it there; 'clusterhub retry --over' writes over it."
            )
        call = {"postid": now.id, "subject": message.title, "message": html}
        answer = self._client.tell(questions.EDIT_POST, call)
        if isinstance(answer, Refusal) and answer.code == _NO_POST:
            raise _gone()
        if not flag_at(done(answer), "status"):
            raise refused_by_warning(warnings_in(answer), needs="mod/forum:editanypost")
        return self._receipt_of(self._thread(now.discussion))

    def retract(self, receipt: Receipt) -> None:
        """Delete the post, unless somebody has replied: their words would go with it."""
        try:
            now = self._copy(receipt)
        except PermanentError as error:
            if error.status == 410:
                return
            raise
        if receipt.version and now.has_replies:
            raise ConflictError(
                "Somebody has replied to this post in Moodle, and their words would go with it. "
                "Look at it there; 'clusterhub retry --over' deletes all of it."
            )
        answer = self._client.tell(questions.DELETE_POST, {"postid": now.post.id})
        if isinstance(answer, Refusal) and answer.code == _NO_POST:
            return
        if not flag_at(done(answer), "status"):
            raise refused_by_warning(warnings_in(answer), needs="mod/forum:deleteanypost")

    # --- asking ---------------------------------------------------------------------------

    def _forum(self) -> Forum:
        """Return the forum. Raises AuthError where Moodle does not show it in this course."""
        asked = questions.of_courses(questions.FORUMS, [self._settings.course])
        shown = said_posts.forums(self._client.ask(asked.function, asked.arguments))
        wanted = self._settings.forum
        for _, forum in sorted(shown.items()):
            if forum.module == wanted or (wanted is None and forum.kind == _NEWS):
                return forum
        if not shown:
            raise no_course(self._settings.course)
        named = (
            "no announcements forum"
            if wanted is None
            else f"no forum with id={wanted} in its address"
        )
        raise AuthError(
            f"Moodle shows the hub {named} in course {self._settings.course}. Write the number of "
            "another forum as forum, or ask the Moodle administrator for "
            "mod/forum:viewdiscussion."
        )

    def _listed(self, forum: Forum) -> list[Opening]:
        """Return the forum's discussions, the oldest first. Raises SourceError.

        None where the forum counts some is how Moodle hides them, and no sign of absence.
        """
        rows = [
            one
            for asked in questions.discussions(forum.id, forum.discussions)
            for one in said_posts.openings(
                self._client.ask(asked.function, asked.arguments, is_raw=True)
            )
        ]
        if not rows and forum.discussions:
            raise AuthError(
                "Moodle counts discussions in this forum and shows the hub none. Ask the Moodle "
                "administrator for mod/forum:viewdiscussion there."
            )
        return sorted(rows, key=lambda one: one.discussion)

    def _copy(self, receipt: Receipt) -> _Copy:
        """Return the copy as it is now. Raises PermanentError 410 where it is gone."""
        found = _THREAD.search(receipt.url or "")
        if found is None:
            raise PermanentError(
                "The hub does not know which discussion this is in Moodle: change it there."
            )
        number = int(found[1])
        asked = questions.posts(number)
        answer = self._client.answer(asked.function, {**RAW, **asked.arguments})
        if isinstance(answer, Refusal) and answer.code in ABOUT_ABSENCE:
            # A failure inside Moodle has no code either: only a listing without it is a word.
            if any(one.discussion == number for one in self._listed(self._forum())):
                raise TemporaryError(str(answer.error))
            raise _gone()
        posts = said_posts.thread(done(answer)).posts
        return _Copy(_first(posts), has_replies=len(posts) > 1)

    def _thread(self, discussion: int) -> Post:
        """Return the first post of a discussion. Raises SourceError."""
        asked = questions.posts(discussion)
        answer = self._client.ask(asked.function, asked.arguments, is_raw=True)
        return _first(said_posts.thread(answer).posts)

    def _receipt_of(self, post: Post) -> Receipt:
        return self._receipt(post.id, post.discussion, post.modified)

    def _receipt(self, post: int, discussion: int, modified: int) -> Receipt:
        url = f"{self._settings.address}/mod/forum/discuss.php?d={discussion}"
        return Receipt(f"post:{post}", url, version=str(modified))


def _change_line(name: str, may: bool, course: str) -> CheckLine:
    verb, capability = _CHANGES[name]
    if may:
        return CheckLine(name, True, f"May {verb} what it posted.")
    wanted = asks_to_post(f"{verb} what it posted", (capability,), course)
    told = f"May not {verb} what it posted half an hour ago. {wanted}"
    return CheckLine(name, False, told, needed=False)


def _discussion(forum: int | str, message: Message, marker: str) -> dict[str, object]:
    """Return what makes the discussion; the hub's account is not subscribed to it."""
    return {
        "forumid": forum,
        "subject": message.title,
        "message": marked(message.html, marker),
        "groupid": ALL_PARTICIPANTS,
        "options": [{"name": "discussionsubscribe", "value": 0}],
    }


def _first(posts: Sequence[Post]) -> Post:
    first = next((one for one in posts if one.parent is None), None)
    if first is None:
        raise _gone()
    return first


def _gone() -> PermanentError:
    return PermanentError("The post is not in Moodle any more.", status=410)


class MoodleForumAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="moodle",
        title="Moodle, announcements of a course",
        reads=frozenset(),
        delivers=frozenset({"send", "update", "retract"}),
        find="exact",
    )
    Settings: type[BaseModel] = ForumSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the forum behind these settings; asks nobody yet."""
        if not isinstance(settings, ForumSettings):
            raise TypeError(f"moodle needs ForumSettings, got {type(settings).__name__}")
        return ForumDestination(settings, session, now)


ADAPTER = MoodleForumAdapter()
