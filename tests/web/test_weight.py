"""A single post may be a book with hundreds of replies; its page stays light."""

import pytest
from flask.testing import FlaskClient

from connector.model import Enclosure, Kind
from connector.web.weight import lighter
from tests.web.garden import Garden, record
from tests.web.test_structure import MOST_BYTES

HERE = "/c/tarapunga"
BOOK = "".join(f"<p>Whānau ā <b>& rima {n}</b> <a href='https://a.nz/?a=1&b=2'>x</a></p>"
               for n in range(8000))  # fmt: skip


@pytest.mark.parametrize("limit", [500, 3_000, 26_000])
def test_lighter_keeps_to_its_limit_and_the_beginning(limit: int) -> None:
    light = lighter(BOOK, limit)
    assert limit * 0.5 < len(light.encode()) <= limit
    assert light.startswith("<p>Whānau ā &amp; rima 0")
    assert "<b>" not in light


def test_what_is_light_stays_as_it_is() -> None:
    assert lighter("<p>A <b>short</b> text.</p>", 100) == "<p>A <b>short</b> text.</p>"


def test_text_that_looks_like_markup_stays_text() -> None:
    assert "<script" not in lighter("<p>" + "&lt;script&gt;alert(1)&lt;/script&gt; " * 500, 900)


def test_a_book_with_five_hundred_replies_and_fifty_files_is_one_light_page(
    garden: Garden, facilitator: FlaskClient
) -> None:
    bed = garden.place("book", "A blog")
    files = tuple(Enclosure(f"https://{bed.host}/{n}/" + "f" * 900) for n in range(50))
    [item_id] = garden.keep(bed, record(1, "A book", BOOK, bed=bed, enclosures=files))
    for edition in range(5):
        garden.keep(bed, record(1, "A book", f"<p>{edition}</p>{BOOK}", bed=bed))
    replies = [
        record(n, "", f"<p>{'A long reply. ' * 400}</p>", kind=Kind.COMMENT, answers=1)
        for n in range(2, 500)
    ]
    garden.keep(bed, *replies)
    style = len(facilitator.get("/static/hub.css").data)
    for path in (f"item/{item_id}", f"item/{item_id}/former"):
        page = facilitator.get(f"{HERE}/{path}")
        assert page.status_code == 200
        assert len(page.data) + style < MOST_BYTES, path
    text = facilitator.get(f"{HERE}/item/{item_id}").text
    assert "498 replies" in text
    assert "more replies at its place" in text
