"""Answers of each kind give exactly what was checked by hand.

They are invented after the published description of the API, which they fit as well;
``headers.json`` names the version.
"""

import json
from pathlib import Path

import pytest

from adapters.discourse.parse import (
    counts_of,
    read_categories,
    read_events,
    read_invitees,
    read_members,
    read_permissions,
    read_posts,
    read_topics,
    record_of,
)
from connector.model import PUBLIC
from tests.discourse.json_schema import mistakes
from tests.discourse.test_fragments import needs_fragments, schema_of

ROOT = Path(__file__).parents[1] / "captures" / "discourse"
BASE = "https://talkto.example.school.nz"
DESCRIBED = {
    "posts": "posts",
    "topics": "latest",
    "topics-older": "latest",
    "categories": "categories",
    "permissions": "c_id_show",
    "members": "groups_name_members",
    "events": "discourse-post-event_events",
}
"""Capture -> fragment of the description; what an event's invitees are is not described."""


def told(moment):
    return moment.isoformat() if moment else None


def posts(value):
    for post in read_posts(value):
        if not post.is_shown:
            continue
        record = record_of(post, base=BASE, audience=PUBLIC, tags=(), school=None)
        yield {
            "id": record.external_id,
            "kind": str(record.kind),
            "url": record.url,
            "title": record.title,
            "author": record.author.name,
            "published": told(record.published),
            "in_reply_to": record.in_reply_to,
            "start": told(record.start),
            "end": told(record.end),
            "location": record.location,
            "mentions": counts_of(post).get("mentions", 0),
            "likes": counts_of(post).get("likes"),
            "html": record.html,
        }


def topics(value):
    for topic in read_topics(value).topics:
        named = {"id": topic.id, "category": topic.category, "tags": list(topic.tags)}
        yield {**named, "bumped": told(topic.bumped), "likes": topic.likes}


def categories(value):
    for one in read_categories(value, BASE):
        yield {"id": one.id, "name": one.name, "url": one.url, "restricted": one.is_restricted}


def permissions(value):
    return ({"group": group.name} for group in read_permissions(value))


def members(value):
    return ({"id": one.external_id, "name": one.name} for one in read_members(value, BASE).accounts)


def events(value):
    for event in read_events(value):
        named = {"id": event.id, "category": event.category, "counts": dict(event.counts)}
        yield {**named, "shows_invitees": event.shows_invitees}


def invitees(value):
    for record in read_invitees(value, 4, BASE, PUBLIC):
        named = {"id": record.external_id, "kind": str(record.kind), "title": record.title}
        yield {**named, "author": record.author.name, "object": record.object}


READERS = {
    "posts": posts,
    "topics": topics,
    "topics-older": topics,
    "categories": categories,
    "permissions": permissions,
    "members": members,
    "events": events,
    "invitees": invitees,
}


def load(name, file="body.json"):
    return json.loads((ROOT / name / file).read_text())


def test_every_capture_is_read():
    assert {folder.name for folder in ROOT.iterdir()} == READERS.keys()


@pytest.mark.parametrize("name", sorted(READERS))
def test_capture_gives_what_was_checked(name):
    assert list(READERS[name](load(name))) == load(name, "expected.json")


@needs_fragments
@pytest.mark.parametrize("name", sorted(DESCRIBED))
def test_capture_fits_the_published_description(name):
    assert mistakes(load(name), schema_of(DESCRIBED[name])) == []
