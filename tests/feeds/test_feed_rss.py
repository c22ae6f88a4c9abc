"""What the elements of an RSS item mean."""

from datetime import UTC, datetime

import pytest

from connector.model import PUBLIC, Account, Enclosure, Kind
from tests.feeds.feed_reading import read, read_item, rss

AT_NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_item_is_a_public_post():
    record = read_item("<guid>1</guid>")
    assert (record.kind, record.audience) == (Kind.POST, PUBLIC)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        *(("0.91", "RSS 0.91"), ("0.92", "RSS 0.92"), ("0.93", "RSS 0.93"), ("0.94", "RSS 0.94")),
        *(("2.0", "RSS 2.0"), ("2.0.11", "RSS 2.0"), ("", "RSS 2.0"), ("<script>", "RSS 2.0")),
    ],
)
def test_format_is_named_by_its_version(version, name):
    escaped = version.replace("<", "&lt;")
    assert read(f'<rss version="{escaped}"><channel/></rss>').format == name


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<guid>a 1</guid><link>https://x.example/1</link>", "s#a 1"),
        ("<guid>\n a\n 1 </guid>", "s#a 1"),
        ("<guid></guid><link>https://x.example/1</link>", "s#https://x.example/1"),
        ("<link>https://x.example/1</link>", "s#https://x.example/1"),
    ],
)
def test_id_is_the_guid_or_else_the_link(written, found):
    assert read_item(written).external_id == found


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("<link>https://x.example/1</link><guid>https://x.example/g</guid>", "https://x.example/1"),
        ("<link>\n https://x.exa\nmple/1 </link>", "https://x.example/1"),
        ("<link>https://x.example/a b</link>", "https://x.example/a%20b"),
        ("<link>/2026/1</link>", "https://kura.example.school.nz/2026/1"),
        ("<link>//x.example/1</link>", "https://x.example/1"),
        ("<guid>https://x.example/g</guid>", "https://x.example/g"),
        ('<guid isPermaLink="true">https://x.example/g</guid>', "https://x.example/g"),
        ('<guid isPermaLink="false">https://x.example/g</guid>', None),
        ("<guid>tag:x.example,2026:1</guid>", None),
        ('<link href="https://x.example/h"/>', "https://x.example/h"),
        ('<link rel="x"/><atom:link href="https://x.example/a"/>', "https://x.example/a"),
        ('<atom:link rel="self" href="https://x.example/a"/><guid>1</guid>', None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[</link>", None),
        ("<link>http://[/a b</link>", None),
        ("<link>//[</link>", None),
    ],
)
def test_permalink(written, url):
    assert read_item("<title>t</title>", written).url == url


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<title>Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt;</title>", "Fish & chips"),
        ("<title><![CDATA[AT&T &#8220;now&#8221;]]></title>", "AT&T “now”"),
        ("<title>5 &lt; 6</title>", "5 < 6"),
        ("<title>\n two\n lines </title>", "two lines"),
        ("<title>with <b>markup</b> inside</title>", "with markup inside"),
        ("<title/><dc:title>Dublin</dc:title>", "Dublin"),
        ("<media:title>Media</media:title>", "Media"),
        ("", ""),
    ],
)
def test_title_is_plain_text(written, title):
    assert read_item("<guid>1</guid>", written).title == title


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("<description>a</description><content:encoded>b</content:encoded>", "b"),
        ("<description>a</description><content:encoded> </content:encoded>", "a"),
        ("<description>a<br/>&amp;amp; <i/>b</description>", "a<br>&amp;amp; <i></i>b"),
        ("<xhtml:body><xhtml:p>x &amp; y</xhtml:p></xhtml:body>", "<p>x &amp; y</p>"),
        ("<atom:content type='html'>&lt;p&gt;</atom:content>", "<p>"),
        ("<media:description>5 &lt; 6</media:description>", "5 &lt; 6"),
        ("<media:description type='html'>&lt;i&gt;6&lt;/i&gt;</media:description>", "<i>6</i>"),
        ("<media:group><media:description>g</media:description></media:group>", "g"),
        ("<strange xmlns='urn:x'>no</strange>", ""),
    ],
)
def test_body_is_the_longest_form_there_is(written, html):
    assert read_item("<guid>1</guid>", written).html == html


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<dc:creator>Aroha Ngāta</dc:creator><author>b@x.example</author>", "Aroha Ngāta"),
        ("<dc:creator><![CDATA[J. O'Brien <b>x</b>]]></dc:creator>", "J. O'Brien x"),
        ("<author>aroha@x.example (Aroha Ngāta)</author>", "Aroha Ngāta"),
        ("<author>Aroha Ngāta &lt;aroha@x.example&gt;</author>", "Aroha Ngāta"),
        ("<author>Aroha (mailto:aroha@x.example)</author>", "Aroha"),
        ("<dc:creator>aroha@x.example</dc:creator><author>Aroha</author>", "Aroha"),
        ("<atom:author><atom:name>Aroha</atom:name></atom:author>", "Aroha"),
        ("<atom:author><atom:name>a@x.example</atom:name></atom:author>", None),
        ("<author>aroha@x.example</author>", None),
        ("<author>aroha@x.example ()</author>", None),
        ("<dc:creator>&lt;b&gt;&lt;/b&gt;</dc:creator>", None),
        ("", None),
    ],
)
def test_author_is_a_name_and_never_an_address(written, name):
    author = read_item("<guid>1</guid>", written).author
    assert (author and author.name) == name


def test_account_is_known_by_its_folded_name():
    wanted = Account("name:aroha ngata", "Aroha Ngāta", "https://x.example/aroha")
    uri = "<atom:uri>https://x.example/aroha</atom:uri>"
    written = f"<atom:author><atom:name>Aroha Ngāta</atom:name>{uri}</atom:author>"
    assert read_item("<guid>1</guid>", written).author == wanted


def test_address_of_an_author_is_a_web_address_or_none():
    uri = "<atom:uri>javascript:alert(1)</atom:uri>"
    written = f"<atom:author><atom:name>Aroha</atom:name>{uri}</atom:author>"
    assert read_item("<guid>1</guid>", written).author.url is None


def test_tags_are_distinct_names():
    written = (
        "<category>PLD</category><category> pld </category><category/><dc:subject>reo</dc:subject>"
    )
    assert read_item("<guid>1</guid>", written).tags == ("PLD", "reo")


def test_wordpress_word_for_no_category_is_no_tag():
    assert read_item("<guid>1</guid><category>Uncategorized</category>").tags == ()


def test_at_most_fifty_tags_and_enclosures_are_kept():
    tags = "".join(f"<category>t{number}</category>" for number in range(60))
    files = "".join(f'<enclosure url="https://x.example/{number}"/>' for number in range(60))
    record = read_item("<guid>1</guid>", tags, files)
    assert (len(record.tags), len(record.enclosures)) == (50, 50)


@pytest.mark.parametrize(
    ("length", "size"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("0", None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 20, None),
    ],
)
def test_enclosure_keeps_its_type_and_a_believable_length(length, size):
    written = f'<enclosure url="/a.mp3" length="{length}" type=" audio/mpeg "/>'
    wanted = Enclosure("https://kura.example.school.nz/a.mp3", "audio/mpeg", size)
    assert read_item("<guid>1</guid>", written).enclosures == (wanted,)


def test_enclosure_that_is_no_web_address_is_left_out():
    written = (
        '<enclosure url="ftp://x.example/a"/><enclosure/><media:content url="data:text/html,x"/>'
    )
    assert read_item("<guid>1</guid>", written).enclosures == ()


@pytest.mark.parametrize(
    ("written", "published", "updated"),
    [
        ("<pubDate>Sun, 01 Mar 2026 09:00:00 GMT</pubDate>", AT_NINE, None),
        ("<pubDate>31/31/31</pubDate><dc:date>2026-03-01T09:00Z</dc:date>", AT_NINE, None),
        ("<dcterms:created>2026-03-01T09:00Z</dcterms:created>", AT_NINE, None),
        ("<atom:published>2026-03-01T09:00Z</atom:published>", AT_NINE, None),
        ("<atom:updated>2026-03-01T09:00Z</atom:updated>", None, AT_NINE),
        ("<dcterms:modified>2026-03-01T09:00Z</dcterms:modified>", None, AT_NINE),
        ("<pubDate>soon</pubDate>", None, None),
    ],
)
def test_dates(written, published, updated):
    record = read_item("<guid>1</guid>", written)
    assert (record.published, record.updated) == (published, updated)


def test_impossible_date_is_no_problem():
    assert read(rss("<guid>1</guid><pubDate>31 Feb 2026</pubDate>")).problems == ()


@pytest.mark.parametrize(
    ("head", "generator"),
    [
        ("<generator>https://wordpress.org/?v=6.1.9</generator>", "WordPress 6.1.9"),
        ("<generator>http://wordpress.com/</generator>", "WordPress.com"),
        ("<generator>Ghost 5.130</generator>", "Ghost 5.130"),
        ("<generator>https://wordpress.org/?v=1&amp;x=&lt;b&gt;</generator>", "https://wordpress.org/?v=1&x="),
        ("", ""),
    ],
)  # fmt: skip
def test_generator(head, generator):
    assert read(rss(head=head)).generator == generator


def test_older_entries_are_where_next_or_the_archive_is():
    head = '<atom:link rel="prev-archive" href="/old"/>'
    assert read(rss(head=head)).next_url == "https://kura.example.school.nz/old"
    head += '<atom:link rel="next" href="?paged=2"/>'
    assert read(rss(head=head)).next_url == "https://kura.example.school.nz/feed/?paged=2"


def test_items_beside_the_channel_are_read_too():
    text = '<rss version="2.0"><channel><item><guid>1</guid></item></channel><item><guid>2</guid></item></rss>'
    assert read(text).listed == ("s#1", "s#2")


def test_items_without_a_channel_are_read_once():
    assert read('<rss version="2.0"><item><guid>1</guid></item></rss>').listed == ("s#1",)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('<thr:in-reply-to ref="tag:1" href="https://x.example/1"/>', "https://x.example/1"),
        ('<thr:in-reply-to ref="tag:1"/>', "tag:1"),
        ("<link>https://x.example/1/#comment-7</link>", "https://x.example/1/"),
        ("<link>https://x.example/1/</link>", None),
        ("", None),
    ],
)
def test_comment_answers_what_its_thread_or_its_permalink_says(written, wanted):
    record = read_item("<guid>1</guid>", written, comments=True)
    assert (record.kind, record.in_reply_to) == (Kind.COMMENT, wanted)


def test_post_with_a_fragment_answers_nothing():
    assert read_item("<link>https://x.example/1/#more</link>").in_reply_to is None
