"""Exports and pages that somebody saved: each is recognised, and nothing else is taken for one."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.interact.page_records import read_file
from adapters.registry import ADAPTERS
from connector.errors import ParseError
from connector.model import AudienceKind, Kind
from tests.interact.reading import opened, read, settings_of

CAPTURES = Path(__file__).parents[1] / "captures" / "interact"
SETTINGS = settings_of(saved=str(CAPTURES))


def saved(name: str):
    return read_file((CAPTURES / name).read_bytes(), SETTINGS)


def test_discussion_is_posts_and_replies_with_their_keys():
    start, reply = saved("exceldiscussion.xls").records
    assert (start.external_id, start.kind, start.title) == (
        "post:12",
        Kind.POST,
        "Ngā rā whakangungu",
    )
    assert start.published == datetime(2007, 3, 18, 0, tzinfo=UTC)
    assert start.author.name == "Hinemoa Tautahi"
    assert (reply.kind, reply.in_reply_to, reply.published) == (Kind.COMMENT, "post:12", None)


def test_statistics_are_counts_by_day_and_the_network_address_is_dropped():
    found = saved("excelstats.xls")
    assert [(one.name, one.day, one.value) for one in found.counts] == [
        ("post", "2007-03-12", 1),
        ("read", "2007-03-12", 2),
        ("read", "2007-03-13", 1),
    ]
    assert "198.51" not in repr(found)


def test_list_of_members_is_accounts():
    assert [one.name for one in saved("membersave.txt").accounts] == [
        "Hinemoa Tautahi",
        "Sam Oduya",
        "Losa Matagi",
    ]


def test_print_view_of_a_journal_is_reflections_without_drafts():
    (entry,) = saved("printview.html").records
    assert (entry.external_id, entry.kind) == ("post:77", Kind.REFLECTION)
    assert entry.published == datetime(2007, 3, 16, 23, tzinfo=UTC)
    assert 'href="https://interact.example.school.nz/' in entry.html
    assert "canary-draft" not in repr(entry)


def test_folder_is_one_stream_for_facilitators_read_once():
    first = read(SETTINGS)
    assert set(first.records) == {"post:12", "post:13", "post:77"}
    assert {one.audience.kind for one in first.records.values()} == {AudienceKind.FACILITATORS}
    assert read(SETTINGS, first).records == {}


def test_file_that_cannot_be_read_is_noted_and_sinks_no_other(tmp_path):
    shutil.copytree(CAPTURES, tmp_path / "saved")
    (tmp_path / "saved" / "holiday.html").write_text("<p>Our holiday</p>")
    found = read(settings_of(saved=str(tmp_path / "saved")))
    assert set(found.records) == {"post:12", "post:13", "post:77"}
    assert [one.reason for page in found.pages for one in page.problems]
    lines = opened(settings_of(saved=str(tmp_path / "saved"))).check().lines
    assert [line.ability for line in lines if not line.ok] == ["holiday.html"]


def test_link_to_a_file_elsewhere_is_not_followed(tmp_path):
    (tmp_path / "secret.html").write_bytes((CAPTURES / "printview.html").read_bytes())
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "link.html").symlink_to(tmp_path / "secret.html")
    assert read(settings_of(saved=str(tmp_path / "saved"))).records == {}


def test_one_file_is_previewed_and_a_dump_told_apart():
    adapter = ADAPTERS["interact"]
    body = (CAPTURES / "printview.html").read_bytes()
    (record,) = adapter.read_saved(body, SETTINGS).records
    assert record.external_id == "post:77"
    with pytest.raises(ParseError, match="This is a dump"):
        adapter.read_saved(b"-- MySQL dump\nCREATE TABLE a (b int);", SETTINGS)


def test_missing_folder_says_so():
    (line,) = opened(settings_of(saved="/nowhere-at-all")).check().lines
    assert "Check its name" in line.sentence


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff", b"<p>nothing</p>", b"a\tb\n", b"<table></table>", b'"' + b"a" * 140_000],
    ids=range(6),
)
def test_anything_else_is_refused(body):
    with pytest.raises(ParseError):
        read_file(body, SETTINGS)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_file_or_a_parse_error(noise):
    page = (CAPTURES / "printview.html").read_bytes()
    for body in (noise, page[:200] + noise + page[200:], b"<table><tr>" + noise):
        try:
            read_file(body, SETTINGS)
        except ParseError:
            continue
