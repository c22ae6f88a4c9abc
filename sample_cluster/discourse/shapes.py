"""A board's values in the words of its API; keys and types as published in August 2026."""

import re
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from sample_cluster.discourse.world import Board, Event, Post, Topic, User

Json = dict[str, Any]

EVENT_BLOCK = re.compile(r"^\[event ([^\]]*)\]\n\[/event\]\n*")
"""How a first post announces an event."""
_NOT_IN_POSTS = (
    "primary_group_name flair_name flair_url flair_bg_color flair_color flair_group_id "
    "user_title deleted_at edit_reason reviewable_id reply_to_post_number"
).split()
_RIGHTS = "can_edit can_delete can_recover can_see_hidden_post can_wiki".split()
_FLAGS = "yours bookmarked moderator admin staff hidden user_deleted wiki".split()
_NUMBERS = "reply_count quote_count incoming_link_count reads readers_count score".split()


@lru_cache(10_000)
def time_text(moment: datetime) -> str:
    """Return the moment as the board writes it: milliseconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def slug_of(topic: Topic) -> str:
    """Return the words of the title that stand in its address."""
    return _slug_of(topic.title)


@lru_cache(10_000)
def _slug_of(title: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words) or "topic"


def cooked(board: Board, post: Post) -> str:
    """Return a post's text as HTML, with the event that it announces."""
    if post.hidden or post.removed_by_author:
        return "<p>(post deleted by author)</p>" if post.removed_by_author else "<p>hidden</p>"
    event = board.events.get(post.id)
    return (_event_html(event) if event else "") + EVENT_BLOCK.sub("", post.raw)


def _event_html(event: Event) -> str:
    zone = ZoneInfo(event.zone)
    said = {
        "data-start": f"{event.start.astimezone(zone):%Y-%m-%d %H:%M}",
        "data-end": f"{event.end.astimezone(zone):%Y-%m-%d %H:%M}",
        "data-timezone": event.zone,
        "data-status": event.status,
        "data-location": event.location,
        "data-max-attendees": str(event.capacity) if event.capacity else "",
    }
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in said.items() if value)
    return f'<div class="discourse-post-event"{attributes}>\n</div>'


def short_user(user: User) -> Json:
    """Return a user as they stand beside lists."""
    avatar = f"/letter_avatar_proxy/v4/letter/{user.username[0]}/a9a28c/{{size}}.png"
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name or "",
        "avatar_template": avatar,
    }


def post_in_topic(board: Board, post: Post) -> Json:
    """Return a post as a topic shows it."""
    user, topic = board.users[post.user], board.topics[post.topic]
    group = board.groups.get(user.primary_group or -1)
    short = short_user(user)
    return {
        **{name: None for name in _NOT_IN_POSTS if name != "flair_group_id"},
        **dict.fromkeys(_RIGHTS, False),
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_NUMBERS, 0),
        "id": post.id,
        "name": short["name"],
        "username": user.username,
        "avatar_template": short["avatar_template"],
        "created_at": time_text(post.created),
        "cooked": cooked(board, post),
        "post_number": post.number,
        "post_type": post.kind,
        "updated_at": time_text(post.updated),
        "reply_to_post_number": str(post.reply_to) if post.reply_to else None,
        "topic_id": topic.id,
        "topic_slug": slug_of(topic),
        "display_username": short["name"],
        "primary_group_name": group.name if group else None,
        "version": post.version,
        "link_counts": [],
        "read": True,
        "actions_summary": [],
        "staff": user.is_staff,
        "user_id": user.id,
        "hidden": post.hidden,
        "trust_level": 1,
        "deleted_at": time_text(post.deleted) if post.deleted else None,
        "user_deleted": post.removed_by_author,
        "can_view_edit_history": True,
        "reviewable_id": 0,
        "reviewable_score_count": 0,
        "reviewable_score_pending_count": 0,
    }


def latest_post(board: Board, post: Post) -> Json:
    """Return a post as the list of the latest ones shows it."""
    topic = board.topics[post.topic]
    base = {k: v for k, v in post_in_topic(board, post).items() if k not in ("link_counts", "read")}
    return {
        **base,
        "reviewable_id": None,
        "flair_group_id": None,
        "badges_granted": [],
        "posts_count": len(topic.posts),
        "topic_title": topic.title,
        "topic_html_title": escape(topic.title),
        "category_id": topic.category,
        "raw": post.raw,
        "excerpt": post.raw[:100],
        "truncated": False,
        "post_url": f"/t/{slug_of(topic)}/{topic.id}/{post.number}",
    }


def single_post(board: Board, post: Post) -> Json:
    """Return a post as its own address shows it: with its likes, without its topic's title."""
    whole = latest_post(board, post)
    left_out = ("topic_title", "topic_html_title", "excerpt", "truncated", "badges_granted")
    likes = [{"id": 2, "count": post.likes, "can_act": True}] if post.likes else []
    kept = {key: value for key, value in whole.items() if key not in left_out}
    return {**kept, "actions_summary": likes, "mentioned_users": []}


def written_post(board: Board, post: Post) -> Json:
    """Return a post as its writer gets it back."""
    lists: Json = {name: [] for name in ("actions_summary", "badges_granted", "post_localizations")}
    told = {**single_post(board, post), **lists, "draft_sequence": 0}
    return {name: value for name, value in told.items() if name != "category_id"}


def tag_list(board: Board, topic: Topic) -> list[Any]:
    """Return a topic's tags: objects as of 2026, names before."""
    if not board.tags_are_objects:
        return list(topic.tags)
    return [{"id": board.tag_ids[tag], "name": tag, "slug": tag} for tag in topic.tags]


def listed_topic(board: Board, topic: Topic) -> Json:
    """Return a topic as lists show it; its likes are those of all its posts."""
    posts = [board.posts[number] for number in topic.posts]
    shown = [post for post in posts if board.is_shown(post)]
    poster = {"extras": "latest", "description": "Original Poster", "user_id": topic.user}
    return {
        "id": topic.id,
        "title": topic.title,
        "fancy_title": escape(topic.title),
        "slug": slug_of(topic),
        "posts_count": len(shown),
        "reply_count": max(len(shown) - 1, 0),
        "highest_post_number": topic.highest,
        "image_url": None,
        "created_at": time_text(topic.created),
        "last_posted_at": time_text(shown[-1].created if shown else topic.created),
        "bumped": True,
        "bumped_at": time_text(topic.bumped),
        "archetype": "regular",
        "unseen": False,
        "pinned": topic.pinned,
        "unpinned": None,
        "excerpt": "",
        "visible": topic.visible,
        "closed": False,
        "archived": False,
        "bookmarked": None,
        "liked": None,
        "tags": tag_list(board, topic),
        "tags_descriptions": {},
        "views": 10,
        "like_count": sum(post.likes for post in shown),
        "op_like_count": shown[0].likes if shown else 0,
        "has_summary": False,
        "last_poster_username": board.users[shown[-1].user].username if shown else "",
        "category_id": topic.category,
        "pinned_globally": False,
        "featured_link": None,
        "posters": [{**poster, "primary_group_id": None}],
    }


def topic_list(board: Board, topics: list[Topic], *, per_page: int, more: str | None) -> Json:
    """Return some topics as ``latest`` lists them."""
    left_out = {"image_url", "bookmarked", "liked", "excerpt", "tags_descriptions"}
    shown = [listed_topic(board, one) for one in topics]
    found: Json = {
        "can_create_topic": False,
        "per_page": per_page,
        "topics": [{k: v for k, v in one.items() if k not in left_out} for one in shown],
    }
    if more:
        found["more_topics_url"] = more
    users = [short_user(board.users[number]) for number in sorted({one.user for one in topics})]
    return {"users": users, "primary_groups": [], "topic_list": found}


_TOPIC_AS_LISTED = (
    "id title fancy_title posts_count created_at views reply_count like_count last_posted_at "
    "visible closed archived has_summary archetype slug category_id featured_link "
    "pinned_globally image_url unpinned pinned highest_post_number tags tags_descriptions"
).split()
_TOPIC_NOTHING = (
    "word_count deleted_at pinned_at pinned_until draft deleted_by topic_timer thumbnails "
    "slow_mode_enabled_until"
).split()
_TOPIC_RIGHTS = (
    "can_edit can_move_posts can_delete can_remove_allowed_users can_create_post "
    "can_reply_as_new_topic can_convert_topic can_review_topic can_close_topic "
    "can_archive_topic can_split_merge_topic can_edit_staff_notes "
    "can_toggle_topic_visibility can_pin_unpin_topic can_moderate_category"
).split()


def whole_topic(
    board: Board, topic: Topic, shown: list[Post], *, mine: bool = False, with_raw: bool = False
) -> Json:
    """Return a topic with its first posts and the ids of all.

    Args:
        board: where it is.
        topic: which one.
        shown: its posts.
        mine: whoever asks may delete it.
        with_raw: the posts' texts as they were written are shown, too.
    """
    chunk = 20
    listed = listed_topic(board, topic)
    starter = short_user(board.users[topic.user])
    last = short_user(board.users[shown[-1].user]) if shown else starter
    posts = [
        {**post_in_topic(board, post), **({"raw": post.raw} if with_raw else {})}
        for post in shown[:chunk]
    ]
    return {
        **{name: listed[name] for name in _TOPIC_AS_LISTED},
        **dict.fromkeys(_TOPIC_NOTHING),
        "post_stream": {"posts": posts, "stream": [post.id for post in shown]},
        "timeline_lookup": [],
        "suggested_topics": [],
        "user_id": topic.user,
        "slow_mode_seconds": 0,
        "draft_key": f"topic_{topic.id}",
        "draft_sequence": 0,
        "has_deleted": False,
        "actions_summary": [],
        "chunk_size": chunk,
        "bookmarked": False,
        "bookmarks": [],
        "message_bus_last_id": 0,
        "participant_count": len({post.user for post in shown}),
        "show_read_indicator": False,
        "details": {
            **dict.fromkeys(_TOPIC_RIGHTS, False),
            "can_delete": mine,
            "notification_level": 1,
            "can_remove_self_id": 0,
            "participants": [],
            "created_by": starter,
            "last_poster": last,
        },
    }


def profile_json(user: User) -> Json:
    """Return what a profile shows of its fields; the rest of it is left out."""
    return {"user": {**short_user(user), "user_fields": {"1": user.field, "2": None}}}


def site_json(board: Board) -> Json:
    """Return what a board tells everybody of itself."""
    names = (
        "logo_url logo_small_url apple_touch_icon_url favicon_url mobile_logo_url "
        "header_primary_color header_background_color"
    ).split()
    return {
        **dict.fromkeys(names, ""),
        "title": board.title,
        "description": "Where our schools talk",
        "login_required": board.login_required,
        "locale": "en",
        "include_in_discourse_discover": False,
    }
