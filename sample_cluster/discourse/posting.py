"""What a board does when a program writes to it: topics, changes, deletions, and the queue.

Rules and words are those of the board software's source of 2026: an external id is taken once,
also by a deleted topic; what waits for a moderator forgets it; the same request within two
minutes gets the first answer again.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sample_cluster.answers import Answer, Request, json_answer
from sample_cluster.discourse.shapes import EVENT_BLOCK, slug_of, time_text, written_post
from sample_cluster.discourse.world import Board, Event, Topic

Json = dict[str, Any]
HEADERS = (("Content-Type", "application/json; charset=utf-8"),)
_LEAST_TITLE, _MOST_TITLE, _LEAST_TEXT = 15, 255, 20
_SAME_ANSWER = timedelta(seconds=120)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a moderator; without the external id, as boards keep it."""

    id: int
    user: int
    fields: Json
    since: datetime


class Forbidden(Exception):
    """This user may not do that."""


class Missing(Exception):
    """There is no such thing, or not for this user."""


@dataclass
class Desk:
    """Where programs write, and how the board behaves then."""

    board: Board
    reviews: bool = False
    """Topics wait for a moderator."""
    hides_queue: bool = False
    """The key does not show what waits."""
    late: bool = False
    """What is sent is stored later, when ``catch_up`` is called, and is not answered well."""
    repeats_titles: bool = False
    """One title may be used more than once."""
    least_title: int = _LEAST_TITLE
    closed: set[int] = field(default_factory=set)
    """Categories in which nobody may open topics."""
    waiting: dict[int, Waiting] = field(default_factory=dict)
    _late: list[Callable[[], Answer]] = field(default_factory=list)
    _answers: dict[tuple[int, bytes], tuple[datetime, Answer]] = field(default_factory=dict)
    _last: int = 0

    def shown(self, category: int) -> list[str]:
        """Return the titles of the topics in a category, oldest first."""
        topics = [one for one in self.board.topics.values() if one.category == category]
        return [one.title for one in topics if one.deleted is None]

    def let_through(self, number: int) -> Topic:
        """Let a moderator agree to what waits."""
        one = self.waiting.pop(number)
        return self._open(one.user, {**one.fields, "external_id": None})

    def turn_down(self, number: int) -> None:
        """Let a moderator refuse what waits."""
        del self.waiting[number]

    def catch_up(self) -> None:
        """Store what came late."""
        while self._late:
            self._late.pop(0)()

    # --- requests -------------------------------------------------------------------------

    def answer(self, request: Request, user: int) -> Answer:
        """Return what the board says to something sent; raises Forbidden and Missing."""
        method = request.headers.get("x-http-method-override", request.method)
        if self.late:
            self._late.append(lambda: self._done(request, method, user))
            return Answer(504, "<html><body>Gateway timeout</body></html>")
        return self._done(request, method, user)

    def _done(self, request: Request, method: str, user: int) -> Answer:
        if (method, request.path) == ("POST", "/posts.json"):
            return self._created(request, user)
        post = re.fullmatch(r"/posts/(\d{1,15})\.json", request.path)
        if method == "PUT" and post:
            return self._changed(int(post[1]), request, user)
        topic = re.fullmatch(r"/t/(\d{1,15})\.json", request.path)
        if method == "DELETE" and topic:
            return self._deleted(int(topic[1]), user)
        raise Missing

    def _created(self, request: Request, user: int) -> Answer:
        board, key = self.board, (user, request.body)
        if key in self._answers and board.now - self._answers[key][0] < _SAME_ANSWER:
            return self._answers[key][1]
        told = _told(request)
        category = board.categories.get(_number(told, "category") or 0)
        if category is None or not board.may_see(user, category.id) or category.id in self.closed:
            raise Forbidden
        wrong = self._mistakes(told, None)
        if wrong:
            answer = json_answer({"action": "create_post", "errors": wrong}, 422, HEADERS)
        elif self.reviews:
            answer = json_answer(self._queued(told, user), headers=HEADERS)
        else:
            first = board.posts[self._open(user, told).posts[0]]
            answer = json_answer(written_post(board, first), headers=HEADERS)
        self._answers[key] = (board.now, answer)
        return answer

    def _mistakes(self, told: Json, topic: Topic | None) -> list[str]:
        """Return what the board has against a topic, in its own words."""
        title, raw = str(told.get("title", "")), str(told.get("raw", ""))
        found = []
        if not self.least_title <= len(title) <= _MOST_TITLE:
            found.append(f"Title is too short (minimum is {self.least_title} characters)")
        others = [one for one in self.board.topics.values() if one is not topic]
        titles = {one.title.casefold() for one in others if one.deleted is None}
        if title.casefold() in titles and not self.repeats_titles:
            found.append("Title has already been used")
        if len(raw.strip()) < _LEAST_TEXT:
            found.append(f"Body is too short (minimum is {_LEAST_TEXT} characters)")
        name = told.get("external_id")
        taken = {one.external_id.lower() for one in others if one.external_id}
        if name is not None and not re.fullmatch(r"[\w-]{1,50}", str(name)):
            found.append("External ID is invalid")
        if str(name).lower() in taken:
            found.append("External ID has already been taken")
        return found

    def _queued(self, told: Json, user: int) -> Json:
        self._last += 1
        one = Waiting(self._last, user, told, self.board.tick())
        self.waiting[one.id] = one
        mine = [each for each in self.waiting.values() if each.user == user]
        pending = {"id": one.id, "raw": told["raw"], "created_at": time_text(one.since)}
        count = len(mine)
        return {
            "action": "enqueued",
            "success": True,
            "pending_count": count,
            "pending_post": pending,
        }

    def queue(self, username: str, user: int | None) -> Json:
        """Return what of this user waits; raises Forbidden and Missing."""
        board = self.board
        found = next((one for one in board.users.values() if one.username == username), None)
        if self.hides_queue or user is None:
            raise Forbidden
        if found is None or found.id != user:
            raise Missing
        listed = [
            {
                "id": one.id,
                "category_id": _number(one.fields, "category"),
                "created_at": time_text(one.since),
                "created_by_id": user,
                "name": found.name,
                "raw_text": one.fields["raw"],
                "title": one.fields["title"],
                "topic_id": None,
                "username": username,
            }
            for one in self.waiting.values()
            if one.user == user
        ]
        return {"pending_posts": listed}

    def called(self, name: str) -> Topic:
        """Return the topic with an external id; raises Missing."""
        for one in self.board.topics.values():
            is_it = one.external_id is not None and one.external_id.lower() == name.lower()
            if is_it and one.deleted is None:
                return one
        raise Missing

    def address(self, topic: Topic) -> str:
        """Return where a topic's JSON is."""
        return f"{self.board.base}/t/{slug_of(topic)}/{topic.id}.json"

    # --- changes --------------------------------------------------------------------------

    def _open(self, user: int, told: Json) -> Topic:
        tags = tuple(str(one) for one in told.get("tags") or ())
        first = self.board.write(
            _number(told, "category") or 0, told["title"], told["raw"], user=user, tags=tags
        )
        topic = self.board.topics[first.topic]
        topic.external_id = told.get("external_id")
        self._announce(first.id)
        return topic

    def _announce(self, post: int) -> None:
        """Make of a text's first lines the event that it announces."""
        found = EVENT_BLOCK.match(self.board.posts[post].raw)
        if found is None:
            self.board.events.pop(post, None)
            return
        said = dict(_ATTRIBUTE.findall(found[1]))
        zone = ZoneInfo(said.get("timezone", "UTC"))
        start = _moment(said["start"], zone)
        end = _moment(said["end"], zone) if "end" in said else start + timedelta(hours=1)
        known = self.board.events.get(post)
        self.board.events[post] = Event(
            post,
            start,
            end,
            zone=zone.key,
            location=said.get("location", ""),
            invitees=known.invitees if known else [],
        )

    def _may_change(self, user: int, topic: Topic) -> bool:
        return topic.user == user or self.board.users[user].is_staff

    def may_delete(self, user: int | None, topic: Topic) -> bool:
        """Whether a user may delete a topic: staff, or who opened it while nobody has answered."""
        if user is None:
            return False
        is_own = topic.user == user and len(topic.posts) == 1
        return is_own or self.board.users[user].is_staff

    def _changed(self, number: int, request: Request, user: int) -> Answer:
        post, told = self.board.posts.get(number), _told(request)
        if post is None or post.deleted is not None:
            raise Missing
        topic = self.board.topics[post.topic]
        if not self._may_change(user, topic):
            raise Forbidden
        inner = told.get("post")
        inner = inner if isinstance(inner, dict) else {}
        if inner.get("original_text", post.raw) != post.raw:
            words = "That post was edited by another user and your changes can no longer be saved."
            return json_answer({"errors": [words]}, 409, HEADERS)
        title, raw = str(told.get("title", topic.title)), str(inner.get("raw", post.raw))
        wrong = self._mistakes({"title": title, "raw": raw}, topic)
        if wrong:
            return json_answer({"errors": wrong}, 422, HEADERS)
        if (title, raw) != (topic.title, post.raw):
            topic.title = title
            self.board.edit(post.id, raw)
            self._announce(post.id)
        written = written_post(self.board, post)
        return json_answer({"post": _without(written, "badges_granted")}, headers=HEADERS)

    def _deleted(self, number: int, user: int) -> Answer:
        topic = self.board.topics.get(number)
        if topic is None or topic.deleted is not None:
            raise Missing
        if not self.may_delete(user, topic):
            raise Forbidden
        self.board.delete(topic.posts[0])
        return Answer(200, "", HEADERS)


def _told(request: Request) -> Json:
    try:
        told = json.loads(request.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(told: Json, name: str) -> int | None:
    found = told.get(name)
    return found if isinstance(found, int) else None


def _without(value: Json, name: str) -> Json:
    return {key: one for key, one in value.items() if key != name}


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
