"""What is made of a record before it is kept (failure modes 7 and 21)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.fetched import (
    MAX_ENCLOSURES,
    MAX_SEARCH_CHARACTERS,
    MAX_TAGS,
    MAX_TITLE,
    Fetched,
    fetch,
    reply_key_of,
    search_text,
)
from connector.identity import link_key
from connector.model import (
    CLUSTER,
    PUBLIC,
    Account,
    Audience,
    Enclosure,
    Kind,
    Record,
    Role,
)
from tests.pure.ladder import NOW, OWN, PRIVACY, SOURCE, fetched

# A busy machine is no failure.
unhurried = settings(deadline=None)
any_text = st.text(alphabet=st.characters(codec=None), max_size=40)
markup = st.lists(
    st.one_of(
        st.sampled_from(
            ["<p>", "</p>", "<a href='", "'>", "&amp;", "&#0;", "<script>", "http://", " ", "\0"]
        ),
        any_text,
    ),
    max_size=8,
).map("".join)
accounts = st.builds(Account, markup, markup, st.none() | markup, st.sampled_from(Role))
records = st.builds(
    Record,
    kind=st.sampled_from(Kind),
    external_id=markup,
    url=st.none() | markup | markup.map("http://blog.example/".__add__),
    title=markup,
    html=markup,
    published=st.none() | st.just(NOW),
    author=st.none() | accounts,
    audience=st.builds(Audience, st.just(PUBLIC.kind), any_text),
    tags=st.lists(markup, max_size=3).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, markup, markup), max_size=3).map(tuple),
    in_reply_to=st.none() | markup,
    location=markup,
    object=st.none() | markup,
)


@unhurried
@given(records)
@example(Record(kind=Kind.POST, external_id="a", url=f"{OWN}/\ud800", in_reply_to="http://\udc80"))
def test_any_strings_become_something_to_keep(record: Record) -> None:
    found = fetch(record, source_id=SOURCE, own_hosts={"blog.example"}, privacy=PRIVACY)
    assert found.search == " ".join(re.findall(r"[^\W_]+", found.search))
    for link in (found.record.url, *(one.url for one in found.record.enclosures)):
        assert link is None or link.startswith(("http://", "https://"))
    for line in (found.record.title, found.record.location, *found.record.tags):
        assert "\n" not in line
        line.encode()
    found.record.html.encode()


@unhurried
@given(records)
def test_the_same_record_is_always_the_same(record: Record) -> None:
    told = [
        fetch(record, source_id=SOURCE, own_hosts={"blog.example"}, privacy=PRIVACY)
        for _ in range(2)
    ]
    assert told[0] == told[1]


@given(any_text, any_text, st.lists(any_text), any_text)
def test_the_search_text_has_only_words_and_single_spaces(
    title: str, author: str, tags: list[str], text: str
) -> None:
    found = search_text(title, author, tags, text)
    assert found == " ".join(re.findall(r"[^\W_]+", found))


def test_search_looks_through_title_author_tags_and_text() -> None:
    found = fetched(
        title="Week 1: T\u016b\u012b",
        author=Account("name:hemi", "H\u0113mi Brown"),
        tags=("Science-fair", "birds"),
        html="<p>At dawn,</p><p>they_sing.</p>",
    )
    assert found.search == "week 1 tui hemi brown science fair birds at dawn they sing"
    assert found.search == search_text(
        found.record.title, "H\u0113mi Brown", found.record.tags, "At dawn,\nthey_sing."
    )


@pytest.mark.parametrize("word", ["kaka", "k\u0101k\u0101"])
def test_a_very_long_text_is_searched_to_a_limit(word: str) -> None:
    found = search_text("", "", (), f"{word} " * MAX_SEARCH_CHARACTERS)
    assert MAX_SEARCH_CHARACTERS - 5 <= len(found) <= MAX_SEARCH_CHARACTERS
    assert found == found.strip()


def test_what_is_outside_is_made_harmless() -> None:
    found = fetched(
        url="javascript:alert(1)",
        title="Week <b>1</b>\n&amp; more",
        html="<p onclick='x()'>Hi<script>alert(1)</script></p>",
        author=Account("name:x", "H\u0113mi <script>", "javascript:alert(1)"),
        tags=("<i>birds</i>", "", "birds", " \n "),
        enclosures=(
            Enclosure("data:text/html,x"),
            Enclosure("http://blog.example/a.pdf", "application/pdf\n", 3),
        ),
        location="Room\n<b>5</b>",
    ).record
    assert found.url is None
    assert found.title == "Week 1 & more"
    assert found.html == "<p>Hi</p>"
    assert found.author == Account("name:x", "H\u0113mi", None)
    assert found.tags == ("birds",)
    assert found.enclosures == (Enclosure("http://blog.example/a.pdf", "application/pdf", 3),)
    assert found.location == "Room 5"


def test_there_is_a_limit_to_everything() -> None:
    found = fetched(
        title="x" * 1000,
        tags=tuple(f"tag {n}" for n in range(1000)),
        enclosures=tuple(Enclosure(f"{OWN}/{n}.pdf") for n in range(1000)),
    ).record
    assert len(found.title) <= MAX_TITLE
    assert len(found.tags) == MAX_TAGS
    assert len(found.enclosures) == MAX_ENCLOSURES


def test_a_record_says_what_identity_needs_to_know() -> None:
    found = fetched(
        title="T\u016b\u012b", html="<p>At Dawn</p>", author=Account("name:x", "H\u0113mi")
    ).incoming
    assert (found.external_id, found.link_key) == ("feed#1", link_key(f"{OWN}/1"))
    assert (found.title, found.folded, found.author) == ("tui", "at dawn", "hemi")
    assert (found.published, found.is_comment) == (NOW, False)
    assert fetched(kind=Kind.COMMENT).incoming.is_comment
    assert fetched(author=None).incoming.author == ""


@pytest.mark.parametrize(
    ("url", "owns"),
    [
        (f"{OWN}/1", True),
        ("https://BLOG.example/1", True),
        ("http://www.blog.example/1", False),
        ("http://blog.example.evil.example/1", False),
        ("http://blog.example:8080/1", False),
        ("http://x:y@blog.example/1", False),
        ("javascript://blog.example/", False),
        (None, False),
    ],
)
def test_a_source_owns_links_of_its_own_hosts_only(url: str | None, owns: bool) -> None:
    assert fetched(url=url).incoming.owns_link is owns


def test_title_and_text_are_what_an_edit_is() -> None:
    plain = fetched().incoming.text_hash
    assert fetched(title="Week 2").incoming.text_hash != plain
    assert fetched(html="<p>We found t\u016b\u012b.</p>").incoming.text_hash != plain
    assert (
        fetched(html="<div>We looked for <b>t\u016b\u012b</b>.</div>").incoming.text_hash == plain
    )


def test_words_do_not_pass_from_title_to_text_unnoticed() -> None:
    one = fetched(title="Week", html="1 is done").incoming.text_hash
    assert one != fetched(title="Week 1", html="is done").incoming.text_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.REFLECTION},
        {"url": f"{OWN}/2"},
        {"published": NOW + timedelta(days=1)},
        {"author": Account("name:x")},
        {"audience": CLUSTER},
        {"tags": ("birds",)},
        {"enclosures": (Enclosure(f"{OWN}/a.pdf"),)},
        {"in_reply_to": "post:1"},
        {"start": NOW},
        {"end": NOW},
        {"location": "Room 5"},
        {"object": "course:3"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_detail_counts(changes: dict[str, object]) -> None:
    assert fetched(**changes).meta_hash != fetched().meta_hash


@pytest.mark.parametrize("year", [1, 1989, 2101, 9999])
def test_a_date_that_nobody_can_have_meant_is_none(year: int) -> None:
    """Some places write "no date" so; it must not stand in the way of the rest."""
    moment = NOW.replace(year=year)
    found = fetched(published=moment, updated=moment, start=moment, end=moment)
    told = found.record
    assert (told.published, told.updated, told.start, told.end) == (None, None, None, None)
    assert found.incoming.published is None
    assert replace(found, raw_hash=None) == replace(fetched(published=None), raw_hash=None)


@pytest.mark.parametrize("year", [1990, 2100])
def test_a_date_of_a_living_person_is_kept(year: int) -> None:
    moment = NOW.replace(year=year)
    assert fetched(published=moment).incoming.published == moment


def test_a_touched_post_has_the_same_details() -> None:
    """Some places say "updated" at each view."""
    touched = fetched(updated=NOW + timedelta(days=1))
    assert touched.meta_hash == fetched().meta_hash
    assert touched.incoming.text_hash == fetched().incoming.text_hash


def test_a_reply_finds_its_parent_by_permalink_however_it_is_spelt() -> None:
    assert fetched(in_reply_to="https://BLOG.example/1/").reply_key == link_key(f"{OWN}/1")


def test_a_reply_finds_its_parent_by_id_within_its_source_only() -> None:
    assert reply_key_of(1, "post:1") == reply_key_of(1, "post:1")
    assert len({reply_key_of(1, "post:1"), reply_key_of(2, "post:1"), reply_key_of(1, "x")}) == 3


def test_an_id_that_holds_an_address_is_an_id() -> None:
    """Ids of feeds often are addresses, behind the name of their stream."""
    told = {reply_key_of(1, "feed#http://blog.example/1"), reply_key_of(1, "feed#http://x.example")}
    assert None not in told
    assert len(told) == 2
    assert link_key(f"{OWN}/1") not in told


@pytest.mark.parametrize("target", [None, ""])
def test_what_answers_nothing_has_no_parent(target: str | None) -> None:
    assert reply_key_of(1, target) is None


STUDENT = Account("user:9", "Aria Tamihana", f"{OWN}/aria", Role.STUDENT, "Kauri")


def students_post(**changes: object) -> Fetched:
    return fetched(
        **{
            "external_id": "feed#aria-1",
            "url": f"{OWN}/aria/1",
            "title": "Aria's secret",
            "html": "<p>Aria's secret</p>",
            "tags": ("secret",),
            "enclosures": (Enclosure(f"{OWN}/secret.png"),),
            "location": "secret",
            "author": STUDENT,
            **changes,
        }
    )


def test_a_students_post_keeps_no_text_anywhere() -> None:
    found = students_post()
    assert found.is_student
    assert (found.search, found.excerpt, found.incoming.text_hash) == ("", "", b"")
    kept = repr((found.record, found.incoming, found.excerpt, found.search)).lower()
    for word in ("aria", "secret", "tamihana", "user:9", "kauri"):
        assert word not in kept


def test_a_students_text_is_in_no_digest() -> None:
    """Nobody can try out texts on what is kept."""
    one, other = students_post(), students_post(title="x", html="y", tags=(), enclosures=())
    assert replace(one, original_id="") == replace(other, original_id="")


def test_a_students_id_and_permalink_are_kept_under_the_key_only() -> None:
    found = students_post()
    plain = link_key(f"{OWN}/aria/1")
    assert found.incoming.external_id == PRIVACY.student_id("feed#aria-1")
    assert found.incoming.link_key == PRIVACY.digest64(str(plain))
    assert (found.original_id, found.original_link_key) == ("feed#aria-1", plain)
    assert students_post(url=None).incoming.link_key is None


def test_a_students_permalink_still_belongs_to_the_place() -> None:
    """That much is known of it before it is left out, and tells nothing of who it is."""
    assert students_post().incoming.owns_link
    assert not students_post(url="http://museum.example/tui").incoming.owns_link


def test_a_teachers_post_is_no_students() -> None:
    found = fetched()
    assert not found.is_student
    assert (found.original_id, found.original_link_key) == ("feed#1", link_key(f"{OWN}/1"))
    assert found.excerpt == "We looked for t\u016b\u012b."
