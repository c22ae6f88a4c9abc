"""Our own copies, read back: more places of one announcement, and never news."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.announce.moves import State
from connector.announce.writing import Written
from connector.model import Kind, Message, Receipt, Record
from connector.store import announcements, deliveries, destinations
from connector.store.deliveries import NewDelivery
from connector.store.destinations import DestinationSpec
from connector.store.tables import origin, outbox_tables
from tests.engine import Engine
from tests.fake_place import NOON, record

MARKERS = [f"hub-{number:032x}" for number in range(4)]


def announced(engine: Engine, *hosts: str, receipts: bool = True) -> int:
    """Keep an announcement that was sent to the blogs of these hosts."""
    with engine.store.write() as conn:
        cluster_id = engine.cluster_id
        number = announcements.add_draft(
            conn,
            cluster_id,
            Written(title="Maths evening", body="Nau mai."),
            audience_kind="public",
            made_public=False,
            now=NOON,
        )
        for index, host in enumerate(hosts):
            spec = DestinationSpec(
                key=f"to-{index}",
                kind="wordpress",
                title="Blog",
                address=host,
                settings={},
                audience_kind="public",
                account=host,
            )
            new = NewDelivery(
                destination_id=destinations.put_destination(conn, cluster_id, spec),
                marker=MARKERS[index],
                state=State.SENT,
                message=Message(title="", html="", text=""),
                plan="",
                planned=NOON,
            )
            deliveries.add_deliveries(conn, cluster_id, number, [new], NOON)
        for index, row in enumerate(deliveries.deliveries_of(conn, cluster_id, [number])):
            if receipts:
                told = Receipt("post:77", f"{hosts[index]}maths-evening/")
                deliveries.put_receipt(conn, row, told, NOON)
    return number


def copy(number: int, host: str, **more: object) -> Record:
    """Return a copy as a blog shows it, published today."""
    told: dict[str, object] = {
        "external_id": f"post:{number}",
        "url": f"{host}maths-evening/",
        "title": "Maths evening",
        "html": "<p>Nau mai.</p>",
        "published": NOON,
    }
    return record(number, **(told | more))


ONE, TWO = "http://blog.example/", "http://other.example/"


def read(engine: Engine, host: str, *records: Record, key: str) -> None:
    service = engine.add(key, host=host)
    service.publish(record(500 + len(key), url=f"{host}old", external_id="post:1"))
    engine.run(key)
    service.publish(*records)
    engine.run(key)


def origins(engine: Engine) -> list[tuple[int, bool, str]]:
    with engine.store.read() as conn:
        rows = conn.execute(
            select(origin.c.item_id, origin.c.is_news, origin.c.kind)
            .where(origin.c.title == "Maths evening")
            .order_by(origin.c.id)
        )
        return [tuple(row) for row in rows]


def test_copies_become_origins_of_one_announcement_and_no_news(engine: Engine) -> None:
    number = announced(engine, ONE, TWO)
    read(engine, ONE, copy(77, ONE), key="one")
    read(engine, TWO, copy(77, TWO, html="<p>Haere mai ki te pō.</p>"), key="two")
    found = origins(engine)
    assert len(found) == 2
    assert len({item for item, _, _ in found}) == 1
    assert [(news, kind) for _, news, kind in found] == [(False, Kind.ANNOUNCEMENT)] * 2
    with engine.store.read() as conn:
        kept = announcements.get_announcement(conn, engine.cluster_id, number)
    assert kept is not None
    assert kept.item_id == found[0][0]


def test_a_copy_of_the_same_words_by_somebody_else_is_news(engine: Engine) -> None:
    read(engine, ONE, copy(77, ONE), key="one")
    assert [news for _, news, _ in origins(engine)] == [True]


@pytest.mark.parametrize(
    "told",
    [
        {"url": f"{ONE}{MARKERS[0]}/"},
        {"html": f"<p>Nau mai.</p><!-- {MARKERS[0]} -->", "url": f"{ONE}x"},
        {"html": f'<p id="{MARKERS[0]}">Nau mai.</p>', "url": f"{ONE}x"},
    ],
)
def test_a_marker_is_known_before_the_receipt_is(engine: Engine, told: dict[str, object]) -> None:
    announced(engine, ONE, receipts=False)
    read(engine, ONE, copy(77, ONE, **told), key="one")
    assert [news for _, news, _ in origins(engine)] == [False]


def test_a_marker_in_somebody_elses_blog_makes_nothing_ours(engine: Engine) -> None:
    announced(engine, ONE)
    read(engine, ONE, copy(77, ONE), key="one")
    stolen = copy(9, TWO, html=f"<p>Buy this. {MARKERS[0]}</p>", url=f"{TWO}{MARKERS[0]}")
    read(engine, TWO, stolen, key="two")
    found = origins(engine)
    assert len({item for item, _, _ in found}) == 2
    assert [news for _, news, _ in found] == [False, True]


def test_a_flood_of_our_own_copies_holds_nothing(engine: Engine) -> None:
    engine.brake = 1
    announced(engine, ONE)
    others = [record(number, url=f"{ONE}{number}", published=NOON) for number in (5,)]
    read(engine, ONE, copy(77, ONE), *others, key="one")
    with engine.store.read() as conn:
        held = conn.execute(select(origin.c.held).where(origin.c.held.is_not(None))).all()
    assert held == []


def test_reading_it_again_changes_nothing(engine: Engine) -> None:
    announced(engine, ONE)
    read(engine, ONE, copy(77, ONE), key="one")
    before = origins(engine)
    engine.clock.now += timedelta(hours=2)
    engine.add("one", host=ONE).publish(copy(77, ONE))
    report = engine.run("one")
    assert origins(engine) == before
    assert report.counts.get("updated", 0) == 0
    with engine.store.read() as conn:
        assert len(conn.execute(select(outbox_tables.announcement)).all()) == 1
