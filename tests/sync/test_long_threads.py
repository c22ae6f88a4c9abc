"""One view of a post with long replies loads no more of them than its page shows."""

import tracemalloc

import pytest

from connector.model import Kind, Record
from connector.store.reading import MOST_REPLIES, REPLY_CHARACTERS
from connector.web import weight
from tests.engine import Engine
from tests.fake_place import record

LINK = "<p>An <a href='http://blog.example/a-long-address'>answer</a></p>"


def reply(number: int, html: str) -> Record:
    return record(
        number,
        kind=Kind.COMMENT,
        external_id=f"comment:{number}",
        url=None,
        in_reply_to="post:1",
        html=html,
    )


def test_of_many_replies_the_oldest_are_loaded_and_all_are_counted(engine: Engine) -> None:
    answers = (reply(number, f"<p>Answer{number}.</p>") for number in range(100, 170))
    engine.add().publish(record(1), *answers)
    engine.run()
    found = engine.item("Week 1")
    shown = range(100, 100 + MOST_REPLIES)
    assert [one.html for one in found.replies] == [f"<p>Answer{n}.</p>" for n in shown]
    assert found.summary.replies == 70


@pytest.mark.parametrize("shift", range(0, 90, 7))
def test_a_long_reply_is_cut_between_tags(engine: Engine, shift: int) -> None:
    """Wherever the cut falls, no half address is shown."""
    engine.add().publish(record(1), reply(2, "." * shift + LINK * 1000))
    engine.run()
    (answer,) = engine.item("Week 1").replies
    assert REPLY_CHARACTERS - 200 < len(answer.html) <= REPLY_CHARACTERS
    assert answer.html.rpartition("<")[2].count(">") == 1
    shown = weight.lighter(answer.html, weight.REPLY_BYTES)
    assert "href" not in shown


def test_a_long_reply_without_a_tag_is_its_beginning(engine: Engine) -> None:
    engine.add().publish(record(1), reply(2, "answer " * 5_000))
    engine.run()
    (answer,) = engine.item("Week 1").replies
    assert answer.html == ("answer " * 5_000)[:REPLY_CHARACTERS]


def test_a_page_could_not_show_more_than_is_loaded() -> None:
    assert MOST_REPLIES * 300 > weight.REPLIES_BYTES
    assert REPLY_CHARACTERS > weight.REPLY_BYTES


def test_a_view_of_a_heavy_thread_takes_little_memory(engine: Engine) -> None:
    heavy = f"<p>{'word ' * 20_000}</p>"
    engine.add().publish(record(1), *(reply(number, heavy) for number in range(100, 140)))
    engine.run()
    tracemalloc.start()
    try:
        engine.item("Week 1")
        assert tracemalloc.get_traced_memory()[1] < 2_500_000
    finally:
        tracemalloc.stop()
