"""Pure: an announcement in the form that a board takes, and what a board says of its copy.

The forms are those of the board software's API description (https://docs.discourse.org, read in
August 2026) and of its source. Who sends what when is in ``destination``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from adapters.discourse.json_values import at, flag_at, list_at, number_at, text_at, time_at
from connector.model import Message

_MARK = re.compile(r'<div data-announcement="([A-Za-z0-9-]{1,50})"></div>')
_BLANK_LINE = re.compile(r"\n(?=[ \t]*\n)")
_IN_AN_ATTRIBUTE = str.maketrans({'"': "'", "[": "(", "]": ")", "\n": " "})


@dataclass(frozen=True, slots=True)
class Copy:
    """A topic with the first post that an announcement became."""

    topic: int
    post: int
    title: str
    raw: str
    """The text as it was written; empty where the board does not show it."""
    version: str
    """How often the board counted an edit, of text, title, tags or category."""
    marker: str
    is_gone: bool
    may_be_deleted: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a moderator."""

    id: int
    marker: str


def raw_of(message: Message, marker: str, *, with_event: bool) -> str:
    """Return the text of a post.

    It is HTML, which boards show as it is; as Markdown, a name with @ would call somebody, and
    square brackets would become quotes and polls. Since HTML ends at a blank line there, none is
    left in it. The marker goes into an element that nobody sees and that the board keeps: of
    what waited for a moderator the board forgets the external id.
    """
    event = event_block(message) if with_event else ""
    words = _BLANK_LINE.sub("&#10;", message.html.strip())
    mark = f'<div data-announcement="{marker}"></div>' if marker else ""
    return "\n\n".join(part for part in (event, words, mark) if part)


def event_block(message: Message) -> str:
    """Return the event as the board's calendar takes it, in UTC; empty where there is none."""
    if message.start is None:
        return ""
    told = {
        "start": _stamp(message.start),
        "end": _stamp(message.end) if message.end else "",
        "timezone": "UTC",
        "status": "public",
        "location": message.location,
        "url": message.url or "",
    }
    said = (f'{name}="{text.translate(_IN_AN_ATTRIBUTE)}"' for name, text in told.items() if text)
    return f"[event {' '.join(said)}]\n[/event]"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def marker_in(text: str) -> str:
    """Return the marker in a post's text or HTML; empty where there is none."""
    found = _MARK.search(text)
    return found[1] if found else ""


def read_copy(value: object) -> Copy | None:
    """Read a topic with its first post; None where the answer is none."""
    topic = number_at(value, "id")
    posts = list_at(value, "post_stream", "posts")
    first = next((one for one in posts if number_at(one, "post_number") == 1), None)
    post = number_at(first, "id")
    if not topic or not post:
        return None
    raw = text_at(first, "raw")
    is_gone = at(value, "deleted_at") is not None or flag_at(first, "user_deleted")
    return Copy(
        topic=topic,
        post=post,
        title=text_at(value, "title"),
        raw=raw,
        version=str(number_at(first, "version") or ""),
        marker=marker_in(raw or text_at(first, "cooked")),
        is_gone=is_gone,
        may_be_deleted=flag_at(value, "details", "can_delete"),
    )


def is_same(copy: Copy, title: str, raw: str) -> bool:
    """Whether a copy says this already."""
    return copy.title.strip() == title.strip() and copy.raw.strip() == raw.strip()


def read_waiting(value: object) -> tuple[Waiting, ...]:
    """Read what waits for a moderator."""
    found = (
        (number_at(one, "id"), marker_in(text_at(one, "raw_text")))
        for one in list_at(value, "pending_posts")
    )
    return tuple(Waiting(number, marker) for number, marker in found if number)


def topics_of(value: object, username: str, now: datetime, within: timedelta) -> tuple[int, ...]:
    """Return the topics in a list that this user opened lately, in its order."""
    users = {
        number_at(one, "id"): text_at(one, "username").casefold() for one in list_at(value, "users")
    }
    found = []
    for one in list_at(value, "topic_list", "topics"):
        posters = list_at(one, "posters")
        opener = users.get(number_at(posters[0], "user_id")) if posters else None
        created, number = time_at(one, "created_at"), number_at(one, "id")
        is_new = created is not None and created >= now - within
        if number and is_new and opener == username.casefold():
            found.append(number)
    return tuple(found)


def refusal_of(value: object) -> Literal["taken", "title", "other"]:
    """Say what a refused post was refused for, as far as the board's own words tell.

    A board that speaks another language than English may give "other" for all of them.
    """
    said = " ".join(one for one in list_at(value, "errors") if isinstance(one, str)).lower()
    if re.search(r"external[\s_-]?id", said):
        return "taken"
    return "title" if "title has already been used" in said else "other"
