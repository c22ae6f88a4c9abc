"""The board itself: people, groups, categories, topics, posts and events, and how they change.

Nothing here knows HTTP. Ids rise and are never used again; the clock is whoever owns the
board, so that a test moves it by hand.
"""

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EVERYONE, ADMINS, MODERATORS, STAFF, MEMBERS = 0, 1, 2, 3, 10
"""Ids of groups that every board has; MEMBERS are all who signed up (trust_level_0)."""
BEGIN = datetime(2026, 8, 3, 20, 0, tzinfo=UTC)


@dataclass(slots=True)
class User:
    """Somebody with an account."""

    id: int
    username: str
    name: str | None
    field: str | None = None
    """What they filled in under the board's profile field 1."""
    is_staff: bool = False
    primary_group: int | None = None


@dataclass(slots=True)
class Group:
    """Some users under a name; not everybody may see who is in it."""

    id: int
    name: str
    members: list[int] = field(default_factory=list)
    shows_members: bool = True


@dataclass(slots=True)
class Category:
    """A part of the board; with groups, only these may read it."""

    id: int
    name: str
    slug: str
    groups: tuple[int, ...] = ()
    parent: int | None = None


@dataclass(slots=True)
class Topic:
    """A first post and its replies."""

    id: int
    title: str
    category: int
    user: int
    created: datetime
    bumped: datetime
    tags: tuple[str, ...] = ()
    posts: list[int] = field(default_factory=list)
    highest: int = 0
    pinned: bool = False
    visible: bool = True
    deleted: datetime | None = None
    is_message: bool = False
    """A personal message: never listed."""
    external_id: str | None = None
    """What a program calls it; a deleted topic keeps it."""


@dataclass(slots=True)
class Post:
    """One post; deleted ones stay for staff."""

    id: int
    topic: int
    number: int
    user: int
    raw: str
    created: datetime
    updated: datetime
    version: int = 1
    reply_to: int | None = None
    kind: int = 1
    """1 regular, 3 a line such as "closed this topic", 4 a whisper among staff."""
    likes: int = 0
    deleted: datetime | None = None
    removed_by_author: bool = False
    hidden: bool = False


@dataclass(slots=True)
class Invitee:
    """What one user answered to one event."""

    id: int
    user: int
    status: str


@dataclass(slots=True)
class Event:
    """What the first post of a topic announces; its id is the post's."""

    post: int
    start: datetime
    end: datetime
    zone: str = "Pacific/Auckland"
    location: str = ""
    capacity: int | None = None
    status: str = "public"
    invitees: list[Invitee] = field(default_factory=list)


def nobody_listens(kind: str, event: str, subject: int) -> None:
    """Hear of a change and do nothing."""


class Board:
    """A board that is changed by hand; each change costs a minute of its own clock."""

    def __init__(self, title: str = "Tarāpunga board", base: str = "") -> None:
        self.title = title
        self.base = base or "https://board.example.school.nz"
        self.now = BEGIN
        self.login_required = False
        self.has_events = True
        self.tags_are_objects = True
        self.windows_are_ranges = False
        """As older versions: ``before`` gives the range of 50 ids, not 50 posts."""
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.categories: dict[int, Category] = {}
        self.topics: dict[int, Topic] = {}
        self.posts: dict[int, Post] = {}
        self.post_ids: list[int] = []
        self.events: dict[int, Event] = {}
        self.tag_ids: dict[str, int] = {}
        self.on_change: Callable[[str, str, int], None] = nobody_listens
        """Told of each change as a webhook would be: type, event, id."""
        self._last_post = 0
        self._last_invitee = 0
        for number, name in ((ADMINS, "admins"), (STAFF, "staff"), (MEMBERS, "trust_level_0")):
            self.groups[number] = Group(number, name)

    # People

    def add_user(self, name: str, username: str, **more: object) -> User:
        """Sign somebody up."""
        user = User(len(self.users) + 1, username, name, **more)  # type: ignore[arg-type]  # fields of User by name
        self.users[user.id] = user
        self.groups[MEMBERS].members.append(user.id)
        return user

    def add_group(self, name: str, members: Iterable[User]) -> Group:
        """Make a group of these people."""
        group = Group(40 + len(self.groups), name, [user.id for user in members])
        self.groups[group.id] = group
        return group

    def anonymise(self, user: int) -> None:
        """Take a user's name away; their posts stay."""
        self.users[user].username, self.users[user].name = f"anon{9000 + user}", None
        self.users[user].field = None

    # Parts

    def add_category(self, name: str, slug: str, *groups: Group, parent: int | None = None) -> int:
        """Open a category, for these groups alone where some are named."""
        number = 4 + len(self.categories)
        closed_to = tuple(group.id for group in groups)
        self.categories[number] = Category(number, name, slug, closed_to, parent)
        return number

    def rename_tag(self, old: str, new: str) -> None:
        """Give a tag another name in all topics; it keeps its id."""
        self.tag_ids[new] = self.tag_ids.pop(old)
        for topic in self.topics.values():
            topic.tags = tuple(new if tag == old else tag for tag in topic.tags)

    # Writing

    def tick(self, **by: float) -> datetime:
        """Let a minute pass, or what is said."""
        self.now += timedelta(**(by or {"minutes": 1}))
        return self.now

    def write(
        self, category: int, title: str, raw: str, *, user: int = 1, tags: tuple[str, ...] = ()
    ) -> Post:
        """Open a topic; return its first post."""
        now = self.tick()
        number = max(self.topics, default=0) + 1
        self.topics[number] = Topic(number, title, category, user, now, now, tags)
        for tag in tags:
            self.tag_ids.setdefault(tag, len(self.tag_ids) + 1)
        return self._add(self.topics[number], raw, user)

    def reply(self, topic: int, raw: str, *, user: int = 2, to: int | None = None) -> Post:
        """Answer in a topic; that bumps it."""
        self.tick()
        return self._add(self.topics[topic], raw, user, to)

    def skip_ids(self, count: int) -> None:
        """Use up ids, as personal messages do."""
        self._last_post += count

    def _add(self, topic: Topic, raw: str, user: int, to: int | None = None) -> Post:
        self._last_post += 1
        topic.highest += 1
        post = Post(
            self._last_post, topic.id, topic.highest, user, raw, self.now, self.now, reply_to=to
        )
        self.posts[post.id] = post
        insort(self.post_ids, post.id)
        topic.posts.append(post.id)
        topic.bumped = self.now
        self.on_change("post", "post_created", post.id)
        return post

    def edit(self, post: int, raw: str) -> None:
        """Change a text; only that of a topic's last post bumps."""
        found = self.posts[post]
        found.raw, found.updated = raw, self.tick()
        found.version += 1
        topic = self.topics[found.topic]
        if topic.posts and post == topic.posts[-1]:
            topic.bumped = self.now
        self.on_change("post", "post_edited", post)

    def delete(self, post: int) -> None:
        """Delete a post, with its topic where it is the first one."""
        found = self.posts[post]
        now = self.tick()
        if found.number == 1:
            self.topics[found.topic].deleted = now
        found.deleted = now
        self.on_change("post", "post_destroyed", post)

    def recover(self, post: int) -> None:
        """Undo a deletion."""
        self.tick()
        found = self.posts[post]
        found.deleted = None
        if found.number == 1:
            self.topics[found.topic].deleted = None
        self.on_change("post", "post_recovered", post)

    def move(self, topic: int, category: int) -> None:
        """Put a topic into another category; that bumps nothing."""
        self.tick()
        self.topics[topic].category = category
        self.on_change("topic", "topic_edited", topic)

    def split(self, topic: int, posts: Iterable[int], title: str) -> int:
        """Move replies out into a topic of their own; they keep their ids."""
        old, moved = self.topics[topic], [self.posts[number] for number in posts]
        self.tick()
        number = max(self.topics) + 1
        first = moved[0]
        new = Topic(number, title, old.category, first.user, first.created, moved[-1].created)
        self.topics[number] = new
        for index, post in enumerate(moved, start=1):
            old.posts.remove(post.id)
            new.posts.append(post.id)
            post.topic, post.number, post.reply_to = number, index, None
        new.highest = len(moved)
        return number

    def like(self, post: int, count: int = 1) -> None:
        """Let some people like a post."""
        self.posts[post].likes += count

    # Events

    def announce(self, post: int, *, starts_in: timedelta, **more: object) -> Event:
        """Make the first post of a topic announce an event."""
        start = self.now + starts_in
        event = Event(post, start, start + timedelta(minutes=90), **more)  # type: ignore[arg-type]  # fields of Event by name
        self.events[post] = event
        return event

    def answer(self, event: int, user: int, status: str) -> None:
        """Let somebody say going, interested or not_going."""
        invitees = self.events[event].invitees
        for one in invitees:
            if one.user == user:
                one.status = status
                return
        self._last_invitee += 1
        invitees.append(Invitee(self._last_invitee, user, status))

    def change_capacity(self, event: int, capacity: int) -> None:
        """Let more or fewer people come; the post's text says so, too."""
        self.events[event].capacity = capacity
        self.edit(event, self.posts[event].raw)

    # Who sees what

    def may_see(self, user: int | None, category: int) -> bool:
        """Whether a user (None: a stranger) may read a category."""
        groups = self.categories[category].groups
        if self.login_required and user is None:
            return False
        if not groups:
            return True
        return user is not None and any(user in self.groups[one].members for one in groups)

    def is_shown(self, post: Post) -> bool:
        """Whether whoever may read its category is shown this post in lists."""
        topic = self.topics[post.topic]
        is_there = post.deleted is None and topic.deleted is None
        return is_there and topic.visible and not topic.is_message and post.kind in (1, 3)

    def shown_topics(self, user: int | None) -> list[Topic]:
        """Return the topics that a user may see in lists."""
        open_to_them = {one for one in self.categories if self.may_see(user, one)}
        return [
            one
            for one in self.topics.values()
            if one.visible
            and one.deleted is None
            and not one.is_message
            and one.category in open_to_them
        ]

    def expected(self, user: int | None) -> dict[int, Post]:
        """Return what a hub that reads as this user should hold, by post id."""
        return {
            one.id: one
            for one in self.posts.values()
            if self.is_shown(one)
            and one.kind == 1
            and not one.hidden
            and not one.removed_by_author
            and self.may_see(user, self.topics[one.topic].category)
        }
