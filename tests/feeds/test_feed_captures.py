"""Recorded and modelled feeds give exactly the records that were checked by hand."""

import re

import pytest

from adapters.feeds.encodings import decode
from tests.feeds.feed_reading import Capture, as_expected, as_values, load_captures

CAPTURES = load_captures()
every_capture = pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.name)


def without_blanks(capture: Capture) -> dict:
    """Absent and empty mean the same in expected.json."""
    records = [
        {key: value for key, value in record.items() if value not in (None, [], "")}
        for record in capture.expected["records"]
    ]
    return capture.expected | {"records": records}


@every_capture
def test_capture_gives_the_checked_records(capture):
    expected = without_blanks(capture)
    assert as_expected(as_values(capture.read()), expected) == expected


@every_capture
def test_listed_ids_are_those_of_the_records(capture):
    feed = capture.read()
    assert list(feed.listed) == [record["id"] for record in capture.expected["records"]]


DELIVERIES = {
    "no content type": ("", lambda text: text.encode()),
    "a web page's content type": ("text/html; charset=utf-8", lambda text: text.encode()),
    "a lying charset": ("text/xml; charset=ISO-8859-1", lambda text: text.encode()),
    "an unknown charset": ("text/xml; charset=klingon", lambda text: text.encode()),
    "a byte order mark": ("", lambda text: b"\xef\xbb\xbf" + text.encode()),
    "two byte order marks": ("", lambda text: b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode()),
    "blank lines first": ("", lambda text: b"\r\n\n\t " + text.encode()),
    "UTF-16": ("application/xml", lambda text: text.encode("utf-16")),
    "UTF-16, big-endian, unmarked": ("", lambda text: text.encode("utf-16-be")),
    "UTF-16, little-endian, unmarked": ("", lambda text: text.encode("utf-16-le")),
    "UTF-32": ("", lambda text: text.encode("utf-32")),
    "Windows line ends": ("", lambda text: text.replace("\n", "\r\n").encode()),
}


@every_capture
@pytest.mark.parametrize("delivery", DELIVERIES)
def test_way_of_delivery_changes_nothing(capture, delivery):
    content_type, encode = DELIVERIES[delivery]
    text = decode(capture.body, capture.headers["content_type"])
    assert capture.read(encode(text), content_type) == capture.read()


IDENTITY = ("id", "url", "title", "published", "tags", "enclosures", "in_reply_to")
XML_CAPTURES = [
    capture for capture in CAPTURES if capture.body.count(b"<") and "json" not in capture.name
]


@pytest.mark.parametrize("capture", XML_CAPTURES, ids=lambda capture: capture.name)
def test_tag_left_open_in_a_feed_makes_no_entry_another(capture):
    """Nothing is new, and nothing moves, while a feed is broken XML."""
    text = decode(capture.body, capture.headers["content_type"])
    broken = re.sub(r"(?=</channel>|</feed>)", "<b>", text, count=1)
    sound, mended = (as_values(capture.read(written.encode())) for written in (text, broken))
    for record, same in zip(sound["records"], mended["records"], strict=True):
        assert [record.get(key) for key in IDENTITY] == [same.get(key) for key in IDENTITY]
    hidden = [problem for problem in mended["problems"] if problem[1]]
    assert hidden == [problem for problem in sound["problems"] if problem[1]]
