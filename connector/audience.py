"""Who may see what: a viewer becomes a Scope, and audiences are never widened. Pure.

The store applies a Scope in SQL, before LIMIT, COUNT and excerpt; nothing else decides
what a page may show.
"""

from dataclasses import dataclass
from enum import StrEnum

from connector.model import AudienceKind


@dataclass(frozen=True, slots=True, order=True)
class AudienceRef:
    """An audience as the hub keeps it: its key names rows of the hub, not of the place.

    Keys: school id, stream id, ``<source id>:<group>``, identity id; empty for the others.
    """

    kind: AudienceKind
    key: str = ""


PUBLIC = AudienceRef(AudienceKind.PUBLIC)
CLUSTER = AudienceRef(AudienceKind.CLUSTER)
FACILITATORS = AudienceRef(AudienceKind.FACILITATORS)

_LISTING = (AudienceKind.STREAM, AudienceKind.GROUP)


class Standing(StrEnum):
    """How somebody stands to a cluster."""

    VISITOR = "visitor"
    MEMBER = "member"
    FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who looks at one cluster, with what is proved about them."""

    cluster_id: int
    standing: Standing = Standing.VISITOR
    school_ids: frozenset[int] = frozenset()
    identity_ids: frozenset[int] = frozenset()
    memberships: frozenset[AudienceRef] = frozenset()
    """The streams and groups that list one of their identities."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a viewer may see of one cluster; every read of the store takes one."""

    cluster_id: int
    grants: frozenset[AudienceRef]
    everything: bool = False
    """Facilitators: every audience of the cluster, what is held included."""


def scope_for(viewer: Viewer) -> Scope:
    """Return what this viewer may see; somebody unknown sees what is public."""
    if viewer.standing is Standing.FACILITATOR:
        return Scope(viewer.cluster_id, frozenset(), everything=True)
    grants = {PUBLIC}
    if viewer.standing is Standing.MEMBER:
        grants |= {CLUSTER}
        # Places say who belongs to their streams and groups; they make nobody a facilitator.
        grants |= {listed for listed in viewer.memberships if listed.kind in _LISTING}
        grants |= {AudienceRef(AudienceKind.SCHOOL, str(key)) for key in viewer.school_ids}
        grants |= {AudienceRef(AudienceKind.PERSON, str(key)) for key in viewer.identity_ids}
    return Scope(viewer.cluster_id, frozenset(grants))


def visitor_scope(cluster_id: int) -> Scope:
    """Return the scope of somebody who has not signed in."""
    return scope_for(Viewer(cluster_id=cluster_id))


def facilitator_scope(cluster_id: int) -> Scope:
    """Return the scope of a facilitator of this cluster."""
    return scope_for(Viewer(cluster_id=cluster_id, standing=Standing.FACILITATOR))


def narrower(one: AudienceRef, other: AudienceRef) -> AudienceRef:
    """Return an audience that holds nobody who is not in both.

    Two different schools, streams, groups or persons have no common members that we know
    of for certain, so facilitators are what is left.
    """
    if one == other:
        return one
    for wide in (PUBLIC, CLUSTER):
        if wide in (one, other):
            return other if one == wide else one
    return FACILITATORS


def effective(
    platform: AudienceRef,
    *,
    opened: AudienceRef | None = None,
    limit: AudienceRef | None = None,
    held: bool = False,
    parent: AudienceRef | None = None,
) -> AudienceRef:
    """Return who sees an origin: the place's word, a facilitator's choice, and the limits.

    Args:
        platform: what its place says.
        opened: what a facilitator chose instead, logged.
        limit: the widest audience that its source is set to.
        held: it waits for a yes.
        parent: the effective audience of what it replies to, if that is kept;
            FACILITATORS when that was retired.
    """
    if held:
        return FACILITATORS
    chosen = opened if opened is not None else platform
    for bound in (limit, parent):
        if bound is not None:
            chosen = narrower(chosen, bound)
    return chosen
