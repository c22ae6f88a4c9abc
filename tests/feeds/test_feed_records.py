"""The rules that all formats share: ids, and WordPress's traps."""

import pytest

from connector.model import ProblemKind
from tests.feeds.feed_reading import as_values, read, rss


def item(guid="", link="", title="", date="", html=""):
    parts = {"guid": guid, "link": link, "title": title, "pubDate": date, "description": html}
    return "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text)


def ids(*items):
    return [listed.removeprefix("s#") for listed in read(rss(*items)).listed]


A, B, C = (f"https://x.example/{name}" for name in "abc")


def test_one_guid_for_different_entries_is_degraded_to_guid_and_link():
    assert ids(item("g", A, "a"), item("g", B, "b")) == [f"g|{A}", f"g|{B}"]


def test_one_guid_for_different_entries_is_noted_once():
    feed = read(rss(*(item("g", f"{A}{number}", "t") for number in range(5))))
    assert [problem.kind for problem in feed.problems] == [ProblemKind.NOTED]


def test_one_guid_and_link_for_all_is_degraded_to_title_and_date():
    """Row 2 of the failure modes: posts vanished where every guid was the home page."""
    found = ids(*(item(A, A, f"t{number}") for number in range(3)))
    assert len(set(found)) == 3
    assert all(id_.startswith(f"{A}|t:") for id_ in found)


def test_degraded_id_does_not_depend_on_the_order_of_entries():
    items = [item("g", A, "a"), item("g", A, "b"), item("g", B, "a"), item("g", "", "c")]
    assert sorted(ids(*items)) == sorted(ids(*reversed(items)))
    assert len(set(ids(*items))) == 4


def test_repeated_entry_is_kept_once_without_a_note():
    feed = read(rss(item("g", A, "a", html="x"), item("g", A, "a", html="x")))
    assert (len(feed.records), feed.problems) == (1, ())


def test_entry_listed_twice_is_the_one_updated_last():
    stale, fresh = (
        f"<guid>g</guid><atom:updated>2026-03-0{day}T00:00:00Z</atom:updated><title>t</title>"
        f"<description>{day}</description>"
        for day in (1, 2)
    )
    for order in ((stale, fresh), (fresh, stale)):
        assert [record.html for record in read(rss(*order)).records] == ["2"]


def test_entries_without_guid_and_link_are_known_by_title_and_date():
    first, second, again = ids(
        item(title="a", date="1 Mar 2026", html="x"),
        item(title="a", date="2 Mar 2026", html="x"),
        item(title="a", date="3 Mar 2026", html="y"),
    )
    assert len({first, second, again}) == 3
    assert ids(item(title="a", date="1 Mar 2026", html="edited")) == [first]


def test_notes_without_guid_link_and_title_are_known_by_their_text():
    assert len(set(ids(item(html="x"), item(html="y"), item(html="x")))) == 2


def test_guid_alone_stays_as_it_is():
    assert ids(item("g", A, "a"), item("h", A, "a")) == ["g", "h"]


FORM = '&lt;form action="https://x.example/wp-login.php?action=postpass" method="post"&gt;'
OLD_FORM = "&lt;form class='post-password-form'&gt;"


@pytest.mark.parametrize(
    "html",
    [FORM, OLD_FORM, "There is no excerpt because this is a protected post."],
    ids=["form", "form by class", "sentence"],
)
def test_protected_post_is_hidden_and_none_of_it_comes_in(html):
    feed = read(rss(item("g", A, "Geschützt: Lager", html=html), item("h", B)))
    assert feed.listed == ("s#h",)
    (problem,) = feed.problems
    assert (problem.kind, problem.external_id, problem.url) == (ProblemKind.HIDDEN, "s#g", A)
    assert "Lager" not in problem.reason


def test_protected_post_with_an_excerpt_of_its_own_is_hidden_by_its_body():
    content = f"<content:encoded>{FORM}</content:encoded>"
    assert read(rss(item("g", A, "t", html="my excerpt") + content)).listed == ()


@pytest.mark.parametrize(
    "html",
    [
        "&lt;code&gt;post-password-form&lt;/code&gt; is the class of WordPress's form",
        "&lt;form action=/search&gt;",
        "It says: There is no excerpt because this is a protected post.",
    ],
)
def test_post_about_passwords_or_with_another_form_is_read(html):
    assert read(rss(item("g", A, "Protected: not really", html=html))).listed == ("s#g",)


def read_comment(html):
    return read(
        rss(
            f"<guid>g</guid><link>{A}#comment-1</link><description><![CDATA[{html}]]></description>"
        ),
        comments=True,
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>[&#8230;] excerpt of a trackback [&#8230;]</p>",
        "[...] seen <em>there</em> [...]",
        "<p>[…] and … […]</p>\n",
        "<p><strong>Another blog</strong></p>\n<p>They say that…</p>",
        "<strong>Another blog</strong><br />They say [...]",
        "<p><strong>Another blog</strong></p><p>[…] they say […]</p>",
    ],
)
def test_pingback_is_skipped(html):
    feed = read_comment(html)
    assert feed.records == ()
    assert [problem.kind for problem in feed.problems] == [ProblemKind.SKIPPED]
    assert "pingback" in feed.problems[0].reason


@pytest.mark.parametrize(
    "html",
    [
        "<p>Ka pai […] koutou</p>",
        "[…] cut at the start only",
        "cut at the end only […]",
        "[…]",
        "<p><strong>Ka pai!</strong></p><p>We liked it.</p>",
        "<strong>Wait</strong> and see…",
        "",
    ],
)
def test_comment_with_an_ellipsis_or_a_bold_line_is_read(html):
    assert len(read_comment(html).records) == 1


def test_post_that_looks_like_a_pingback_is_read():
    assert len(read(rss(item("g", A, "t", html="[…] seen there […]"))).records) == 1


def test_comments_of_a_protected_post_are_hidden():
    feed = read_comment("Protected Comments: Please enter your password to view comments.")
    assert [problem.kind for problem in feed.problems] == [ProblemKind.HIDDEN]
    assert feed.listed == ()


def test_entry_that_cannot_be_read_fails_alone():
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [null, {"id": "1"}, [], 7]}'
    feed = read(body)
    assert feed.listed == ("s#1",)
    assert [problem.kind for problem in feed.problems] == [ProblemKind.FAILED] * 3


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<a href="/x">', '<a href="https://x.example/x">'),
        ("<a href='y.html' class=z>", '<a href="https://x.example/y.html" class=z>'),
        ("<a href=y.html>", '<a href="https://x.example/y.html">'),
        ('<IMG SRC="i.png">', '<IMG SRC="https://x.example/i.png">'),
        ('<a href="#note-1">', '<a href="https://x.example/a#note-1">'),
        ('<a href="?p=1&amp;q=2">', '<a href="https://x.example/a?p=1&amp;q=2">'),
        ('<a href="//y.example/">', '<a href="https://y.example/">'),
        ('<a href="y" title="href=/no">', '<a href="https://x.example/y" title="href=/no">'),
        ('<a href="">', '<a href="">'),
        ('<a href="http://y.example/">', '<a href="http://y.example/">'),
        ('<a href="mailto:a@y.example">', '<a href="mailto:a@y.example">'),
        ('<a href="//[">', '<a href="">'),
        ('href="/x" in words', 'href="/x" in words'),
        ('<a data-href="/x">', '<a data-href="/x">'),
        ('<a href="x"', '<a href="x"'),
    ],
)
def test_relative_links_in_the_body_are_resolved_against_the_permalink(html, wanted):
    (record,) = as_values(
        read(rss(item("g", A, "t") + f"<description><![CDATA[{html}]]></description>"))
    )["records"]
    assert record["html"] == wanted


def test_body_of_an_entry_without_permalink_is_resolved_against_the_page_of_the_feed():
    html = "&lt;a href='x'&gt;"
    (record,) = read(rss(item("g", html=html))).records
    assert record.html == '<a href="https://kura.example.school.nz/x">'
