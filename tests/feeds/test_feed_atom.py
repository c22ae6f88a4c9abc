"""What the elements of an Atom entry mean."""

from datetime import UTC, datetime

import pytest

from connector.model import Enclosure
from tests.feeds.feed_reading import atom, read, read_entry

AT_NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<title>AT&amp;amp;T &lt;b&gt;</title>", "AT&amp;T <b>"),
        ('<title type="text">a &lt; b</title>', "a < b"),
        ('<title type="html">AT&amp;amp;T &lt;b&gt;x&lt;/b&gt;</title>', "AT&T x"),
        (f'<title type="xhtml">{DIV}a <b>b</b></div></title>', "a b"),
        ("<media:title>m</media:title>", "m"),
        ("", ""),
    ],
)
def test_title_is_read_as_its_type_says(written, text):
    assert read_entry("<id>1</id>", written).title == text


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("<content>5 &lt; 6</content>", "5 &lt; 6"),
        ('<content type="text/plain">a &amp; b</content>', "a &amp; b"),
        ('<content type="html">&lt;p&gt;a&lt;/p&gt;</content>', "<p>a</p>"),
        ('<content type="text/html; charset=utf-8">&lt;p&gt;</content>', "<p>"),
        (f'<content type="html">{DIV}<p>a</p></div></content>', "<p>a</p>"),
        (f'<content type="xhtml">{DIV}a &amp; <br/><i/>b</div></content>', "a &amp; <br><i></i>b"),
        ('<content type="xhtml"><xhtml:div><xhtml:p>a</xhtml:p></xhtml:div></content>', "<p>a</p>"),
        (
            '<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">a</p>b</content>',
            "<p>a</p>b",
        ),
        (f'<content type="xhtml">a {DIV}b</div> c</content>', "a <div>b</div> c"),
        ('<content type="xhtml"><div>no namespace</div></content>', "no namespace"),
        ('<content type="image/png">aGFsbG8=</content><summary>s</summary>', "s"),
        ('<content src="https://x.example/a"/><summary type="html">s</summary>', "s"),
        ('<content type="application/xml"><a/></content>', ""),
        ("<summary>a &lt; b</summary>", "a &lt; b"),
        ("<media:group><media:description>m</media:description></media:group>", "m"),
        ("", ""),
    ],
)
def test_body_is_read_as_its_type_says(written, html):
    assert read_entry("<id>1</id>", written).html == html


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ('<link href="https://x.example/1"/>', "https://x.example/1"),
        ('<link rel="alternate" href="/1"/>', "https://kura.example.school.nz/1"),
        ('<link rel="self" href="https://x.example/self"/>', None),
        (
            '<link type="application/json" href="https://x.example/j"/>'
            '<link type="text/html" href="https://x.example/h"/>',
            "https://x.example/h",
        ),
        (
            '<link type="application/json" href="https://x.example/j"/>'
            '<link rel="self" type="text/html" href="https://x.example/h"/>',
            "https://x.example/j",
        ),
        ('<link/><link xml:base="https://b.example/a/" href="1"/>', "https://b.example/a/1"),
        (
            '<link href="https://proxy.example/1"/><f:origLink '
            'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://x.example/1</f:origLink>',
            "https://x.example/1",
        ),
    ],
)
def test_permalink(written, url):
    assert read_entry("<id>1</id>", written).url == url


@pytest.mark.parametrize(
    ("written", "published", "updated"),
    [
        ("<published>2026-03-01T09:00:00Z</published>", AT_NINE, None),
        ("<updated>2026-03-01T09:00:00Z</updated>", AT_NINE, AT_NINE),
        (
            "<published>2026-03-01T09:00:00Z</published><updated>2026-03-02T09:00:00Z</updated>",
            AT_NINE,
            datetime(2026, 3, 2, 9, tzinfo=UTC),
        ),
    ],
)
def test_entry_without_publication_was_published_when_it_was_updated(written, published, updated):
    record = read_entry("<id>1</id>", written)
    assert (record.published, record.updated) == (published, updated)


def author_of(*parts, head=""):
    author = read(atom("".join(parts), head=head)).records[0].author
    return author and author.name


def test_author_is_that_of_the_entry_its_source_or_the_feed():
    feed = "<author><name>Feed</name></author>"
    source = "<source><author><name>Source</name></author></source>"
    own = "<author><name>Own</name></author>"
    assert author_of("<id>1</id>", own, source, head=feed) == "Own"
    assert author_of("<id>1</id>", source, head=feed) == "Source"
    assert author_of("<id>1</id>", head=feed) == "Feed"
    assert author_of("<id>1</id>") is None
    assert author_of("<id>1</id><dc:creator>Dublin</dc:creator>", head=feed) == "Dublin"


def test_author_without_a_name_is_none():
    assert author_of("<id>1</id><author><email>a@x.example</email></author>") is None


def test_tags_are_labels_or_terms():
    written = '<category term="t1"/><category term="t2" label="Label"/><category>text</category>'
    assert read_entry("<id>1</id>", written).tags == ("t1", "Label", "text")


def test_enclosures_are_links_and_media():
    written = (
        '<link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="5"/>'
        '<media:group><media:content url="/b.mp4" type="video/mp4" fileSize="6"/></media:group>'
    )
    assert read_entry("<id>1</id>", written).enclosures == (
        Enclosure("https://kura.example.school.nz/a.mp3", "audio/mpeg", 5),
        Enclosure("https://kura.example.school.nz/b.mp4", "video/mp4", 6),
    )


def test_reply_names_its_parent_by_address_or_else_by_id():
    both = '<thr:in-reply-to ref="tag:1" href="https://x.example/1#c2"/>'
    assert read_entry("<id>1</id>", both).in_reply_to == "https://x.example/1#c2"
    assert read_entry("<id>1</id>", '<thr:in-reply-to ref="tag:1"/>').in_reply_to == "tag:1"


@pytest.mark.parametrize(
    ("head", "generator"),
    [
        ('<generator version="6.1.9">WordPress</generator>', "WordPress 6.1.9"),
        ('<generator version="7.00">Blogger</generator>', "Blogger"),
        ("<generator>Hugo</generator>", "Hugo"),
        ("<generator/>", ""),
    ],
)
def test_generator(head, generator):
    assert read(atom(head=head)).generator == generator


def test_older_entries_are_where_next_or_the_archive_is():
    head = '<link rel="prev-archive" href="/old"/>'
    assert read(atom(head=head)).next_url == "https://kura.example.school.nz/old"
    head += '<link rel="next" href="/2"/>'
    assert read(atom(head=head)).next_url == "https://kura.example.school.nz/2"


def test_feed_with_a_missing_namespace_is_read_leniently():
    feed = read("<feed><title>Kura</title><entry><id>1</id><title>a</title></entry></feed>")
    assert (feed.title, feed.records[0].title) == ("Kura", "a")
