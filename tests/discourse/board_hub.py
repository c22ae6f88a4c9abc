"""A whole hub that reads a board over real sockets: store, engine, guarded session."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from adapters.discourse.adapter import ADAPTER
from connector.audience import Scope, Standing, Viewer, facilitator_scope, scope_for
from connector.html import plain_text
from connector.store import audiences, clusters, reading, sources
from connector.store.database import Store
from connector.store.sources import SourceRow, SourceSpec
from connector.store.tables import audience, identity, item, origin, origin_text, stream
from sample_cluster.discourse.world import Board, Post, User
from sync_jobs.jobs import Jobs
from sync_jobs.pull import Report, run_source
from tests.discourse.small_board import HUB, KEY, Small
from tests.engine import AUCKLAND, PRIVACY
from tests.guarded import network

NAME = "board"


@dataclass(frozen=True)
class Held:
    """A post as the hub holds it, or should."""

    kind: str
    title: str
    text: str
    author: str
    audience: str
    stream: str
    parent: str | None
    tags: tuple[str, ...]


class BoardHub:
    """One cluster with one place: the board."""

    def __init__(self, store: Store, small: Small) -> None:
        self.store = store
        self.small = small
        self._network = network(clock=lambda: small.board.now)
        with store.write() as conn:
            now = small.board.now
            clusters.adopt_instance(conn, key_fingerprint=PRIVACY.fingerprint(), now=now)
            self.cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
        with store.write(self.cluster_id) as conn:
            spec = SourceSpec(
                key=NAME,
                kind="discourse",
                title="The board",
                address=small.board.base,
                settings={"api_key": "env:BOARD_KEY", "api_username": HUB},
                rules={},
            )
            sources.put_source(conn, self.cluster_id, spec, now, privacy=PRIVACY)

    @property
    def board(self) -> Board:
        return self.small.board

    def close(self) -> None:
        self._network.close()

    def jobs(self) -> Jobs:
        return Jobs(
            store=self.store,
            adapters={"discourse": ADAPTER},
            open_session=lambda limit: self._network.session(requests_per_host=limit),
            privacy=PRIVACY,
            zone=AUCKLAND,
            resolve=lambda values: {**values, "api_key": KEY},
            clock=lambda: self.board.now,
            roll=lambda: 0.5,
        )

    def source(self) -> SourceRow:
        with self.store.read() as conn:
            found = sources.find_source(conn, self.cluster_id, NAME)
        assert found is not None
        return found

    def run(self, *, sweep: bool = False) -> Report:
        """Read one slice, a minute after the last."""
        self.board.tick()
        return run_source(self.jobs(), self.source().id, force_sweep=sweep)

    def cycle(self, *, sweep: bool = False) -> Report:
        """Read to the end; wait wherever the board wants that."""
        for _ in range(20):
            report = self.run(sweep=sweep)
            if report.state == "done":
                return report
            self.board.now = max(self.board.now, self.source().due)
        raise AssertionError(report)

    # What it holds

    def held(self) -> dict[str, Held]:
        """Return the posts that the hub holds, by external id."""
        parent = origin.alias()
        query = (
            select(origin, origin_text.c.html, identity.c.name, audience.c.kind.label("whom"))
            .add_columns(
                audience.c.key, stream.c.key.label("part"), parent.c.external_id.label("up")
            )
            .join(origin_text, origin_text.c.origin_id == origin.c.id)
            .join(audience, audience.c.id == origin.c.audience_id)
            .join(stream, stream.c.id == origin.c.stream_id)
            .join(item, item.c.id == origin.c.item_id)
            .outerjoin(identity, identity.c.id == origin.c.identity_id)
            .outerjoin(parent, parent.c.item_id == item.c.parent_id)
            .where(origin.c.is_live, origin.c.kind != "registration")
        )
        with self.store.read() as conn:
            rows = conn.execute(query).all()
        return {
            row.external_id: Held(
                row.kind,
                row.title,
                plain_text(row.html),
                row.name,
                f"{row.whom}:{row.key.partition(':')[2]}" if row.key else row.whom,
                row.part,
                row.up,
                tuple(sorted(row.tags)),
            )
            for row in rows
        }

    def registrations(self) -> set[tuple[str, str]]:
        """Return who is registered, with their answer."""
        query = (
            select(origin.c.title, identity.c.name)
            .join(identity, identity.c.id == origin.c.identity_id)
            .where(origin.c.is_live, origin.c.kind == "registration")
        )
        with self.store.read() as conn:
            return {(row.name, row.title) for row in conn.execute(query)}

    # Who sees it

    def scope_of(self, user: User | None) -> Scope:
        """Return the scope of a member of the cluster with this account, or of a visitor."""
        if user is None:
            return scope_for(Viewer(cluster_id=self.cluster_id))
        with self.store.read() as conn:
            query = select(identity.c.id).where(identity.c.external_id == f"user:{user.id}")
            ids = frozenset(conn.execute(query).scalars())
            memberships = audiences.memberships_of(conn, self.cluster_id, ids)
        return scope_for(
            Viewer(
                cluster_id=self.cluster_id,
                standing=Standing.MEMBER,
                identity_ids=ids,
                memberships=memberships,
            )
        )

    def facilitator(self) -> Scope:
        return facilitator_scope(self.cluster_id)

    def seen(self, scope: Scope, words: str) -> dict[str, Any]:
        """Return everything that what's new, search and single posts show within a scope."""
        with self.store.read() as conn:
            news = reading.news(conn, scope)
            found = reading.search(conn, scope, words)
            items = {one.item_id for one in (*news.items, *found.items)}
            whole = {number: reading.item(conn, scope, number) for number in sorted(items)}
        return {"news": news, "search": found, "items": whole}


def expected(small: Small) -> dict[str, Held]:
    """Return the posts as the hub should hold them, by what the board itself holds."""
    board = small.board
    return {
        f"post:{number}": _expected(board, post)
        for number, post in board.expected(small.hub.id).items()
    }


def _expected(board: Board, post: Post) -> Held:
    topic, user = board.topics[post.topic], board.users[post.user]
    groups = "+".join(map(str, sorted(board.categories[topic.category].groups)))
    first = post.number == 1
    return Held(
        kind="comment" if not first else "workshop" if post.id in board.events else "post",
        title=topic.title if first else "",
        text=plain_text(post.raw),
        author=user.name or user.username,
        audience=f"group:group:{groups}" if groups else "public",
        stream=f"category:{topic.category}",
        parent=None if first else f"post:{topic.posts[0]}",
        tags=topic.tags if first else (),
    )
