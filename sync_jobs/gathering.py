"""Pages that are written together: an archive at hand gives them faster than one is stored.

Each transaction has its price, and the search index writes out what it gathered at its end.
Only pages of one reading from the beginning are joined, where the next one cost no request:
nothing waits for the network to be stored.
"""

from dataclasses import fields, replace
from typing import Final

from connector.identity import canonical_link
from connector.model import Kind, Page

MOST_RECORDS = 500
"""In one transaction; other writers wait until it is over."""
_JOINED: Final = frozenset("stream records problems counts cursor complete baseline".split())
"""What of two pages can be said as one."""


def joined(first: Page, then: Page) -> Page | None:
    """Return two pages of one stream as one, or None where each has to be written by itself."""
    is_more = first.stream == then.stream and first.baseline and then.baseline
    are_few = len(first.records) + len(then.records) <= MOST_RECORDS
    if not is_more or not are_few or first.complete or not _is_plain(then):
        return None
    if not _links(first).isdisjoint(_links(then)):
        return None  # a link of two records of one page is no permalink
    # Whatever else the first one says stays; the second says nothing else.
    return replace(
        first,
        records=first.records + then.records,
        problems=first.problems + then.problems,
        counts=first.counts + then.counts,
        cursor=then.cursor or first.cursor,
        complete=then.complete,
    )


def _links(page: Page) -> set[str]:
    """Return the addresses of posts as identity compares them."""
    posts = (one for one in page.records if one.url and one.kind is not Kind.COMMENT)
    return {canonical_link(one.url) or str(one.url) for one in posts}


def _is_plain(page: Page) -> bool:
    """Whether it says nothing that has to come after the records of an earlier page."""
    return not any(getattr(page, one.name) for one in fields(page) if one.name not in _JOINED)
