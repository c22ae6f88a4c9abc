"""What is no feed is refused in one sentence that says what came instead."""

import hashlib

import pytest

from connector.errors import ParseError
from tests.feeds.feed_reading import read

PAGE = "<!DOCTYPE html><html><head><title>Kura</title></head><body>{}</body></html>"

REFUSALS = {
    "nothing": ("", "The answer is empty"),
    "blanks": (" \r\n\t ", "The answer is empty"),
    "a byte order mark": (b"\xef\xbb\xbf", "The answer is empty"),
    "a page": (PAGE.format("Kia ora"), "This is a web page"),
    "a page in XHTML": (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
        "This is a web page",
    ),
    "a page without a start": ("<head><title>x</title></head>", "This is a web page"),
    "a page after a comment": ("<!-- x --><html><br></html>", "This is a web page"),
    "a fragment of a page": ("\n<div>Loading<br>", "This is a web page"),
    "a login page": (PAGE.format('<input name="p" type="password">'), "This is a login page"),
    "a list of feeds": ('<opml version="2.0"><body/></opml>', "This is a list of feeds"),
    "a sitemap": (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
        "This is a sitemap",
    ),
    "a list of sitemaps": ("<sitemapindex/>", "This is a sitemap"),
    "other XML": ("<Error><Code>AccessDenied</Code></Error>", "This is XML, but not a feed"),
    "one Atom entry": (
        '<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id></entry>',
        "This is XML, but not a feed",
    ),
    "RDF about other things": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x/></rdf:RDF>',
        "This is XML, but not a feed",
    ),
    "other JSON": ('{"code": "rest_no_route"}', "This is JSON, but not a JSON Feed"),
    "a JSON list": ("[1, 2]", "This is JSON, but not a JSON Feed"),
    "half of some JSON": ('{"version": "https://jsonfeed.org', "This is JSON, but not"),
    "a version that is no text": ('{"version": 1.1, "items": []}', "This is JSON, but not"),
    "a calendar": ("BEGIN:VCALENDAR\r\nEND:VCALENDAR", "This is a calendar"),
    "words": ("Not found.", "This is not a feed"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "This is not a feed"),
    "a feed without anything": ("<rss><chan", "This feed is broken XML"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_sentence_says_what_came_instead(case):
    body, sentence = REFUSALS[case]
    with pytest.raises(ParseError) as caught:
        read(body)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("case", REFUSALS)
def test_sentence_says_what_to_do(case):
    with pytest.raises(ParseError) as caught:
        read(REFUSALS[case][0])
    assert any(f" {verb} " in f" {caught.value} " for verb in ("Use", "Ask", "Open", "Add"))


def test_error_carries_the_facts_of_the_body_and_none_of_its_bytes():
    body = b"<html>secret words</html>"
    with pytest.raises(ParseError) as caught:
        read(body, content_type="text/html\x00; charset=utf-8")
    facts = caught.value.body
    assert (facts.size, facts.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert facts.content_type == "text/html; charset=utf-8"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@x.example:8443/feed/?key=1#f", "https://x.example:8443/feed/"),
        ("http://[", ""),
    ],
)
def test_error_names_the_address_without_secrets(url, shown):
    with pytest.raises(ParseError) as caught:
        read("", url=url)
    assert caught.value.url == shown
