"""``clean``: what comes out holds no active content, and cleaning it again changes nothing."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.html import clean, plain_text
from tests.chances import some_of

# A busy machine is no failure.
unhurried = settings(deadline=None)

REL = ' rel="noopener noreferrer nofollow"'
ALLOWED_ATTRIBUTES = {
    "href", "rel", "lang", "dir", "title", "start", "colspan", "rowspan"
}  # fmt: skip
NEVER = {
    "script", "style", "svg", "math", "form", "input", "button", "iframe", "object", "embed",
    "img", "video", "audio", "source", "picture", "link", "meta", "base", "template", "textarea",
    "select", "noscript", "frame", "frameset", "applet", "marquee", "html", "head", "body",
}  # fmt: skip


class _Found(HTMLParser):
    """Collects the tags and attributes of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_harmless(html: str) -> None:
    found = _Found(html)
    assert not found.tags & NEVER, html
    assert {name for name, _ in found.attributes} <= ALLOWED_ATTRIBUTES, html
    for name, value in found.attributes:
        if name == "href":
            assert value.lower().startswith(("http://", "https://", "mailto:")), html


def test_an_address_that_browsers_read_as_one_of_this_site_is_taken_out() -> None:
    """On a page of https, "https:logout" is that site's own page."""
    assert clean('<a lang="mi" href="https:logout">x</a>') == f'<a lang="mi"{REL}>x</a>'
    words = 'Write href="https:kea" so.'
    assert clean(words) == words


NASTY = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="java\x02script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="//evil.example/">x</a>',
    '<a href="/logout">x</a>',
    '<a href="https:logout">x</a>',
    '<a href="HTTPS:/logout">x</a>',
    '<a href="h\nttps:logout">x</a>',
    '<a href=" https:logout">x</a>',
    '<a href="https:&#92;&#92;kea.example">x</a>',
    '<a href="https://kea.example" onclick="alert(1)" style="x" id="a" class="b" target="_blank">x',
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
    'onerror=alert(1)&gt;">',
    "<form action=https://evil.example><input name=password><button>Go</button></form>",
    "<style>body{display:none}</style>",
    "<div style=\"background:url('https://evil.example')\">x</div>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<iframe src=https://v.example/x><script>alert(1)</script></iframe>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<textarea><script>alert(1)</script></textarea>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<base href=https://evil.example/><meta http-equiv=refresh content=0;url=https://evil.example>",
    "<object data=javascript:alert(1)></object><embed src=data:text/html,x>",
    "<details ontoggle=alert(1) open>x</details>",
    "<a href=https://x.example><img src=https://x.example/a.png alt='&lt;script&gt;'></a>",
    "<img alt='\"><script>alert(1)</script>' src='https://x.example/\"onload=\"alert(1)'>",
    "<video title='<script>alert(1)</script>' src='https://x.example/a.mp4'></video>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<pre>\n\n\nx</pre>",
    "<table><a href=https://a.example>1<tr><td><a href=https://b.example>2</table>",
    "<svg><foreignObject><p>a<p>b</foreignObject></svg><p>c",
    "<b><i><u></b>x</i></u><p><b>y</p>z",
    "<a href=https://a.example>1<div><a href=https://b.example>2</div></a>",
    "<em><em><em><em><em><em><em><em><em><em><div><em><p></em>x",
]  # fmt: skip


@pytest.mark.parametrize("html", NASTY)
def test_active_content_does_not_pass(html: str) -> None:
    once = clean(html)
    assert_harmless(once)
    assert clean(once) == once


@unhurried
@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=8).map("".join))
def test_pieces_put_together_do_not_pass_either(html: str) -> None:
    once = clean(html)
    assert_harmless(once)
    assert clean(once) == once


_TAGS = st.sampled_from(
    "a b p div ul li table tr td pre em h1 svg math style title iframe img video object font "
    "form select option noscript template blockquote dl dd button marquee ruby rt br x-y".split()
)
_ATTRIBUTES = st.sampled_from(
    ["", " href=https://x.example", " src=https://x.example/p", " alt=kea", " class=wp-smiley",
     " lang=mi", " onclick=x", ' title="<p>"', " data=https://x.example", " href='javascript:x'"]
)  # fmt: skip
_MARKUP = st.one_of(
    st.tuples(_TAGS, _ATTRIBUTES).map(lambda pair: f"<{pair[0]}{pair[1]}>"),
    _TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(["\n", "x", " ", "<!--", "-->", "&lt;", "&#1;", "&nbsp;", '"', "<", "\u202e"]),
)


@settings(max_examples=some_of(400), deadline=None)
@given(st.lists(_MARKUP, max_size=25).map("".join))
def test_any_markup_comes_out_harmless_and_stays_as_it_is(html: str) -> None:
    once = clean(html)
    assert_harmless(once)
    assert clean(once) == once


@unhurried
@given(st.text())
def test_any_text_gives_storable_text(text: str) -> None:
    once = clean(text)
    once.encode()
    assert "\x00" not in once
    assert clean(once) == once


def test_what_people_write_with_stays() -> None:
    html = (
        "<h2>Matariki</h2><p>T\u0113n\u0101 koutou, <strong>all</strong> <em>welcome</em>:</p>"
        '<ul><li>one<br>two</li></ul><blockquote lang="mi">Kia ora</blockquote>'
        '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'
        f'<p><a href="https://kea.example/a?b=1&amp;c=2"{REL}>here</a> '
        f'<a href="mailto:office@kea.example"{REL}>write</a></p>'
    )
    assert clean(html) == html


def test_unknown_tags_leave_their_words() -> None:
    assert clean("<article><font color=red>Hi</font> <o:p>you</o:p></article>") == (
        "<article>Hi you</article>"
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<img src="https://x.example/a.png" alt="Our hall">',
            f'<a href="https://x.example/a.png"{REL}>Our hall</a>',
        ),
        (
            '<img src="https://x.example/a.png?w=1&amp;h=2">',
            f'<a href="https://x.example/a.png?w=1&amp;h=2"{REL}>picture</a>',
        ),
        ('<img src="data:image/png;base64,AAAA" alt="Our hall">', "Our hall"),
        ('<img src="data:image/png;base64,AAAA">', ""),
        ('<img src="https://stats.example/p.gif" width="1" height="1">', ""),
        ('Kia ora <img class="wp-smiley" alt="\U0001f600" src="https://s.example/1.png">',
         "Kia ora \U0001f600"),
        ('<img class="emoji wp-smiley" alt=":-)" src="https://s.example/1.png">', ":-)"),
        ('<img alt="\U0001f469\u200d\U0001f3eb" src="https://s.example/1.png">',
         "\U0001f469\u200d\U0001f3eb"),
        (
            '<a href="https://x.example/"><img src="https://x.example/t.png" alt="Hall"></a>',
            f'<a href="https://x.example/"{REL}>Hall</a>',
        ),
        (
            '<img src="https://x.example/a.png" alt="A">Then',
            f'<a href="https://x.example/a.png"{REL}>A</a> Then',
        ),
        (
            '<picture><source srcset="https://x.example/b.webp">'
            '<img src="https://x.example/b.png" alt="B"></picture>',
            f'<a href="https://x.example/b.png"{REL}>B</a>',
        ),
        (
            '<iframe src="https://www.video.example/embed/1" title="Haka"></iframe>',
            f'<a href="https://www.video.example/embed/1"{REL}>Haka</a>',
        ),
        (
            '<iframe src="https://www.video.example/embed/1">none</iframe>',
            f'<a href="https://www.video.example/embed/1"{REL}>www.video.example</a>',
        ),
        (
            '<video><source src="https://x.example/a.mp4"><source src="https://x.example/a.ogg">'
            "</video>",
            f'<a href="https://x.example/a.mp4"{REL}>video</a>',
        ),
        (
            '<audio controls src="https://x.example/a.mp3"></audio>',
            f'<a href="https://x.example/a.mp3"{REL}>audio</a>',
        ),
        (
            '<object data="https://x.example/a.pdf" title="Plan"></object>',
            f'<a href="https://x.example/a.pdf"{REL}>Plan</a>',
        ),
        (
            '<embed src="https://x.example/a.swf">',
            f'<a href="https://x.example/a.swf"{REL}>x.example</a>',
        ),
        ('<iframe src="javascript:alert(1)" title="x"></iframe>', "x"),
        ('<img src="/a.png" alt="Hall">', "Hall"),
    ],
)  # fmt: skip
def test_pictures_and_films_become_words_and_links(html: str, expected: str) -> None:
    assert clean(html) == expected
    assert clean(expected) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<ul><li>" * 200_000,
        "<b>" * 200_000,
        "<i><b><div>" * 70_000,
        "<table><tr><td>" * 70_000,
        "<a href='https://x.example'>" * 100_000,
        "x" * 10_000_000,
        "&" * 1_000_000,
        "&amp;" * 500_000,
        "<" * 1_000_000,
        "<!--" * 200_000,
        '<a "' * 200_000,
        "<img alt='" * 100_000,
        "<iframe>" * 100_000,
        "<svg><style>" * 50_000,
        "<p>x</p>" * 100_000,
        " " * 1_000_000,
    ],
    ids=lambda html: f"{html[:12].strip()}x{len(html)}",
)
def test_a_hostile_size_or_depth_takes_seconds_at_most(html: str) -> None:
    started = time.process_time()
    once = clean(html)
    plain_text(once)
    plain_text(html)
    assert time.process_time() - started < 5
    assert_harmless(once[:100_000])


@pytest.mark.parametrize(
    "html",
    [
        "<p>one <b>two</b></p>" * 3_000,
        "<p>x" * 3_000,
        "<p>x>" * 60_000,
        "x > y " * 60_000,
        "<p>\xa0</p>" * 60_000,
        "<" * 1_000_000,
        "<p>a & b</p>" * 200_000,
        "<a href='https://x.example/'><div>x" * 3_000,
        "<b><div>" * 140 + "x" + "</div></b>" * 140 + "<p>y</p>" * 2_000,
    ],
    ids=lambda html: f"{html[:12].strip()}x{len(html)}",
)
def test_cleaning_again_what_was_long_changes_nothing(html: str) -> None:
    once = clean(html)
    assert once
    assert clean(once) == once


def test_text_behind_a_large_inlined_picture_is_kept() -> None:
    picture = '<img alt="Hall" src="data:image/png;base64,' + "A" * 3_000_000 + '">'
    assert clean(f"<p>{picture}</p><p>after</p>") == "<p>Hall</p><p>after</p>"


def test_a_document_of_many_tags_keeps_its_words() -> None:
    html = "<p>one <b>two</b></p>" * 3_000
    assert plain_text(clean(html)).split("\n") == ["one two"] * 3_000
