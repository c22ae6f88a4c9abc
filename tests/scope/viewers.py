"""Who looks: each kind of viewer, what is proved of them, and the circles they belong to."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from connector.audience import FACILITATORS as FACILITATORS_REF
from connector.audience import AudienceRef, Scope, Standing, Viewer, scope_for
from connector.model import AudienceKind
from connector.store.audiences import memberships_of
from connector.store.tables import audience, identity, school
from tests.scope.canaries import (
    CLUSTER,
    EVERYONE,
    FACILITATORS,
    GROUP,
    NOBODY,
    OTHERS,
    OURS,
    PERSON,
    SCHOOL,
    STREAM,
    THEIRS,
    KnownSchool,
    Seed,
    Spot,
)
from tests.scope.content import HIDDEN_BUT_COUNTED, NOTICES, PLACES, SCHOOLS, SEEDS
from tests.scope.hub import CanaryHub

MEMBER, VISITOR, FACILITATOR = Standing.MEMBER, Standing.VISITOR, Standing.FACILITATOR
Proof = Callable[[CanaryHub, Connection], dict[str, frozenset[object]]]


def _accounts(cluster: str, place: str, *external_ids: str) -> Proof:
    """Prove that these accounts are the viewer's."""

    def proof(hub: CanaryHub, conn: Connection) -> dict[str, frozenset[object]]:
        found = (hub.account(conn, cluster, place, one) for one in external_ids)
        mine = [one for one in found if one is not None]
        listed = memberships_of(conn, hub.engines[cluster].cluster_id, mine)
        return {"identity_ids": frozenset(mine), "memberships": frozenset(listed)}

    return proof


def _of_school(hub: CanaryHub, conn: Connection) -> dict[str, frozenset[object]]:
    name = next(one.name for one in SCHOOLS if one.key == "ours")
    return {
        "school_ids": frozenset(
            conn.execute(select(school.c.id).where(school.c.name == name)).scalars()
        )
    }


def _all_numbers(hub: CanaryHub, conn: Connection) -> dict[str, frozenset[object]]:
    """Claim every school, account and listing of our cluster."""
    ours = hub.engines[OURS].cluster_id
    rows = conn.execute(select(audience).where(audience.c.cluster_id == ours)).all()
    return {
        "school_ids": frozenset(
            conn.execute(select(school.c.id).where(school.c.cluster_id == ours)).scalars()
        ),
        "identity_ids": frozenset(
            conn.execute(select(identity.c.id).where(identity.c.cluster_id == ours)).scalars()
        ),
        "memberships": frozenset(AudienceRef(AudienceKind(row.kind), row.key) for row in rows),
    }


def _wrongly_listed(hub: CanaryHub, conn: Connection) -> dict[str, frozenset[object]]:
    """A place claims that its listing makes somebody a facilitator, or of a school."""
    claimed = [ref for ref in _all_numbers(hub, conn)["memberships"] if ref.kind not in _LISTING]  # type: ignore[attr-defined]
    return {"memberships": frozenset([FACILITATORS_REF, *claimed])}


_LISTING = (AudienceKind.STREAM, AudienceKind.GROUP)


def _nothing(hub: CanaryHub, conn: Connection) -> dict[str, frozenset[object]]:
    return {}


@dataclass(frozen=True)
class Person:
    """Somebody who looks at one cluster."""

    name: str
    circles: frozenset[str]
    standing: Standing = MEMBER
    cluster: str = OURS
    proof: Proof = _nothing

    def scope(self, hub: CanaryHub) -> Scope:
        """Return what the hub says they may see."""
        with hub.store.read() as conn:
            proved = self.proof(hub, conn)
        viewer = Viewer(
            cluster_id=hub.engines[self.cluster].cluster_id,
            standing=self.standing,
            **proved,  # type: ignore[arg-type]
        )
        return scope_for(viewer)

    def may_see(self, circle: str, cluster: str) -> bool:
        """Whether something for a circle of a cluster is for them too."""
        return cluster == self.cluster and circle in self.circles

    def words(self) -> frozenset[str]:
        """Return the canaries they may see in their own cluster."""
        return words_for(self.may_see)

    def grown(self, one: Seed | Spot | KnownSchool) -> bool:
        """Whether a hub that holds only what they may see has this."""
        is_counted = isinstance(one, Seed) and one.name in HIDDEN_BUT_COUNTED
        return self.may_see(one.circle, one.cluster) or (is_counted and one.cluster == self.cluster)


def words_for(may_see: Callable[[str, str], bool]) -> frozenset[str]:
    """Return the canaries of all that ``may_see`` (circle, cluster) allows."""
    return frozenset(word for word, *whose in _EVERY_WORD if may_see(*whose))


_EVERY_WORD = tuple(
    (word, circle, one.cluster)
    for one in (*SEEDS, *PLACES, *SCHOOLS, *NOTICES)
    for word, circle in one.words().items()
)
ALL_WORDS = words_for(lambda circle, cluster: True)
_MEMBER = frozenset({EVERYONE, CLUSTER})
WITHIN = frozenset({EVERYONE, CLUSTER, SCHOOL, STREAM, GROUP, PERSON, OTHERS, FACILITATORS})
assert NOBODY not in WITHIN

PEOPLE = (
    Person("visitor", frozenset({EVERYONE}), VISITOR),
    Person("visitor who claims everything", frozenset({EVERYONE}), VISITOR, proof=_all_numbers),
    Person("member", _MEMBER),
    Person("member of the school", _MEMBER | {SCHOOL}, proof=_of_school),
    Person("member of the stream", _MEMBER | {STREAM}, proof=_accounts(OURS, "course", "user:bo")),
    Person("member of the group", _MEMBER | {GROUP}, proof=_accounts(OURS, "course", "user:cy")),
    Person("person", _MEMBER | {PERSON}, proof=_accounts(OURS, "course", "user:ana")),
    Person(
        "namesake",
        _MEMBER | {OTHERS},
        proof=_accounts(OURS, "namesake", "user:ana", "user:bo", "user:cy"),
    ),
    Person("member whom a place calls a facilitator", _MEMBER, proof=_wrongly_listed),
    Person("facilitator", WITHIN, FACILITATOR),
    Person("visitor of the other", frozenset({EVERYONE}), VISITOR, THEIRS),
    Person("member of the other with our numbers", _MEMBER, MEMBER, THEIRS, _all_numbers),
    Person("facilitator of the other", WITHIN, FACILITATOR, THEIRS),
)
