"""Exports: what a viewer may see and nothing else, once each, true to what is kept."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, update

from connector import VERSION
from connector.audience import Scope, Standing, Viewer, scope_for
from connector.model import (
    CLUSTER,
    FACILITATORS,
    STREAM,
    Account,
    Audience,
    AudienceKind,
    Enclosure,
    Kind,
    Role,
)
from connector.outputs.activitystreams import PUBLIC, Rendering
from connector.store import reading
from connector.store.exporting import Wanted, exported, instance_uid
from connector.store.tables import origin
from tests.activitystreams import mistakes
from tests.engine import Engine
from tests.fake_place import NOON, record

Rows = list[dict[str, Any]]
SCHOOL = Audience(AudienceKind.SCHOOL, "Rimu School")


def member(engine: Engine) -> Scope:
    return scope_for(Viewer(cluster_id=engine.cluster_id, standing=Standing.MEMBER))


def export(engine: Engine, scope: Scope | None = None, page: int = 200, **wanted: Any) -> Rows:
    """Return the lines of an export, each checked against the specification."""
    chosen = scope or engine.visitor()
    with engine.store.read() as conn:
        told = Rendering(
            uid=instance_uid(conn), version=VERSION, tells_pseudonyms=chosen.everything
        )
        lines = [told.line(one) for one in exported(conn, chosen, Wanted(**wanted), page=page)]
    rows = []
    for line in lines:
        assert line.endswith("\n")
        assert len(line.splitlines()) == 1
        rows.append(json.loads(line))
        assert mistakes(rows[-1]) == []
    return rows


def names(rows: Rows) -> list[str]:
    return [row.get("name", "") for row in rows]


def seen_by_many(engine: Engine) -> None:
    """Read one post for each audience, each with a reply."""
    service = engine.add(school="Rimu School")
    person = Audience(AudienceKind.PERSON, "name:hemi")
    group = Audience(AudienceKind.GROUP, "g7")
    audiences = [Audience(AudienceKind.PUBLIC), CLUSTER, SCHOOL, STREAM, group, person]
    records = []
    for number, audience in enumerate([*audiences, FACILITATORS], start=1):
        records.append(record(number, audience=audience, title=f"For {audience.kind}"))
        records.append(
            record(
                100 + number,
                kind=Kind.COMMENT,
                title="",
                url=None,
                in_reply_to=f"post:{number}",
                html=f"<p>Reply for {audience.kind}.</p>",
                audience=Audience(AudienceKind.PUBLIC),
            )
        )
    service.publish(*records)
    engine.run()


def test_each_viewer_gets_what_they_may_see_and_no_word_more(engine: Engine) -> None:
    seen_by_many(engine)
    public, members = export(engine), export(engine, member(engine))
    everything = export(engine, engine.facilitator())
    assert names(public) == ["For public", ""]
    assert set(names(members)) == {"For public", "For cluster", ""}
    assert len(everything) == 14
    for row in public:
        assert row["to"] == [PUBLIC]
    for hidden in ("cluster", "school", "stream", "group", "person", "facilitators"):
        assert f"for {hidden}" not in json.dumps(public).lower()
    for hidden in ("school", "stream", "group", "person", "facilitators"):
        assert f"for {hidden}" not in json.dumps(members).lower()


def test_it_says_who_may_see_an_item(engine: Engine) -> None:
    seen_by_many(engine)
    told = {row["name"]: row["to"] for row in export(engine, engine.facilitator()) if "name" in row}
    assert told["For public"] == [PUBLIC]
    named = {key: (to[0]["type"], to[0]["name"]) for key, to in told.items() if to != [PUBLIC]}
    assert named == {
        "For cluster": ("Group", "Kauri cluster"),
        "For school": ("Organization", "Rimu School"),
        "For stream": ("Group", "Blog"),
        "For group": ("Group", "A group"),
        "For person": ("Person", "Hēmi Brown"),
        "For facilitators": ("Group", "Facilitators"),
    }


def test_an_export_holds_what_the_pages_show(engine: Engine) -> None:
    seen_by_many(engine)
    for scope in (engine.visitor(), member(engine), engine.facilitator()):
        told = {row["name"]: row for row in export(engine, scope) if "name" in row}
        assert set(told) == {one.title for one in engine.news(scope)}
        for title, row in told.items():
            assert row["content"] == engine.item(title, scope).html


FULL = record(
    5,
    kind=Kind.EVENT,
    title="Marae visit & kai",
    html='<p>Bring a <a href="http://blog.example/list">list</a>.\u2028Ka kite.</p>',
    published=NOON - timedelta(days=3, seconds=7),
    updated=NOON - timedelta(days=2),
    tags=("marae", "year 5"),
    enclosures=(
        Enclosure("http://blog.example/a.jpg", "image/jpeg", 1200),
        Enclosure("http://blog.example/b"),
    ),
    start=NOON + timedelta(days=9),
    end=NOON + timedelta(days=9, hours=2),
    location="Te Rau marae",
)


def test_every_field_comes_through(engine: Engine) -> None:
    engine.add(school="Rimu School").publish(FULL)
    engine.run()
    (row,) = export(engine)
    kept = engine.item(FULL.title)
    assert row["type"] == "Event"
    assert row["kind"] == "event"
    assert row["name"] == FULL.title
    assert row["content"] == kept.html
    assert row["url"] == FULL.url
    assert datetime.fromisoformat(row["published"]) == FULL.published
    assert datetime.fromisoformat(row["updated"]) == FULL.updated
    assert datetime.fromisoformat(row["startTime"]) == FULL.start
    assert datetime.fromisoformat(row["endTime"]) == FULL.end
    assert row["location"]["name"] == FULL.location
    assert [one["name"] for one in row["tag"]] == list(FULL.tags)
    assert [
        Enclosure(one["url"], one.get("mediaType", ""), one.get("bytes"))
        for one in row["attachment"]
    ] == list(FULL.enclosures)
    assert [one["type"] for one in row["attachment"]] == ["Image", "Document"]
    assert [one["name"] for one in row["attributedTo"]] == ["Hēmi Brown", "Rimu School"]
    assert row["context"]["name"] == "Place room5"
    assert row["generator"]["name"].startswith("Cluster Hub ")
    assert row["published"].endswith("Z")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_activity_streams(engine: Engine, kind: Kind) -> None:
    engine.add().publish(record(1), record(2, kind=kind, object="post:1", title=""))
    engine.run()
    (row,) = [one for one in export(engine) if one["url"].endswith("/2")]
    assert row["kind"] == kind
    if kind in (Kind.ACTIVITY, Kind.REGISTRATION):
        (other,) = [one for one in export(engine) if one["url"].endswith("/1")]
        assert row["object"] == other["id"]
        assert row["actor"]["name"] == "Hēmi Brown"


def test_a_thread_hangs_together(engine: Engine) -> None:
    service = engine.add()
    reply = {"kind": Kind.COMMENT, "title": "", "url": None}
    service.publish(record(1))
    service.publish(record(10, in_reply_to="post:1", **reply))
    service.publish(record(11, in_reply_to="post:10", **reply))
    engine.run()
    rows = export(engine, page=1)
    post, first, second = rows
    assert "inReplyTo" not in post
    assert first["inReplyTo"] == post["id"]
    assert second["inReplyTo"] == first["id"]


def test_an_answer_does_not_tell_of_a_post_that_the_viewer_may_not_see(engine: Engine) -> None:
    """Two places carry the reply's post; the reply is public by its own place only."""
    service = engine.add()
    service.publish(record(1, audience=FACILITATORS), record(2, kind=Kind.REGISTRATION))
    service.publish(record(3, kind=Kind.REGISTRATION, object="post:1"))
    engine.run()
    told = export(engine)
    assert all("object" not in row for row in told)
    assert any("object" in row for row in export(engine, engine.facilitator()))


def test_ids_are_unique_and_the_same_in_every_export(engine: Engine) -> None:
    seen_by_many(engine)
    everything = [row["id"] for row in export(engine, engine.facilitator())]
    assert max(Counter(everything).values()) == 1
    assert all(UUID(one) for one in everything)
    assert {row["id"] for row in export(engine)} < set(everything)
    assert [row["id"] for row in export(engine, engine.facilitator(), page=3)] == everything


def test_a_post_of_two_places_is_one_with_both_addresses(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.add("planet", host="http://planet.example/").publish(
        record(1, external_id="copy:1", url="http://blog.example/1?copy=2", audience=CLUSTER)
    )
    engine.run()
    engine.run("planet")
    everything = export(engine, engine.facilitator(), page=1)
    both = ["http://blog.example/1", "http://blog.example/1?copy=2"]
    assert sorted(url for row in everything for url in _urls(row)) == both
    assert [_urls(row) for row in export(engine)] == [["http://blog.example/1"]]


def _urls(row: dict[str, Any]) -> list[str]:
    return row["url"] if isinstance(row["url"], list) else [row["url"]]


def of_students(engine: Engine) -> None:
    service = engine.add()
    author = Account("user:9", "Nikau Student", url="http://x.example/nikau", role=Role.STUDENT)
    service.publish(*(record(number, author=author) for number in (1, 2)))
    engine.run()


def test_a_student_is_a_pseudonym_and_nothing_else(engine: Engine) -> None:
    of_students(engine)
    for scope in (engine.visitor(), engine.facilitator()):
        told = export(engine, scope)
        assert len(told) == 2
        for word in ("ikau", "Week", "found out", "blog.example", "user:9", "student:"):
            assert word not in json.dumps(told)
        assert [row["attributedTo"][0]["name"] for row in told] == ["A student"] * 2


def test_only_facilitators_may_know_two_posts_of_one_student(engine: Engine) -> None:
    of_students(engine)
    inside = {row["attributedTo"][0]["id"] for row in export(engine, engine.facilitator())}
    assert len(inside) == 1
    assert all("id" not in row["attributedTo"][0] for row in export(engine))


def test_what_left_or_waits_is_not_for_the_public(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2), record(3))
    engine.run()
    service.publish(gone=("post:1",))
    engine.run()
    with engine.store.write() as conn:
        conn.execute(update(origin).where(origin.c.external_id == "post:1").values(held="flood"))
    assert names(export(engine)) == ["Week 2", "Week 3"]
    assert "Week 1" not in names(export(engine, engine.facilitator()))


def test_neither_a_key_nor_the_address_of_a_private_feed_is_exported(engine: Engine) -> None:
    url = "http://me:hunter22@blog.example/1?token=hunter22"
    engine.add(host="http://feed.example/private?key=hunter22").publish(
        record(
            1,
            url="http://blog.example/1?token=hunter22",
            html=f'<p><a href="{url}">x</a> {url}</p>',
            enclosures=(Enclosure("http://x.example/tokenpluginfile.php/hunter22/a.png"),),
        )
    )
    engine.run()
    (row,) = export(engine, engine.facilitator())
    assert "hunter22" not in json.dumps(row)
    assert "feed.example" not in json.dumps(row)
    assert row["url"] == "http://blog.example/1"


def test_since_a_day_and_of_a_kind(engine: Engine) -> None:
    day = datetime(2026, 1, 5, tzinfo=UTC)
    engine.add().publish(
        record(1, published=day - timedelta(seconds=1)),
        record(2, published=day),
        record(3, published=day + timedelta(days=3), kind=Kind.RESOURCE),
    )
    engine.run()
    assert names(export(engine, since=day)) == ["Week 2", "Week 3"]
    assert names(export(engine, kinds=frozenset({Kind.RESOURCE}))) == ["Week 3"]
    assert names(export(engine, since=day, kinds=frozenset({Kind.POST}))) == ["Week 2"]


def test_another_cluster_is_not_in_it(engine: Engine) -> None:
    from connector.store import clusters

    seen_by_many(engine)
    with engine.store.write() as conn:
        engine.cluster_id = clusters.ensure_cluster(conn, "rata", "Rātā")
    assert export(engine, engine.facilitator()) == []


@pytest.mark.parametrize("page", [1, 2, 7, 200])
def test_pages_join_without_gap_or_repeat(engine: Engine, page: int) -> None:
    same = NOON - timedelta(days=2)
    engine.add().publish(*(record(number, published=same) for number in range(9)))
    engine.run()
    assert sorted(names(export(engine, page=page))) == sorted(f"Week {one}" for one in range(9))


def test_what_is_written_meanwhile_is_not_in_it(engine: Engine) -> None:
    """One consistent state: an edit, a removal and a new post come while it is under way."""
    service = engine.add()
    service.publish(*(record(number) for number in range(1, 6)))
    engine.run()
    before = export(engine)
    with engine.store.read() as conn:
        told = Rendering(uid=instance_uid(conn), version=VERSION)
        walk = exported(conn, engine.visitor(), page=2)
        lines = [told.line(next(walk))]
        service.publish(
            record(4, html="<p>Edited meanwhile.</p>"),
            record(6),
            gone=("post:5",),
        )
        engine.run()
        lines += [told.line(one) for one in walk]
    assert [json.loads(line) for line in lines] == before
    assert names(export(engine)) == ["Week 1", "Week 2", "Week 3", "Week 4", "Week 6"]


def test_no_more_than_a_page_is_in_memory(engine: Engine) -> None:
    """Every statement is asked for a page, and the next only when that was taken."""
    engine.add().publish(*(record(number) for number in range(40)))
    engine.run()
    asked: list[str] = []
    event.listen(engine.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with engine.store.read() as conn:
        walk = exported(conn, engine.visitor(), page=10)
        counts = []
        for _ in range(4):
            next(walk)
            counts.append(len(asked))
            for _ in range(9):
                next(walk)
            assert len(asked) == counts[-1]
    steps = [later - former for former, later in pairwise(counts)]
    assert len(set(steps)) == 1


def test_the_export_tells_an_item_as_its_page_does(engine: Engine) -> None:
    """The same origin speaks, also where several may."""
    engine.add().publish(record(1))
    engine.add("planet", host="http://planet.example/").publish(
        record(1, external_id="copy:1", title="Week 1, copied", audience=CLUSTER)
    )
    engine.run("planet")
    engine.run()
    for scope in (engine.visitor(), engine.facilitator()):
        (row,) = export(engine, scope)
        with engine.store.read() as conn:
            (found,) = reading.news(conn, scope).items
            view = reading.item(conn, scope, found.item_id)
        assert view is not None
        assert row["name"] == view.summary.title == "Week 1"
