"""Recorded answers of Ghost 5.130 become the records that were checked by hand."""

import pytest

from adapters.blogs.ghost_json import read_posts
from connector.errors import ParseError
from tests.blogs.rest_reading import as_values, load

CAPTURES = {each.name: each for each in load("ghost/content-*")}


@pytest.mark.parametrize("name", ["content-posts", "content-posts-page2"])
def test_posts_are_those_checked(name):
    answered = CAPTURES[name]
    assert as_values(read_posts(answered.body).harvest) == answered.expected


def test_last_page_has_no_more():
    page = read_posts(CAPTURES["content-posts-page2"].body)
    assert not page.has_more
    assert page.total == 2


def test_refusal_is_no_listing():
    with pytest.raises(ParseError):
        read_posts(CAPTURES["content-badkey"].body)
