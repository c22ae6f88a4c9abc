"""Pure: what a board's API says, as values, and posts as records.

The shapes are those of the board software's API description (https://docs.discourse.org,
read in August 2026) and of its source. What is asked when is in ``cycle`` and ``rolling``.
"""

from dataclasses import dataclass
from datetime import datetime

from adapters.discourse.cooked import event_in, mentions_in, with_absolute_links
from adapters.discourse.json_values import at, flag_at, list_at, number_at, text_at, time_at
from connector.errors import ParseError
from connector.html import plain_line
from connector.model import Account, Audience, Kind, Record

PARSER_VERSION = 1
REGULAR, MODERATOR_NOTE = 1, 2
"""Post types with text for readers; others are lines such as "closed" and staff's whispers."""
LIKE = 2
EVERYONE = 0
GOING_AND_MAYBE = {"going": "Going", "interested": "Interested"}


@dataclass(frozen=True, slots=True)
class Post:
    """One post as a listing or its topic gave it."""

    id: int
    topic: int
    number: int
    category: int | None
    """None where the answer does not say: in a topic, which has one for all its posts."""
    title: str
    html: str
    created: datetime | None
    updated: datetime | None
    user: int | None
    username: str
    name: str
    group: str
    """Name of the author's primary group."""
    likes: int | None
    is_shown: bool
    """Whether it is text that readers are shown: not deleted, hidden, or staff's own."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of a list of topics."""

    id: int
    category: int | None
    tags: tuple[str, ...]
    created: datetime | None
    bumped: datetime | None
    likes: int


@dataclass(frozen=True, slots=True)
class TopicList:
    """One page of topics."""

    topics: tuple[Topic, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class WholeTopic:
    """A topic with its first posts and the ids of all."""

    topic: Topic
    is_open: bool
    posts: tuple[Post, ...]
    stream: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """One part of the board."""

    id: int
    name: str
    url: str
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class GroupName:
    """A group that may read a category."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Members:
    """Some members of a group, and how many there are in all."""

    accounts: tuple[Account, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event and how many answered; its id is its post's."""

    id: int
    category: int | None
    counts: tuple[tuple[str, int], ...]
    shows_invitees: bool


def read_posts(value: object) -> tuple[Post, ...]:
    """Read the latest posts, newest id first. Raises ParseError."""
    if not isinstance(at(value, "latest_posts"), list):
        raise not_understood("a list of posts")
    found = {post.id: post for post in map(_post, list_at(value, "latest_posts")) if post}
    return tuple(found[number] for number in sorted(found, reverse=True))


def read_post(value: object) -> Post:
    """Read a single post. Raises ParseError."""
    found = _post(value)
    if found is None:
        raise not_understood("a post")
    return found


def read_topics(value: object) -> TopicList:
    """Read a page of topics. Raises ParseError."""
    if not isinstance(at(value, "topic_list", "topics"), list):
        raise not_understood("a list of topics")
    topics = tuple(filter(None, map(_topic, list_at(value, "topic_list", "topics"))))
    return TopicList(topics, bool(topics) and bool(text_at(value, "topic_list", "more_topics_url")))


def read_whole_topic(value: object) -> WholeTopic:
    """Read a topic with its first posts. Raises ParseError."""
    topic = _topic(value)
    if topic is None or not isinstance(at(value, "post_stream", "stream"), list):
        raise not_understood("a topic")
    is_open = at(value, "deleted_at") is None and at(value, "visible") is not False
    is_message = text_at(value, "archetype") == "private_message"
    stream = [one for one in list_at(value, "post_stream", "stream") if isinstance(one, int)]
    posts = read_topic_posts(value, topic=topic.id, title=text_at(value, "title"))
    return WholeTopic(topic, is_open and not is_message, posts, tuple(stream))


def read_topic_posts(value: object, *, topic: int, title: str) -> tuple[Post, ...]:
    """Read posts of one topic, which says their title only once."""
    posts = (
        _post(each, title=title)
        for each in list_at(value, "post_stream", "posts")
        if number_at(each, "topic_id") == topic
    )
    return tuple(post for post in posts if post)


def _post(value: object, *, title: str = "") -> Post | None:
    number, topic = number_at(value, "id"), number_at(value, "topic_id")
    position = number_at(value, "post_number")
    if not number or not topic or not position:
        return None
    return Post(
        id=number,
        topic=topic,
        number=position,
        category=number_at(value, "category_id"),
        title=plain_line(text_at(value, "topic_title") or title),
        html=text_at(value, "cooked"),
        created=time_at(value, "created_at"),
        updated=time_at(value, "updated_at"),
        user=number_at(value, "user_id"),
        username=plain_line(text_at(value, "username")),
        name=plain_line(text_at(value, "name")),
        group=text_at(value, "primary_group_name"),
        likes=_likes(value),
        is_shown=_is_shown(value),
    )


def _is_shown(value: object) -> bool:
    is_text = (number_at(value, "post_type") or REGULAR) in (REGULAR, MODERATOR_NOTE)
    is_there = at(value, "deleted_at") is None and not flag_at(value, "user_deleted")
    return is_text and is_there and not flag_at(value, "hidden")


def _likes(value: object) -> int | None:
    for action in list_at(value, "actions_summary"):
        if number_at(action, "id") == LIKE:
            return number_at(action, "count")
    return None


def _topic(value: object) -> Topic | None:
    number = number_at(value, "id")
    if not number:
        return None
    return Topic(
        id=number,
        category=number_at(value, "category_id"),
        tags=_tags(value),
        created=time_at(value, "created_at"),
        bumped=time_at(value, "bumped_at"),
        likes=number_at(value, "like_count") or 0,
    )


def _tags(value: object) -> tuple[str, ...]:
    """Return names, whether tags are objects (from 2026 on) or strings (before)."""
    names = (
        plain_line(each if isinstance(each, str) else text_at(each, "name"))
        for each in list_at(value, "tags")
    )
    return tuple(dict.fromkeys(name for name in names if name))


def read_categories(value: object, base: str) -> tuple[Category, ...]:
    """Read all categories with those below them. Raises ParseError."""
    if not isinstance(at(value, "category_list", "categories"), list):
        raise not_understood("a list of categories")
    found: dict[int, Category] = {}
    waiting = list(list_at(value, "category_list", "categories"))
    while waiting:
        each = waiting.pop(0)
        number = number_at(each, "id")
        if not number or number in found:
            continue
        name = plain_line(text_at(each, "name")) or f"Category {number}"
        # Only a plain "false" is open: what is not said is not for everybody.
        closed = at(each, "read_restricted") is not False
        found[number] = Category(number, name, f"{base}/c/{number}", closed)
        waiting += list_at(each, "subcategory_list")
    return tuple(found.values())


def read_permissions(value: object) -> tuple[GroupName, ...] | None:
    """Return the groups that may read a category; None where it does not say."""
    listed = at(value, "category", "group_permissions")
    if not isinstance(listed, list):
        return None
    named = (
        (number_at(each, "group_id"), text_at(each, "group_name"))
        for each in listed
        if number_at(each, "permission_type") in (1, 2, 3)
    )
    return tuple(GroupName(number, name) for number, name in named if number is not None and name)


def read_members(value: object, base: str) -> Members:
    """Read some members of a group. Raises ParseError."""
    if not isinstance(at(value, "members"), list):
        raise not_understood("the members of a group")
    accounts = (
        account_of(number_at(each, "id"), text_at(each, "username"), text_at(each, "name"), base)
        for each in list_at(value, "members")
    )
    found = tuple(filter(None, accounts))
    return Members(found, number_at(value, "meta", "total") or len(found))


def read_events(value: object) -> tuple[Event, ...]:
    """Read the events that the board knows of. Raises ParseError."""
    if not isinstance(at(value, "events"), list):
        raise not_understood("a list of events")
    return tuple(filter(None, map(_event, list_at(value, "events"))))


def _event(value: object) -> Event | None:
    number = number_at(value, "id")
    if not number:
        return None
    told = {
        "going": number_at(value, "stats", "going"),
        "interested": number_at(value, "stats", "interested"),
        "not_going": number_at(value, "stats", "not_going"),
        "capacity": number_at(value, "max_attendees"),
    }
    counts = tuple((name, count) for name, count in told.items() if count is not None)
    category = number_at(value, "category_id")
    return Event(number, category, counts, flag_at(value, "should_display_invitees"))


def read_invitees(value: object, event: int, base: str, audience: Audience) -> tuple[Record, ...]:
    """Return who said that they come, or may come, as registrations. Raises ParseError."""
    if not isinstance(at(value, "invitees"), list):
        raise not_understood("who comes to an event")
    found = (_registration(each, event, base, audience) for each in list_at(value, "invitees"))
    return tuple({one.external_id: one for one in found if one}.values())


def _registration(value: object, event: int, base: str, audience: Audience) -> Record | None:
    number, status = number_at(value, "id"), text_at(value, "status")
    user = at(value, "user")
    author = account_of(
        number_at(user, "id"), text_at(user, "username"), text_at(user, "name"), base
    )
    if not number or author is None or status not in GOING_AND_MAYBE:
        return None
    return Record(
        kind=Kind.REGISTRATION,
        external_id=f"registration:{number}",
        title=GOING_AND_MAYBE[status],
        author=author,
        audience=audience,
        tags=(status,),
        in_reply_to=f"post:{event}",
        object=f"post:{event}",
    )


def read_profile_field(value: object, field: str) -> str:
    """Return what a user wrote in a field of their profile; empty where nothing."""
    return plain_line(text_at(value, "user", "user_fields", field))


def account_of(
    number: int | None, username: str, name: str, base: str, school: str | None = None
) -> Account | None:
    """Return an account; None where the answer names none."""
    shown = plain_line(username)
    if number is None or not shown:
        return None
    return Account(
        external_id=f"user:{number}",
        name=plain_line(name) or shown,
        url=f"{base}/u/{shown}",
        school=school or None,
    )


def record_of(
    post: Post, *, base: str, audience: Audience, tags: tuple[str, ...], school: str | None
) -> Record:
    """Return a post as a record.

    Addresses leave the title's words out, for these change with the title. A reply hangs
    under its topic's first post, as the board itself shows it: what answers a deleted reply
    stays where it is there.
    """
    is_first = post.number == 1
    event = event_in(post.html) if is_first else None
    topic = f"{base}/t/{post.topic}"
    return Record(
        kind=Kind.COMMENT if not is_first else Kind.WORKSHOP if event else Kind.POST,
        external_id=f"post:{post.id}",
        url=topic if is_first else f"{topic}/{post.number}",
        title=post.title if is_first else "",
        html=with_absolute_links(post.html, f"{base}/"),
        published=post.created,
        updated=post.updated,
        author=account_of(post.user, post.username, post.name, base, school),
        audience=audience,
        tags=tags if is_first else (),
        in_reply_to=None if is_first else topic,
        start=event.start if event else None,
        end=event.end if event else None,
        location=event.location if event else "",
    )


def counts_of(post: Post) -> dict[str, int]:
    """Return the numbers that a post says of itself: likes where told, and mentions."""
    mentions = mentions_in(post.html)
    return {
        **({} if post.likes is None else {"likes": post.likes}),
        **({"mentions": mentions} if mentions else {}),
    }


def not_understood(wanted: str) -> ParseError:
    """Say that something else came than was asked for."""
    return ParseError(
        f"The board answers, but not with {wanted}. "
        "See whether the address is that of the Discourse board itself."
    )
