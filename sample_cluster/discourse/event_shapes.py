"""A board's events and who answered them in the words of its API."""

from typing import Any

from sample_cluster.discourse.shapes import short_user, slug_of, time_text
from sample_cluster.discourse.world import Board, Event

Json = dict[str, Any]


def event_json(board: Board, event: Event) -> Json:
    """Return an event with its details."""
    post = board.posts[event.post]
    topic = board.topics[post.topic]
    going = [one for one in event.invitees if one.status == "going"]
    is_over = event.end < board.now
    return {
        "id": event.post,
        "category_id": topic.category,
        "name": topic.title,
        "recurrence": None,
        "recurrence_until": None,
        "starts_at": time_text(event.start),
        "ends_at": time_text(event.end),
        "show_local_time": False,
        "timezone": event.zone,
        "post": {
            "id": post.id,
            "post_number": post.number,
            "url": f"/t/{slug_of(topic)}/{topic.id}/{post.number}",
            "category_slug": board.categories[topic.category].slug,
            "topic": {
                "id": topic.id,
                "title": topic.title,
                "tags": list(topic.tags),
                "tags_descriptions": {},
                "slug": slug_of(topic),
            },
        },
        "occurrences": [
            {"starts_at": time_text(event.start), "ends_at": time_text(event.end)},
        ],
        "can_act_on_discourse_post_event": False,
        "can_update_attendance": False,
        "creator": short_user(board.users[topic.user]),
        "is_closed": False,
        "is_expired": is_over,
        "is_ongoing": False,
        "is_private": event.status == "private",
        "is_public": event.status == "public",
        "is_standalone": event.status == "standalone",
        "sample_invitees": [],
        "should_display_invitees": True,
        "stats": event_stats(event),
        "status": event.status,
        "location": event.location or None,
        "max_attendees": event.capacity,
        "at_capacity": event.capacity is not None and len(going) >= event.capacity,
    }


def event_stats(event: Event) -> Json:
    """Return how many answered what."""
    said = [one.status for one in event.invitees]
    counts = {name: said.count(name) for name in ("going", "interested", "not_going")}
    return {**counts, "invited": 0}


def invitees_json(board: Board, event: Event, wanted: str | None) -> Json:
    """Return at most 200 who answered, by answer and name."""
    chosen = [one for one in event.invitees if wanted in (None, one.status)]
    chosen.sort(key=lambda one: (one.status, board.users[one.user].username))
    shown = [
        {
            "id": one.id,
            "status": one.status,
            "user": short_user(board.users[one.user]),
            "post_id": event.post,
            "meta": {"event_should_display_invitees": True, "event_stats": event_stats(event)},
        }
        for one in chosen[:200]
    ]
    return {"invitees": shown}
