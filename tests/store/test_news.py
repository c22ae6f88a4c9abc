"""What's new: order, pages, filters, and that it equals a plain filter over everything."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.audience import AudienceRef, Scope
from connector.model import (
    CLUSTER,
    FACILITATORS,
    PUBLIC,
    STREAM,
    Audience,
    AudienceKind,
    Kind,
    Record,
    Stream,
)
from connector.store import reading
from connector.store.views import Summary
from tests.engine import Engine
from tests.fake_place import NOON, record
from tests.store.kept import dump


def all_pages(engine: Engine, scope: Scope, limit: int, **more: object) -> list[Summary]:
    """Return every item, a page at a time, and nothing twice."""
    found: list[Summary] = []
    before = None
    while True:
        with engine.store.read() as conn:
            page = reading.news(conn, scope, before=before, limit=limit, **more)  # type: ignore[arg-type]
        assert len(page.items) <= limit
        found += page.items
        before = page.older
        if before is None:
            assert len({one.item_id for one in found}) == len(found)
            return found


def test_newest_first_by_the_time_of_the_place(engine: Engine) -> None:
    engine.add().publish(*(record(number) for number in (2, 5, 1, 4, 3)))
    engine.run()
    assert engine.titles() == [f"Week {number}" for number in (5, 4, 3, 2, 1)]


def test_a_future_date_pins_nothing(engine: Engine) -> None:
    service = engine.add()
    far = NOON + timedelta(days=900)
    service.publish(record(1, published=far), record(2))
    engine.run()
    engine.clock.move(days=2)
    service.publish(record(3, published=engine.clock.now - timedelta(days=1)))
    engine.run()
    assert engine.titles() == ["Week 3", "Week 1", "Week 2"]
    assert engine.item("Week 1").summary.published == far
    service.publish(record(1, published=far + timedelta(days=1), html="<p>Edited.</p>"))
    engine.run()
    assert engine.titles() == ["Week 3", "Week 1", "Week 2"]


def test_a_corrected_date_moves_the_post(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2), record(3))
    engine.run()
    service.publish(record(1, published=NOON - timedelta(days=1)))
    engine.run()
    assert engine.titles() == ["Week 1", "Week 3", "Week 2"]
    assert engine.found("room") == ["Week 1", "Week 3", "Week 2"]


def test_without_a_date_it_is_as_new_as_when_it_was_first_seen(engine: Engine) -> None:
    """Once the place has been read; a first reading goes by the posts beside it."""
    service = engine.add()
    service.publish(record(2))
    engine.run()
    service.publish(record(1, published=None), record(2))
    engine.run()
    assert engine.titles() == ["Week 1", "Week 2"]
    assert engine.news()[0].sorted_by == engine.clock.now


@pytest.mark.parametrize("limit", [1, 4, 30])
def test_posts_of_one_second_are_all_there(engine: Engine, limit: int) -> None:
    engine.add().publish(*(record(number, published=NOON) for number in range(25)))
    engine.run()
    assert len(all_pages(engine, engine.visitor(), limit)) == 25


def test_what_is_counted_under_something_else_is_no_entry(engine: Engine) -> None:
    engine.add().publish(
        record(1),
        record(2, kind=Kind.COMMENT),
        record(3, kind=Kind.ACTIVITY),
        record(4, kind=Kind.REGISTRATION),
        record(5, kind=Kind.EVENT),
    )
    engine.run()
    assert engine.titles() == ["Week 5", "Week 1"]


def test_news_can_be_kept_to_a_place_a_school_or_kinds(engine: Engine) -> None:
    for key, school in (("one", "Rimu School"), ("two", "Miro School")):
        service = engine.add(key, host=f"http://{key}.example/", school=school)
        service.publish(
            record(1, title=f"{key} post", url=f"http://{key}.example/1"),
            record(2, title=f"{key} event", kind=Kind.EVENT, url=f"http://{key}.example/2"),
        )
        engine.run(key)
    with engine.store.read() as conn:
        (miro, rimu) = reading.schools(conn, engine.visitor())
        assert [one.key for one in reading.choices(conn, engine.visitor())] == ["one", "two"]
    assert (miro.name, rimu.name) == ("Miro School", "Rimu School")
    of_rimu = [one.title for one in engine.news(school_id=rimu.school_id)]
    assert of_rimu == ["one event", "one post"]
    assert [one.title for one in engine.news(place="two")] == ["two event", "two post"]
    assert {one.title for one in engine.news(kinds=frozenset({Kind.EVENT}))} == {
        "one event",
        "two event",
    }
    both = engine.news(place="two", kinds=frozenset({Kind.POST}))
    assert [one.title for one in both] == ["two post"]
    assert engine.news(place="nowhere") == ()
    assert engine.news(kinds=frozenset()) == ()


AUDIENCES = (
    [PUBLIC, CLUSTER, STREAM, FACILITATORS]
    + [Audience(AudienceKind.GROUP, f"g{number}") for number in range(70)]
    + [Audience(AudienceKind.SCHOOL, name) for name in ("Rimu School", "Nowhere")]
    + [Audience(AudienceKind.PERSON, "user:7")]
)


def fill(engine: Engine, dice: random.Random) -> None:
    """Read 240 posts at two places, many of them at both, for all kinds of people."""
    services = [
        engine.add(key, host=f"http://{key}.example/", school=school)
        for key, school in (("one", "Rimu School"), ("two", "Miro School"))
    ]
    streams = [Stream(key=key, title=key) for key in ("posts", "more")]
    for service in services:
        service.streams = streams
    batches: dict[tuple[int, str], list[Record]] = defaultdict(list)
    for number in range(240):
        kind = dice.choice([Kind.POST, Kind.POST, Kind.EVENT, Kind.COMMENT])
        told = record(
            number,
            kind=kind,
            url=f"http://{dice.choice(['one', 'two', 'three'])}.example/{number}",
            published=NOON - timedelta(hours=dice.randrange(500)),
        )
        for service in services if dice.random() < 0.4 else [dice.choice(services)]:
            told = replace(told, audience=dice.choice(AUDIENCES))
            batches[id(service), dice.choice(streams).key].append(told)
    for service in services:
        for stream in streams:
            service.publish(*batches[id(service), stream.key], stream=stream.key)
    for key in ("one", "two"):
        assert engine.run(key).state == "done"


def refs(engine: Engine) -> list[AudienceRef]:
    from sqlalchemy import select

    from connector.store.tables import audience

    with engine.store.read() as conn:
        rows = conn.execute(select(audience.c.kind, audience.c.key))
        return sorted(AudienceRef(AudienceKind(row.kind), row.key) for row in rows)


def expected(engine: Engine, scope: Scope, place: str | None, kinds: set[str]) -> list[object]:
    """Return (item, place) by filtering all origins in plain Python."""
    from sqlalchemy import select

    from connector.store.tables import audience, origin, source

    with engine.store.read() as conn:
        rows = conn.execute(
            select(origin, audience.c.kind.label("who"), audience.c.key, source.c.key.label("at"))
            .join(audience, audience.c.id == origin.c.audience_id)
            .join(source, source.c.id == origin.c.source_id)
        ).all()
    seen: dict[int, tuple[int, str]] = {}
    for row in rows:
        ref = AudienceRef(AudienceKind(row.who), row.key)
        wanted = row.is_listed and row.kind in kinds and place in (None, row.at)
        if wanted and (scope.everything or ref in scope.grants):
            seen[row.item_id] = min(
                seen.get(row.item_id, (row.sort_key, row.at)), (row.sort_key, row.at)
            )
    order = sorted(seen, key=lambda item_id: seen[item_id][0], reverse=True)
    return [(item_id, seen[item_id][1]) for item_id in order]


@pytest.mark.parametrize("seed", [3])
def test_any_viewer_sees_what_a_plain_filter_gives(engine: Engine, seed: int) -> None:
    """Viewers of no, few and many (more than forty) audiences, with and without filters."""
    dice = random.Random(seed)
    fill(engine, dice)
    known = refs(engine)
    assert len(known) > 60
    scopes = [engine.visitor(), engine.facilitator(), Scope(engine.cluster_id, frozenset())]
    scopes += [
        Scope(engine.cluster_id, frozenset(dice.sample(known, size))) for size in (3, 20, 41, 60)
    ]
    for scope in scopes:
        for place in (None, "one", "two"):
            for kinds in ({"post", "event"}, {"event"}):
                wanted = expected(engine, scope, place, kinds)
                found = all_pages(engine, scope, 17, place=place, kinds=frozenset(map(Kind, kinds)))
                assert [(one.item_id, one.place_key) for one in found] == wanted


@pytest.mark.parametrize("seed", [7])
def test_search_shows_any_viewer_what_a_plain_filter_gives(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)
    fill(engine, dice)
    known = refs(engine)
    for size in (0, 5, 60):
        scope = Scope(engine.cluster_id, frozenset(dice.sample(known, size)))
        wanted = {item for item, _ in expected(engine, scope, None, {"post", "event", "comment"})}  # type: ignore[misc]
        found: list[int] = []
        before = None
        while True:
            with engine.store.read() as conn:
                page = reading.search(conn, scope, "room", before=before, limit=13)
            found += [one.item_id for one in page.items]
            before = page.older
            if before is None:
                break
        assert len(found) == len(set(found))
        assert set(found) == wanted
        assert page.count == len(wanted)


def test_two_posts_that_would_share_a_place_in_the_order_both_get_one(engine: Engine) -> None:
    """The place in the order is the second and a part of the row's number, which repeats."""
    from sqlalchemy import update

    from connector.store.tables import origin

    service = engine.add()
    service.publish(record(1, published=NOON), record(2, published=NOON))
    engine.run()
    with engine.store.write() as conn:
        top = (int(NOON.timestamp()) << 20) + 5
        for offset, number in enumerate(("post:1", "post:2")):
            mine = origin.c.external_id == number
            conn.execute(update(origin).where(mine).values(sort_key=top + offset))
    service.publish(record(3, published=NOON), record(4, published=NOON), record(5, published=NOON))
    assert engine.run().counts == {"new": 3}
    assert len(dump(engine.store)["search_entry"]) == 5
