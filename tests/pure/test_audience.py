"""Who may see what, and that nothing ever widens it (failure mode 22)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.audience import (
    CLUSTER,
    FACILITATORS,
    PUBLIC,
    AudienceRef,
    Scope,
    Standing,
    Viewer,
    effective,
    facilitator_scope,
    narrower,
    scope_for,
    visitor_scope,
)
from connector.model import AudienceKind

SCHOOL = AudienceRef(AudienceKind.SCHOOL, "1")
STREAM = AudienceRef(AudienceKind.STREAM, "1")
GROUP = AudienceRef(AudienceKind.GROUP, "1:a")
PERSON = AudienceRef(AudienceKind.PERSON, "1")
KEYED = (AudienceKind.SCHOOL, AudienceKind.STREAM, AudienceKind.GROUP, AudienceKind.PERSON)

refs = st.one_of(
    st.sampled_from([PUBLIC, CLUSTER, FACILITATORS]),
    st.builds(AudienceRef, st.sampled_from(KEYED), st.sampled_from("123")),
)
few = st.frozensets(st.integers(1, 3))
viewers = st.builds(
    Viewer,
    cluster_id=st.just(1),
    standing=st.sampled_from(Standing),
    school_ids=few,
    identity_ids=few,
    memberships=st.frozensets(refs),
)


def sees(viewer: Viewer, ref: AudienceRef) -> bool:
    scope = scope_for(viewer)
    return scope.everything or ref in scope.grants


def test_a_visitor_sees_what_is_public_and_nothing_else() -> None:
    assert visitor_scope(7) == Scope(7, frozenset([PUBLIC]), everything=False)


def test_what_is_told_of_a_visitor_opens_nothing() -> None:
    """Nothing is proved of somebody who has not signed in."""
    told = Viewer(
        cluster_id=7,
        school_ids=frozenset([1]),
        identity_ids=frozenset([1]),
        memberships=frozenset([STREAM]),
    )
    assert scope_for(told) == visitor_scope(7)


def test_a_member_sees_the_cluster_and_what_lists_them() -> None:
    member = Viewer(
        cluster_id=7,
        standing=Standing.MEMBER,
        school_ids=frozenset([1]),
        identity_ids=frozenset([1]),
        memberships=frozenset([STREAM, GROUP]),
    )
    expected = frozenset([PUBLIC, CLUSTER, SCHOOL, STREAM, GROUP, PERSON])
    assert scope_for(member) == Scope(7, expected, everything=False)


def test_a_member_of_nothing_sees_the_cluster() -> None:
    member = Viewer(cluster_id=7, standing=Standing.MEMBER)
    assert scope_for(member).grants == {PUBLIC, CLUSTER}


def test_a_facilitator_sees_everything_of_one_cluster() -> None:
    scope = facilitator_scope(7)
    assert (scope.cluster_id, scope.everything) == (7, True)


@pytest.mark.parametrize("claimed", [FACILITATORS, SCHOOL, PERSON])
def test_a_listing_of_members_makes_nobody_more_than_a_member(claimed: AudienceRef) -> None:
    """A place says who belongs to its streams and groups, not who is a facilitator here."""
    member = Viewer(cluster_id=7, standing=Standing.MEMBER, memberships=frozenset([claimed]))
    assert not sees(member, claimed)


@given(viewers)
def test_only_facilitators_see_what_is_for_facilitators(viewer: Viewer) -> None:
    assert sees(viewer, FACILITATORS) is (viewer.standing is Standing.FACILITATOR)


@given(refs, refs)
def test_the_narrower_of_two_is_the_same_from_both_sides(
    one: AudienceRef, other: AudienceRef
) -> None:
    assert narrower(one, other) == narrower(other, one)


@given(refs)
def test_the_narrower_of_an_audience_and_itself_is_itself(one: AudienceRef) -> None:
    assert narrower(one, one) == one


@given(viewers, refs, refs)
def test_the_narrower_holds_nobody_who_is_not_in_both(
    viewer: Viewer, one: AudienceRef, other: AudienceRef
) -> None:
    if sees(viewer, narrower(one, other)):
        assert sees(viewer, one)
        assert sees(viewer, other)


@pytest.mark.parametrize("narrow", [CLUSTER, SCHOOL, STREAM, GROUP, PERSON, FACILITATORS])
def test_what_is_public_ends_where_the_other_ends(narrow: AudienceRef) -> None:
    assert narrower(PUBLIC, narrow) == narrow


@pytest.mark.parametrize("narrow", [SCHOOL, STREAM, GROUP, PERSON, FACILITATORS])
def test_the_cluster_ends_where_the_other_ends(narrow: AudienceRef) -> None:
    assert narrower(CLUSTER, narrow) == narrow


@pytest.mark.parametrize(
    ("one", "other"),
    [(SCHOOL, STREAM), (GROUP, PERSON), (SCHOOL, AudienceRef(AudienceKind.SCHOOL, "2"))],
)
def test_of_two_unlike_circles_facilitators_are_left(one: AudienceRef, other: AudienceRef) -> None:
    assert narrower(one, other) == FACILITATORS


def test_the_places_word_holds() -> None:
    assert effective(STREAM) == STREAM


def test_a_facilitators_choice_replaces_the_places_word() -> None:
    assert effective(STREAM, opened=CLUSTER) == CLUSTER
    assert effective(PUBLIC, opened=SCHOOL) == SCHOOL


def test_what_waits_for_a_yes_is_for_facilitators() -> None:
    assert effective(PUBLIC, opened=PUBLIC, held=True, parent=PUBLIC) == FACILITATORS


def test_a_reply_to_what_has_left_is_for_facilitators() -> None:
    assert effective(PUBLIC, opened=PUBLIC, parent=FACILITATORS) == FACILITATORS


@given(viewers, refs, st.none() | refs, st.booleans(), st.none() | refs)
def test_nobody_sees_more_than_the_word_and_the_limits_allow(
    viewer: Viewer,
    platform: AudienceRef,
    opened: AudienceRef | None,
    held: bool,
    parent: AudienceRef | None,
) -> None:
    """Only a facilitator's choice goes past the place; the parent and a hold bind even that."""
    if sees(viewer, effective(platform, opened=opened, held=held, parent=parent)):
        assert sees(viewer, platform if opened is None else opened)
        assert parent is None or sees(viewer, parent)
        assert not held or viewer.standing is Standing.FACILITATOR
