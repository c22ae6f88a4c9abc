"""What two spellings of one permalink have in common, and what keeps two links apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import identity
from connector.identity import canonical_link, digest64, link_host, link_key

PLAIN = "http://blog.example/2026/week-1"

odd_links = st.builds(
    "".join,
    st.lists(
        st.one_of(
            st.sampled_from(
                "http:// https:// ftp: // / ? # & = ; : @ . [ ] ::1 % %2f %41 %ff %C3%A9 + :80 "
                ":443 :8080 utm_source=x ref=a blog.example WWW. \u0113".split()
            ),
            st.characters(),
        ),
        max_size=12,
    ),
)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://blog.example/2026/week-1",
        "http://Blog.Example/2026/week-1",
        "HTTP://blog.example/2026/week-1",
        "http://blog.example:80/2026/week-1",
        "https://blog.example:443/2026/week-1",
        "http://blog.example./2026/week-1",
        "http://blog.example/2026/week-1/",
        "  http://blog.example/2026/week-1\n",
        "http://blog.example/2026/week%2D1",
        "http://blog.example/2026/%77eek-1",
        "http://reader:secret@blog.example/2026/week-1",
        "http://blog.example/2026/week-1?",
        "http://blog.example/2026/week-1#",
    ],
)
def test_spellings_of_one_link_are_one(spelling: str) -> None:
    assert canonical_link(spelling) == canonical_link(PLAIN)


@pytest.mark.parametrize(
    "parameter",
    "utm_source utm_medium utm_anything fbclid gclid dclid msclkid mc_cid mc_eid igshid yclid "
    "_hsenc _hsmi ref_src wt_mc cmpid at_medium at_campaign xtor".split(),
)
def test_tracking_parameters_do_not_count(parameter: str) -> None:
    assert canonical_link(f"{PLAIN}?{parameter}=9") == canonical_link(PLAIN)
    assert canonical_link(f"{PLAIN}?p=1&{parameter}=9") == canonical_link(f"{PLAIN}?p=1")


@pytest.mark.parametrize("fragment", ["utm_source=x", "xtor=1", "at_medium=a", "ref=b", ".Uxyz_1"])
def test_tracking_fragments_do_not_count(fragment: str) -> None:
    assert canonical_link(f"{PLAIN}#{fragment}") == canonical_link(PLAIN)


APART = [
    PLAIN,
    "http://www.blog.example/2026/week-1",
    "http://blog.example:8080/2026/week-1",
    "http://blog.example/2026/Week-1",
    "http://blog.example/2026/week-12",
    "http://blog.example/2026/week-1?p=1",
    "http://blog.example/2026/week-1?p=2",
    "http://blog.example/2026/week-1?p=",
    "http://blog.example/2026/week-1?reference=1",
    "http://blog.example/2026/week-1?my_utm_source=1",
    "http://blog.example/2026/week-1?page=1&q=2",
    "http://blog.example/2026/week-1?q=2&page=1",
    "http://blog.example/2026/week-1#comment-5",
    "http://blog.example/2026/week-1#comment-6",
    "http://blog.example/2026/week-1#.not a tracker",
    "http://blog.example/%ff",
    "http://blog.example/%fe",
    "http://blog.example/?q=%ff",
    "http://blog.example/?q=%fe",
    "http://[2001:db8::1]:8080/2026/week-1",
    "http://[2001:db8::1:8080]/2026/week-1",
]


def test_different_places_stay_apart() -> None:
    links = {canonical_link(link) for link in APART}
    assert None not in links
    assert len(links) == len(APART)


def test_macrons_are_one_however_they_are_written() -> None:
    assert canonical_link("http://blog.example/p\u0101nui") == canonical_link(
        "http://blog.example/p%C4%81nui"
    )
    assert canonical_link("http://blog.example/?q=p\u0101nui+1") == canonical_link(
        "http://blog.example/?q=p%c4%81nui%201"
    )


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "",
        "   ",
        "week 1",
        "/2026/week-1",
        "//blog.example/week-1",
        "mailto:hemi@blog.example",
        "javascript:alert(1)",
        "ftp://blog.example/week-1",
        "tag:blog.example,2026:1",
        "http://",
        "http:///week-1",
        "http://./week-1",
        "http://blog.example:port/",
        "http://blog.example:99999/",
        "http://[::1/",
        "http://two words/",
        "http://blog.example /week-1",
        "http://blog.example/\ud800",
        "http://blog.example/?q=\udcff",
        "http://blog.example/#\udfff",
    ],
)
def test_what_is_no_web_address_is_no_permalink(nothing: str | None) -> None:
    assert canonical_link(nothing) is None
    assert link_key(nothing) is None
    assert link_host(nothing) == ""


@given(odd_links)
def test_a_canonical_link_stays_as_it_is(link: str) -> None:
    """Read as an address again, by either scheme, it is the same link."""
    once = canonical_link(link)
    if once is not None:
        assert canonical_link(f"http://{once}") == once
        assert canonical_link(f"https://{once}") == once


@given(st.text())
def test_any_path_query_and_fragment_is_canonical_once(tail: str) -> None:
    once = canonical_link(f"http://blog.example/{tail}")
    if once is not None:
        assert canonical_link(f"http://{once}") == once


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Blog.Example/2026?p=1#x", "blog.example"),
        ("http://blog.example", "blog.example"),
        ("http://blog.example?p=1", "blog.example"),
        ("http://blog.example#x", "blog.example"),
        ("http://blog.example:8080/a", "blog.example:8080"),
        ("http://[2001:DB8::1]:8080/a", "[2001:db8::1]:8080"),
        ("http://blog.example@evil.example/", "evil.example"),
    ],
)
def test_the_host_of_a_link_is_where_it_really_leads(url: str, host: str) -> None:
    assert link_host(url) == host


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_digest_fits_a_database_column(text: str) -> None:
    assert -(2**63) <= digest64(text) < 2**63
    assert digest64(text) == digest64(text)


def test_a_digest_stays_the_same_over_releases() -> None:
    """It is kept in databases, so that this value may not change without a migration."""
    assert digest64("kia ora") == -3_113_923_894_123_381_873
    assert link_key(PLAIN) == digest64("blog.example/2026/week-1")


plain_links = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://"]),
        st.from_regex(r"[a-z0-9](?:[a-z0-9.-]{0,3}[a-z0-9])?", fullmatch=True),
        st.from_regex(r"(?:/[A-Za-z0-9._~-]{0,2}){0,3}", fullmatch=True),
        st.sampled_from(
            ["", "?", "?p=1", "?p", "?p=1&", "?a=.~_-&b=&a=2", "?p=1&utm_x=2", "?at_medium=1"]
        ),
        st.sampled_from(["", "#", "#post-5", "#utm_x", "#5", "#.x", "#xtor=1"]),
    ),
)


@given(plain_links | odd_links | st.from_regex(r"[A-Za-z0-9:_.-]{0,9}", fullmatch=True))
def test_the_short_way_comes_to_the_same(link: str) -> None:
    """Most links are told by their form alone, without being taken apart."""
    with pytest.MonkeyPatch.context() as patched:
        for pattern in ("_PLAIN_LINK", "_PLAIN_ID"):
            patched.setattr(identity, pattern, re.compile("(?!)"))
        expected = canonical_link(link)
    assert canonical_link(link) == expected
