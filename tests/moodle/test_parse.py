"""Small things about records that no recording shows."""

import pytest

from adapters.moodle.parse import Translator, clean_files
from adapters.moodle.people import People
from adapters.moodle.said_activities import Activity, Option
from adapters.moodle.said_people import Member
from adapters.moodle.said_posts import Entry, Forum, Post
from connector.model import FACILITATORS, PUBLIC, STREAM

SITE = "https://vln.example.school.nz"
TEACHER = Member(3, "Mere Tautahi", frozenset({"teacher"}), frozenset(), "", ())
PEOPLE = People({2: (TEACHER,)}, frozenset({3}), frozenset(), frozenset(), {})
MADE = Translator(SITE, PEOPLE)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/webservice/pluginfile.php/8/a/b.png?token=t0p", "/pluginfile.php/8/a/b.png"),
        (
            "/pluginfile.php/8/b.png?forcedownload=1&token=t0p",
            "/pluginfile.php/8/b.png?forcedownload=1",
        ),
        (
            "/pluginfile.php/8/b.png?token=t0p&amp;forcedownload=1",
            "/pluginfile.php/8/b.png?forcedownload=1",
        ),
        ("/tokenpluginfile.php/0a1b2c3d/8/b.png", "/pluginfile.php/8/b.png"),
        ("https://x.example/?token=theirs", "https://x.example/?token=theirs"),
    ],
)
def test_address_of_a_file_holds_no_token(address: str, kept: str) -> None:
    assert clean_files(f'<a href="{address}">x</a>') == f'<a href="{kept}">x</a>'


def post(**changes: object) -> Post:
    fields = {
        "id": 45,
        "discussion": 18,
        "parent": 44,
        "author": 3,
        "subject": "Re: Talk",
        "html": "",
        "created": 1788717978,
        "modified": 1788717978,
        "files": (),
        "tags": (),
    }
    return Post(**{**fields, **changes})  # type: ignore[arg-type]


FORUM = Forum(13, 2, 9, "general", "Talk", 1)


def test_subject_of_a_reply_is_kept_where_it_is_its_own() -> None:
    assert MADE.post(post(), FORUM, STREAM).title == ""
    assert MADE.post(post(subject="Another thing"), FORUM, STREAM).title == "Another thing"


def test_edited_post_says_when() -> None:
    assert MADE.post(post(), FORUM, STREAM).updated is None
    edited = MADE.post(post(modified=1788717999), FORUM, STREAM).updated
    assert edited is not None
    assert edited.isoformat() == "2026-09-06T18:06:39+00:00"


def entry(**changes: object) -> Entry:
    fields = {
        "id": 4,
        "author": 3,
        "subject": "x",
        "html": "",
        "created": 5,
        "modified": 5,
        "is_for_the_world": True,
        "group": 0,
        "original": "",
        "files": (),
        "tags": (),
    }
    return Entry(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "allowed", "audience"),
    [
        ({}, True, PUBLIC),
        ({}, False, STREAM),
        ({"is_for_the_world": False}, True, STREAM),
        ({"group": 7}, True, FACILITATORS),
    ],
)
def test_blog_entry_is_never_more_open_than_both_say(
    changes: dict[str, object], allowed: bool, audience: object
) -> None:
    assert MADE.entry(entry(**changes), is_public_allowed=allowed).audience == audience


@pytest.mark.parametrize("original", ["", "javascript:alert(1)", "https://[", "/relative"])
def test_copy_without_a_proper_permalink_has_moodles_own(original: str) -> None:
    record = MADE.entry(entry(original=original), is_public_allowed=False)
    assert record.url == f"{SITE}/blog/index.php?entryid=4"


def test_options_of_a_sign_up_are_listed_with_their_places_and_escaped() -> None:
    options = [Option(1, "A & <b>", None, 3), Option(2, "Bus", 1, 0), Option(3, "Car", 20, 0)]
    record = MADE.choice(Activity(5, 2, 14, "Trip", "<p>Choose</p>"), options, STREAM)
    assert record.html == (
        "<p>Choose</p><ul><li>A &amp; &lt;b></li><li>Bus (1 place)</li>"
        "<li>Car (20 places)</li></ul>"
    )
