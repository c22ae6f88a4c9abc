"""Replies: hung on what they answer, and never more open than that."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from connector.model import PUBLIC, STREAM, AudienceChange, Kind, Presence, Record
from connector.store import reading
from tests.engine import Engine
from tests.fake_place import FakeService, record
from tests.store.kept import dump


def reply(number: int, to: str, **more: object) -> Record:
    told = {"kind": Kind.COMMENT, "title": "", "html": f"<p>Answer{number}.</p>", "url": None}
    return record(number, external_id=f"comment:{number}", in_reply_to=to, **(told | more))


THREAD = (record(1), reply(11, "post:1"), reply(12, "comment:11"), reply(13, "comment:12"))


def audiences(engine: Engine) -> dict[str, str]:
    """Return who sees each origin, by external id."""
    return {row[0][1]: row[3][0] for row in dump(engine.store)["origin"]}


def parents(engine: Engine) -> dict[str, str | None]:
    """Return what each item hangs on, by external id."""
    return {row[0][0][1]: row[2][0][1] if row[2] else None for row in dump(engine.store)["item"]}


HUNG = {"post:1": None, "comment:11": "post:1", "comment:12": "comment:11"} | {
    "comment:13": "comment:12"
}


@pytest.fixture
def service(engine: Engine) -> FakeService:
    return engine.add()


def publish_in_pages(service: FakeService, records: Sequence[Record], size: int) -> None:
    for start in range(0, len(records), size):
        service.publish(*records[start : start + size])


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_thread_hangs_together_in_whatever_order_it_comes(engine: Engine, size: int) -> None:
    for number, order in enumerate(itertools.permutations(THREAD)):
        if number % 5:  # a part of them shows it; all take too long
            continue
        service = engine.add(f"room{number}", host=f"http://room{number}.example/")
        publish_in_pages(service, order, size)
        engine.run(f"room{number}")
        assert parents(engine) == HUNG
        break


def test_every_order_of_a_thread_narrows_with_its_parent(engine: Engine) -> None:
    closed = (record(1, audience=STREAM), *THREAD[1:])
    for number, order in enumerate(itertools.permutations(closed)):
        key = f"room{number}"
        service = engine.add(key, host=f"http://{key}.example/")
        publish_in_pages(service, order, 1 + number % 4)
        engine.run(key)
    assert {row[3][0] for row in dump(engine.store)["origin"]} == {"stream"}
    assert engine.found("answer11") == []


def test_a_whole_thread_narrows_when_its_post_does(engine: Engine, service: FakeService) -> None:
    service.publish(*THREAD)
    engine.run()
    assert set(audiences(engine).values()) == {"public"}
    service.publish(record(1, audience=STREAM))
    engine.run()
    assert set(audiences(engine).values()) == {"stream"}
    assert engine.found("answer13") == []
    service.publish(record(1))
    engine.run()
    assert set(audiences(engine).values()) == {"public"}
    assert engine.found("answer13") == [""]


def test_a_thread_narrows_when_a_place_says_so_of_its_post(
    engine: Engine, service: FakeService
) -> None:
    service.publish(*THREAD)
    service.publish(audience_changes=(AudienceChange("post:1", STREAM),))
    engine.run()
    assert set(audiences(engine).values()) == {"stream"}


def test_replies_to_what_was_retired_are_for_facilitators(
    engine: Engine, service: FakeService
) -> None:
    service.publish(*THREAD)
    service.publish(gone=("post:1",))
    engine.run()
    seen = audiences(engine)
    assert {seen[key] for key in ("comment:11", "comment:12", "comment:13")} == {"facilitators"}
    assert engine.found("answer11") == []
    service.publish(record(1))
    engine.run()
    assert set(audiences(engine).values()) == {"public"}
    assert engine.found("answer11") == [""]


def test_a_reply_may_be_more_closed_than_its_parent(engine: Engine, service: FakeService) -> None:
    service.publish(record(1), reply(11, "post:1", audience=STREAM), reply(12, "post:1"))
    engine.run()
    assert audiences(engine) == {"post:1": "public", "comment:11": "stream", "comment:12": "public"}
    view = engine.item("Week 1")
    assert [one.html for one in view.replies] == ["<p>Answer12.</p>"]
    assert view.summary.replies == 1
    assert engine.item("Week 1", engine.facilitator()).summary.replies == 2


def test_replies_by_permalink_hang_whatever_the_spelling(
    engine: Engine, service: FakeService
) -> None:
    service.publish(record(1, audience=STREAM))
    service.publish(
        reply(11, "http://blog.example/1"),
        reply(12, "https://BLOG.example/1/?utm_source=mail"),
        reply(13, "http://blog.example:80/1/"),
    )
    engine.run()
    assert parents(engine) == dict.fromkeys(
        ("comment:11", "comment:12", "comment:13"), "post:1"
    ) | {"post:1": None}
    assert set(audiences(engine).values()) == {"stream"}


def test_replies_that_answer_each_other_do_no_harm(engine: Engine, service: FakeService) -> None:
    service.publish(reply(11, "comment:12"), reply(12, "comment:11"), reply(13, "comment:13"))
    assert engine.run().state == "done"
    service.publish(reply(11, "comment:12", audience=STREAM))
    assert engine.run().state == "done"
    assert audiences(engine)["comment:11"] == "stream"


def test_a_reply_does_not_hang_on_a_post_of_another_place(engine: Engine) -> None:
    engine.add().publish(record(1))
    engine.add("room6", host="http://six.example/").publish(reply(11, "post:1"))
    engine.run()
    engine.run("room6")
    assert parents(engine)["comment:11"] is None


def test_a_reply_to_a_held_post_is_held_from_others(engine: Engine, service: FakeService) -> None:
    engine.brake = 1
    service.publish(record(1))
    engine.run()
    service.publish(
        record(2, published=engine.clock.now),
        record(3, published=engine.clock.now),
        reply(11, "post:3", published=engine.clock.now, html="<p>Secretword.</p>"),
    )
    engine.run()
    assert engine.found("secretword") == []


def test_of_two_readings_of_one_parent_the_more_closed_counts(
    engine: Engine, service: FakeService
) -> None:
    """One item seen twice in one place, open once and closed once: the reply stays closed."""
    same = {"url": "http://blog.example/same"}
    service.publish(record(1, audience=PUBLIC, **same), reply(11, "post:1"))
    service.publish(record(1, external_id="post:2", audience=STREAM, **same))
    engine.run()
    assert len(dump(engine.store)["item"]) == 2
    assert audiences(engine)["comment:11"] == "stream"


def test_a_deep_thread_narrows_to_its_end(engine: Engine, service: FakeService) -> None:
    answers = [
        reply(number, "post:1" if number == 1 else f"comment:{number - 1}")
        for number in range(1, 60)
    ]
    service.publish(record(1, audience=STREAM), *answers)
    engine.run()
    assert set(audiences(engine).values()) == {"stream"}


def test_replies_come_back_with_their_post(engine: Engine, service: FakeService) -> None:
    service.publish(record(1), reply(11, "post:1"))
    engine.run()
    service.list_all("comment:11")
    service.presence = {"post:1": Presence.GONE, "comment:11": Presence.PRESENT}
    engine.run(sweep=True)
    assert audiences(engine)["comment:11"] == "facilitators"
    service.publish(record(1))
    engine.run()
    with engine.store.read() as conn:
        (summary,) = engine.news()
        view = reading.item(conn, engine.visitor(), summary.item_id)
    assert view is not None
    assert [one.html for one in view.replies] == ["<p>Answer11.</p>"]


def test_reply_that_its_place_moved_hangs_where_it_is_now(engine: Engine) -> None:
    """A topic that was split: some replies, and the first of them is a post of its own."""
    service = engine.add()
    service.publish(record(1), *(reply(n, "post:1") for n in (11, 12, 13)))
    engine.run()
    moved = replace(record(12), external_id="comment:12")
    service.publish(reply(13, "comment:12"), moved)
    engine.run()
    assert parents(engine) == {
        "post:1": None,
        "comment:11": "post:1",
        "comment:12": None,
        "comment:13": "comment:12",
    }


@pytest.mark.parametrize("size", [1, 2])
def test_reply_follows_a_post_by_its_new_address(engine: Engine, size: int) -> None:
    """Whether it is read before the post or after it."""
    new = "http://blog.example/t/2"
    service = engine.add()
    service.publish(record(1), *(reply(n, "http://blog.example/1") for n in (11, 12)))
    engine.run()
    moved = replace(record(2), external_id="comment:11", url=new)
    publish_in_pages(service, [reply(12, new), moved], size)
    engine.run()
    assert parents(engine) == {"post:1": None, "comment:11": None, "comment:12": "comment:11"}


def test_posts_that_answer_each_other_in_a_circle_are_kept(
    engine: Engine, service: FakeService
) -> None:
    circle = (reply(11, "comment:12"), reply(12, "comment:11"), reply(13, "comment:13"))
    service.publish(record(1), *circle, reply(14, "comment:11"))
    engine.run()
    assert audiences(engine).keys() == {"post:1"} | {f"comment:{one}" for one in range(11, 15)}
    assert parents(engine)["comment:13"] is None
    assert parents(engine)["comment:14"] == "comment:11"


def test_a_reply_that_comes_before_its_post_in_a_page_hangs_under_it(
    engine: Engine, service: FakeService
) -> None:
    below = [reply(number, f"comment:{number + 1}") for number in range(11, 90)]
    service.publish(*below, reply(90, "post:1"), record(1, audience=STREAM))
    engine.run()
    assert parents(engine) == {
        "post:1": None,
        "comment:90": "post:1",
        **{f"comment:{number}": f"comment:{number + 1}" for number in range(11, 90)},
    }
    assert set(audiences(engine).values()) == {"stream"}


def test_replies_to_a_post_that_waits_for_a_yes_wait_with_it(
    engine: Engine, service: FakeService
) -> None:
    engine.brake = 1
    service.publish(record(1))
    engine.run()
    service.publish(
        record(398), record(399), reply(11, "post:399"), reply(12, "post:398", published=None)
    )
    engine.run()
    assert audiences(engine)["post:399"] == "facilitators"
    assert audiences(engine)["comment:11"] == "facilitators"
