"""Recorded answers of a WordPress 6.1 become the records that were checked by hand."""

import pytest

from adapters.blogs.wordpress_json import (
    is_past_the_end,
    presence,
    read_comments,
    read_ids,
    read_posts,
)
from tests.blogs.rest_reading import as_values, load

CAPTURES = load("blogs/rest-*")


def captured(reads: str) -> pytest.MarkDecorator:
    found = [each for each in CAPTURES if each.headers["reads"] == reads]
    return pytest.mark.parametrize("answered", found, ids=lambda each: each.name)


@captured("posts")
def test_posts_are_those_checked(answered):
    listing = answered.body if isinstance(answered.body, list) else [answered.body]
    assert as_values(read_posts(listing).harvest) == answered.expected


@captured("comments")
def test_comments_are_those_checked(answered):
    assert as_values(read_comments(answered.body).harvest) == answered.expected


@captured("comments")
def test_no_address_or_picture_of_a_commenter_is_kept(answered):
    kept = repr(read_comments(answered.body).harvest)
    assert "gravatar" not in kept
    assert "visitor.example.org" not in kept


@captured("lookup")
def test_lookup_means_what_was_checked(answered):
    assert (
        presence(answered.headers["status"], answered.body).value == answered.expected["presence"]
    )


@captured("end")
def test_end_of_a_listing_is_told_from_a_refusal(answered):
    is_end = is_past_the_end(answered.headers["status"], answered.body)
    assert is_end == answered.expected["past_the_end"]


@captured("ids")
def test_ids_are_listed_without_text(answered):
    lines = read_ids(answered.body)
    found = {"first": lines[0].id, "last": lines[-1].id, "count": len(lines)}
    assert found == answered.expected


def test_protected_post_leaves_nothing_of_its_title():
    (answered,) = (each for each in CAPTURES if each.name == "rest-post-password")
    assert "Camp photos" in repr(answered.body)
    assert "Camp photos" not in repr(read_posts([answered.body]))
