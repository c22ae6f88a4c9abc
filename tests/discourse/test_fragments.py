"""What the stand-in answers fits the published description of the API.

The description is not ours and not in this repository: DISCOURSE_API_FRAGMENTS names a folder
of its fragments (``openapi-<path>.json``, one path of the description in each).
"""

import json
import os
from pathlib import Path

import pytest

from adapters.discourse.destination import DESTINATION
from adapters.discourse.settings import DiscoursePostingSettings
from connector.model import Message
from sample_cluster.answers import Request
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.discourse.json_schema import mistakes
from tests.discourse.small_board import HUB, KEY, Small

FOLDER = os.environ.get("DISCOURSE_API_FRAGMENTS", "")

ASKED = {
    "posts": "/posts.json",
    "posts_id": "/posts/{first}.json",
    "latest": "/latest.json?order=activity&per_page=100",
    "categories": "/categories.json?include_subcategories=true",
    "c_id_show": "/c/{private}/show.json",
    "t_id": "/t/{topic}.json",
    "t_id_posts": "/t/{topic}/posts.json?post_ids[]={first}",
    "tag_name": "/tag/robotics.json",
    "groups_name_members": "/groups/lead-teachers/members.json?limit=1000",
    "discourse-post-event_events": "/discourse-post-event/events.json?include_details=true",
    "site_basic-info": "/site/basic-info.json",
}
"""Fragment -> what is asked of the stand-in.

The one of a profile is left out: it describes what users see of themselves, with their
settings and sessions, and a hub reads the profiles of others.
"""

needs_fragments = pytest.mark.skipif(
    not FOLDER, reason="no API description: set DISCOURSE_API_FRAGMENTS"
)


def described(name, method):
    (path,) = json.loads((Path(FOLDER) / f"openapi-{name}.json").read_text())["paths"].values()
    return path[method]


def schema_of(name, method="get"):
    return described(name, method)["responses"]["200"]["content"]["application/json"]["schema"]


def asked_for(name, method):
    return described(name, method)["requestBody"]["content"]["application/json"]["schema"]


@pytest.fixture
def small():
    small = Small()
    small.board.like(small.first.id, 3)
    small.reply(small.first, "<p>to you</p>", to=2)
    return small


def asked(small, name):
    topic = small.first.topic
    target = ASKED[name].format(first=small.first.id, topic=topic, private=small.private)
    answer = small.service.answer(Request("GET", target, {"api-key": KEY}))
    assert answer.status == 200, answer
    return json.loads(answer.body)


@needs_fragments
@pytest.mark.parametrize("name", sorted(ASKED))
def test_answer_fits_the_published_description(small, name):
    assert mistakes(asked(small, name), schema_of(name)) == []


@needs_fragments
def test_older_tags_fit_too(small):
    """A list of topics leaves open what a tag is."""
    small.board.tags_are_objects = False
    assert mistakes(asked(small, "latest"), schema_of("latest")) == []


def told(small, target, body, method="POST"):
    headers = {"api-key": KEY, "x-http-method-override": method}
    answer = small.service.answer(Request("POST", target, headers, json.dumps(body).encode()))
    assert answer.status == 200, answer
    return json.loads(answer.body)


def opened(small):
    """Open a topic with what the hub sends."""
    settings = DiscoursePostingSettings(
        address=small.board.base, api_key=KEY, api_username=HUB, category=small.open
    )
    message = Message(title="Maths evening in the hall", html="<p>Nau mai, haere mai</p>", text="")
    destination = DESTINATION.open_destination(settings, FakeSession(None), NOW)
    (planned,) = destination.plan(message, f"hub-{7:032x}")
    body = json.loads(planned.body)
    return body, told(small, "/posts.json", body)


@needs_fragments
def test_opened_topic_fits_the_published_description(small):
    body, answer = opened(small)
    assert mistakes(answer, schema_of("posts", "post")) == []
    # Tags are taken in practice and missing in the description.
    assert mistakes(body, asked_for("posts", "post")) == []


@needs_fragments
def test_changed_post_fits_the_published_description(small):
    _, post = opened(small)
    body = {"post": {"raw": f"{post['raw']}<p>At seven</p>"}}
    assert mistakes(body, asked_for("posts_id", "put")) == []
    answer = told(small, f"/posts/{post['id']}.json", body, "PUT")
    assert mistakes(answer, schema_of("posts_id", "put")) == []


@needs_fragments
def test_topic_is_looked_up_by_a_redirect(small):
    body, post = opened(small)
    path = f"/t/external_id/{body['external_id']}.json"
    answer = small.service.answer(Request("GET", path, {"api-key": KEY}))
    assert [str(answer.status)] == [*described("t_external_id_external_id", "get")["responses"]]
    assert dict(answer.headers)["Location"].endswith(f"/{post['topic_id']}.json")


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"type": "integer"}),
        ({"a": 1}, {"type": "object", "additionalProperties": False, "properties": {}}),
        ({}, {"type": "object", "required": ["a"]}),
        ([1, "two"], {"type": "array", "items": {"type": "integer"}}),
        ("later", {"enum": ["asc", "desc"]}),
        (None, {"type": ["string", "integer"]}),
        ("1 hour", {"type": "string", "pattern": r"^\d{2}:"}),
    ],
)
def test_checker_finds_what_does_not_fit(value, schema):
    """Otherwise the check above could not fail."""
    assert mistakes(value, schema)


def test_checker_does_not_pass_over_what_it_does_not_know():
    with pytest.raises(NotImplementedError):
        mistakes(1, {"minimum": 3})
