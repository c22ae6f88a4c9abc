"""Pages that are written together: an archive at hand gives them faster than one is stored.

Each transaction has its price, and the search index writes out what it gathered at its end.
Only pages of one reading from the beginning are joined, where the next one cost no request:
nothing waits for the network to be stored.
"""

from dataclasses import replace

from connector.model import Kind, Page

MOST_RECORDS = 500
"""In one transaction; other writers wait until it is over."""


def joined(first: Page, then: Page) -> Page | None:
    """Return two pages of one stream as one, or None where each has to be written by itself."""
    is_more = first.stream == then.stream and first.baseline and then.baseline
    are_few = len(first.records) + len(then.records) <= MOST_RECORDS
    if not is_more or not are_few or first.complete or not _is_plain(then):
        return None
    if not _links(first).isdisjoint(_links(then)):
        return None  # a link of two records of one page is no permalink
    return replace(
        then,
        records=first.records + then.records,
        problems=first.problems + then.problems,
        counts=first.counts + then.counts,
        cursor=then.cursor or first.cursor,
        accounts=first.accounts,
        memberships=first.memberships,
        audience_changes=first.audience_changes,
        gone=first.gone,
        streams=first.streams,
        listed=first.listed,
        unchanged=first.unchanged,
    )


def _links(page: Page) -> set[str]:
    return {one.url for one in page.records if one.url and one.kind is not Kind.COMMENT}


def _is_plain(page: Page) -> bool:
    """Whether it says nothing that has to come after the records of an earlier page."""
    said = (page.accounts, page.memberships, page.audience_changes, page.gone, page.streams)
    return not (any(said) or page.listed or page.unchanged)
