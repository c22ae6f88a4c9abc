"""A feed of which most is kept is read to the same records as a whole reading gives."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from adapters.feeds.feed_rest import Wanted, read_rest
from adapters.feeds.parse import Feed, read_feed
from connector.errors import ParseError
from connector.model import Record
from tests.chances import some_of

ZONE = ZoneInfo("Pacific/Auckland")
WANTED = Wanted("https://kura.example/feed/", "feed:kura", ZONE, comments=False)

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/" '
)
SHAPES = {
    "rss": ("<rss version='2.0' {ns}><channel>{head}", "item", "</channel></rss>"),
    "rdf": (
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/' {ns}><channel>{head}</channel>",
        "item",
        "</rdf:RDF>",
    ),
    "atom": ("<feed xmlns='http://www.w3.org/2005/Atom' {ns}>{head}", "entry", "</feed>"),
    "prefixed": ("<a:feed xmlns:a='http://www.w3.org/2005/Atom' {ns}>", "a:entry", "</a:feed>"),
}


@dataclass(frozen=True)
class Written:
    """One entry as somebody wrote it."""

    guid: str
    title: str
    body: str
    attributes: str = ""


@dataclass(frozen=True)
class Document:
    """A feed as a server gives it."""

    shape: str
    entries: tuple[Written, ...]
    head: str = "<title>Kura</title>"
    between: str = "\n"
    encoding: str = "utf-8"
    after: str = ""

    def body(self) -> bytes:
        opened, tag, closed = SHAPES[self.shape]
        prefix = tag.rpartition(":")[0]
        texts = (self._entry(tag, prefix and f"{prefix}:", one) for one in self.entries)
        text = (
            f'<?xml version="1.0" encoding="{self.encoding}"?>'
            f"{opened.format(ns=NAMESPACES, head=self.head)}"
            f"{self.between.join(texts)}{self.after}{closed}"
        )
        return text.encode(self.encoding, "xmlcharrefreplace")

    def _entry(self, tag: str, prefix: str, one: Written) -> str:
        is_atom = self.shape in ("atom", "prefixed")
        name, body = ("id", "content") if is_atom else ("guid", "description")
        guid = f"<{prefix}{name}>{escape(one.guid)}</{prefix}{name}>" if one.guid else ""
        title = f"<{prefix}title>{one.title}</{prefix}title>"
        content = f"<{prefix}{body}>{one.body}</{prefix}{body}>"
        return f"<{tag}{one.attributes}>{guid}{title}{content}</{tag}>"


def whole(document: Document, wanted: Wanted = WANTED) -> Feed:
    return read_feed(
        document.body(),
        url=wanted.url,
        content_type="",
        stream=wanted.stream,
        zone=wanted.zone,
        comments=wanted.comments,
    )


def entry(number: int, **changes: str) -> Written:
    told = Written(f"tag:{number}", f"Week {number}", f"What room {number} found out.")
    return replace(told, **changes)


def document(*numbers: int, shape: str = "rss", **changes: object) -> Document:
    return replace(Document(shape, tuple(map(entry, numbers))), **changes)  # type: ignore[arg-type]


def rest(
    former: Document,
    now: Document,
    *,
    wanted: Wanted = WANTED,
    forgotten: frozenset[str] = frozenset(),
) -> Feed | None:
    """Read ``now`` where ``former`` is kept, but for what the hub has forgotten meanwhile."""
    before = whole(former)
    if not before.frame:
        return None
    hub = [record for record in before.records if record.external_id not in forgotten]
    return read_rest(now.body(), "", wanted, before.frame, keeping(hub))


def keeping(records: Iterable[Record]) -> Callable[[Sequence[str]], dict[str, str]]:
    """Return the answer of a hub that keeps these as they came."""
    kept = {record.digest: record.external_id for record in records if record.digest}
    return lambda digests: {digest: kept[digest] for digest in digests if digest in kept}


def agrees(former: Document, now: Document, found: Feed) -> None:
    """Assert that what was read and what was left out make the whole document."""
    truth = whole(now)
    kept = {record.external_id: record for record in whole(former).records}
    records = {r.external_id: r for r in found.records}
    assert not records.keys() & {*found.unchanged}
    records |= {own_id: kept[own_id] for own_id in found.unchanged}
    assert found.listed == truth.listed
    assert tuple(records[own_id] for own_id in found.listed) == truth.records
    assert [records[r.external_id].digest for r in truth.records] == [
        r.digest for r in truth.records
    ]
    assert found.problems == truth.problems
    assert found.frame == truth.frame


def read_titles(found: Feed | None) -> list[str]:
    assert found is not None
    return [record.title for record in found.records]


every_shape = pytest.mark.parametrize("shape", SHAPES)


@every_shape
def test_of_a_feed_with_a_new_entry_only_that_is_read(shape: str) -> None:
    former, now = document(3, 2, 1, shape=shape), document(4, 3, 2, 1, shape=shape)
    found = rest(former, now)
    assert read_titles(found) == ["Week 4"]
    agrees(former, now, found)


@every_shape
@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_the_encoding_of_a_feed_does_not_matter(shape: str, encoding: str) -> None:
    former = document(2, 1, shape=shape, encoding=encoding)
    new = entry(3, title="Kōrero ā-ipurangi", body="café")
    now = replace(former, entries=(new, *former.entries))
    assert read_titles(rest(former, now)) == ["Kōrero ā-ipurangi"]
    agrees(former, now, rest(former, now))


def test_an_edited_entry_is_read_and_the_others_are_not() -> None:
    former = document(3, 2, 1)
    now = replace(former, entries=(entry(3), entry(2, body="Written anew."), entry(1)))
    assert read_titles(rest(former, now)) == ["Week 2"]


def test_entries_in_another_order_are_not_read_and_are_listed_as_they_stand() -> None:
    found = rest(document(3, 2, 1), document(1, 3, 2))
    assert read_titles(found) == []
    assert found.listed == whole(document(1, 3, 2)).listed


def test_an_entry_that_the_hub_does_not_keep_as_it_came_is_read() -> None:
    gone = whole(document(2)).listed
    found = rest(document(3, 2, 1), document(4, 3, 2, 1), forgotten=frozenset(gone))
    assert read_titles(found) == ["Week 4", "Week 2"]


def test_where_the_hub_keeps_nothing_the_feed_is_read_whole() -> None:
    every = frozenset(whole(document(2, 1)).listed)
    assert rest(document(2, 1), document(3, 2, 1), forgotten=every) is None


def test_the_same_feed_again_is_not_parsed_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    former = document(2, 1)
    before = whole(former)

    def refuse(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("adapters.feeds.feed_rest.open_text", refuse)
    found = read_rest(former.body(), "", WANTED, before.frame, keeping(before.records))
    assert found is not None
    assert (found.records, found.unchanged, found.listed) == ((), before.listed, before.listed)
    assert found.frame == before.frame


@pytest.mark.parametrize(
    "passing",
    [
        "<lastBuildDate>{}</lastBuildDate>",
        "<pubDate>{}</pubDate>",
        "<updated>{}</updated>",
        "<openSearch:totalResults>{}</openSearch:totalResults>",
        "<items><rdf:Seq><rdf:li resource='https://kura.example/{}'/></rdf:Seq></items>",
    ],
)
def test_what_changes_with_every_entry_spoils_nothing(passing: str) -> None:
    shape = "rdf" if "rdf:li" in passing else "rss"
    former = document(2, 1, shape=shape, head=f"<title>K</title>{passing.format(7)}")
    now = document(3, 2, 1, shape=shape, head=f"<title>K</title>{passing.format(8)}")
    assert read_titles(rest(former, now)) == ["Week 3"]
    agrees(former, now, rest(former, now))


def test_what_is_passed_over_in_the_head_has_to_be_well_formed_all_the_same() -> None:
    former = document(2, 1, head="<pubDate>Monday</pubDate>")
    broken = document(2, 1, head="<pubDate>Tuesday&nope;</pubDate>")
    assert rest(former, broken) is None
    assert read_titles(rest(former, document(2, 1, head="<pubDate>Tuesday</pubDate>"))) == []


@pytest.mark.parametrize(
    "strange",
    [
        entry(3, attributes=' xmlns="x:y"'),  # looks like an entry and is none
        entry(3, body="&nbsp;"),  # read only once it was mended
        entry(3, body="<p>"),
    ],
)
def test_of_what_is_not_just_what_it_looks_like_nothing_is_remembered(strange: Written) -> None:
    found = whole(replace(document(), entries=(strange, entry(2), entry(1))))
    assert {"Week 2", "Week 1"} <= {record.title for record in found.records}
    assert {record.digest for record in found.records} == {""}
    assert found.frame == ""


@pytest.mark.parametrize(
    "head",
    [
        "<title>Kura</title><link>https://elsewhere.example/</link>",
        "<title>Kura</title><generator>https://wordpress.org/?v=6.1</generator>",
        "<title><![CDATA[<pubDate>now</pubDate>]]></title>",
        "<title>Kura</title><!-- <pubDate>now</pubDate> -->",
    ],
)
def test_a_changed_head_makes_every_entry_another(head: str) -> None:
    assert rest(document(2, 1), document(3, 2, 1, head=head)) is None


def test_what_stands_after_the_entries_counts_as_well() -> None:
    after = "<author><name>Hēmi</name></author>"
    former = document(2, 1, shape="atom")
    now = document(3, 2, 1, shape="atom", after=after)
    assert rest(former, now) is None
    assert whole(now).records[0].author is not None


@pytest.mark.parametrize(
    "wanted",
    [
        replace(WANTED, url="https://moved.example/feed/"),
        replace(WANTED, stream="feed:other"),
        replace(WANTED, zone=ZoneInfo("UTC")),
        replace(WANTED, comments=True),
    ],
)
def test_read_from_elsewhere_or_otherwise_every_entry_is_another(wanted: Wanted) -> None:
    assert rest(document(2, 1), document(3, 2, 1), wanted=wanted) is None


def test_a_new_parser_looks_at_every_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    before = whole(document(2, 1))
    monkeypatch.setattr("adapters.feeds.parse.PARSER_VERSION", 99)
    body = document(3, 2, 1).body()
    assert read_rest(body, "", WANTED, before.frame, keeping(before.records)) is None


@pytest.mark.parametrize(
    "shared",
    [
        (entry(3), entry(2), entry(1), entry(4, guid="tag:1")),  # an id of one that is kept
        (entry(3), entry(1), entry(1)),  # the same entry twice
        (entry(1, title="Another"), entry(2), entry(1)),
    ],
)
def test_an_id_that_two_entries_share_is_told_apart_by_the_whole_feed(
    shared: tuple[Written, ...],
) -> None:
    now = replace(document(), entries=shared)
    assert rest(document(2, 1), now) is None
    assert {(whole(now).frame, record.digest) for record in whole(now).records} == {("", "")}


def test_after_two_entries_shared_an_id_the_feed_is_read_whole() -> None:
    """What is left of the two has its plain id again, under which it is not kept."""
    former = replace(document(), entries=(entry(2), entry(1), entry(1, title="Another")))
    assert rest(former, document(2, 1)) is None


def test_a_post_with_a_password_is_told_of_each_time() -> None:
    hidden = entry(2, body=escape('<form class="post-password-form" action="x">'))
    former = replace(document(), entries=(entry(1), hidden))
    now = replace(document(), entries=(entry(3), entry(1), hidden))
    found = rest(former, now)
    assert read_titles(found) == ["Week 3"]
    assert [problem.external_id for problem in found.problems] == ["feed:kura#tag:2"]
    agrees(former, now, found)


@pytest.mark.parametrize(
    "body",
    [
        "<![CDATA[</item> <item><guid>tag:9</guid>]]>",
        "<!-- </item> <item> -->",
        "<?x </item> <item> ?>",
        "<p><![CDATA[<item>]]></p>",
        "<!-- ]]> --><![CDATA[</item> <item> <!-- ]]>",
        "<![CDATA[<!DOCTYPE html>]]>",
    ],
)
def test_tags_that_are_text_do_not_cut(body: str) -> None:
    former = replace(document(), entries=(entry(2, body=body), entry(1)))
    now = replace(former, entries=(entry(3), *former.entries))
    assert read_titles(rest(former, now)) == ["Week 3"]
    agrees(former, now, rest(former, now))


@pytest.mark.parametrize(
    "now",
    [
        document(3, 2, 1, between=" text "),
        document(3, 2, 1, between="<!-- x -->"),
        document(3, 2, 1, between="<link>https://kura.example/</link>"),
        document(3, 2, 1, head="<title>Kura</title><item/>"),
        document(3, 2, 1, after="<!-- not closed"),
        document(3, 2, 1, after="<![CDATA[ not closed"),
        document(3, 2, 1, after="<!ELEMENT item ANY>"),
        replace(document(), entries=(entry(3, attributes=' xml:id="a"'), entry(2), entry(1))),
        replace(document(), entries=(entry(3, body="<item>x</item>"), entry(2), entry(1))),
        replace(document(), entries=(entry(3, attributes=' a="<item>"'), entry(2), entry(1))),
        replace(document(), entries=(entry(3, body="&nbsp;"), entry(2), entry(1))),
        replace(document(), entries=(entry(3, body="<zz:a/>"), entry(2), entry(1))),
        replace(document(), entries=(entry(3, body="]]>"), entry(2), entry(1))),
        replace(document(), entries=(entry(3, body="<p>"), entry(2), entry(1))),
        replace(document(), entries=(entry(3, attributes=' xmlns="x:y"'), entry(2), entry(1))),
        document(*range(201)),
        document(),
    ],
)
def test_where_the_cut_may_be_wrong_the_feed_is_read_whole(now: Document) -> None:
    assert rest(document(2, 1), now) is None


def test_a_document_type_is_never_cut() -> None:
    before = whole(document(2, 1))
    text = document(3, 2, 1).body().replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1)
    assert read_rest(text, "", WANTED, before.frame, keeping(before.records)) is None


def test_many_openings_without_an_end_are_refused_at_once() -> None:
    """Looked at from each of them to the end, a megabyte would take minutes."""
    before = whole(document(2, 1))
    for hostile in ("<!--", "<![CDATA[", "<?", "<item", "<item ", "</item", "<a:", "<"):
        body = document(2, 1).body() + hostile.encode() * 200_000
        assert read_rest(body, "", WANTED, before.frame, keeping(before.records)) is None


FRAGMENTS = [
    "plain",
    "<p>some <em>words</em></p>",
    "&lt;p&gt;escaped &amp;amp; more&lt;/p&gt;",
    "<![CDATA[<p>in CDATA</p>]]>",
    "<![CDATA[</item> <item><title>x</title>]]>",
    "<![CDATA[</entry> <entry>]]>",
    "<!-- </item> <item> </entry><entry> -->",
    "<!-- ]]> -->",
    "<?x </item> <item> ?>",
    "<![CDATA[ not closed",
    "<!-- not closed",
    "]]>",
    "-->",
    "<item>nested</item>",
    "<entry>nested</entry>",
    "<item/>",
    "</item><item>",
    "</entry><entry>",
    '<a href="&lt;item&gt;">x</a>',
    '<a href="<item>">x</a>',
    '<a href="relative">x</a>',
    "<zz:unknown/>",
    "&nbsp;",
    "&unknown;",
    "a & b",
    "kōrero \x85 \u2028",
    "\x0b",
    '<i xml:id="a"/>',
    "<!DOCTYPE x>",
    "<!ENTITY x 'y'>",
]
ATTRIBUTES = [
    "",
    "",
    "",
    ' xml:base="https://other.example/a/"',
    ' xml:lang="mi"',
    ' xmlns="x:y"',
    ' xmlns:dc="x:y"',
    ' rdf:about="tag:1"',
]
HEADS = [
    "<title>Kura</title>",
    "<title>Kura</title><lastBuildDate>Mon</lastBuildDate>",
    "<title>Kura</title><lastBuildDate>Tue</lastBuildDate>",
    "<title>Kura</title><link>https://kura.example/</link>",
    "<title><![CDATA[Kura <item>]]></title>",
    "<title>Kura</title><!-- <item> -->",
    "<author><name>Hēmi</name></author><updated>2026-01-01</updated>",
    "<author><name>Mere</name></author><updated>2026-01-02</updated>",
    "<generator>https://wordpress.org/?v=6.1</generator>",
    "<item/>",
    "<broken>",
]
written = st.builds(
    Written,
    guid=st.sampled_from(["", "tag:1", "tag:2", "tag:3", "tag:4", "tag:5", "tag:6"]),
    title=st.sampled_from(["Week 1", "Week 2", "Protected: x", *FRAGMENTS[:4]]),
    body=st.lists(st.sampled_from(FRAGMENTS), max_size=2).map(" ".join),
    attributes=st.sampled_from(ATTRIBUTES),
)
calm = st.builds(entry, st.integers(10, 90), body=st.sampled_from(FRAGMENTS[:9]))
calm_entries = st.lists(calm, min_size=1, max_size=6, unique_by=lambda one: one.guid)
shapes, encodings = st.sampled_from(sorted(SHAPES)), st.sampled_from(["utf-8", "latin-1", "utf-16"])
calm_documents = st.builds(
    Document,
    shape=shapes,
    entries=calm_entries.map(tuple),
    head=st.sampled_from(HEADS[:9]),
    between=st.sampled_from(["", "\n", " "]),
    encoding=encodings,
    after=st.sampled_from(["", "<title>Late</title>", "<!-- x -->"]),
)
wild_documents = st.builds(
    Document,
    shape=shapes,
    entries=st.lists(st.one_of(calm, written), max_size=6).map(tuple),
    head=st.sampled_from(HEADS),
    between=st.sampled_from(["", "<!-- x -->", "text"]),
    encoding=encodings,
    after=st.sampled_from(["", "<item>", "<!-- not closed"]),
)
documents = st.one_of(calm_documents, calm_documents, calm_documents, wild_documents)


@st.composite
def edited(draw: st.DrawFn, former: Document) -> Document:
    """Return the document some time later."""
    left = list(former.entries)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(left)))
        what = draw(st.sampled_from(["add", "add", "remove", "move", "again", "edit"]))
        if what == "add" or place == len(left):
            left.insert(place, draw(st.one_of(calm, written)))
        elif what == "again":
            left.insert(0, left[place])
        else:
            one = left.pop(place)
            if what == "move":
                left.append(one)
            elif what == "edit":
                left.insert(place, replace(one, body=draw(st.sampled_from(FRAGMENTS))))
    now = replace(former, entries=tuple(left))
    if draw(st.integers(0, 5)) == 0:
        other = draw(documents)
        name = draw(st.sampled_from(["head", "between", "encoding", "after", "shape"]))
        now = replace(now, **{name: getattr(other, name)})
    return now


@settings(max_examples=some_of(250), deadline=None)
@given(st.data())
def test_whatever_was_edited_the_records_are_those_of_a_whole_reading(data: st.DataObject) -> None:
    former = data.draw(documents)
    now = data.draw(edited(former))
    try:
        before = whole(former)
    except ParseError:
        assume(False)
    forgotten = data.draw(st.sets(st.sampled_from(sorted(before.listed)))) if before.listed else ()
    found = rest(former, now, forgotten=frozenset(forgotten))
    event("read in part" if found else "read whole")
    if found is not None:
        agrees(former, now, found)


@settings(max_examples=some_of(150), deadline=None)
@given(documents, st.data())
def test_under_one_id_the_same_digest_is_the_same_record(
    former: Document, data: st.DataObject
) -> None:
    try:
        one, other = whole(former), whole(data.draw(edited(former)))
    except ParseError:
        assume(False)
    digests = {(r.external_id, r.digest): r for r in one.records if r.digest}
    for record in other.records:
        assert digests.get((record.external_id, record.digest), record) == record
