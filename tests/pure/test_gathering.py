"""Which pages are written together, and what of the second one forbids it."""

from dataclasses import fields, replace

import pytest

from connector.model import (
    PUBLIC,
    Account,
    AudienceChange,
    Count,
    Cursor,
    Kind,
    Membership,
    Page,
    Problem,
    ProblemKind,
    Stream,
)
from sync_jobs.gathering import MOST_RECORDS, joined
from tests.fake_place import record

FIRST = Page(
    stream="posts",
    records=(record(1),),
    cursor=Cursor("1"),
    baseline=True,
    complete=False,
    accounts=(Account("name:hemi", "Hēmi Brown"),),
    memberships=(Membership(PUBLIC, ("name:hemi",)),),
    counts=(Count("reads", 1, "2026-03-02"),),
    student_names=("Hana Rewi",),
)
THEN = Page(
    stream="posts",
    records=(record(2),),
    cursor=Cursor("2"),
    baseline=True,
    problems=(Problem(ProblemKind.FAILED, "It could not be read.", "post:9"),),
    counts=(Count("reads", 2, "2026-03-03"),),
)


def test_two_pages_of_a_first_reading_are_one() -> None:
    assert joined(FIRST, THEN) == replace(
        FIRST,
        records=(record(1), record(2)),
        cursor=Cursor("2"),
        complete=True,
        problems=THEN.problems,
        counts=FIRST.counts + THEN.counts,
    )


def test_a_page_without_a_cursor_keeps_the_former_one() -> None:
    found = joined(FIRST, replace(THEN, cursor=None, complete=False))
    assert found is not None
    assert found.cursor == Cursor("1")
    assert not found.complete


@pytest.mark.parametrize(
    "more",
    [
        {"stream": "news"},
        {"baseline": False},
        {"accounts": (Account("name:mere"),)},
        {"memberships": (Membership(PUBLIC, ()),)},
        {"audience_changes": (AudienceChange("post:1", PUBLIC),)},
        {"gone": ("post:1",)},
        {"streams": (Stream(key="news", title="News"),)},
        {"listed": ("post:1",)},
        {"unchanged": ("post:1",)},
        {"student_names": ("Hana Rewi",)},
        {"records": (record(2, url="https://blog.example/1/?utm_source=x"),)},
        {"records": (record(2, url="http://blog.example/1"),)},
        {"records": tuple(map(record, range(2, MOST_RECORDS + 2)))},
    ],
)
def test_a_page_that_has_to_come_after_stays_by_itself(more: dict[str, object]) -> None:
    assert joined(FIRST, replace(THEN, **more)) is None  # type: ignore[arg-type]


def test_nothing_that_the_first_page_says_is_left_out() -> None:
    names = {one.name for one in fields(Page) if one.default == ()} - {"records", "problems"}
    kept = {name: (f"{name}:1",) for name in names}
    assert len(kept) > 8
    first = replace(FIRST, **kept)
    then = Page(stream="posts", cursor=Cursor("2"), baseline=True)
    assert joined(first, replace(then, records=())) == replace(
        first, cursor=Cursor("2"), complete=True
    )


@pytest.mark.parametrize("more", [{"complete": True}, {"baseline": False}])
def test_nothing_is_joined_to_the_last_page_or_to_news(more: dict[str, bool]) -> None:
    assert joined(replace(FIRST, **more), THEN) is None  # type: ignore[arg-type]


def test_comments_below_one_post_may_have_its_address() -> None:
    below = record(2, kind=Kind.COMMENT, url="http://blog.example/1")
    assert joined(FIRST, replace(THEN, records=(below,))) is not None
