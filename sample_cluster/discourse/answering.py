"""What a board answers: who asks, whether they may, and which address gives what.

Pure but for the counting of requests: a board and a request give an answer.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

from sample_cluster.answers import Answer, Request, json_answer, redirect
from sample_cluster.discourse import event_shapes, part_shapes, rss, shapes
from sample_cluster.discourse.limits import Limits
from sample_cluster.discourse.posting import Desk, Forbidden, Missing
from sample_cluster.discourse.shapes import Json
from sample_cluster.discourse.world import Board, Post, Topic

WINDOW = 50
_MOST_TOPICS = 100
_JSON = (("Content-Type", "application/json; charset=utf-8"),)

_ERRORS = {
    400: ("You supplied invalid parameters to the request.", "invalid_parameters"),
    403: ("You are not permitted to view the requested resource.", "invalid_access"),
    404: ("The requested URL or resource could not be found.", "not_found"),
    503: ("The site is in read only mode. Interactions are disabled.", "read_only"),
}


class Refused(Exception):
    """The board refuses with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass
class Service:
    """A board behind its API, with keys, limits and a count of what it was asked."""

    board: Board
    keys: dict[str, int] = field(default_factory=dict)
    """API key -> the user it reads as."""
    limits: Limits = field(default_factory=Limits)
    asked: list[str] = field(default_factory=list)
    """Paths with queries of all requests, the refused ones too."""
    refused: int = 0
    revoke_in: int | None = None
    """After so many more requests every key is refused; None: keys stay."""
    desk: Desk = field(init=False)
    """Where programs write."""

    def __post_init__(self) -> None:
        self.desk = Desk(self.board)

    def answer(self, request: Request) -> Answer:
        """Return what the board says to a request."""
        self.asked.append(request.target)
        key = request.headers.get("api-key") or request.headers.get("user-api-key")
        refusal = self.limits.refusal(key or "stranger", self.board.now)
        if refusal is not None:
            self.refused += 1
            return refusal
        try:
            user = self._user(key)
            if request.method == "GET":
                return self._answered(request, user)
            if user is None:
                return Answer(403, '["BAD CSRF"]', _JSON)
            return self.desk.answer(request, user)
        except Refused as refused:
            return _refusal(refused.status)
        except Forbidden:
            return _refusal(403)
        except Missing:
            return _refusal(404)

    def _user(self, key: str | None) -> int | None:
        if key is None:
            return None
        if self.revoke_in is not None:
            self.revoke_in -= 1
        if key not in self.keys or (self.revoke_in is not None and self.revoke_in < 0):
            raise Refused(403)
        return self.keys[key]

    def _answered(self, request: Request, user: int | None) -> Answer:
        asking = Asking(self.board, self.desk, user, request)
        if request.path == "/site/basic-info.json":
            return json_answer(shapes.site_json(self.board), headers=_JSON)
        if self.board.login_required and user is None:
            raise Refused(403)
        for pattern, view in _ROUTES:
            found = pattern.fullmatch(request.path)
            if found:
                said = view(asking, *found.groups())
                return said if isinstance(said, Answer) else json_answer(said, headers=_JSON)
        raise Refused(404)


def _refusal(status: int) -> Answer:
    words, kind = _ERRORS[status]
    return json_answer({"errors": [words], "error_type": kind}, status, _JSON)


@dataclass(frozen=True)
class Asking:
    """One question of one user to one board."""

    board: Board
    desk: Desk
    user: int | None
    request: Request

    def number(self, name: str) -> int | None:
        """Return a whole number from the query; raises Refused for what is none."""
        text = self.request.value(name)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,15}", text):
            raise Refused(400)
        return int(text)

    def may_see(self, topic: Topic) -> bool:
        """Whether this user is shown a topic by its address."""
        is_open = topic.deleted is None and not topic.is_message
        return is_open and self.board.may_see(self.user, topic.category)

    def topic(self, number: str) -> Topic:
        """Return a topic; raises Refused where there is none for this user."""
        found = self.board.topics.get(int(number))
        if found is None:
            raise Refused(404)
        if not self.may_see(found):
            raise Refused(404 if found.deleted or found.is_message else 403)
        return found


def _posts(asking: Asking) -> Json:
    """The latest posts by falling id; those this user may not see are missing in the count."""
    board = asking.board
    before = asking.number("before")
    end = len(board.post_ids) if before is None else bisect_left(board.post_ids, before)
    if board.windows_are_ranges:
        top = before or (board.post_ids[-1] + 1 if board.post_ids else 1)
        start = bisect_left(board.post_ids, top - WINDOW)
    else:
        start = max(0, end - WINDOW)
    some = [board.posts[number] for number in reversed(board.post_ids[start:end])]
    shown = [
        shapes.latest_post(board, post)
        for post in some
        if board.is_shown(post) and board.may_see(asking.user, board.topics[post.topic].category)
    ]
    return {"latest_posts": shown}


def _post(asking: Asking, number: str) -> Json:
    board = asking.board
    post = board.posts.get(int(number))
    if post is None or post.deleted:
        raise Refused(404)
    asking.topic(str(post.topic))
    return shapes.single_post(board, post)


_ORDERS: dict[str, Callable[[Topic], tuple[object, ...]]] = {
    "activity": lambda topic: (topic.bumped, topic.id),
    "created": lambda topic: (topic.created, topic.id),
}


def _latest(asking: Asking) -> Json:
    """Topics in pages; pinned ones come first only where no order was asked for."""
    board, order = asking.board, asking.request.value("order") or "default"
    if order not in ("default", *_ORDERS):
        raise Refused(400)
    topics = board.shown_topics(asking.user)
    rising = asking.request.value("ascending") == "true"
    topics.sort(key=_ORDERS.get(order, _ORDERS["activity"]), reverse=not rising)
    if order == "default":
        topics.sort(key=lambda topic: not topic.pinned)
    return _page_of_topics(asking, topics, "/latest")


def _page_of_topics(asking: Asking, topics: list[Topic], path: str) -> Json:
    size = min(max(asking.number("per_page") or 30, 1), _MOST_TOPICS)
    page = asking.number("page") or 0
    shown = topics[page * size : (page + 1) * size]
    more = f"{path}?page={page + 1}" if len(topics) > (page + 1) * size else None
    return shapes.topic_list(asking.board, shown, per_page=size, more=more)


def _tagged(asking: Asking, name: str) -> Json:
    topics = [one for one in asking.board.shown_topics(asking.user) if name in one.tags]
    if name not in asking.board.tag_ids:
        raise Refused(404)
    topics.sort(key=_ORDERS["activity"], reverse=True)
    return _page_of_topics(asking, topics, f"/tag/{name}")


def _topic(asking: Asking, number: str) -> Json:
    topic = asking.topic(number)
    return shapes.whole_topic(
        asking.board,
        topic,
        _shown_in(asking.board, topic),
        mine=asking.desk.may_delete(asking.user, topic),
        with_raw=bool(asking.request.value("include_raw")),
    )


def _called(asking: Asking, name: str) -> Answer:
    topic = asking.desk.called(name)
    if not asking.may_see(topic):
        raise Refused(403)
    return redirect(asking.desk.address(topic))


def _queue(asking: Asking, username: str) -> Json:
    return asking.desk.queue(username, asking.user)


def _topic_at(asking: Asking, slug: str, number: str) -> Json:
    """The slug says nothing: a topic is known by its number."""
    return _topic(asking, number)


def _shown_in(board: Board, topic: Topic) -> list[Post]:
    posts = [board.posts[number] for number in topic.posts]
    return [post for post in posts if post.deleted is None and post.kind in (1, 3)]


def _topic_posts(asking: Asking, number: str) -> Json:
    topic = asking.topic(number)
    wanted = {int(text) for text in asking.request.values("post_ids") if text.isdecimal()}
    shown = [post for post in _shown_in(asking.board, topic) if post.id in wanted]
    posts = [shapes.post_in_topic(asking.board, post) for post in shown]
    return {"post_stream": {"posts": posts}, "id": topic.id}


def _categories(asking: Asking) -> Json:
    board = asking.board
    tops = [one for one in board.categories.values() if one.parent is None]
    shown = [
        part_shapes.category_json(board, one, asking.user)
        for one in tops
        if board.may_see(asking.user, one.id)
    ]
    flags = {"can_create_category": False, "can_create_topic": False}
    return {"category_list": {**flags, "categories": shown}}


def _category(asking: Asking, number: str) -> Json:
    found = asking.board.categories.get(int(number))
    if found is None or not asking.board.may_see(asking.user, found.id):
        raise Refused(404)
    shown = part_shapes.shown_category(asking.board, found, asking.user)
    may_open = asking.user is not None and found.id not in asking.desk.closed
    return {"category": {**shown, "permission": 1 if may_open else None}}


def _members(asking: Asking, name: str) -> Json:
    group = next((one for one in asking.board.groups.values() if one.name == name), None)
    if group is None:
        raise Refused(404)
    if not group.shows_members or asking.user is None:
        raise Refused(403)
    limit = min(asking.number("limit") or 50, 1000)
    return part_shapes.members_json(asking.board, group, asking.number("offset") or 0, limit)


def _events(asking: Asking) -> Json:
    board = asking.board
    if not board.has_events:
        raise Refused(404)
    found = [
        one
        for one in board.events.values()
        if board.is_shown(board.posts[one.post])
        and board.may_see(asking.user, board.topics[board.posts[one.post].topic].category)
    ]
    falling = asking.request.value("order") == "desc"
    found.sort(key=lambda one: (one.start, one.post), reverse=falling)
    limit = min(asking.number("limit") or 200, 200)
    return {"events": [event_shapes.event_json(board, one) for one in found[:limit]]}


def _invitees(asking: Asking, number: str) -> Json:
    event = asking.board.events.get(int(number))
    if event is None:
        raise Refused(404)
    asking.topic(str(asking.board.posts[event.post].topic))
    return event_shapes.invitees_json(asking.board, event, asking.request.value("type"))


def _profile(asking: Asking, name: str) -> Json:
    user = next((one for one in asking.board.users.values() if one.username == name), None)
    if user is None:
        raise Refused(404)
    return shapes.profile_json(user)


def _rss(asking: Asking, name: str) -> Answer:
    return (
        rss.topics_feed(asking.board, asking.user)
        if name == "latest"
        else rss.posts_feed(asking.board, asking.user)
    )


_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., Json | Answer]], ...] = tuple(
    (re.compile(pattern), view)
    for pattern, view in (
        (r"/posts\.json", _posts),
        (r"/posts/(\d{1,15})\.json", _post),
        (r"/latest\.json", _latest),
        (r"/tag/([^/]+)\.json", _tagged),
        (r"/posts/([^/]+)/pending\.json", _queue),
        (r"/t/external_id/([^/]+)\.json", _called),
        (r"/t/(\d{1,15})\.json", _topic),
        (r"/t/([^/]+)/(\d{1,15})\.json", _topic_at),
        (r"/t/(\d{1,15})/posts\.json", _topic_posts),
        (r"/categories\.json", _categories),
        (r"/c/(\d{1,15})/show\.json", _category),
        (r"/groups/([^/]+)/members\.json", _members),
        (r"/discourse-post-event/events\.json", _events),
        (r"/discourse-post-event/events/(\d{1,15})/invitees\.json", _invitees),
        (r"/u/([^/]+)\.json", _profile),
        (r"/(latest|posts)\.rss", _rss),
    )
)
