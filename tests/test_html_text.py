"""Plain text, single lines, the search form, excerpts and links."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.html import clean, excerpt, fold, plain_line, plain_text, safe_link

# A busy machine is no failure.
unhurried = settings(deadline=None)

RIGHT_TO_LEFT = "\u202e"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\nafter"),
        ("<p>a\n  b\tc</p>\n\n<p> </p><p>d</p>", "a b c\nd"),
        ("<b>bo</b>ld", "bold"),
        ("<h2>Title</h2>text", "Title\ntext"),
        ("<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>", "a\nb"),
        ("&lt;p&gt; &amp;amp; &nbsp;&hellip;", "<p> &amp; …"),
        ('<a href="https://x.example/?a>b">link</a>', "link"),
        ("T\u0113n\u0101 koe \U0001f44b", "T\u0113n\u0101 koe \U0001f44b"),
        ("a\u202eb&#8238;c&#1;d", "abcd"),
        ("", ""),
    ],
)
def test_plain_text_keeps_lines_and_drops_marks(html: str, text: str) -> None:
    assert plain_text(html) == text


@unhurried
@given(st.text())
def test_plain_text_of_anything_is_storable_lines(html: str) -> None:
    for text in (plain_text(html), plain_text(clean(html))):
        text.encode()
        assert text == "\n".join(" ".join(line.split()) for line in text.split("\n"))
        assert "\n\n" not in text


PIECES = st.sampled_from(
    '<p>|</p>|<br>|<b>|</b>|<a href="https://x.example/?a=1&amp;b=2">|</a>|<li>|<td colspan="2">'
    "|<h2>|</h2>|&lt;br&gt;|&nbsp;|&amp;#30;|\n|\t| |  |word|ā|’|\xa0|\x1e|\u2028|<|>".split("|")
)


@unhurried
@given(st.lists(PIECES, max_size=14).map("".join))
def test_text_is_the_same_by_one_cut_and_tag_by_tag(html: str) -> None:
    """A comment is no tag that the cut knows: beside one, tags are taken out one by one."""
    cleaned = clean(html)
    assert plain_text(cleaned) == plain_text(f"{cleaned}<!-- -->")


@pytest.mark.parametrize(
    ("given_text", "line"),
    [
        ("Maths &amp; more", "Maths & more"),
        ("<b>Kia</b> ora", "Kia ora"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("Fish &amp;amp; chips", "Fish &amp; chips"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("two\r\nlines\there", "two lines here"),
        ("\u00a0 padded \u2003", "padded"),
        (f"safe{RIGHT_TO_LEFT}gpj.exe", "safegpj.exe"),
        ("a&#x202e;b&#0;c\x07d\ud800e\ufefff", "ab\ufffdcdef"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("\U0001f469\u200d\U0001f3eb Room 5", "\U0001f469\u200d\U0001f3eb Room 5"),
        ("<script>x</script>", "x"),
        ("<!-- hidden -->shown", "shown"),
        ("", ""),
    ],
)
def test_plain_line_is_one_line_of_words(given_text: str, line: str) -> None:
    assert plain_line(given_text) == line


@unhurried
@given(st.text(max_size=2_000))
def test_plain_line_holds_its_promises_for_any_text(text: str) -> None:
    line = plain_line(text)
    line.encode()
    assert len(line) <= 300
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")


def test_a_long_title_is_cut_at_a_word() -> None:
    line = plain_line("waiata " * 1_000_000)
    assert len(line) <= 300
    assert line.endswith("waiata…")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("M\u0101ori", "maori"),
        ("Ma\u0304ori", "maori"),
        ("T\u016aRANGAWAEWAE", "turangawaewae"),
        ("caf\u00e9 na\u00efve", "cafe naive"),
        ("\ufb01nd \u0152uvre Stra\u00dfe \u00c6on", "find oeuvre strasse aeon"),
        ("S\u00f8ren \u0141\u00f3d\u017a", "soren lodz"),
        ("\uff2b\uff29\uff21", "kia"),
        ("\u0130stanbul", "istanbul"),
        ("Kiwi Week™ 𝗞𝗶𝘄𝗶", "kiwi weektm kiwi"),
        ("Room 5 \U0001f469\u200d\U0001f3eb!", "room 5 \U0001f469\u200d\U0001f3eb!"),
        ("PLAIN text", "plain text"),
    ],
)
def test_fold_gives_the_form_to_search_by(text: str, folded: str) -> None:
    assert fold(text) == folded


@unhurried
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@unhurried
@given(st.text())
def test_how_a_letter_is_composed_does_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


def test_an_excerpt_ends_at_a_word() -> None:
    text = "Tamariki planted harakeke, and the kaumatua told its story."
    assert excerpt(text, 100) == text
    assert excerpt(text, 30) == "Tamariki planted harakeke…"
    assert excerpt(text, 12) == "Tamariki…"
    assert excerpt("one\n\ntwo") == "one two"
    assert excerpt("x" * 50, 10) == "xxxxxxxxx…"


@unhurried
@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://kea.example/a?b=c#d", "https://kea.example/a?b=c#d"),
        (" https://kea.example/ \n", "https://kea.example/"),
        ("HTTP://KEA.example:8080/", "HTTP://KEA.example:8080/"),
        ("https://kea.example/two words", "https://kea.example/two%20words"),
        ("https://kea.example/m\u0101ori", "https://kea.example/m\u0101ori"),
        ("https://kea.example/@teacher", "https://kea.example/@teacher"),
        (None, None),
        ("", None),
        ("kea.example", None),
        ("//kea.example/", None),
        ("/path", None),
        ("https://", None),
        ("https:///path", None),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://kea.example/", None),
        ("https://me:pw@kea.example/", None),
        ("https://kea.example@evil.example/", None),
        ("https:\\\\evil.example\\", None),
        ("https://kea.example\\@evil.example/", None),
        ("https://kea.example/\x00", None),
        ("https://kea.example/a\nb", None),
        ("https://kea.example/\u202egpj", None),
        ("https://kea.example:port/", None),
        ("https://kea.example:99999/", None),
        ("https://[::1/", None),
        ("https://kea.example/\ud800", None),
        ("https://kea.example/" + "a" * 2_000, None),
    ],
)
def test_a_safe_link_is_plain_http(url: str | None, link: str | None) -> None:
    assert safe_link(url) == link


@unhurried
@given(st.text() | st.text().map("https://kea.example".__add__))
def test_a_safe_link_is_safe_for_any_text(url: str) -> None:
    link = safe_link(url)
    if link is not None:
        link.encode()
        assert link.lower().startswith(("http://", "https://"))
        assert not any(char.isspace() or unicodedata.category(char) == "Cc" for char in link)
        assert safe_link(link) == link
