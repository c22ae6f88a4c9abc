"""Grows the two clusters through the engine, whole or only what some people may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from connector.announce.moves import State
from connector.errors import AuthError
from connector.model import (
    PUBLIC,
    STREAM,
    Account,
    Audience,
    AudienceChange,
    AudienceKind,
    Enclosure,
    Kind,
    Membership,
    Presence,
    Record,
    Stream,
)
from connector.store import announcements, clusters, deliveries
from connector.store.database import Store
from connector.store.tables import cluster, identity, origin, school, source
from tests.announced import put_announcement
from tests.engine import Engine
from tests.fake_place import NOON, FakeService
from tests.scope.canaries import OURS, THEIRS, KnownSchool, Notice, Seed, Spot, canary, name_of
from tests.scope.content import NOTICES, PLACES, SCHOOLS, SEEDS

GROUP = Audience(AudienceKind.GROUP, "writers")
ALL = ("user:ana", "user:bo", "user:cy", "user:eve")
_TEXTS = ("title", "opening", "body")


def _everything(_: Seed | Spot | KnownSchool | Notice) -> bool:
    return True


@dataclass
class CanaryHub:
    """A hub of two clusters; what is not ``grown`` never was in it."""

    store: Store
    grown: Callable[[Seed | Spot | KnownSchool | Notice], bool] = _everything
    engines: dict[str, Engine] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engines = {OURS: Engine(self.store), THEIRS: Engine(self.store)}
        with self.store.write() as conn:
            self.engines[THEIRS].cluster_id = clusters.ensure_cluster(conn, THEIRS, "Rata cluster")
        self._grow_schools()
        for place in filter(self.grown, PLACES):
            seeds = [seed for seed in SEEDS if (seed.cluster, seed.place) == _at(place)]
            self._grow(place, [seed for seed in seeds if self.grown(seed)])

        for notice in filter(self.grown, NOTICES):
            put_announcement(
                self.engines[notice.cluster],
                NOON,
                title=f"common {notice.part('title')}",
                body=f"common {notice.part('body')}",
                url=f"http://{notice.part('link')}.example/",
                sentence=notice.part("sentence"),
                state=State.HELD,
            )

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.grown is _everything

    def _grow_schools(self) -> None:
        for one in filter(self.grown, SCHOOLS):
            cluster_id = self.engines[one.cluster].cluster_id
            with self.store.write(cluster_id) as conn:
                clusters.ensure_school(conn, cluster_id, one.name)

    def _grow(self, place: Spot, seeds: list[Seed]) -> None:
        engine, service = self.engines[place.cluster], self._add(place)
        for stream in ("posts", "b"):
            found = [seed for seed in seeds if seed.stream == stream and _is_there_first(seed)]
            records = [self._record(place, seed, first=self.is_whole) for seed in found]
            service.publish(*records, stream=stream, **_people(place, stream, self.is_whole))
        engine.run(place.key)
        if self.is_whole:
            self._later(place, service, [seed for seed in seeds if seed.then])

    def _add(self, place: Spot) -> FakeService:
        school = next((one for one in SCHOOLS if _names(place, one)), None)
        service = self.engines[place.cluster].add(
            place.key,
            host=place.address,
            title=place.title,
            school=None if school is None else school.name,
            audience_kind=place.limit,
        )
        service.streams = [
            Stream(
                key=one, title=canary(f"{place.label} {one}", "stream"), can_sweep=one == "posts"
            )
            for one in ("posts", "b")
        ]
        return service

    def _record(self, place: Spot, seed: Seed, *, first: bool) -> Record:
        """Return the record, as it was at first or as it is now."""
        if first and seed.then == "narrowed":
            return replace(_record(place, seed.name, seed.record), audience=PUBLIC)
        if first and seed.first is not None:
            before = _record(place, f"{seed.name} before", seed.record | seed.first)
            return replace(before, external_id=f"post:{seed.name}")
        return _record(place, seed.name, seed.record)

    def _later(self, place: Spot, service: FakeService, seeds: list[Seed]) -> None:
        """Let happen to these what becomes of them."""
        engine, by_fate = self.engines[place.cluster], _by_fate(seeds)
        fresh = [*by_fate["edited"], *by_fate["flood"]]
        narrowed = (AudienceChange(f"post:{one.name}", STREAM) for one in by_fate["narrowed"])
        service.publish(
            *(self._record(place, one, first=False) for one in fresh),
            gone=tuple(f"post:{one.name}" for one in by_fate["gone"]),
            audience_changes=tuple(narrowed),
        )
        engine.brake = 0
        engine.run(place.key)
        if by_fate["missing"]:
            service.list_all()
            service.presence = {f"post:{one.name}": Presence.GONE for one in by_fate["missing"]}
            engine.run(place.key, sweep=True)
        if place.trouble:
            service.fail["place"] = AuthError(f"{canary(place.label, 'trouble')} was refused.")
            engine.run(place.key)

    def items(self) -> dict[int, str]:
        """Return what stands in each item, by its number."""
        with self.store.read() as conn:
            found: dict[int, str] = {}
            for row in conn.execute(
                select(origin.c.item_id, origin.c.external_id, cluster.c.slug)
                .join(cluster, cluster.c.id == origin.c.cluster_id)
                .order_by(origin.c.id)
            ):
                found[row.item_id] = f"{row.slug} {row.external_id}"
            return found

    def deliveries(self) -> dict[int, str]:
        """Return which announcement each delivery is of, by its number."""
        with self.store.read() as conn:
            found = {}
            for slug, engine in self.engines.items():
                rows = announcements.newest_announcements(conn, engine.cluster_id)
                numbers = [row.id for row in rows]
                for one in deliveries.deliveries_of(conn, engine.cluster_id, numbers):
                    found[one.id] = f"{slug} {name_of(one.message.title.split()[-1])}"
            return found

    def schools(self) -> dict[int, str]:
        """Return the names of the schools, by number."""
        with self.store.read() as conn:
            return {row.id: row.name for row in conn.execute(select(school))}

    def sort_keys(self) -> list[int]:
        """Return the keys by which pages go on."""
        with self.store.read() as conn:
            return list(conn.execute(select(origin.c.sort_key)).scalars())

    def account(self, conn: Connection, cluster: str, place: str, external_id: str) -> int | None:
        """Return the number of a kept account."""
        return conn.execute(
            select(identity.c.id)
            .join(source, source.c.id == identity.c.source_id)
            .where(
                identity.c.cluster_id == self.engines[cluster].cluster_id,
                source.c.key == place,
                identity.c.external_id == external_id,
            )
        ).scalar_one_or_none()


def _at(place: Spot) -> tuple[str, str]:
    return place.cluster, place.key


def _names(place: Spot, school: KnownSchool) -> bool:
    return (school.cluster, school.key) == (place.cluster, place.school)


def _is_there_first(seed: Seed) -> bool:
    return seed.then != "flood"


def _by_fate(seeds: Iterable[Seed]) -> dict[str, list[Seed]]:
    fates: dict[str, list[Seed]] = {
        name: [] for name in ("edited", "flood", "gone", "missing", "narrowed")
    }
    for seed in seeds:
        fates[seed.then].append(seed)
    return fates


def _people(place: Spot, stream: str, is_whole: bool) -> dict[str, Any]:
    """Return who belongs to what: the same names in every place with members."""
    if place.key not in ("course", "namesake") or stream != "posts":
        return {}
    return {
        "accounts": tuple(Account(one) for one in ALL),
        "memberships": (Membership(STREAM, ("user:bo",)), Membership(GROUP, ("user:cy",))),
    }


def _record(place: Spot, name: str, told: dict[str, Any]) -> Record:
    """Return a record with a canary in each of its parts."""
    told, parts = dict(told), {one: canary(name, one) for one in (*_TEXTS, "author", "link", "tag")}
    shared = told.pop("shared", "")
    number = 100 + [seed.name for seed in SEEDS].index(name.removesuffix(" before"))
    values: dict[str, Any] = {
        "kind": Kind.POST,
        "external_id": f"post:{name}",
        "url": f"{place.address}{parts['link']}",
        "title": "" if told.get("kind") is Kind.COMMENT else f"{parts['title']} stones",
        "html": (
            f"<p>{parts['opening']} common words. {shared or 'Filler. ' * 60}</p>"
            f"<p>{parts['body']}</p>"
        ),
        "published": NOON - timedelta(days=400 - number),
        "author": Account(f"user:{name}", parts["author"]),
        "audience": PUBLIC,
        "tags": (parts["tag"],),
        "enclosures": (Enclosure(f"https://files.example/{canary(name, 'file')}.pdf"),),
        "location": canary(name, "location"),
    }
    return Record(**(values | told))
