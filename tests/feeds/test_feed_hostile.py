"""Any bytes at all give a feed or a ParseError, in bounded time, and never another's file."""

import time
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.errors import ParseError
from tests.feeds.feed_reading import as_values, atom, load_captures, read, rss

BODIES = [capture.body for capture in load_captures() if len(capture.body) < 4000]
ENOUGH_SECONDS = 8
"""Far above what is needed, and far below what an unbounded reading takes."""


def read_or_refuse(body, *, comments=False):
    try:
        return read(body, comments=comments)
    except ParseError:
        return None


@settings(deadline=None)
@given(st.binary(max_size=600))
@example(b"/etc/passwd")
@example(b"http://127.0.0.1:1/")
@example(b"\x00")
@example(b"<\x00")
def test_any_bytes_give_a_feed_or_a_parse_error(body):
    read_or_refuse(body)


PIECES = st.lists(
    st.sampled_from(
        [*("<rss version='2.0'>", "</rss>", "<channel>", "</channel>", "<item>", "</item>"),
         *("<title>", "</title>", "<link>", "</link>", "<guid>", "</guid>", "<description>"),
         *("<feed xmlns='http://www.w3.org/2005/Atom'>", "</feed>", "<entry>", "</entry>", "<id>"),
         *("<content type='xhtml'>", "</content>", "<link href='http://['/>", "<rdf:RDF>"),
         *("<![CDATA[", "]]>", "<!--", "-->", "<?xml ", "?>", "<!DOCTYPE r [", "]>", "&x;", "&", "<"),
         *("<pubDate>", "31/31/31", "\x00", "\x0b", "é", "𝔘", "\ufeff", "&#0;", "&#xD800;", "a@b"),
         *('{"version": "https://jsonfeed.org/version/1", "items": [', '{"id": "\\ud800"}', "]}")]
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None)
@given(PIECES, st.booleans())
def test_any_mixture_of_feed_parts_gives_a_feed_or_a_parse_error(pieces, comments):
    read_or_refuse("".join(pieces), comments=comments)


@settings(deadline=None)
@given(st.sampled_from(BODIES), st.data())
def test_damaged_feed_gives_a_feed_or_a_parse_error(body, data):
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    feed = read_or_refuse(body[:start] + data.draw(st.binary(max_size=5)) + body[end:])
    if feed:
        ids = [record.external_id for record in feed.records]
        assert len(set(ids)) == len(ids)
        assert all(id_.encode() for id_ in ids)  # a half character would raise


@settings(deadline=None)
@given(st.sampled_from(BODIES), st.integers(0, 4000))
def test_feed_that_was_cut_off_never_gives_a_part_of_an_entry_as_the_whole(body, kept):
    whole = read_or_refuse(body)
    part = read_or_refuse(body[:kept].rstrip(b" \r\n"))
    if whole and part and kept < len(body) - 10:
        bodies = {record.html for record in whole.records}
        assert {record.html for record in part.records} <= bodies


def test_same_bytes_give_the_same_feed():
    for body in BODIES:
        assert read_or_refuse(body) == read_or_refuse(body)


LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10 if level else "ha"}">' for level in range(10)
)
GROWING = {
    "billion laughs": (LAUGHS, "&l9;"),
    "quadratic": (f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 20_000),
    "a circle": ('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"),
    "itself": ("<!ENTITY a '&a;&a;'>", "&a;"),
    "many": ("".join(f'<!ENTITY e{number} "x">' for number in range(3_000)), "&e1;"),
    "many levels": (
        '<!ENTITY e0 "x">'
        + "".join(f'<!ENTITY e{number} "&e{number - 1};">' for number in range(1, 200)),
        "&e199;",
    ),
}


@pytest.mark.parametrize("case", GROWING)
def test_feed_whose_entities_were_written_to_grow_is_refused(case):
    declared, used = GROWING[case]
    with pytest.raises(ParseError, match="would grow it to more than 10 MB"):
        read(
            f"<!DOCTYPE rss [{declared}]>" + rss(f"<guid>1</guid><description>{used}</description>")
        )


def test_feed_that_uses_few_of_the_entities_it_declares_is_read():
    """HTML's names are declared by hand-made feeds; what nobody uses does not grow."""
    declared = f'<!ENTITY nbsp "&#160;"><!ENTITY kea "kea"><!ENTITY unused "{"x" * 2_000_000}">'
    texts = "<title>a&nbsp;b</title><description>an &kea;</description>"
    feed = read(f"<!DOCTYPE rss [{declared}]>" + rss(f"<guid>1</guid>{texts}"))
    assert feed.records[0].title == "a b"


ENTITIES = {
    "a file of the host": ('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
    "an address": ('<!ENTITY a SYSTEM "http://127.0.0.1:1/">', "&a;"),
    "a parameter entity": ('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;', "&a;"),
}


@pytest.mark.parametrize("case", ENTITIES)
def test_declared_entity_is_never_expanded(case):
    declared, used = ENTITIES[case]
    feed = read(
        f"<!DOCTYPE rss [{declared}]>" + rss(f"<title>x</title><description>{used}y</description>")
    )
    # What is left is the literal name, as nobody declared it.
    assert feed.records[0].html == f"{used}y"


@pytest.mark.parametrize("before", ["<!-- <rss> -->", "<?a <b>?>\n", '<?xml version="1.0"?>\n\n'])
def test_document_type_is_found_behind_comments_and_instructions(before):
    declared = f'{before}<!DOCTYPE rss [<!ENTITY a "aaaa">]>'
    assert read(declared + rss("<guid>&a;</guid>")).listed == ("s#&a;",)


def test_document_type_that_an_entry_speaks_of_stays():
    html = "<pre><!DOCTYPE html [x]></pre>"
    feed = read(rss(f"<guid>1</guid><description><![CDATA[{html}]]></description>"))
    assert feed.records[0].html == html


def test_entity_in_the_host_of_a_document_type_is_not_asked_for():
    declared = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/rss.dtd">'
    assert len(read(declared + rss("<guid>1</guid>")).records) == 1


def test_feed_with_111206_harmless_entity_references_is_read():
    """Row 27 of the failure modes: a limit on references alone refuses a real feed."""
    feed = read(rss(f"<guid>1</guid><description>{'bread &amp; butter ' * 111_206}</description>"))
    assert feed.records[0].html.count("&") == 111_206


ENCLOSED = "<enclosure url='b'/>"
BOMBS = {
    "200,000 nested tags": rss("<a>" * 200_000 + "</a>" * 200_000),
    "200,000 tags left open": rss("<a>" * 200_000),
    "40,000 tags left open": "<rss><channel><item><title>x" + "<a>" * 40_000,
    "a text of 11 MB": rss(f"<description>{'a' * 11_000_000}</description>"),
    "document types": "<!DOCTYPE rss [" * 100_000,
    "entity declarations": "<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 100_000 + "]>" + rss(),
    "entities left open": "<!DOCTYPE rss [" + "<!ENTITY a '" * 100_000 + rss(),
    "long entities": "<!DOCTYPE rss ["
    + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 1000}'>" for n in range(60))
    + "]>"
    + rss(),
    "declarations": "<?xml" * 200_000,
    "comments before the feed": "<!---->" * 200_000 + "<!--" * 200_000,
    "blanks before the feed": ("<!-- -->" + " " * 1000) * 1000 + "<rss/>",
    "CDATA left open": "<rss><item>" + "<![CDATA[" * 45_000,
    "many CDATA left open": "<rss><item>" + "<![CDATA[" * 200_000,
    "angle brackets": "<rss><item>" + "<" * 49_000,
    "ampersands": "<rss><item>" + "&" * 1_900_000,
    "quotes": "<rss><item><a " + '"' * 1_900_000,
    "attributes": "<rss><item " + "b=c " * 300_000,
    "comments left open": "<rss><item>" + "<!--" * 49_000,
    "blanks": "<rss><item><title>" + " " * 1_900_000 + "x</titl",
    "nested JSON": "[" * 1_000_000,
    "nested JSON objects": '{"a":' * 1_000_000,
    "a number of a million digits": '{"version":"https://jsonfeed.org/version/1","a":' + "9" * 1_000_000 + "}",
    "password forms": rss(f"<description>{'&lt;form ' * 300_000}</description>"),
    "links": rss(f"<link>http://a/</link><description>{'&lt;a href=' * 300_000}</description>"),
    "blanks in links": rss(f"<description>&lt;a{' href=' + ' ' * 500_000}&gt;</description>"),
    "an e-mail address": rss(f"<author>@{'a' * 2_000_000}</author>"),
    "a long base of links": f"<rss xml:base='http://a/{'a' * 2_000_000}/'><channel>"
    + f"<item><guid>1</guid>{ENCLOSED * 5}</item>" * 3_000
    + "</channel></rss>",
    "categories": rss("<category>a</category>" * 200_000),
    "dates": rss("<pubDate>x 9:99 9:99</pubDate>" * 50_000),
    "a title": rss(f"<title>{'&lt;' * 2_000_000}</title>"),
    "a guid": rss(f"<guid>{'a b' * 2_000_000}</guid>"),
    "namespaces": "<rss " + " ".join(f'xmlns:a{n}="http://x/{n}"' for n in range(20_000)) + "/>",
    "names": rss("".join(f"<t{number}/>" for number in range(100_000))),
    "inputs": "<html>" + "<input " * 500_000,
    "nested xhtml": atom("<content type='xhtml'>" + "<b>" * 240 + "</b>" * 240 + "</content>"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_or_refused_in_bounded_time(name):
    started = time.process_time()
    read_or_refuse(BOMBS[name], comments=True)
    assert time.process_time() - started < ENOUGH_SECONDS


LONG = f"http://kauri.example/{'a' * 100_000}/"
LONG_BASES = {
    "for elements left open": f"<feed><entry xml:base='{LONG}'><title>x" + "<br>" * 3_000,
    "that grows": "<feed xml:base='http://kauri.example/'>"
    + f"<a xml:base='{'a' * 100}/'>" * 3_000,
    "for links left open": f"<rss xml:base='{LONG}'><channel>" + "<item><link>x</link>" * 3_000,
}


@pytest.mark.parametrize("name", LONG_BASES)
def test_a_long_base_is_not_kept_once_for_each_link_or_element(name):
    """3 GB for a feed of 300 kB: found by fuzzing."""
    tracemalloc.start()
    try:
        read_or_refuse(LONG_BASES[name])
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_links_relative_to_a_base_are_resolved_in_broken_feeds_too():
    entry = "<entry xml:base='http://kauri.example/a/'><id>1</id><link href='b'/><title>x"
    feed = read(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</title></entry><entry>")
    assert [record.url for record in feed.records] == ["http://kauri.example/a/b"]


def test_what_is_too_deep_or_too_long_names_the_limit():
    for name in ("200,000 nested tags", "a text of 11 MB"):
        with pytest.raises(ParseError, match="10 MB or more than 256 levels"):
            read(BOMBS[name])
    with pytest.raises(ParseError, match="2 MB or 50,000 tags"):
        read(BOMBS["many CDATA left open"])


def test_entries_beyond_the_limit_are_not_read_and_reported_once():
    feed = read(rss(*(f"<guid>{number}</guid>" for number in range(7))), max_entries=3)
    assert feed.listed == ("s#0", "s#1", "s#2")
    assert [problem.kind for problem in feed.problems] == ["skipped"]
    assert "more than 3 entries" in feed.problems[0].reason


def test_long_id_is_shortened_without_losing_its_difference():
    feed = read(rss(*(f"<guid>{'a' * 3000}{number}</guid>" for number in range(2))))
    assert len(set(feed.listed)) == 2
    assert all(len(listed) < 600 for listed in feed.listed)


def test_what_no_database_holds_does_not_come_in():
    item = '{"id": "a\\u0000b\\ud800", "title": "c\\u0000d", "content_html": "e\\udfff\\u0001"}'
    feed = read('{"version": "https://jsonfeed.org/version/1.1", "items": [' + item + "]}")
    assert as_values(feed)["records"] == [{"id": "s#ab", "title": "cd", "html": "e"}]


def test_broken_feed_with_a_path_for_a_body_opens_no_file():
    with pytest.raises(ParseError):
        read("/etc/passwd")
