"""Feeds of each kind of board give exactly the records that were checked by hand.

The feeds are invented after the shapes of their software; ``headers.json`` names the version.
"""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.boards.parse import key_of, read_board
from connector.model import CLUSTER, PUBLIC

ROOT = Path(__file__).parents[1] / "captures" / "boards"
every_capture = pytest.mark.parametrize(
    "name", sorted(p.name for p in ROOT.iterdir() if p.is_dir())
)


def read(name):
    folder = ROOT / name
    told = json.loads((folder / "headers.json").read_text())
    return read_board(
        (folder / "body.xml").read_bytes(),
        url=told["url"],
        content_type=told["content_type"],
        source="f",
        zone=ZoneInfo("Pacific/Auckland"),
        audience=CLUSTER if told.get("saved") else PUBLIC,
    )


def as_values(name):
    feed, forums = read(name)
    told = [
        {
            "stream": key_of("f", forum),
            "id": record.external_id,
            "kind": str(record.kind),
            "url": record.url,
            "title": record.title,
            "html": record.html.strip(),
            "author": record.author.name if record.author else None,
            "published": record.published.isoformat() if record.published else None,
            "in_reply_to": record.in_reply_to,
            "audience": str(record.audience.kind),
            "tags": list(record.tags),
        }
        for forum, records in forums.items()
        for record in records
    ]
    return {"title": feed.title, "records": told}


@every_capture
def test_capture_gives_the_checked_records(name):
    assert as_values(name) == json.loads((ROOT / name / "expected.json").read_text())


@every_capture
def test_every_reply_finds_its_topic_where_the_feed_shows_it(name):
    _, forums = read(name)
    records = [record for some in forums.values() for record in some]
    topics = {record.url for record in records if record.in_reply_to is None}
    replies = [record for record in records if record.in_reply_to]
    lonely = [record.title for record in replies if record.in_reply_to not in topics]
    # One of them answers a topic of another forum that has the same title.
    assert len(lonely) == (name == "phpbb-short-links")


def test_reply_stands_alone_where_two_topics_have_its_title():
    body = (ROOT / "phpbb-short-links" / "body.xml").read_text()
    twin = body[body.rindex("<entry>") : body.index("</feed>")].replace("p=56", "p=40")
    _, forums = read_board(
        body.replace("</feed>", f"{twin}</feed>").encode(),
        url="https://board.example.school.nz/feed",
        content_type="",
        source="f",
        zone=ZoneInfo("Pacific/Auckland"),
        audience=PUBLIC,
    )
    reply, *topics = forums["Garden group"]
    assert [topic.title for topic in topics] == ["Worms & compost"] * 2
    assert reply.in_reply_to == "https://board.example.school.nz/viewtopic.php?p=61"
