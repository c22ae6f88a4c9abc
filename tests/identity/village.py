"""Plays a case: real feeds through the blogs adapter and the engine, into a real store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select

from adapters.blogs.adapter import ADAPTER
from adapters.feeds.parse import read_feed
from connector.fetched import fetch
from connector.http import Session
from connector.model import STREAM, Account, Kind, Membership, Record
from connector.store import clusters, sources
from connector.store.sources import SourceSpec
from connector.store.tables import origin
from sync_jobs.jobs import Jobs
from tests.contract.fake_session import Answer, FakeSession, Request
from tests.engine import PRIVACY, Engine
from tests.identity.cases import Case, CorpusPlace, CorpusStep, Shown
from tests.identity.documents import document

MEMBER = "user:member"
"""Somebody who is listed in every course."""
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """One entry of one reading, and what the hub took it for."""

    step: int
    place: str
    shown: Shown
    origin_id: int


@dataclass
class Village(Engine):
    """A hub whose places are those of one case."""

    cluster: str = "kauri"
    web: dict[str, bytes] = field(default_factory=dict)
    """What stands at each address."""
    places: dict[str, CorpusPlace] = field(default_factory=dict)
    readings: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock.now = BEGIN
        with self.store.write() as conn:
            self.cluster_id = clusters.ensure_cluster(conn, self.cluster, self.cluster)

    @property
    def jobs(self) -> Jobs:
        """The tools of the jobs: real blogs over an invented web, courses in memory."""
        return Jobs(
            store=self.store,
            adapters={"blogs": ADAPTER, "fake": self.adapter},
            open_session=lambda _per_host: cast(Session, FakeSession(self._answer)),
            privacy=PRIVACY,
            zone=ZoneInfo("Pacific/Auckland"),
            clock=self.clock,
            roll=lambda: 0.5,
        )

    def _answer(self, request: Request) -> Answer:
        body = self.web.get(request.url)
        if body is None:
            return Answer(b"", 404)
        return Answer(body, headers={"Content-Type": "text/xml; charset=utf-8"})

    def play(self, case: Case, *, until: int | None = None) -> "Village":
        """Let the whole story happen, or its first steps."""
        for place in case.places.values():
            self.put(place)
        for step in case.steps[:until]:
            self.show(step)
        return self

    def put(self, place: CorpusPlace) -> None:
        """Write a place into the hub, or its new address."""
        self.places[place.key] = place
        if place.style == "course":
            self.add(place.key, host=place.feed)
            return
        feeds = (place.comments,) if place.comments else ()
        spec = SourceSpec(
            key=place.key,
            kind="blogs",
            title=place.key,
            address=place.feed,
            settings={"flavour": "feed", "comments": False, "feeds": feeds},
            rules={},
            successor_of=place.follows,
            audience_kind=place.audience,
        )
        for url in (place.feed, *feeds):
            self.web.setdefault(url, document(place.style, (), place.feed))
        with self.store.write(self.cluster_id) as conn:
            sources.put_source(conn, self.cluster_id, spec, self.clock.now, privacy=PRIVACY)

    def show(self, step: CorpusStep) -> None:
        """Let a step happen, and note what the hub took each entry for."""
        found = self.happen(step)
        number = len({one.step for one in self.readings})
        pairs = zip(step.shows, self._origins(step.place, found), strict=True)
        self.readings += [Seen(number, step.place, shown, one) for shown, one in pairs]

    def happen(self, step: CorpusStep) -> list[Record]:
        """Let the time pass, the place show its document, and the hub read it."""
        self.clock.move(days=step.days)
        place = self.places[step.place]
        if step.address:
            place = CorpusPlace(**{**_values(place), "feed": step.address})
            self.put(place)
        found = self._course(place, step) if place.style == "course" else self._feed(place, step)
        report = self.run(step.place, sweep=step.address is not None)
        assert report.state == "done", (step.what, report)
        return found

    def _course(self, place: CorpusPlace, step: CorpusStep) -> list[Record]:
        found = [
            Record(
                kind=Kind.POST,
                external_id=one.id,
                url=one.link or None,
                title=one.title,
                html=f"<p>{one.text}</p>",
                published=one.on,
                author=Account(f"user:{one.author}", one.author),
                audience=STREAM,
            )
            for one in step.shows
        ]
        self.adapter.services[place.feed].publish(
            *found, accounts=(Account(MEMBER),), memberships=(Membership(STREAM, (MEMBER,)),)
        )
        return found

    def _feed(self, place: CorpusPlace, step: CorpusStep) -> list[Record]:
        """Put the document up; return for each entry the record that is made of it."""
        url = place.comments if step.part == "comments" else place.feed
        home = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/"
        self.web[url] = document(place.style, step.shows, home)
        marked = read_feed(
            document(place.style, step.shows, home, marked=True),
            url=url,
            content_type="text/xml; charset=utf-8",
            stream=f"feed:{url}",
            zone=ZoneInfo("Pacific/Auckland"),
            comments=step.part == "comments",
        )
        by_mark = {record.tags[0]: record for record in marked.records}
        return [_marked(by_mark, step.shows, number) for number in range(len(step.shows))]

    def _origins(self, key: str, found: Sequence[Record]) -> list[int]:
        """Return the kept origin of each record: of a used-again id the one with its text."""
        with self.store.read() as conn:
            rows = conn.execute(
                select(origin.c.id, origin.c.external_id, origin.c.text_hash, origin.c.generation)
                .where(origin.c.source_id == self.source(key).id)
                .order_by(origin.c.generation)
            ).all()
        kept = {}
        for row in rows:
            kept[row.external_id, row.text_hash] = kept[row.external_id, None] = row.id
        hashes = [_text_hash(record) for record in found]
        return [
            kept.get((record.external_id, text), kept[record.external_id, None])
            for record, text in zip(found, hashes, strict=True)
        ]

    def items(self) -> dict[int, int]:
        """Return the item of each origin."""
        with self.store.read() as conn:
            return {row.id: row.item_id for row in conn.execute(select(origin))}


def _values(place: CorpusPlace) -> dict[str, Any]:
    return {name: getattr(place, name) for name in place.__dataclass_fields__}


def _text_hash(record: Record) -> bytes:
    kept = fetch(record, source_id=0, own_hosts=frozenset(), privacy=PRIVACY)
    return kept.incoming.text_hash


def _marked(by_mark: dict[str, Record], shows: Sequence[Shown], number: int) -> Record:
    """Return an entry's record; an entry that counts as a repeat went into the other one."""
    own = by_mark.get(f"mark-{number}")
    if own is not None:
        return own
    repeat = shows[number]
    same = [
        by_mark[f"mark-{other}"]
        for other, one in enumerate(shows)
        if f"mark-{other}" in by_mark
        and (one.id, one.link, one.title) == (repeat.id, repeat.link, repeat.title)
    ]
    return same[0]
