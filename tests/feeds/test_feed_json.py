"""What the members of a JSON Feed item mean; wrong types count as absent."""

import json

import pytest

from connector.model import Enclosure
from tests.feeds.feed_reading import read


def json_feed(*items, **head):
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Kura", "items": list(items)} | head)


def read_item(**members):
    return read(json_feed({"id": "1"} | members)).records[0]


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("https://jsonfeed.org/version/1", "JSON Feed 1.0"),
        ("https://jsonfeed.org/version/1.1", "JSON Feed 1.1"),
        ("http://www.jsonfeed.org/version/1.1", "JSON Feed 1.1"),
    ],
)
def test_format_is_named_by_its_version(version, name):
    assert read(json_feed(version=version)).format == name


@pytest.mark.parametrize(
    ("written", "id_"),
    [("a", "s#a"), (7, "s#7"), (7.5, "s#7.5"), (" a\nb ", "s#a b")],
)
def test_id_is_a_text_or_a_number(written, id_):
    assert read_item(id=written).external_id == id_


@pytest.mark.parametrize("wrong", [None, True, [], {}, "", " "])
def test_item_without_a_usable_id_is_known_by_its_address(wrong):
    assert read_item(id=wrong, url="/1").external_id == "s#https://kura.example.school.nz/1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ["t"], "content_html": 5.0 > 4, "summary": {}},
        {"author": "Aroha", "authors": {"name": "Aroha"}},
        {"authors": ["Aroha", {"name": None}, {"name": ""}, {"name": "a@x.example"}]},
        {"attachments": ["a", {"mime_type": "x"}], "tags": [1, None, {}], "date_published": []},
    ],
)
def test_wrong_types_count_as_absent(wrong):
    assert read_item(**wrong) == read_item()


@pytest.mark.parametrize("wrong", [None, {}, "x", 5])
def test_items_that_are_no_list_are_none(wrong):
    assert read(json_feed(items=wrong)).records == ()


def test_text_is_escaped_and_html_comes_first():
    assert read_item(content_text="5 < 6").html == "5 &lt; 6"
    assert read_item(content_text="5 < 6", content_html="<p>").html == "<p>"


@pytest.mark.parametrize(
    ("size", "kept"),
    [(5, 5), (0, None), (-1, None), (5.5, None), (True, None), ("5", None), (10**15, None)],
)
def test_attachment_keeps_a_believable_size(size, kept):
    file = {"url": "a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": size}
    wanted = Enclosure("https://kura.example.school.nz/feed/a.mp3", "audio/mpeg", kept)
    assert read_item(attachments=[file]).enclosures == (wanted,)


def test_author_of_the_feed_stands_in_for_that_of_the_item():
    feed = read(json_feed({"id": "1"}, authors=[{"name": "Aroha", "url": "https://x.example/"}]))
    assert (feed.records[0].author.name, feed.records[0].author.url) == (
        "Aroha",
        "https://x.example/",
    )
