"""Walking by id gives every entry once, whatever is removed or inserted meanwhile."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.blogs.wordpress_api import PER_PAGE, Listing, walk_by_id
from adapters.blogs.wordpress_json import Listed, ParsedPage
from connector.errors import ParseError
from tests.chances import some_of


def listing(ids, offset, *, unseen=frozenset()):
    """Answer as WordPress does: a slice in the order of ids, with those it may not show left out."""
    window = sorted(ids)[offset : offset + PER_PAGE]
    lines = tuple(Listed(each, None, None, True) for each in window if each not in unseen)
    return Listing(ParsedPage(lines), len(ids))


def given_by(walk):
    return [line.id for step in walk for line in step.page.listed]


def test_still_listing_is_given_whole_and_in_order():
    ids = set(range(1, 351))
    assert given_by(walk_by_id(lambda offset: listing(ids, offset))) == sorted(ids)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200])
def test_ends_where_the_listing_ends(count):
    ids = set(range(1, count + 1))
    steps = list(walk_by_id(lambda offset: listing(ids, offset)))
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps) <= count // (PER_PAGE - 1) + 1


SPAN = st.tuples(st.integers(1, 500), st.integers(0, 140)).map(lambda t: set(range(t[0], sum(t))))


@settings(max_examples=some_of(150), deadline=None)
@given(
    ids=SPAN | SPAN.map(lambda few: set(range(1, 451)) - few), plan=st.lists(st.tuples(SPAN, SPAN))
)
def test_what_stays_is_given_exactly_once(ids, plan):
    """Removed and inserted between any two questions; those there all along are all given."""
    now, stayed = set(ids), set(ids)

    def ask(offset):
        answer = listing(now, offset)
        if plan:
            removed, inserted = plan.pop()
            now.difference_update(removed)
            stayed.difference_update(removed)
            now.update(inserted - removed)
        return answer

    found = given_by(walk_by_id(ask))
    assert len(found) == len(set(found))
    assert stayed <= set(found)


@pytest.mark.parametrize("count", [1, 2, 50, 98])
def test_removal_behind_the_walk_skips_nothing(count):
    """What comes after moves towards the beginning by as many."""
    now = set(range(1, 351))

    def ask(offset):
        answer = listing(now, offset)
        now.difference_update(range(1, count + 1))
        return answer

    assert given_by(walk_by_id(ask)) == list(range(1, 351))


@given(unseen=SPAN)
@settings(max_examples=some_of(60), deadline=None)
@pytest.mark.parametrize("sparse", [False, True])
def test_entries_that_are_counted_but_not_shown_stop_nothing(sparse, unseen):
    ids = set(range(1, 451))
    walk = walk_by_id(lambda offset: listing(ids, offset, unseen=unseen), sparse=sparse)
    assert given_by(walk) == sorted(ids - unseen)


def test_walk_goes_on_from_any_step():
    ids = set(range(1, 351))
    for step in list(walk_by_id(lambda offset: listing(ids, offset)))[:-1]:
        rest = walk_by_id(lambda offset: listing(ids, offset), last=step.last, offset=step.offset)
        assert given_by(rest) == list(range(step.last + 1, 351))


def test_server_without_totals_ends_with_a_short_page():
    ids = set(range(1, 251))

    def ask(offset):
        return Listing(listing(ids, offset).page, None)

    assert given_by(walk_by_id(ask)) == sorted(ids)


def test_listing_that_never_ends_is_given_up():
    """A cache that gives one page for every question, and a total that is never reached."""
    same = listing(set(range(1, 101)), 0).page
    with pytest.raises(ParseError, match="does not come to an end"):
        list(walk_by_id(lambda offset: Listing(same, 10**9)))
