"""Broken feeds are read as far as they go, by the same rules."""

from datetime import UTC, datetime

import pytest

from connector.errors import ParseError
from connector.model import Enclosure, ProblemKind
from tests.feeds.feed_reading import atom, read, rss

UNCLOSED = "<b>"
"""Inside an item, this is what makes lxml refuse the document."""


def read_broken(feed):
    """Read it, and see that it was feedparser that did."""
    found = read(feed)
    assert found.problems[0].kind is ProblemKind.NOTED
    assert "broken XML" in found.problems[0].reason
    return found


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Fish & chips", "Fish & chips"),
        ("Fish &nbsp;&amp;&eacute;&foo; &#233;", "Fish &é&foo; é"),
        ("a\x0bb\x00c", "abc"),
        ("a&#11;b&#x1F;c&#xD800;d&#99999999;&#x110000;e&#233;&#xe9;", "abcdeéé"),
        ("&apos;&quot;&amp;&lt;&gt; & more", "'\"&<> & more"),
        ("<![CDATA[a & b]]> & c", "a & b & c"),
    ],
)
def test_common_faults_are_mended_without_a_note(text, title):
    feed = read(rss(f"<guid>1</guid><title>{text}</title>"))
    assert (feed.records[0].title, feed.problems) == (title, ())


def test_text_around_the_feed_is_passed_over():
    feed = read(
        f"Deprecated: x in y.php on line 1\n{rss('<guid>1</guid>')}\n<script>1 & 1</script>"
    )
    assert (feed.listed, feed.problems) == (("s#1",), ())


def test_broken_rss_gives_the_same_record_as_sound_rss():
    item = (
        "<guid isPermaLink='false'>?p=1&amp;lang=mi</guid><link>/1?a=1&amp;lang=mi</link>"
        "<title>a &lt;i&gt;b&lt;/i&gt; &amp;amp; c</title>"
        "<dc:creator>Aroha &amp; Pita</dc:creator><category>reo &amp; more</category>"
        "<pubDate>Sun, 01 Mar 2026 09:00:00 NZDT</pubDate>"
        "<description>short</description><content:encoded>&lt;p&gt;long&lt;/p&gt;</content:encoded>"
        "<enclosure url='/a.mp3' length='5' type='audio/mpeg'/>"
    )
    sound = read(rss(item))
    broken = read_broken(rss(item, UNCLOSED))
    assert broken.records[0] == sound.records[0]
    assert (broken.format, broken.title, broken.home) == (sound.format, sound.title, sound.home)


def test_broken_atom_gives_a_record():
    head = (
        "<link href='https://x.example/'/><link rel='next' href='/2'/><generator>Hugo</generator>"
    )
    entry = (
        "<id>tag:1</id><link href='https://x.example/1'/><title type='text'>5 &lt; 6</title>"
        "<author><name>Aroha</name><uri>https://x.example/?a=1&amp;lang=mi</uri></author>"
        "<published>2026-03-01T09:00:00Z</published><updated>2026-03-02T09:00:00Z</updated>"
        "<content type='text'>a &lt; b</content>"
    )
    feed = read_broken(atom(entry, UNCLOSED, head=head))
    (record, *_) = feed.records
    assert (feed.format, feed.generator) == ("Atom 1.0", "Hugo")
    assert feed.next_url == "https://kura.example.school.nz/2"
    assert (record.external_id, record.url) == ("s#tag:1", "https://x.example/1")
    assert (record.title, record.html) == ("5 < 6", "a &lt; b")
    assert record.published == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert record.updated == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (record.author.name, record.author.url) == ("Aroha", "https://x.example/?a=1&lang=mi")


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("<div xmlns='http://www.w3.org/1999/xhtml'>a<br/><i/>b</div>", "a<br><i></i>b"),
        (
            "<p xmlns='http://www.w3.org/1999/xhtml'>a</p>",
            "<p>a</p>",
        ),
        ("<div>a", "<div>a"),
    ],
)
def test_xhtml_of_a_broken_feed_is_html_too(written, html):
    head, after = "<author><name>A</name></author>", "</content></entry><x></feed>"
    sound = atom("<id>1</id><content type='xhtml'>", head=head)
    feed = read_broken(sound.replace("</entry></feed>", written + after))
    assert feed.records[0].html == html


def test_broken_feed_keeps_its_media():
    item = "<guid>1</guid><media:content url='https://x.example/a.jpg' type='image/jpeg'/>"
    feed = read_broken(rss(item, UNCLOSED))
    assert feed.records[0].enclosures == (Enclosure("https://x.example/a.jpg", "image/jpeg", None),)


def test_entry_in_which_the_answer_ends_is_not_read():
    whole = rss("<guid>1</guid><description>one</description>", "<guid>2</guid><description>two")
    feed = read_broken(whole[: whole.index("two") + 2])
    assert feed.listed == ("s#1",)
    assert [problem.kind for problem in feed.problems] == [ProblemKind.NOTED, ProblemKind.FAILED]


def test_answer_that_ends_before_the_first_entry_gives_none():
    feed = read_broken(f"{rss()[:-20]}<title>Kura</tit")
    assert feed.records == ()


def test_protected_post_in_a_broken_feed_stays_hidden():
    form = "&lt;form class='post-password-form'&gt;"
    feed = read_broken(
        rss(f"<guid>1</guid><title>t</title><description>{form}</description>", UNCLOSED)
    )
    assert "s#1" not in feed.listed
    assert ProblemKind.HIDDEN in [problem.kind for problem in feed.problems]


def test_declared_entities_are_not_expanded_in_a_broken_feed_either():
    declared = '<!DOCTYPE rss [<!ENTITY a "aaaa">]>'
    feed = read_broken(declared + rss("<guid>1</guid><title>&a;</title>", UNCLOSED))
    assert feed.records[0].title == "&a;"


def test_broken_feed_that_feedparser_fails_on_is_refused():
    with pytest.raises(ParseError, match="broken XML that cannot be repaired"):
        read("<rss><gml:posList srsDimension='x'>1 2</gml:posList>")


def test_broken_feed_that_gives_nothing_is_refused():
    with pytest.raises(ParseError, match="broken XML that cannot be repaired"):
        read("<rss><chan")


def test_long_author_of_a_broken_feed_is_cut_before_anything_is_looked_for_in_it():
    """feedparser's look for an address takes the square of the length: here six seconds."""
    name = "a" * 30_000
    feed = read_broken(rss(f"<title>t</title><author>{name}</author>", UNCLOSED))
    assert feed.records[0].author.name == "a" * 120
